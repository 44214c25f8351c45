import { testPassword, type Person, type TestApi } from '../../api/testing/api';
import { openApproval, openReview } from '../../api/testing/tasks';
import { wallet } from '../../domain/ledger/account';
import { money, parseAmount } from '../../domain/money';
import { limitsOf } from '../../domain/payments/capabilities';
import type { ConfiguredProvider } from '../../domain/payments/eligibility';
import { changeAccounts } from '../../db/account-bulk';
import { askForChange } from '../../db/account-changes';
import { insertAccount, moveAccount } from '../../db/accounts';
import { createApiKey } from '../../db/api-keys';
import { chargebacksOf } from '../../db/chargebacks';
import { asSystem, inScope, rows, type Tx } from '../../db/connection';
import { awaitPayment, creditDeposit, requestDeposit } from '../../db/deposits';
import { decideByPolicy } from '../../db/evaluations';
import { proposeCorrection } from '../../db/correction-requests';
import { takeQuote } from '../../db/exchanges';
import { quoteExchange } from '../../db/fx-quotes';
import { setHalt } from '../../db/halts';
import { openCase } from '../../db/kyc';
import { createLink } from '../../db/one-time-links';
import { hashPassword } from '../../db/passwords';
import { addBankAccount, saveSource } from '../../db/payment-sources';
import { encryptFor } from '../../db/personal-data';
import { simulatePolicy } from '../../db/policy-simulations';
import { draftPolicy } from '../../db/policy-versions';
import { storeProviderEvent } from '../../db/provider-events';
import { requestRefund } from '../../db/refunds';
import { takeStatement, type ToldStatement } from '../../db/receipt-intake';
import { listReceipts } from '../../db/receipts';
import { requestTransfer } from '../../db/transfer-requests';
import { readUser, scopeOf, setPassword } from '../../db/users';
import { takeProviderMessage } from '../../db/webhook-intake';
import { requestWithdrawal } from '../../db/withdrawals';
import { setRestriction } from '../../db/client-restrictions';
import { seedMarket } from './market';
import { seedCommission } from '../browser/commission';
import { passport, type Applicant } from '../processes/applicants';
import { byStripe } from '../processes/payments';

/** What belongs to one client and one partner of one legal entity, with an id of each kind of thing. */
export interface Holdings {
  readonly entityId: string;
  readonly client: Person & { readonly clientId: string };
  readonly partner: Person;
  /** Ids by kind (`domain/ids.ts`), and what else a route can name. */
  readonly ids: Readonly<Record<string, string>>;
}

export type Owned = 'cy' | 'off';

const residences = { cy: 'DE', off: 'MU' } as const;

/**
 * A client in the middle of everything and a partner whose clients have traded, made by the product's own
 * stores. Several can be made in one database; only the first of an entity gets what an entity has once.
 */
export async function makeHoldings(
  api: TestApi,
  entityId: Owned,
  { number, isFirst }: { number: number; isFirst: boolean },
): Promise<Holdings> {
  const client = await api.client({ residence: residences[entityId], currency: 'EUR' });
  const owner = { entityId, clientId: client.clientId };
  const scope = await api.system((tx) => scopeOf(tx, client.user));
  const own = <T>(work: (tx: Tx) => Promise<T>) => inScope(api.db, scope, work);

  const kycCase = await own((tx) => openCase(tx, client.clientId));
  const applicant: Applicant = {
    ...owner,
    userId: client.user.id,
    name: 'Quennia Test',
    email: client.email,
    birthDate: '1988-04-17',
    scope,
  };
  const { document } = await passport(api, applicant);
  const payments = await pay(api, owner, { userId: client.user.id, own, number });
  const commission = await seedCommission(
    api.db,
    { ...owner, accountId: payments.account },
    { ticketFrom: 10_000 * (number + 1), mark: String(number) },
  );
  const partner = await personOf(api, commission.partnerId, `root${number}@partners.example`);
  const [settled] = await api.system((tx) =>
    rows<{ payout: string; task: string }>(
      tx,
      `select p.id as payout, t.id as task from settlement_payout p join task t on t.subject = p.settlement_id
       where p.partner_id = :id`,
      { id: commission.partnerId },
    ),
  );
  return {
    entityId,
    client,
    partner,
    ids: {
      entity: entityId,
      entityPlace: `entity/${entityId}`,
      workflowId: `onboarding/${client.clientId}`,
      client: client.clientId,
      kycCase: kycCase.id,
      caseTask: await openReview(api, owner, kycCase.id),
      document: document.id,
      ...payments,
      partner: commission.partnerId,
      planSet: commission.planSetId,
      settlement: commission.settlementId,
      ticket: commission.ticket,
      payout: settled?.payout ?? '',
      settlementTask: settled?.task ?? '',
      task: await openApproval(api, client.clientId, [], entityId),
      ...(await ofStaff(api, { ...owner, ...payments }, isFirst)),
    },
  };
}

type Own = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

interface Owner {
  readonly entityId: string;
  readonly clientId: string;
}

