import type { TestApi } from '../../api/testing/api';
import { newId } from '../../domain/ids';
import { money, parseAmount } from '../../domain/money';
import { askForChange } from '../../db/account-changes';
import { insertAccount, moveAccount, readAccount } from '../../db/accounts';
import { askBonusPolicy } from '../../db/bonus-policy';
import { chargebacksOf } from '../../db/chargebacks';
import { rows, type Tx } from '../../db/connection';
import { awaitPayment, creditDeposit, requestDeposit } from '../../db/deposits';
import { takeQuote } from '../../db/exchanges';
import { quoteExchange } from '../../db/fx-quotes';
import { createLink } from '../../db/one-time-links';
import { addBankAccount, saveSource } from '../../db/payment-sources';
import { encryptBytesFor, encryptFor } from '../../db/personal-data';
import { storeProviderEvent } from '../../db/provider-events';
import { takeStatement, type ToldStatement } from '../../db/receipt-intake';
import { listReceipts } from '../../db/receipts';
import { addTokenAddress } from '../../db/token-addresses';
import { checksummed } from '../../domain/payments/token-address';
import { requestTransfer } from '../../db/transfer-requests';
import { takeProviderMessage } from '../../db/webhook-intake';
import { paperField } from '../../db/withdrawal-evidence';
import { requestWithdrawal } from '../../db/withdrawals';
import { seedMarket } from './market';
import { byStripe } from '../processes/payments';

type Own = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

export interface Owner {
  readonly entityId: string;
  readonly clientId: string;
}

export const eur = (amount: string) => money(parseAmount(amount, 'EUR'), 'EUR');

/** One that waits for its transfer, whatever the policy thinks of it. */
async function insertedBonus(
  tx: Tx,
  owner: Owner,
  { account, deposit, transfer }: Readonly<Record<'account' | 'deposit' | 'transfer', string>>,
): Promise<string> {
  const id = newId('bonus');
  const { id: evaluation } = await askBonusPolicy(tx, id, {
    account: await readAccount(tx, account),
    ...{ origin: 'deposit', depositId: deposit, paidMinor: 1_000n, campaign: null },
  });
  await rows(
    tx,
    `insert into bonus (id, entity_id, client_id, account_id, origin, deposit_id, transfer_id, paid_minor, amount_minor, currency,
       removal, reason_ct, requested_by, evaluation_id, state)
     values (:id, :entityId, :clientId, :account, 'deposit', :deposit, :transfer, 1000, 100, 'EUR', 'whole', :reason,
       'usr_1', :evaluation, 'waiting')`,
    {
      ...{ id, ...owner, account, deposit, transfer, evaluation },
      reason: await encryptFor(tx, owner.clientId, 'bonus.reason', 'A good client.'),
    },
  );
  await rows(
    tx,
    `insert into bonus_step (bonus_id, step, entity_id, client_id, kind, cause, cause_id, asked_by)
     values (:id, 1, :entityId, :clientId, 'grant', 'grant', '-', 'user:usr_1')`,
    { id, ...owner },
  );
  return id;
}

/** A payment of each kind, an account and what went with them; ids by kind. */
export async function pay(
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
  const bonus = await api.system((tx) =>
    insertedBonus(tx, owner, { account, deposit: deposit.id, transfer: transfer.id }),
  );
  const source = await own((tx) =>
    addBankAccount(tx, owner, {
      holderName: 'Quennia Test',
      country: 'DE',
      iban: 'DE89370400440532013000',
      bic: null,
    }),
  );
  const address = await own((tx) =>
    addTokenAddress(tx, owner, {
      ...{ network: 'ethereum', vasp: null },
      address: checksummed(number.toString(16).padStart(40, '0')),
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
      `insert into withdrawal_evidence (withdrawal_id, source_id, entity_id, client_id, statement_ct, supplied_by,
         media_type, content_hash, content_ct)
       values (:id, :source, :entityId, :clientId, :statement, 'usr_1', 'image/png', 'x', :paper)`,
      {
        ...{ id: withdrawal.id, source: source.id, ...owner },
        paper: await encryptBytesFor(
          tx,
          owner.clientId,
          paperField(withdrawal.id, source.id),
          Buffer.from('a paper'),
        ),
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
    bonus,
    source: source.id,
    payoutAddress: address.id,
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
