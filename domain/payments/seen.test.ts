import { seenSoFar, type ToldOfPayment } from './seen';

const seen = (id: string, amount: number, blockNumber: number, hash = 'a'): ToldOfPayment => ({
  ...{ type: 'payment_seen', eventId: `seen/${id}/${hash}` },
  occurredAt: `2026-12-01T12:00:${String(blockNumber).padStart(2, '0')}.000Z`,
  normalised: {
    ...{ providerRef: id, amountMinor: String(amount) },
    transfer: { blockNumber, blockHash: hash },
  },
});
const dropped = (id: string, hash = 'a'): ToldOfPayment => ({
  ...{ type: 'payment_dropped', eventId: `dropped/${id}/${hash}` },
  occurredAt: '2026-12-01T12:00:30.000Z',
  normalised: { providerRef: id, amountMinor: '1' },
});
const stray: ToldOfPayment = {
  ...{ type: 'payment_stray', eventId: 'stray/x', occurredAt: '2026-12-01T12:00:30.000Z' },
  normalised: { providerRef: 'x/USDC', code: 'WRONG_TOKEN' },
};

it.each<[string, ToldOfPayment[], number | null, object | null]>([
  ['nothing of nothing', [], 20, null],
  ['a transfer in the last block', [seen('t', 5, 10)], 10, { amountMinor: 5n, confirmations: 1 }],
  ['one with two blocks on it', [seen('t', 5, 10)], 12, { amountMinor: 5n, confirmations: 3 }],
  [
    'parts by the youngest of them',
    [seen('t', 5, 10), seen('u', 2, 12)],
    12,
    { amountMinor: 7n, confirmations: 1, lastAt: '2026-12-01T12:00:12.000Z' },
  ],
  ['a block that the reader has not noted', [seen('t', 5, 10)], 9, { confirmations: 1 }],
  ['a chain that was never read', [seen('t', 5, 10)], null, { confirmations: 1 }],
  ['nothing once it was taken away', [seen('t', 5, 10), dropped('t')], 12, null],
  [
    'what was seen again in another block',
    [seen('t', 5, 10), dropped('t'), seen('t', 5, 11, 'b')],
    12,
    { amountMinor: 5n, confirmations: 2 },
  ],
  [
    'what was seen in another block before the first was told to be gone',
    [seen('t', 5, 10), seen('t', 5, 11, 'b'), dropped('t')],
    12,
    { amountMinor: 5n, confirmations: 2 },
  ],
  ['something else alone', [stray], 12, { amountMinor: 0n, confirmations: 0, somethingElse: true }],
])('says %s', (_what, messages, position, expected) => {
  const so = seenSoFar(messages, position);
  if (expected === null) expect(so).toBeNull();
  else expect(so).toMatchObject(expected);
});
