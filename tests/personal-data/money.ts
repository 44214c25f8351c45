import { walletOf } from '../../cli/demo/own-wallet';
import { list, text, until } from '../../cli/demo/http';
import { newId } from '../../domain/ids';
import { house as houseAccount, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { formatAmount, parseAmount } from '../../domain/money';
import { isRecord } from '../../domain/record';
import { rows } from '../../db/connection';
import { sealAction } from '../../db/deposit-payer';
import { postTransaction, readBalance } from '../../db/ledger';
import { storeProviderEvent } from '../../db/provider-events';
import { openTask } from '../../db/tasks';
import { pictureOf, type Applicant } from './applicants';
import { approveAll, decide, inState, taskAbout, type Colleague } from './colleagues';
import type { House } from './house';

/** For tests only: a client's money, from the card to the account and out again. */

const eur = (amount: string) => ({ amount, currency: 'EUR' });

export async function activeAccount(
  { api }: House,
  { token }: { token: string },
  currency?: string,
) {
  return until('an active account', async () => {
    const page = await api.must('GET', '/api/v1/accounts', { token });
    const found = list(page, 'data').find(
      (account) =>
        account['state'] === 'active' &&
        (currency === undefined || account['currency'] === currency),
    );
    return found && { id: text(found, 'id'), login: text(found, 'login') };
  });
}

/** Pays by card as a payer does: its number and the name on it go to the provider alone. */
export async function deposit(house: House, who: Applicant, amount: string): Promise<string> {
  const { api, markers, stage } = house;
  const { token } = who;
  const id = await askDeposit(house, who, amount);
  const page = await until('the page to pay on', async () => {
    const body = await api.must('GET', '/api/v1/deposits/{id}', { token, params: { id } });
    const action = body['nextAction'];
    return isRecord(action) ? text(action, 'url') : undefined;
  });
  await stage.psp.payAt(page, {
    number: markers.cardNumber(`${who.alias}: card`),
    exp_month: 11,
    exp_year: 2038,
    name: `${who.given} ${markers.word(`${who.alias}: card holder`)}`,
  });
  await inState(house, '/api/v1/deposits/{id}', { token, id, state: 'credited' });
  return id;
}

export async function askDeposit(
  { api, markers }: House,
  { alias, token }: Applicant,
  amount: string,
): Promise<string> {
  const payer = {
    phone: markers.phone(`${alias}: phone of a way of paying`),
    bankCode: markers.bic(`${alias}: bank of a way of paying`),
  };
  const body = { amount: eur(amount), rail: 'card', payer };
  return text(await api.must('POST', '/api/v1/deposits', { token, body }), 'id');
}

export async function transfer(
  house: House,
  { token }: Applicant,
  body: { accountId: string; direction: 'to_account' | 'to_wallet'; amount: string },
): Promise<void> {
  const made = await house.api.must('POST', '/api/v1/transfers', {
    token,
    body: { ...body, amount: eur(body.amount) },
  });
  await inState(house, '/api/v1/transfers/{id}', { token, id: text(made, 'id'), state: 'done' });
}

/** Money that came by no card, so that a withdrawal has to go to a bank account. */
export async function fund(house: House, { clientId }: Applicant, amount: string): Promise<void> {
  const of = { entityId: 'cy', clientId, currency: 'EUR' };
  await house.stage.system((tx) =>
    postTransaction(tx, {
      key: newId('command'),
      kind: 'correction',
      entityId: of.entityId,
      clientId,
      cause: 'seed',
      legs: move(houseAccount('psp_clearing', of, 'seed'), wallet(of), parseAmount(amount, 'EUR')),
    }),
  );
}

export async function addBank(house: House, who: Applicant): Promise<string> {
  const { api, markers } = house;
  const bank = await api.must('POST', '/api/v1/payment-sources', {
    token: who.token,
    body: {
      holderName: `${who.given} ${who.family}`,
      country: 'DE',
      iban: markers.iban(`${who.alias}: IBAN`),
      bic: markers.bic(`${who.alias}: BIC`),
    },
  });
  await api.must('POST', '/api/v1/payment-sources', {
    token: who.token,
    body: {
      holderName: `${who.given} ${who.family}`,
      ...{ country: 'TH', bankCode: 'SCB' },
      accountNumber: markers.accountNumber(`${who.alias}: account number`),
    },
  });
  return text(bank, 'id');
}

/** Adds an address of a wallet and signs for it. */
export async function addAddress(house: House, who: Applicant): Promise<void> {
  const { api, markers } = house;
  const { token, alias } = who;
  const wallet = walletOf(alias);
  const added = await api.must('POST', '/api/v1/payout-addresses', {
    token,
    body: {
      network: 'ethereum',
      address: markers.address(`${alias}: address`, wallet.address),
      vasp: markers.word(`${alias}: exchange`),
    },
  });
  const params = { id: text(added, 'id') };
  const proof = await api.must('GET', '/api/v1/payout-addresses/{id}/proof', { token, params });
  const signature = markers.address(`${alias}: signature`, wallet.sign(text(proof, 'text')));
  await api.must('POST', '/api/v1/payout-addresses/{id}/proof', {
    ...{ token, params, body: { signature } },
  });
}

/** Tokens that are held go back to whoever sent them: a colleague says who that is, by the API and on the page. */
export async function sendTokensBack(
  house: House,
  { clientId, alias }: Applicant,
  clerk: Colleague,
): Promise<void> {
  const { api, markers, stage } = house;
  const sender = walletOf(`${alias}'s friend`).address;
  const id = newId('deposit');
  await stage.system(async (tx) => {
    const actionSealed = await sealAction(tx, clientId, {
      ...{ kind: 'crypto_address', chain: 'ethereum', token: 'USDT' },
      ...{ address: walletOf(id).address, confirmations: 3, expiresAt: null },
    });
    await rows(
      tx,
      `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, state, failure, next_action_ct)
       values (:id, 'cy', :clientId, 1000000, 'USDT', 'crypto', 'chain', 'held', 'AMOUNT_MISMATCH', :actionSealed)`,
      { id, clientId, actionSealed },
    );
    await storeProviderEvent(tx, {
      ...{ provider: 'chain', eventId: `seen/${id}`, type: 'payment_seen', operationId: id },
      occurredAt: new Date().toISOString(),
      body: JSON.stringify({ from: markers.address(`${alias}: sender`, sender) }),
      normalised: { providerRef: id, amountMinor: '1000000', currency: 'USDT' },
    });
    await openTask(tx, {
      ...{ kind: 'unmatched_deposit', subject: id, workflowId: null, entityId: 'cy', clientId },
      ...{ title: 'A payment differs', issue: [], content: {}, key: `unmatched_deposit/${id}` },
    });
  });
  const propose = (who: string) =>
    api.must('POST', '/api/v1/deposits/{id}/return-proposal', {
      ...{ token: clerk.token, params: { id } },
      body: {
        to: 'sender',
        name: markers.word(`${alias}: sender of tokens${who}`),
        vasp: markers.word(`${alias}: exchange of the sender${who}`),
      },
    });
  await propose(', wrongly');
  await api.must('POST', '/api/v1/deposits/{id}/return-proposal/cancel', {
    ...{ token: clerk.token, params: { id } },
    body: { reason: markers.word(`${alias}: why a return is not to be`) },
  });
  await clerk.visitor.submit('/staff/payments/:id/return-to-sender', {
    params: { id },
    fields: {
      name: markers.word(`${alias}: sender of tokens, on a page`),
      vasp: markers.word(`${alias}: exchange of the sender, on a page`),
    },
  });
  await clerk.visitor.submit('/staff/payments/:id/return-proposal/cancel', {
    params: { id },
    fields: { why: markers.word(`${alias}: why a return is not to be, on a page`) },
  });
  await propose('');
}

/**
 * Takes more out than two cards gave, which have expired: all of it goes to the bank account. One colleague makes it
 * less and says what they saw of the cards, through the API and on its page, others allow it.
 */
export async function withdraw(
  house: House,
  who: Applicant,
  {
    staff: [clerk, ...others],
    bank,
    amount,
    less,
    lesser,
  }: {
    staff: readonly [Colleague, ...Colleague[]];
    bank: string;
    amount: string;
    less: string;
    lesser: string;
  },
): Promise<void> {
  const { token } = who;
  const [card, otherCard] = await house.stage.system((tx) =>
    rows<{ id: string }>(
      tx,
      `update payment_source set expires_on = '2020-01-31' where client_id = :id and kind = 'card' returning id`,
      { id: who.clientId },
    ),
  );
  const asked = await house.api.must('POST', '/api/v1/withdrawals', {
    token,
    body: { amount: eur(amount), bankAccountId: bank },
  });
  const id = text(asked, 'id');
  const params = { id };
  await house.api.must('POST', '/api/v1/withdrawals/{id}/edit', {
    ...{ token: clerk.token, params },
    body: {
      amount: eur(less),
      reason: `For ${house.markers.word(`${who.alias}: reason of an edit`)}`,
    },
  });
  await clerk.visitor.submit('/staff/payments/:id/edit', {
    params,
    fields: {
      amount: lesser,
      why: `For ${house.markers.word(`${who.alias}: reason of an edit on a page`)}`,
    },
  });
  const statement = `Letter to ${house.markers.word(`${who.alias}: evidence`)}`;
  await until('the plan past the expired card', async () => {
    const { status } = await house.api.send('POST', '/api/v1/withdrawals/{id}/evidence', {
      ...{ token: clerk.token, params },
      body: { sourceId: card?.id ?? '', statement },
    });
    return status === 201 ? true : undefined;
  });
  const paper = pictureOf(house, who);
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(paper.bytes)], { type: 'image/png' }), paper.name);
  await house.api.must('POST', '/api/v1/withdrawals/{id}/evidence/{sourceId}/paper', {
    ...{ token: clerk.token, params: { ...params, sourceId: card?.id ?? '' }, form },
  });
  await clerk.visitor.submit('/staff/payments/:id/evidence', {
    params,
    fields: {
      sourceId: otherCard?.id ?? '',
      statement: `Letter to ${house.markers.word(`${who.alias}: evidence on a page`)}`,
    },
    file: pictureOf(house, who),
  });
  await approveAll(house, others, { kind: 'withdrawal_approval', subject: id });
  await inState(house, '/api/v1/withdrawals/{id}', { token, id, state: 'paid' });
}

