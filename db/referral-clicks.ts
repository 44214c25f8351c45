import type { Tx } from './connection';

/** What nobody has registered with by then tells nothing any more. */
const daysMax = 30;

/**
 * When somebody followed a partner's link, for the registration form to bring back: the moment (milliseconds), and a seal
 * over it and the code, so that nobody makes up another one.
 */
export function sealClick(tx: Pick<Tx, 'keys'>, code: string, atMs = Date.now()): string {
  return `${atMs}.${sealOf(tx, code, String(atMs))}`;
}

/** Seconds since the click; undefined for what this house has not sealed for the code, or too long ago. */
export function secondsSinceClick(
  tx: Pick<Tx, 'keys'>,
  { code, click, nowMs = Date.now() }: { code: string; click: string; nowMs?: number },
): number | undefined {
  const [at = '', seal = ''] = click.split('.');
  if (!/^\d{13}$/.test(at) || seal !== sealOf(tx, code, at)) return undefined;
  const seconds = Math.floor((nowMs - Number(at)) / 1_000);
  return seconds >= 0 && seconds <= daysMax * 86_400 ? seconds : undefined;
}

function sealOf({ keys }: Pick<Tx, 'keys'>, code: string, at: string): string {
  return keys
    .blindIndex('referral_click', JSON.stringify([code, at]))
    .replaceAll(/[^A-Za-z0-9]/g, '');
}
