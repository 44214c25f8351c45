import { Problem } from '../../../domain/problem';
import { amount, moneyOf } from './amount';

it.each([
  ['250', '250'],
  ['250.5', '250.5'],
  ['250,50', '250.50'],
  ['1 250,5', '1250.5'],
  ['1\u00a0000', '1000'],
  ['50.000000', '50.000000'],
])('reads %s as %s', (typed, read) => {
  expect(amount.parse(typed)).toBe(read);
});

it.each(['1,000', '1.000,00', '-5', '', 'ten', '5e3'])('does not guess at %p', (typed) => {
  expect(amount.safeParse(typed).success).toBe(false);
});

it.each([
  ['0', 'EUR'],
  ['0.001', 'EUR'],
  ['10.5', 'JPY'],
  ['1.0000001', 'USDT'],
])('refuses %s %s at the field', (typed, currency) => {
  expect(() => moneyOf(typed, currency)).toThrow(Problem);
  try {
    moneyOf(typed, currency);
  } catch (error) {
    expect(error instanceof Problem && error.errors[0]?.pointer).toBe('/body/amount');
  }
});
