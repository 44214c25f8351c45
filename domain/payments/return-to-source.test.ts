import fc from 'fast-check';
import { returnOrders, type ReturnOrder } from '../policy/kinds/withdrawal';
import { needsNamed, planReturn, type ReturnPlan, type Source } from './return-to-source';

/** What a deposit brought, and what has become of it since. */
interface Past {
  readonly refunded?: bigint;
  /** On its way back by another withdrawal. */
  readonly refunding?: bigint;
  readonly chargedBack?: bigint;
}

const source = (
  kind: string,
  id: string,
  [depositedMinor, day]: readonly [bigint, string],
  { expired = false, ...past }: Past & { readonly expired?: boolean } = {},
): Source => ({
  depositId: id,
  sourceId: `s-${id}`,
  kind,
  provider: kind === 'card' ? 'stripe' : 'bank',
  capacityMinor:
    depositedMinor - (past.refunded ?? 0n) - (past.refunding ?? 0n) - (past.chargedBack ?? 0n),
  depositedAt: `${day}T10:00:00Z`,
  expired,
});

const card = (id: string, of: readonly [bigint, string], more = {}) => source('card', id, of, more);
const bank = (id: string, of: readonly [bigint, string], more = {}) => source('bank', id, of, more);

/** `deposit → amount` of each leg: `card` back to the card, `bank` to the account that paid in, `own` to the one named. */
function words({ legs }: ReturnPlan): string[] {
  return legs.map((leg) => {
    const to = leg.kind === 'card_refund' ? 'card' : leg.sourceId === null ? 'own' : 'bank';
    return `${leg.depositId ?? 'profit'} → ${to} ${(Number(leg.amountMinor) / 100).toFixed(2)}`;
  });
}

const plan = (
  amountMinor: bigint,
  sources: readonly Source[],
  order: ReturnOrder,
  windowDays: number | null = null,
) => planReturn(amountMinor, sources, { order, windowDays, now: '2026-11-01T00:00:00Z' });

/** Two cards and, between them, a transfer from a bank. */
const three = [
  card('visa', [100_00n, '2026-10-01']),
  bank('wire', [300_00n, '2026-10-05']),
  card('master', [200_00n, '2026-10-10']),
];

describe('the return of tokens', () => {
  const tokens = (id: string, of: readonly [bigint, string]): Source => ({
    ...source('crypto_address', id, of),
    sourceId: null,
  });
  const of = (toNamed: 'bank_payout' | 'crypto_payout', amountMinor: bigint) =>
    planReturn(
      amountMinor,
      [tokens('first', [60n, '2026-10-01']), tokens('second', [30n, '2026-10-05'])],
      {
        ...{ order: 'CARD_FIRST', windowDays: null, now: '2026-11-01T00:00:00Z', toNamed },
      },
    );

  it('uses up the deposits that brought them, and goes to the address that is named, the profit too', () => {
    const { legs, excessMinor } = of('crypto_payout', 100n);
    expect(legs).toMatchObject([
      { kind: 'crypto_payout', depositId: 'first', sourceId: null, amountMinor: 60n },
      { kind: 'crypto_payout', depositId: 'second', sourceId: null, amountMinor: 30n },
      { kind: 'crypto_payout', depositId: null, sourceId: null, amountMinor: 10n },
    ]);
    expect(excessMinor).toBe(10n);
    expect(needsNamed(of('crypto_payout', 60n))).toBe(true);
  });

  it('is none to a bank', () => {
    expect(of('bank_payout', 100n).legs).toMatchObject([
      { kind: 'bank_payout', depositId: null, amountMinor: 100n },
    ]);
  });
});

