import { houseAccountOf, type HouseAccount } from './house-account';

const account: HouseAccount = {
  entityId: 'off',
  currency: 'USD',
  holder: 'The House',
  bank: 'A Bank',
  iban: 'SC18SSCB11010000000000001497USD',
  bic: 'SMPLSCSC',
  names: ['51210600/9223382012'],
};

describe('the account that a statement is of', () => {
  it.each([
    ['its IBAN', 'SC18SSCB11010000000000001497USD'],
    ['its IBAN in groups', 'SC18 SSCB 1101 0000 0000 0000 1497 USD'],
    ['its IBAN without the currency at its end', 'SC18SSCB11010000000000001497'],
    ['another name that its bank has for it', '51210600/9223382012'],
  ])('is the house’s by %s', (_how, named) => {
    expect(houseAccountOf([account], named)).toBe(account);
  });

  it('is nobody’s of the house otherwise', () => {
    expect(houseAccountOf([account], 'SC18SSCB1101000000000000149')).toBeUndefined();
    expect(houseAccountOf([account], '')).toBeUndefined();
  });
});