/** A provider as far as a request for a refund asks about it. */
const refunding: ConfiguredProvider = {
  name: 'stripe',
  capabilities: {
    rails: ['card'],
    operations: {
      refund: { limits: limitsOf(['EUR'], 1n, 99_999n), countries: 'any', lookUp: 'reference' },
    },
    keyHours: 24,
  },
};

const eur = (amount: string) => money(parseAmount(amount, 'EUR'), 'EUR');

async function pay(
  api: TestApi,
  owner: Owner,
  { userId, own, number }: { userId: string; own: Own; number: number },
) {
  const deposit = await own((tx) =>
    requestDeposit(tx, { ...owner, amount: eur('900.00'), rail: 'card' }, byStripe),
  );
  await api.system(async (tx) => {
    await awaitPayment(tx, deposit.id, { providerRef: `cs_${number}`, actionSealed: null });
    const sourceId = await saveSource(tx, owner, {
      kind: 'card',
      provider: 'stripe',
      card: {
        fingerprint: `fp${number}`,
        last4: '4242',
        brand: 'Visa',
        expMonth: 5,
        expYear: 2039,
      },
    });
    await creditDeposit(tx, deposit.id, { sourceId, providerRef: `pi_${number}` });
  });
  const providerEvent = await api.system(async (tx) => {
    await storeProviderEvent(tx, {
      provider: 'stripe',
      eventId: `evt_${number}`,
      type: 'payment.succeeded',
      operationId: deposit.id,
      occurredAt: new Date().toISOString(),
      body: '{}',
      normalised: { kind: 'payment.succeeded', amountMinor: '90000', currency: 'EUR' },
    });
    const [stored] = await rows<{ id: string }>(
      tx,
      'select id from provider_event where operation_id = :id',
      { id: deposit.id },
    );
    return stored?.id ?? '';
  });
  const account = await api.system(async (tx) => {
    const made = await insertAccount(tx, {
      ...owner,
      serverId: 'mt5',
      group: 'real',
      accountType: 'standard',
      currency: 'EUR',
      leverage: 30,
      policyPins: [],
    });
    await moveAccount(tx, made.id, {
      from: ['requested'],
      to: 'active',
      login: String(700_000 + number),
    });
    return made.id;
  });
  const request = await own((tx) =>
    askForChange(tx, account, { ask: { kind: 'change_leverage', leverage: 20 } }),
  );
  const transfer = await own((tx) =>
    requestTransfer(tx, { accountId: account, direction: 'to_account', amount: eur('100.00') }),
  );
  const source = await own((tx) =>
    addBankAccount(tx, owner, {
      holderName: 'Quennia Test',
      country: 'DE',
      iban: 'DE89370400440532013000',
      bic: null,
    }),
  );
  const receipt = await api.system(async (tx) => {
    const { statement } = await takeStatement(tx, statementOf(owner.entityId, number));
    const [found] = await listReceipts(tx, { statementId: statement.id, limit: 1 });
    return found?.id ?? '';
  });
  const withdrawal = await own((tx) =>
    requestWithdrawal(tx, {
      ...owner,
      userId,
      amount: eur('50.00'),
      bankSourceId: source.id,
    }),
  );
  await api.system(async (tx) =>
    rows(
      tx,
      `insert into withdrawal_evidence (withdrawal_id, source_id, entity_id, client_id, statement_ct, supplied_by)
       values (:id, :source, :entityId, :clientId, :statement, 'usr_1')`,
      {
        ...{ id: withdrawal.id, source: source.id, ...owner },
        statement: await encryptFor(tx, owner.clientId, 'withdrawal.evidence', 'A letter.'),
      },
    ),
  );
  const [posted] = await api.system((tx) =>
    rows<{ transaction: string; account: string }>(
      tx,
      `select t.id as transaction, a.id as account from ledger_transaction t, ledger_account a
       where t.cause = :cause and a.client_id = :clientId and a.code = 'wallet'`,
      { cause: deposit.id, clientId: owner.clientId },
    ),
  );
  const link = await api.system((tx) =>
    createLink(tx, { purpose: 'platform_password', subject: account, ...owner }),
  );
  const exchange = await exchanged(api, owner, own);
  const chargeback = await wonChargeback(api, deposit.id, number);
  return {
    ...exchange,
    deposit: deposit.id,
    chargeback,
    providerEvent,
    account,
    accountRequest: request.id,
    transfer: transfer.id,
    source: source.id,
    receipt,
    withdrawal: withdrawal.id,
    ledgerAccount: posted?.account ?? '',
    ledgerTransaction: posted?.transaction ?? '',
    platformLink: link.path.slice('/links/'.length),
  };
}

/** A quote that was taken; the client is approved for it alone, and a server quotes the pair. */
async function exchanged(api: TestApi, owner: Owner, own: Own) {
  await api.system(async (tx) => {
    const approve = 'update client set approved_at = now() where id = :clientId';
    await rows(tx, approve, { clientId: owner.clientId });
    await seedMarket(tx);
  });
  const quote = await own((tx) =>
    quoteExchange(tx, { ...owner, from: 'EUR', to: 'USD', amount: eur('10.00') }),
  );
  const exchange = await own((tx) => takeQuote(tx, quote.id));
  const undo = 'update client set approved_at = null where id = :clientId';
  await api.system((tx) => rows(tx, undo, { clientId: owner.clientId }));
  return { fxQuote: quote.id, exchange: exchange.id };
}

