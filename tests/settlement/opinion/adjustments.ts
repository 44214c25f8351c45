import type { BookLine } from '../book';

/** What a closed month's lines would be today less what they were, by deal, kind of rate, tier and partner. */
export function adjustmentsOf(before: readonly BookLine[], now: readonly BookLine[]): BookLine[] {
  const keyOf = (line: BookLine) =>
    [line.event, line.component, line.partner, line.client, line.tickets, line.tier].join('|');
  const stood = new Map(before.map((line) => [keyOf(line), line]));
  const stands = new Map(now.map((line) => [keyOf(line), line]));
  if (stood.size < before.length || stands.size < now.length) throw new Error('two lines alike');
  const cancelled = now
    .filter(({ reason }) => reason === 'CANCELLED')
    .map((line) => line.tickets[0]);
  return [...new Set([...stands.keys(), ...stood.keys()])].flatMap((key): BookLine[] => {
    const then = stood.get(key);
    const today = stands.get(key);
    const line = today ?? then;
    const difference = BigInt(today?.amountMinor ?? '0') - BigInt(then?.amountMinor ?? '0');
    if (!line || difference === 0n) return [];
    const isCancelled = then?.tickets.some((ticket) => cancelled.includes(ticket)) ?? false;
    const reason = !then ? 'LATE_DEAL' : isCancelled ? 'CANCELLED_LATER' : 'EDITED_LATER';
    return [{ ...line, event: 'adjustment', reason, amountMinor: difference.toString() }];
  });
}
