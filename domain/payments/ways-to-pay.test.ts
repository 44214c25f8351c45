import { limitsOf, type Capabilities } from './capabilities';
import type { ConfiguredProvider } from './eligibility';
import { keptOf, lacksOf, waysToPay } from './ways-to-pay';

const provider = (
  name: string,
  capabilities: Pick<Capabilities, 'rails'> & Partial<Capabilities>,
  payment: { currencies: readonly string[]; countries: readonly string[] | 'any'; most?: bigint },
): ConfiguredProvider => ({
  name,
  capabilities: {
    ...{ operations: {}, keyHours: null },
    ...capabilities,
    ...(payment.currencies.length === 0
      ? {}
      : {
          operations: {
            payment: {
              limits: limitsOf(payment.currencies, 100n, payment.most ?? 1_000n),
              ...{ countries: payment.countries, lookUp: 'reference' },
            },
          },
        }),
  },
});

const providers = [
  provider('stripe', { rails: ['card'] }, { currencies: ['EUR', 'USD'], countries: 'any' }),
  provider(
    'stripe_2',
    { rails: ['card'] },
    { currencies: ['USD'], countries: 'any', most: 5_000n },
  ),
  provider(
    'mpesa',
    { rails: ['mobile_money'], payer: { mobile_money: { phonePrefix: '+254' } } },
    { currencies: ['KES'], countries: ['KE'] },
  ),
  provider(
    'xendit',
    {
      rails: ['qr', 'virtual_account'],
      railCurrencies: { virtual_account: ['IDR'] },
      payer: { virtual_account: { bankCodes: ['BCA'], record: ['name'] } },
    },
    { currencies: ['IDR', 'THB'], countries: ['ID', 'TH'] },
  ),
  provider('bank', { rails: ['bank'] }, { currencies: [], countries: 'any' }),
];

const ways = (country: string, ...currencies: string[]) =>
  waysToPay(providers, { country, currencies }).map(({ rail, currency }) => `${rail} ${currency}`);

it.each([
  ['a Kenyan', 'KE', ['card USD', 'mobile_money KES']],
  ['a Seychellois', 'SC', ['card USD']],
  ['an Indonesian', 'ID', ['card USD', 'qr IDR', 'virtual_account IDR', 'qr THB']],
])('offers %s what somebody here takes from there', (_who, country, wanted) => {
  expect(ways(country, 'USD', 'KES', 'IDR', 'THB')).toEqual(wanted);
});

it('offers no currency that the house does not hold, and nothing that pays out alone', () => {
  expect(ways('KE', 'EUR')).toEqual(['card EUR']);
  expect(ways('KE', 'GBP')).toEqual([]);
});

it('takes what anybody takes: from the least to the most', () => {
  const [card] = waysToPay(providers, { country: 'SC', currencies: ['USD'] });
  expect(card).toMatchObject({ minMinor: 100n, maxMinor: 5_000n });
});

describe('what a way needs of the payer', () => {
  it.each([
    [{ phonePrefix: '+254' }, {}, ['phone']],
    [{ phonePrefix: '+254' }, { phone: '+4915112345678' }, ['phone']],
    [{ phonePrefix: '+254' }, { phone: '+254712345678' }, []],
    [{ bankCodes: ['BCA'] }, { bankCode: 'BNI' }, ['bankCode']],
    [{ bankCodes: ['BCA'] }, { bankCode: 'BCA' }, []],
    [{}, {}, []],
  ] as const)('%o of %o lacks %o', (needs, given, lacks) => {
    expect(lacksOf(needs, given)).toEqual(lacks);
  });

  it('keeps nothing that it does not need', () => {
    const given = { phone: '+254712345678', bankCode: 'BCA' };
    expect(keptOf({ phonePrefix: '+254' }, given)).toEqual({ phone: '+254712345678' });
    expect(keptOf({}, given)).toEqual({});
  });
});
