import { limitsOf, obstaclesTo, type Capabilities, type Movement } from './capabilities';

const capabilities: Capabilities = {
  rails: ['mobile_money'],
  operations: {
    payment: {
      limits: limitsOf(['KES'], 100n, 25_000_000n),
      countries: ['KE'],
      lookUp: 'provider_ref',
    },
    payout: {
      limits: { ...limitsOf(['KES'], 1_000n, 25_000_000n), ...limitsOf(['USD'], 1n, 5n) },
      countries: 'any',
      lookUp: 'message',
      destinations: ['msisdn'],
    },
  },
  keyHours: null,
};

const payIn: Movement = { operation: 'payment', amountMinor: 100n, currency: 'KES' };
const payOut: Movement = { operation: 'payout', amountMinor: 1_000n, currency: 'KES' };

it('does not take by a rail what that rail does not move', () => {
  const two: Capabilities = {
    ...{ ...capabilities, rails: ['qr', 'virtual_account'] },
    railCurrencies: { virtual_account: ['IDR'] },
  };
  expect(obstaclesTo(two, { ...payIn, rail: 'qr' })).toEqual([]);
  expect(obstaclesTo(two, { ...payIn, rail: 'virtual_account' })).toEqual(['currency_unsupported']);
});

it.each<[string, Movement, string[]]>([
  ['the least amount', payIn, []],
  ['the most', { ...payIn, amountMinor: 25_000_000n }, []],
  ['less than the least', { ...payIn, amountMinor: 99n }, ['amount_out_of_range']],
  ['more than the most', { ...payIn, amountMinor: 25_000_001n }, ['amount_out_of_range']],
  ['a rail and a country it has', { ...payIn, rail: 'mobile_money', country: 'KE' }, []],
  ['another rail', { ...payIn, rail: 'card' }, ['rail_unsupported']],
  ['another country', { ...payIn, country: 'TZ' }, ['country_unsupported']],
  ['another currency', { ...payIn, currency: 'EUR' }, ['currency_unsupported']],
  [
    'a currency named like a property',
    { ...payIn, currency: 'constructor' },
    ['currency_unsupported'],
  ],
  [
    'limits of the currency’s own',
    { ...payOut, currency: 'USD', amountMinor: 6n },
    ['amount_out_of_range'],
  ],
  ['an operation it does not have', { ...payIn, operation: 'refund' }, ['unsupported']],
  ['a payee it can reach', { ...payOut, destination: 'msisdn', country: 'TZ' }, []],
  ['a payee it cannot reach', { ...payOut, destination: 'card' }, ['destination_unsupported']],
  [
    'several at once',
    { ...payIn, rail: 'qr', country: 'TH', currency: 'THB' },
    ['rail_unsupported', 'currency_unsupported', 'country_unsupported'],
  ],
])('says what stands in the way of %s', (_what, movement, obstacles) => {
  expect(obstaclesTo(capabilities, movement)).toEqual(obstacles);
});
