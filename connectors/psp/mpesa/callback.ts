import { createHmac } from 'node:crypto';
import { sameSecret } from '../paid-by';
import { WebhookRejected } from '../messages';
import { type MpesaSettings } from './client';

/** What the address that M-Pesa is told to call says of the operation it is about. */
export interface Callback {
  readonly kind: 'stk' | 'b2c' | 'status';
  readonly operationId: string;
  readonly amountMinor: bigint;
}

/**
 * M-Pesa signs nothing: whoever knows the address is M-Pesa. So every operation has an address of its own, sealed
 * over what it is about, and one that leaked says nothing of any other operation, and not another amount.
 */
export function callbackUrl(settings: MpesaSettings, callback: Callback): string {
  const url = new URL(settings.callbackUrl);
  url.searchParams.set('kind', callback.kind);
  url.searchParams.set('op', callback.operationId);
  url.searchParams.set('amount', callback.amountMinor.toString());
  url.searchParams.set('seal', sealOf(settings, callback));
  return url.href;
}

function sealOf(settings: MpesaSettings, { kind, operationId, amountMinor }: Callback): string {
  return createHmac('sha256', settings.callbackSecret)
    .update(`${kind}\n${operationId}\n${amountMinor}`)
    .digest('hex');
}

/** Throws WebhookRejected when the address is not one that we gave out. */
export function readCallback(settings: MpesaSettings, target: string | undefined): Callback {
  const query = new URL(target ?? '', 'http://webhooks').searchParams;
  const kind = (['stk', 'b2c', 'status'] as const).find((known) => known === query.get('kind'));
  const amount = query.get('amount') ?? '';
  const operationId = query.get('op') ?? '';
  if (kind === undefined || operationId === '' || !/^\d{1,18}$/.test(amount)) {
    throw new WebhookRejected('bad_signature', 'no address of ours');
  }
  const callback = { kind, operationId, amountMinor: BigInt(amount) };
  if (!sameSecret(query.get('seal') ?? '', sealOf(settings, callback))) {
    throw new WebhookRejected('bad_signature', 'the seal does not hold');
  }
  return callback;
}