/**
 * What a client paid in and has moved to an account is taken back by the bank: the house gives it up, asked for through
 * the API and, once that was turned down, on the deposit's page.
 */
export async function giveUp(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers, stage } = house;
  const { clientId } = who;
  const words = (what: string) => `${markers.word(`write-off: ${what}`)} has moved away`;
  const { id: accountId } = await activeAccount(house, who, 'EUR');
  const id = await deposit(house, who, '30.00');
  const purse = wallet({ entityId: 'cy', clientId, currency: 'EUR' });
  const { balanceMinor } = await stage.system((tx) => readBalance(tx, purse));
  const amount = formatAmount(balanceMinor, 'EUR');
  await transfer(house, who, { accountId, direction: 'to_account', amount });
  const dispute = { side: 'stripe', reference: id };
  const made = await stage.psp.control('/charge-back', dispute);
  await stage.psp.control('/dispute', { dispute: isRecord(made) ? made['id'] : '', to: 'lost' });
  const chargeback = await until('the chargeback to be lost', async () => {
    const page = await api.must('GET', '/api/v1/chargebacks', { token: one.token });
    return list(page, 'data').find((each) => {
      return each['depositId'] === id && each['state'] === 'lost' && text(each, 'id');
    });
  });
  const chargebackId = text(chargeback, 'id');
  await api.must('POST', '/api/v1/chargebacks/{id}/write-off', {
    ...{ token: one.token, params: { id: chargebackId }, body: { reason: words('reason') } },
  });
  const task = await taskAbout(house, other, 'write_off_approval', chargebackId);
  await decide(house, other, { id: text(task, 'id'), decision: 'reject' });
  await one.visitor.submit('/staff/payments/:id/chargebacks/:chargebackId/write-off', {
    params: { id, chargebackId },
    fields: { why: words('reason on a page') },
  });
  await approveAll(house, [other], { kind: 'write_off_approval', subject: chargebackId });
}

