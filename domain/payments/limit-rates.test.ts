import { countedIn, type LimitRate } from './limit-rates';

const rates: readonly LimitRate[] = [
  { from: 'EUR', to: 'USD', rate: '1.10' },
  { from: 'IDR', to: 'USD', rate: '0.000065' },
  { from: 'USD', to: 'EUR', rate: '0.95' },
];
const money = (amountMinor: bigint, currency: string) => ({ amountMinor, currency });

it.each([
  ['its own currency', [money(10_00n, 'USD')], '10.00'],
  ['nothing', [], '0.00'],
  ['another by its rate', [money(10_00n, 'EUR')], '11.00'],
  ['all of them together', [money(10_00n, 'EUR'), money(1_00n, 'USD')], '12.00'],
  ['a fraction of a cent as a cent', [money(1_00n, 'IDR')], '0.01'],
  ['what has no rate: nobody knows', [money(1_00n, 'GBP'), money(1_00n, 'USD')], null],
  ['none of what has no rate', [money(0n, 'GBP')], '0.00'],
])('counts %s', (_what, amounts, counted) => {
  expect(countedIn('USD', rates, amounts)).toBe(counted);
});

it('goes by a rate into this currency alone', () => {
  expect(countedIn('GBP', rates, [money(1_00n, 'EUR')])).toBeNull();
});
