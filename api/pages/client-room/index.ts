import type { Form, Page } from '../page';
import { accountRequestPages } from './account-requests';
import { accountPages } from './accounts';
import { agreementPages } from './agreements';
import { bankAccountPages } from './bank-account';
import { bankTransferPages } from './bank-transfer';
import { cashierPages } from './cashier';
import { categoryPages } from './category';
import { companyPages } from './company';
import { depositPages } from './deposits';
import { documentPages } from './documents';
import { exchangePages } from './exchanges';
import { homePages } from './home';
import { onboardingPages } from './onboarding';
import { payoutAddressPages } from './payout-addresses';
import { profilePages } from './profile';
import { registerPages } from './register';
import { requestPages } from './requests';
import { sourcePages } from './sources';
import { transferPages } from './transfers';
import { withdrawalPages } from './withdrawals';

/** Every page and form of the client room. */
export const clientPages: readonly (Page | Form)[] = [
  ...registerPages,
  ...homePages,
  ...onboardingPages,
  ...companyPages,
  ...documentPages,
  ...sourcePages,
  ...accountPages,
  ...accountRequestPages,
  ...cashierPages,
  ...bankTransferPages,
  ...depositPages,
  ...transferPages,
  ...exchangePages,
  ...withdrawalPages,
  ...bankAccountPages,
  ...payoutAddressPages,
  ...requestPages,
  ...profilePages,
  ...agreementPages,
  ...categoryPages,
];