/** Gives a part of a deposit back and takes another request for it back, through the API and on the deposit's page. */
export async function refund(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  { clientId }: Applicant,
  depositId: string,
): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`refund: ${what}`)} paid twice`;
  const template = '/api/v1/deposits/{id}/refunds';
  const asked = await api.must('POST', template, {
    token: one.token,
    params: { id: depositId },
    body: { amount: eur('10.00'), reason: words('reason') },
  });
  await approveAll(house, [other], { kind: 'refund_approval', subject: text(asked, 'id') });
  await inState(house, '/api/v1/refunds/{id}', {
    token: one.token,
    id: text(asked, 'id'),
    state: 'paid',
  });
  await one.visitor.submit('/staff/payments/:id/refunds', {
    params: { id: depositId },
    fields: { amount: '5.00', reason: words('reason on a page') },
  });
  const listed = await api.must('GET', template, { token: other.token, params: { id: depositId } });
  const open = list(listed, 'data').find((each) => each['state'] === 'requested');
  await other.visitor.submit('/staff/payments/:id/refunds/:refundId/cancel', {
    params: { id: depositId, refundId: text(open ?? {}, 'id') },
    fields: {},
  });
  await api.must('GET', '/api/v1/chargebacks', { token: one.token, query: { clientId } });
}
