import * as fc from 'fast-check';
import { assertUsable, drawUp, isInForce, wordsByLaw, type SelfBilling } from './self-billing';

const agreed: SelfBilling = {
  treatment: 'reverse_charge',
  legalName: 'North GmbH',
  address: 'Hamburg',
  taxNumber: 'DE123456789',
  exemption: '',
  agreement: '2026-01',
  agreedOn: '2026-10-01',
  endedOn: null,
};

it.each([
  ['vat_charged_unsupported', { treatment: 'charged' }],
  ['tax_number_missing', { taxNumber: '' }],
  ['exemption_missing', { treatment: 'exempt' }],
  ['exemption_not_asked', { exemption: 'Article 135' }],
  ['agreement_reversed', { endedOn: '2026-09-30' }],
] as const)('refuses with %s, naming the field', (code, change) => {
  const [field] = Object.keys(change);
  expect(() => assertUsable({ ...agreed, ...change })).toThrow(
    expect.objectContaining({
      code,
      errors: [
        expect.objectContaining({
          pointer: `/body/${code === 'exemption_missing' ? 'exemption' : String(field)}`,
        }),
      ],
    }),
  );
});

it('takes the three treatments that add nothing to what is paid', () => {
  expect(assertUsable(agreed).treatment).toBe('reverse_charge');
  const exempt = { ...agreed, treatment: 'exempt', exemption: 'Article 135', taxNumber: '' };
  expect(assertUsable({ ...exempt, treatment: 'exempt' }).treatment).toBe('exempt');
  expect(assertUsable({ ...agreed, treatment: 'not_registered' }).treatment).toBe('not_registered');
});

it('is in force from the day of the agreement until the day it ends', () => {
  const of = { agreedOn: '2026-10-01', endedOn: '2026-12-01' };
  const days = ['2026-09-30', '2026-10-01', '2026-11-30', '2026-12-01'];
  expect(days.map((day) => isInForce(of, day))).toEqual([false, true, true, false]);
});

it('says what the law wants to stand there', () => {
  expect(wordsByLaw('reverse_charge', '')).toEqual(['Self-billing', 'Reverse charge']);
  expect(wordsByLaw('exempt', 'Article 135(1)(d)')).toEqual([
    'Self-billing',
    'Exempt from VAT: Article 135(1)(d)',
  ]);
});

const item = (amountMinor: bigint, corrects: string[] = []) => ({
  ...{ what: 'x', period: '2026-10', amountMinor, corrects },
});

it('credits what is below zero to the invoice that it corrects, as far as that goes', () => {
  const drawn = drawUp([item(2_000n), item(-700n, ['a'])], [{ id: 'a', leftMinor: 500n }]);
  expect(drawn.lines.map(({ amountMinor }) => amountMinor)).toEqual([2_000n, -200n]);
  expect(drawn.credits).toEqual([
    { corrects: 'a', lines: [{ what: 'x', period: '2026-10', amountMinor: 500n }] },
  ]);
});

it('lowers the new invoice by what corrects none', () => {
  expect(drawUp([item(900n), item(-100n), item(50n, ['a'])], [])).toEqual({
    lines: [900n, -100n, 50n].map((amountMinor) => ({ what: 'x', period: '2026-10', amountMinor })),
    credits: [],
  });
});

it('never credits more than is left of an invoice, and comes to what is paid', () => {
  const minor = fc.bigInt({ min: -500n, max: 500n });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(minor, fc.subarray(['a', 'b', 'c']))),
      fc.tuple(...['a', 'b', 'c'].map(() => fc.bigInt({ min: 0n, max: 600n }))),
      (given, left) => {
        const open = ['a', 'b', 'c'].map((id, at) => ({ id, leftMinor: left[at] ?? 0n }));
        const { lines, credits } = drawUp(
          given.map(([amount, corrects]) => item(amount, corrects)),
          open,
        );
        const sum = (of: readonly { amountMinor: bigint }[]) =>
          of.reduce((total, { amountMinor }) => total + amountMinor, 0n);
        for (const { corrects, lines: back } of credits) {
          expect(back.every(({ amountMinor }) => amountMinor > 0n)).toBe(true);
          expect(sum(back)).toBeLessThanOrEqual(
            open.find(({ id }) => id === corrects)?.leftMinor ?? 0n,
          );
        }
        const credited = credits.reduce((total, credit) => total + sum(credit.lines), 0n);
        expect(sum(lines) - credited).toBe(given.reduce((total, [amount]) => total + amount, 0n));
      },
    ),
  );
});
