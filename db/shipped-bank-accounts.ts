import type { HouseAccount } from '../domain/payments/house-account';

const cyprus = {
  entityId: 'cy',
  holder: 'Keelson Markets (CY) Ltd',
  bank: 'Sample Bank of Cyprus',
  bic: 'SMPLCY2N',
  names: [],
};

const seychelles = {
  entityId: 'off',
  holder: 'Keelson Markets (SC) Ltd',
  bank: 'Sample Bank of Seychelles',
  bic: 'SMPLSCSC',
  names: [],
};

/** The accounts of the entities that ship, at banks that do not exist. */
export const shippedBankAccounts: readonly HouseAccount[] = [
  { ...cyprus, currency: 'EUR', iban: 'CY17002001280000001200527600' },
  { ...cyprus, currency: 'USD', iban: 'CY77002001280000001200527684' },
  { ...seychelles, currency: 'USD', iban: 'SC18SSCB11010000000000001497USD' },
  { ...seychelles, currency: 'EUR', iban: 'SC18SSCB11010000000000001498EUR' },
];
