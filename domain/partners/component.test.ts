import { rateInWords } from './component';

it.each([
  [{ rate: '5', rateCurrency: 'USD', component: 'per_lot' }, '5 USD per lot'],
  [{ rate: '12.5', rateCurrency: '%', component: 'spread' }, '12.5 % of the spread'],
  [{ rate: '250', rateCurrency: 'USD', component: 'cpa' }, '250 USD for the client, once'],
  [{ rate: '', rateCurrency: '', component: 'per_lot' }, ''],
] as const)('a rate in words: %j', (line, words) => {
  expect(rateInWords(line)).toBe(words);
});