/** A chargeback that was won: told of at its end first, so that it restricts its client no more. */
async function wonChargeback(api: TestApi, depositId: string, number: number): Promise<string> {
  return api.system(async (tx) => {
    await takeProviderMessage(tx, {
      provider: 'stripe',
      eventId: `evt_dispute_${number}`,
      type: 'dispute_updated',
      operationId: null,
      occurredAt: new Date().toISOString(),
      body: '{}',
      normalised: {
        ...{ providerRef: `dp_${number}`, paymentRef: `pi_${number}`, status: 'won' },
        ...{ amountMinor: '1000', currency: 'EUR', reason: 'fraudulent' },
      },
    });
    const [found] = await chargebacksOf(tx, depositId);
    return found?.id ?? '';
  });
}

/** A bank's statement of one credit that names nobody. */
function statementOf(entityId: string, number: number): ToldStatement {
  return {
    ...{
      fileHash: `file ${number}`,
      entityId,
      accounts: [],
      takenBack: [],
      pending: 0,
      doubts: [],
    },
    credits: [
      {
        ...{ bankAccount: `${entityId} account`, key: `entry ${number}`, amountMinor: 700n },
        ...{ currency: 'EUR', bookedOn: null, bankReference: null, texts: [], isReturn: false },
        payer: { name: 'Somebody Else', account: null, remittance: 'rent' },
      },
    ],
  };
}

/** What colleagues of the entity have made: one of them, a restriction, a switch, a draft of a policy. */
async function ofStaff(
  api: TestApi,
  {
    entityId,
    clientId,
    account,
    deposit,
  }: Owner & { readonly account: string; readonly deposit: string },
  isFirst: boolean,
) {
  const colleague = await api.staff(['mlro', 'operations'], [entityId]);
  const scope = await api.system((tx) => scopeOf(tx, colleague.user));
  const finance = await api.staff(['finance'], [entityId]);
  const financial = await api.system((tx) => scopeOf(tx, finance.user));
  const correction = await inScope(api.db, financial, (tx) =>
    proposeCorrection(tx, {
      effect: {
        ...{ kind: 'correction', direction: 'credit', amountMinor: 100n, currency: 'EUR' },
        accountId: wallet({ entityId, clientId, currency: 'EUR' }).id,
      },
      ...{ effectiveAt: null, reasonCode: 'GOODWILL', reason: 'test' },
    }),
  );
  return inScope(api.db, scope, async (tx) => {
    const restriction = await setRestriction(tx, {
      clientId,
      kind: 'manual_review',
      scopes: ['marketing'],
      reason: 'test',
    });
    const bulk = await changeAccounts(tx, {
      accountIds: [account],
      action: { kind: 'change_type', accountType: 'standard' },
    });
    const refund = await requestRefund(tx, { depositId: deposit, ...eur('5.00'), reason: 'test' }, [
      refunding,
    ]);
    const made = {
      user: colleague.user.id,
      refund: refund.id,
      restriction: restriction.id,
      accountBulk: bulk.id,
      correction: correction.id,
    };
    if (!isFirst) return made;
    const halt = await setHalt(tx, { scope: 'entity', key: entityId, reason: 'test' });
    const draft = await draftPolicy(tx, {
      kind: 'withdrawal',
      layer: 'entity',
      layerKey: entityId,
      body: { title: 'An overlay', changes: [] },
      note: '',
    });
    const simulation = await simulatePolicy(tx, draft.id, 100);
    return {
      ...made,
      halt: halt.id,
      policyVersion: draft.id,
      simulation: simulation.id,
      evaluation: await asSystem(tx, (system) => withdrawalFacts(system, { entityId, clientId })),
    };
  });
}

/** A withdrawal that policy has looked at, with nothing known about it. */
async function withdrawalFacts(tx: Tx, { entityId, clientId }: Owner): Promise<string> {
  const { id } = await decideByPolicy(tx, {
    kind: 'withdrawal',
    subject: clientId,
    entityId,
    clientId,
    personId: clientId,
    facts: {},
  });
  return id;
}

/** The log-in that a partner got when it was made. */
async function personOf(api: TestApi, partnerId: string, email: string): Promise<Person> {
  const passwordHash = await hashPassword(testPassword);
  return api.system(async (tx) => {
    const [row] = await rows<{ id: string }>(
      tx,
      'select id from user_account where partner_id = :partnerId',
      { partnerId },
    );
    if (!row) throw new Error('the partner has no log-in');
    await setPassword(tx, row.id, passwordHash, 'first');
    const user = await readUser(tx, row.id);
    const { token } = await createApiKey(tx, user, { name: 'test', hours: 1 });
    return { user, token, email };
  });
}