describe('return to source', () => {
  it.each<[string, ReturnOrder, bigint, readonly Source[], readonly string[]]>([
    ['the oldest first', 'FIFO', 250_00n, three, ['visa → card 100.00', 'wire → bank 150.00']],
    [
      'the cards first, each by its age, then the bank',
      'CARD_FIRST',
      350_00n,
      three,
      ['visa → card 100.00', 'master → card 200.00', 'wire → bank 50.00'],
    ],
    [
      'each by what it brought',
      'PROPORTIONAL',
      60_00n,
      three,
      ['visa → card 10.00', 'wire → bank 30.00', 'master → card 20.00'],
    ],
    [
      'the odd cent to the largest remainder',
      'PROPORTIONAL',
      100_01n,
      [card('a', [100_00n, '2026-10-01']), card('b', [50_00n, '2026-10-02'])],
      ['a → card 66.67', 'b → card 33.34'],
    ],
    [
      'the profit to the own bank account',
      'FIFO',
      650_00n,
      three,
      ['visa → card 100.00', 'wire → bank 300.00', 'master → card 200.00', 'profit → own 50.00'],
    ],
    [
      'the profit last also when the sources share',
      'PROPORTIONAL',
      610_00n,
      three,
      ['visa → card 100.00', 'wire → bank 300.00', 'master → card 200.00', 'profit → own 10.00'],
    ],
    ['everything as profit when nothing came in', 'CARD_FIRST', 5_00n, [], ['profit → own 5.00']],
    [
      'less what was refunded before, and what is on its way',
      'FIFO',
      120_00n,
      [
        card('visa', [100_00n, '2026-10-01'], { refunded: 60_00n, refunding: 10_00n }),
        card('master', [200_00n, '2026-10-10']),
      ],
      ['visa → card 30.00', 'master → card 90.00'],
    ],
    [
      'less what was charged back',
      'CARD_FIRST',
      80_00n,
      [
        card('visa', [100_00n, '2026-10-01'], { chargedBack: 100_00n }),
        card('master', [60_00n, '2026-10-10'], { chargedBack: 20_00n }),
      ],
      ['master → card 40.00', 'profit → own 40.00'],
    ],
    [
      'shares of what is left after refunds and chargebacks',
      'PROPORTIONAL',
      30_00n,
      [
        card('visa', [100_00n, '2026-10-01'], { refunded: 80_00n }),
        card('master', [60_00n, '2026-10-10'], { chargedBack: 20_00n }),
      ],
      ['visa → card 10.00', 'master → card 20.00'],
    ],
    [
      'what an expired card should get back to the own bank account',
      'FIFO',
      150_00n,
      [
        card('old', [100_00n, '2026-10-01'], { expired: true }),
        card('new', [100_00n, '2026-10-02']),
      ],
      ['old → own 100.00', 'new → card 50.00'],
    ],
    [
      'nothing to what it cannot be paid back to',
      'FIFO',
      10_00n,
      [source('voucher', 'v', [10_00n, '2026-10-01'])],
      ['profit → own 10.00'],
    ],
  ])('gives back %s (%s)', (_what, order, amount, sources, expected) => {
    expect(words(plan(amount, sources, order))).toEqual(expected);
  });

  it.each([
    [90, ['d80 → card 10.00', 'profit → own 30.00']],
    [120, ['d100 → card 10.00', 'd80 → card 10.00', 'profit → own 20.00']],
    [180, ['d150 → card 10.00', 'd100 → card 10.00', 'd80 → card 10.00', 'profit → own 10.00']],
    [null, ['d400 → card 10.00', 'd150 → card 10.00', 'd100 → card 10.00', 'd80 → card 10.00']],
  ] as const)('counts deposits of the last %s days', (windowDays, expected) => {
    const daysAgo = (days: number) =>
      new Date(Date.parse('2026-11-01T00:00:00Z') - days * 86_400_000).toISOString().slice(0, 10);
    const sources = [80, 100, 150, 400].map((days) => card(`d${days}`, [10_00n, daysAgo(days)]));
    expect(words(plan(40_00n, sources, 'FIFO', windowDays))).toEqual(expected);
  });

  it('names the expired instruments whose share goes elsewhere, and no others', () => {
    const expired = card('old', [100_00n, '2026-10-01'], { expired: true });
    const fresh = card('new', [100_00n, '2026-09-01']);
    expect(plan(150_00n, [expired, fresh], 'FIFO').expiredSourceIds).toEqual(['s-old']);
    expect(plan(100_00n, [expired, fresh], 'FIFO').expiredSourceIds).toEqual([]);
    expect(plan(100_00n, [expired], 'FIFO', 7).expiredSourceIds).toEqual([]);
  });

  it('asks for a bank account for the profit and for what an expired card cannot take', () => {
    expect(needsNamed(plan(10_00n, three, 'FIFO'))).toBe(false);
    expect(needsNamed(plan(900_00n, three, 'FIFO'))).toBe(true);
    const expired = [card('old', [100_00n, '2026-10-01'], { expired: true })];
    expect(needsNamed(plan(10_00n, expired, 'FIFO'))).toBe(true);
  });

  it('takes no withdrawal of nothing', () => {
    expect(() => plan(0n, three, 'FIFO')).toThrow(RangeError);
  });

  const pasts = fc
    .record({
      id: fc.uuid(),
      kind: fc.constantFrom('card', 'bank', 'voucher'),
      depositedMinor: fc.bigInt(1n, 1_000_000n),
      parts: fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100), fc.nat(100)),
      day: fc.integer({ min: 1, max: 31 }),
      month: fc.integer({ min: 1, max: 10 }),
      expired: fc.boolean(),
    })
    .map(({ id, kind, depositedMinor, parts: [left, ...gone], day, month, expired }) => {
      const all = BigInt(left + gone[0] + gone[1] + gone[2] || 1);
      const [refunded, refunding, chargedBack] = gone.map(
        (part) => (depositedMinor * BigInt(part)) / all,
      );
      const on = `2026-${String(month).padStart(2, '0')}-${String(Math.min(day, 28)).padStart(2, '0')}`;
      const past = { refunded, refunding, chargedBack } as Required<Past>;
      return {
        given: source(kind, id, [depositedMinor, on], { ...past, expired }),
        leftMinor: depositedMinor - past.refunded - past.refunding - past.chargedBack,
      };
    });

  it('always sums to the withdrawal, and no deposit gives more than it brought less what has gone', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 5_000_000n),
        fc.uniqueArray(pasts, { maxLength: 8, selector: ({ given }) => given.depositId }),
        fc.constantFrom(...returnOrders),
        fc.constantFrom(90, 120, 180, null),
        (amount, drawn, order, windowDays) => {
          const made = plan(
            amount,
            drawn.map(({ given }) => given),
            order,
            windowDays,
          );
          expect(made.legs.reduce((sum, leg) => sum + leg.amountMinor, 0n)).toBe(amount);
          for (const leg of made.legs) {
            expect(leg.amountMinor > 0n).toBe(true);
            if (leg.depositId === null) expect(leg.amountMinor).toBe(made.excessMinor);
          }
          for (const { given, leftMinor } of drawn) {
            const back = made.legs.filter(({ depositId }) => depositId === given.depositId);
            expect(back.length).toBeLessThanOrEqual(1);
            for (const leg of back) {
              expect(leg.amountMinor <= leftMinor).toBe(true);
              expect(leg.sourceId).toBe(given.expired ? null : given.sourceId);
              expect(leg.kind).toBe(
                given.kind === 'card' && !given.expired ? 'card_refund' : 'bank_payout',
              );
            }
          }
        },
      ),
    );
  });

  it('pays a profit only when every source in the window is used up', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 5_000_000n),
        fc.uniqueArray(pasts, { maxLength: 8, selector: ({ given }) => given.depositId }),
        fc.constantFrom(...returnOrders),
        (amount, drawn, order) => {
          const usable = drawn.filter(({ given }) => given.kind !== 'voucher');
          const all = usable.reduce((sum, { leftMinor }) => sum + leftMinor, 0n);
          const made = plan(
            amount,
            drawn.map(({ given }) => given),
            order,
          );
          expect(made.excessMinor).toBe(amount > all ? amount - all : 0n);
        },
      ),
    );
  });
});
