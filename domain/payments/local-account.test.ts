import { limitsOf, type Capabilities } from './capabilities';
import { localAccountTerms, readLocalAccount } from './local-account';

const payer = (localAccounts: NonNullable<Capabilities['localAccounts']>) => ({
  name: 'x',
  capabilities: {
    ...{ rails: ['qr'], keyHours: 24, localAccounts },
    operations: {
      payout: { limits: limitsOf(['THB'], 1n, 9n), countries: ['TH'], lookUp: 'reference' },
    },
  } satisfies Capabilities,
});
const thai = { currency: 'THB', digitsMin: 10, digitsMax: 12, bankCodes: ['SCB', 'KBANK'] };
const terms = localAccountTerms([payer({ TH: thai }), payer({ TH: { ...thai, bankCodes: [] } })]);
const said = { country: 'TH', accountNumber: '1234567890', bankCode: 'SCB' };

describe('a bank account without an IBAN', () => {
  it('is read in the currency of its country, as the first provider for it says', () => {
    expect(readLocalAccount(terms, said)).toEqual({
      ...{ accountNumber: '1234567890', bankCode: 'SCB', currency: 'THB' },
    });
  });

  it.each([
    [{ country: 'DE' }, ['country']],
    [{ bankCode: 'BBL' }, ['bankCode']],
    [{ accountNumber: '123456789' }, ['accountNumber']],
    [{ accountNumber: '1234567890123' }, ['accountNumber']],
    [{ accountNumber: '12345678x0', bankCode: '' }, ['bankCode', 'accountNumber']],
  ])('is refused with %j', (change, flaws) => {
    expect(readLocalAccount(terms, { ...said, ...change })).toEqual(flaws);
  });
});
