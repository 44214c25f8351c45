import { list, text } from '../../cli/demo/http';
import { rows } from '../../db/connection';
import { wallet } from '../../domain/ledger/account';
import type { Applicant } from './applicants';
import { approveAll, inState, type Colleague } from './colleagues';
import { withValueAt } from './fields';
import type { House } from './house';
import { activeAccount } from './money';

/** For tests only: money of a client that colleagues move by hand, with words, through the API and on pages. */
export async function moveByHand(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`by hand: ${what}`)} wants it`;
  const account = wallet({ entityId: 'cy', clientId: who.clientId, currency: 'EUR' }).id;
  const fee = await api.must('POST', '/api/v1/corrections', {
    token: one.token,
    body: {
      ...{ kind: 'fee', account, direction: 'debit', reasonCode: 'OTHER' },
      ...{ amount: { amount: '0.01', currency: 'EUR' }, reason: words('fee') },
    },
  });
  const back = await api.must('POST', '/api/v1/ledger/transactions/{id}/reversal', {
    token: one.token,
    params: { id: text(fee, 'transactionId') },
    body: { reasonCode: 'OTHER', reason: words('waiver') },
  });
  await api.must('PATCH', '/api/v1/corrections/{id}', {
    token: other.token,
    params: { id: text(back, 'id') },
    headers: { 'if-match': '"1"' },
    body: { reason: words('waiver changed') },
  });
  const address = await one.visitor.submit('/staff/corrections/new', {
    fields: {
      ...{ account, kind: 'correction', direction: 'credit', amount: '0.02', currency: 'EUR' },
      ...{ reasonCode: 'GOODWILL', reason: words('correction on a page') },
    },
  });
  await other.visitor.submit('/staff/corrections/:id', {
    params: { id: address.split('/').at(-1) ?? '' },
    fields: {
      ...{ version: '1', direction: 'credit', amount: '0.03', currency: 'EUR' },
      ...{ reasonCode: 'GOODWILL', reason: words('correction changed on a page') },
    },
  });
}

/** For tests only: credit that colleagues give and take back by hand, once through the API and once on pages. */
export async function giveBonuses(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers, stage } = house;
  const { token } = one;
  const words = (what: string) => `${markers.word(`bonus: ${what}`)} was promised`;
  // Retail clients of the EEA are given none.
  await stage.system((tx) =>
    rows(tx, `update client set category = 'professional' where id = :id`, { id: who.clientId }),
  );
  const { id: accountId } = await activeAccount(house, who);
  const account = await api.must('GET', '/api/v1/accounts/{id}', {
    token,
    params: { id: accountId },
  });
  const currency = text(account, 'currency');
  const given = async (id: string) => {
    await approveAll(house, [other], { kind: 'bonus_approval', subject: id });
    await inState(house, '/api/v1/bonuses/{id}', { token, id, state: 'active' });
  };
  const first = await api.must('POST', '/api/v1/bonuses', {
    token,
    body: { accountId, amount: { amount: '5.00', currency }, reason: words('reason') },
  });
  const id = text(first, 'id');
  await given(id);
  await api.must('POST', '/api/v1/bonuses/{id}/removal', {
    ...{ token, params: { id } },
    body: { reason: words('taken back') },
  });
  await inState(house, '/api/v1/bonuses/{id}', { token, id, state: 'removed' });
  const address = await one.visitor.submit('/staff/accounts/:id/bonus', {
    params: { id: accountId },
    fields: { amount: '6.00', reason: words('reason on a page') },
  });
  const second = address.split('/').at(-1) ?? '';
  await given(second);
  await other.visitor.submit('/staff/bonuses/:id/removal', {
    params: { id: second },
    fields: { reason: words('taken back on a page') },
  });
  await inState(house, '/api/v1/bonuses/{id}', { token, id: second, state: 'removed' });
  await tryCampaign(house, who, { accountId, currency });
}

/** A code is one that the policy names, or nothing is moved. */
async function tryCampaign(
  house: House,
  { token, email, password }: Applicant,
  { accountId, currency }: { accountId: string; currency: string },
): Promise<void> {
  const { api, transcript } = house;
  const [deposit] = list(await api.must('GET', '/api/v1/deposits', { token }), 'data');
  const path = 'bonus.campaign';
  const body = {
    ...{ accountId, direction: 'to_account', amount: { amount: '1.00', currency } },
    bonus: { depositId: text(deposit ?? {}, 'id'), campaign: 'NOBODY' },
  };
  await transcript.probe('POST /api/v1/transfers', [{ path, value: 'NOBODY' }], (at, marker) =>
    api.send('POST', '/api/v1/transfers', {
      token,
      body: withValueAt(body, at, marker.toUpperCase()),
    }),
  );
  const visitor = house.visitor('anna');
  await visitor.logIn('client', email, password);
  const form = '/client/cashier/transfer';
  const { depositId: bonusDeposit } = body.bonus;
  const fields = { accountId, direction: 'to_account', amount: '1.00', bonusDeposit };
  await transcript.probe(`POST ${form}`, [{ path: 'campaign', value: 'NOBODY' }], (at, marker) =>
    visitor.try(form, { fields: { ...fields, [at]: marker.toUpperCase() } }),
  );
}
