import type { Withdrawal } from '../../../db/withdrawals';
import { withdrawalWords } from './words';

const rejected = (refusal: string | null): Withdrawal => ({
  id: 'wd_1',
  entityId: 'cy',
  clientId: 'cl_1',
  amountMinor: 100n,
  currency: 'EUR',
  holdId: 'hold_1',
  state: 'rejected',
  bankSourceId: null,
  addressSourceId: null,
  policyPins: [],
  refusal,
  requestedBy: 'usr_1',
  editedBy: [],
  version: 1,
  createdAt: '2026-11-23T20:15:00Z',
  finishedAt: null,
});

it('tells a client a reason that may be told', () => {
  expect(withdrawalWords(rejected('BANK_ACCOUNT_NEEDED')).text).toMatch(/Choose a bank account/);
});

it('reads the same for every reason that must not be told', () => {
  const hidden = ['SANCTIONS_POSSIBLE', 'RESTRICTED', 'RISK_HIGH', 'constructor', null];
  const texts = new Set(hidden.map((code) => withdrawalWords(rejected(code)).text));
  expect(texts.size).toBe(1);
});
