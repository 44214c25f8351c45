import { limitsOf, type Capabilities } from './capabilities';
import { planReturn, wayBack, type Source } from './return-to-source';

const limits = limitsOf(['KES'], 100n, 1_000_000n);
const any = { limits, countries: 'any', lookUp: 'reference' } as const;
const able = (operations: Capabilities['operations']): Capabilities => ({
  ...{ rails: ['mobile_money'], keyHours: null, operations },
});
const phone = { kind: 'msisdn', currency: 'KES', hasAddress: true };

const payout = { ...any, destinations: ['msisdn'] } as const;

it.each<[string, Capabilities['operations'], Parameters<typeof wayBack>[1], string | undefined]>([
  ['by a refund where there is one', { refund: any, payout }, phone, 'refund'],
  ['by a payout to it', { payout }, phone, 'payout'],
  ['not by a payout elsewhere', { payout: { ...any, destinations: ['card'] } }, phone, undefined],
  ['not where nobody can reach it', { payout }, { ...phone, hasAddress: false }, undefined],
  ['not in another currency', { refund: any, payout }, { ...phone, currency: 'EGP' }, undefined],
  ['not by a provider that only takes', { payment: any }, phone, undefined],
])('pays back to a phone %s', (_name, operations, source, way) => {
  expect(wayBack(able(operations), source)).toBe(way);
});

it('plans a leg to what paid in by its way, and the rest to a bank account', () => {
  const source = (depositId: string, more: Partial<Source>): Source => ({
    ...{ depositId, sourceId: `src_${depositId}`, provider: 'p', capacityMinor: 100n },
    ...{ depositedAt: `2026-11-0${depositId}T00:00:00Z`, expired: false, kind: 'wallet' },
    ...more,
  });
  const { legs } = planReturn(
    500n,
    [
      source('1', { way: 'refund' }),
      source('2', { kind: 'msisdn', way: 'payout' }),
      source('3', {}),
      source('4', { kind: 'card' }),
    ],
    { order: 'FIFO', windowDays: null, now: '2026-11-20T00:00:00Z' },
  );
  expect(legs.map(({ kind, depositId, amountMinor }) => [kind, depositId, amountMinor])).toEqual([
    ['source_refund', '1', 100n],
    ['source_payout', '2', 100n],
    ['card_refund', '4', 100n],
    ['bank_payout', null, 200n],
  ]);
});
