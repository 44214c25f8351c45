import { isBic, isIban, isLei } from './account-numbers';

it.each([
  ['DE89370400440532013000', true],
  ['CY17002001280000001200527600', true],
  ['NO9386011117947', true],
  ['DE89370400440532013001', false],
  ['DE98370400440532013000', false],
  ['de89370400440532013000', false],
  ['DE89 3704 0044 0532 0130 00', false],
])('knows whether %s is an IBAN: %s', (text, expected) => {
  expect(isIban(text)).toBe(expected);
});

it.each([
  ['DEUTDEFF', true],
  ['DEUTDEFF500', true],
  ['DEUTDEFF5', false],
  ['DEUT12FF', false],
])('knows whether %s has the form of a BIC: %s', (text, expected) => {
  expect(isBic(text)).toBe(expected);
});

it.each([
  ['529900T8BM49AURSDO55', true],
  ['529900T8BM49AURSDO56', false],
  ['529900T8BM49AURSDO5', false],
])('knows whether %s is an LEI: %s', (text, expected) => {
  expect(isLei(text)).toBe(expected);
});
