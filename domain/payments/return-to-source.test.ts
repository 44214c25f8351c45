import fc from 'fast-check';
import { planReturn, type Source } from './return-to-source';

const card = (
  id: string,
  capacityMinor: bigint,
  day: string,
  extra: Partial<Source> = {},
): Source => ({
  depositId: id,
  sourceId: `s-${id}`,
  kind: 'card',
  provider: 'stripe',
  capacityMinor,
  depositedAt: `${day}T10:00:00Z`,
  expired: false,
  ...extra,
});

const rules = {
  order: 'FIFO',
  windowDays: null,
  now: '2026-11-01T00:00:00Z',
} as const;

const amounts = (plan: ReturnType<typeof planReturn>) =>
  plan.legs.map((leg) => [leg.depositId, leg.amountMinor]);

describe('return to source', () => {
  const sources = [card('b', 50_00n, '2026-10-02'), card('a', 100_00n, '2026-10-01')];

  it('gives back to the oldest deposit first', () => {
    expect(amounts(planReturn(120_00n, sources, rules))).toEqual([
      ['a', 100_00n],
      ['b', 20_00n],
    ]);
  });

  it('sends the profit to a bank account', () => {
    expect(amounts(planReturn(180_00n, sources, rules))).toEqual([
      ['a', 100_00n],
      ['b', 50_00n],
      [null, 30_00n],
    ]);
  });

  it('shares proportionally with the odd cent to the largest remainder', () => {
    const plan = planReturn(100_01n, sources, { ...rules, order: 'PROPORTIONAL' });
    expect(amounts(plan)).toEqual([
      ['a', 66_67n],
      ['b', 33_34n],
    ]);
  });

  it('passes over expired cards, other instruments and deposits outside the window', () => {
    const plan = planReturn(
      10_00n,
      [
        card('old', 10_00n, '2026-01-01'),
        card('expired', 10_00n, '2026-10-20', { expired: true }),
        card('wire', 10_00n, '2026-10-21', { kind: 'bank' }),
      ],
      { ...rules, windowDays: 90 },
    );
    expect(amounts(plan)).toEqual([[null, 10_00n]]);
  });

  it('always sums to the withdrawal and never gives a source more than it gave', () => {
    const source = fc.record({
      depositId: fc.uuid(),
      capacityMinor: fc.bigInt(0n, 1_000_000n),
      day: fc.integer({ min: 1, max: 28 }),
      expired: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.bigInt(1n, 3_000_000n),
        fc.uniqueArray(source, { maxLength: 8, selector: (s) => s.depositId }),
        fc.constantFrom('FIFO', 'PROPORTIONAL', 'CARD_FIRST' as const),
        (amount, drawn, order) => {
          const given = drawn.map((s) =>
            card(s.depositId, s.capacityMinor, `2026-10-${String(s.day).padStart(2, '0')}`, {
              expired: s.expired,
            }),
          );
          const plan = planReturn(amount, given, { ...rules, order });
          expect(plan.legs.reduce((sum, leg) => sum + leg.amountMinor, 0n)).toBe(amount);
          for (const leg of plan.legs) {
            expect(leg.amountMinor > 0n).toBe(true);
            const from = given.find((s) => s.depositId === leg.depositId);
            if (from) expect(leg.amountMinor <= from.capacityMinor && !from.expired).toBe(true);
          }
        },
      ),
    );
  });
});
