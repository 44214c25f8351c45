import type { ShownAction } from '../../../domain/payments/next-action.schema';
import type { SeenSoFar } from '../../../domain/payments/seen';
import type { Deposit } from '../../../db/deposits';
import { createRenderer } from '../render';
import { whatToPay } from './what-to-pay';

const deposit: Deposit = {
  ...{ id: 'dep_1', entityId: 'off', clientId: 'cl_1', amountMinor: 100_000_000n },
  ...{ currency: 'USDT', rail: 'crypto', provider: 'chain', providerRef: '0xabc', sourceId: null },
  ...{ state: 'awaiting_payment', payerSealed: null, actionSealed: null, checkoutUrl: null },
  ...{ failure: null, refundedMinor: 0n, createdAt: '2026-12-01T12:00:00Z', creditedAt: null },
};
const action: ShownAction = {
  ...{ kind: 'crypto_address', chain: 'ethereum', token: 'USDT', address: '0xabc' },
  ...{ confirmations: 12, expiresAt: '2026-12-02T12:00:00.000Z' },
};
const seen = (amountMinor: bigint, change: Partial<SeenSoFar> = {}): SeenSoFar => ({
  ...{ amountMinor, confirmations: 3, lastAt: '2026-12-01T12:05:00Z', somethingElse: false },
  ...change,
});

it('shows network, token, address with a button, confirmations and until when', () => {
  expect(whatToPay(deposit, action, null)).toMatchObject({
    status: { label: 'Waiting for payment' },
    action: {
      until: '2026-12-02T12:00:00.000Z',
      facts: [
        { label: 'Network', value: 'Ethereum (ERC-20)' },
        { label: 'Token', value: 'USDT' },
        { label: 'Address', value: '0xabc', copies: true },
        { label: 'Counts after', value: '12 confirmations' },
      ],
    },
    toPay: { amountMinor: 100_000_000n },
  });
});

it('is drawn as a picture that a camera reads, with its words in one attribute', () => {
  const data = { ...whatToPay(deposit, action, null), deposit };
  const html = createRenderer().render('client/deposit', data);
  expect(html).toMatch(
    /<svg class="qr" role="img" aria-label="QR code of the address" viewBox="0 0 \d+ \d+"/,
  );
  expect(html).toContain('<path d="M4 4h7v1h-7z');
});

it('puts the address away while a payment is being confirmed, and counts up', () => {
  const shown = whatToPay(deposit, action, seen(100_000_000n));
  expect(shown).toMatchObject({ action: undefined, confirming: { done: 3, needed: 12 } });
  expect(shown.status.text).toContain('100.000000 USDT on the network: 3 of 12 confirmations');
});

it('never counts past what is needed, and says when more came', () => {
  const shown = whatToPay(deposit, action, seen(100_000_001n, { confirmations: 40 }));
  expect(shown.confirming).toEqual({ done: 12, needed: 12 });
  expect(shown.status.text).toContain('more than you asked for');
});

it('asks for what is missing, to the same address', () => {
  const shown = whatToPay(deposit, action, seen(40_000_000n));
  expect(shown).toMatchObject({
    status: { label: 'A part has arrived' },
    toPay: { amountMinor: 60_000_000n, currency: 'USDT' },
  });
  expect(shown.action?.text).toContain('the missing 60.000000 USDT');
});

it('warns of what came in another token and goes on waiting', () => {
  const shown = whatToPay(deposit, action, seen(0n, { somethingElse: true, confirmations: 0 }));
  expect(shown.warning).toContain('not credited');
  expect(shown.action?.kind).toBe('crypto_address');
});

it.each<[Partial<Deposit>, string]>([
  [{ state: 'held', failure: 'AMOUNT_MISMATCH' }, 'Another amount'],
  [{ state: 'held', failure: 'PAID_LATE' }, 'after the time'],
  [{ state: 'held', failure: 'RESTRICTED' }, 'a routine review'],
  [{ state: 'held', failure: 'THIRD_PARTY_PAYER' }, 'a routine review'],
  [{ state: 'failed', failure: 'EXPIRED' }, 'Do not pay it any more'],
])('tells only what the payer can see for themselves: %o', (change, words) => {
  expect(whatToPay({ ...deposit, ...change }, null, null).status.text).toContain(words);
});
