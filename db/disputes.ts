import { newId } from '../domain/ids';
import { formatAmount, isCurrency } from '../domain/money';
import {
  saysMore,
  toldOfDisputes,
  type DisputeWord,
  type ToldOfDispute,
} from '../domain/payments/chargeback';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { removeBonusOfDeposit } from './bonus-removal';
import {
  chargebackColumns,
  chargebackEvent,
  chargebackFromRow,
  type Chargeback,
  type ChargebackRow,
} from './chargebacks';
import { chargeFee, keepChargeback, returnMoney, takeMoney } from './chargeback-money';
import { endRestriction, setRestriction } from './client-restrictions';
import { rows, type Tx } from './connection';
import { lockDeposit, type Deposit } from './deposits';
import { enqueueSignal, enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { reopenProcess } from './processes';
import type { ProviderMessage } from './provider-events';
import { cancelTask, latestTask, openTask } from './tasks';
import { askAboutMoney, nobodys, type ToldMoney } from './unexpected-money';

/** What a message says of a dispute. */
interface Told extends DisputeWord {
  readonly message: ProviderMessage;
  readonly money: ToldMoney;
  readonly reason: string;
  readonly evidenceDueAt: string | null;
  readonly fee: { readonly amountMinor: bigint; readonly currency: string } | undefined;
}

/**
 * A provider tells of a dispute: in the transaction that stores the message the money is taken from the wallet as far as it
 * goes, what it lacks is booked as owed, the client is restricted and people are asked; or all of it comes back. Messages
 * come twice and in any order: the provider's clock says which counts, and what is known already changes nothing.
 */
export async function noticeDispute(
  tx: Tx,
  message: ProviderMessage,
  money: ToldMoney,
): Promise<void> {
  const told = readTold(message, money);
  const deposit = await depositOf(tx, told);
  if (!deposit) {
    await askAboutMoney(tx, message, {
      money,
      whose: await nobodys(tx, message),
      code: 'DISPUTE_OF_NOTHING',
      detail: 'A payer’s bank takes a payment back, and no deposit here is that payment.',
    });
    return;
  }
  const known = await chargebackOf(tx, told);
  if (known) return follow(tx, known, told);
  const obstacle = await obstacleTo(tx, deposit, told);
  if (obstacle !== undefined) {
    await askAboutMoney(tx, message, {
      money,
      whose: { subject: deposit.id, entityId: deposit.entityId, clientId: deposit.clientId },
      ...obstacle,
    });
    return;
  }
  await open(tx, deposit, told);
}

function readTold(message: ProviderMessage, money: ToldMoney): Told {
  const { reason, evidenceDueAt, fee } = message.normalised;
  const status = toldOfDisputes.find((word) => word === money.status);
  return {
    message,
    money,
    told: status ?? 'open',
    at: new Date(message.occurredAt).toISOString(),
    reason: typeof reason === 'string' ? reason : 'unknown',
    evidenceDueAt: typeof evidenceDueAt === 'string' ? evidenceDueAt : null,
    fee: feeOf(fee),
  };
}

function feeOf(fee: unknown): Told['fee'] {
  if (fee === null || typeof fee !== 'object') return undefined;
  const { amountMinor, currency } = { amountMinor: null, currency: null, ...fee };
  if (typeof amountMinor !== 'string' || !/^\d+$/.test(amountMinor)) return undefined;
  if (typeof currency !== 'string' || !isCurrency(currency)) return undefined;
  return { amountMinor: BigInt(amountMinor), currency };
}

/** Locked, so that two messages about one payment come one after the other. */
async function depositOf(tx: Tx, { message, money }: Told): Promise<Deposit | undefined> {
  const [row] = await rows<{ id: string }>(
    tx,
    'select id from deposit where provider = :provider and provider_ref = :paymentRef limit 1',
    { provider: message.provider, paymentRef: money.paymentRef },
  );
  return row && lockDeposit(tx, row.id);
}

async function chargebackOf(tx: Tx, { message, money }: Told): Promise<Chargeback | undefined> {
  const [row] = await rows<ChargebackRow>(
    tx,
    `select ${chargebackColumns} from chargeback where provider = :provider and dispute_ref = :ref for update`,
    { provider: message.provider, ref: money.providerRef },
  );
  return row && chargebackFromRow(row);
}

/** Why the books cannot follow by rule; undefined when they can. */
async function obstacleTo(
  tx: Tx,
  deposit: Deposit,
  { money }: Told,
): Promise<{ readonly code: string; readonly detail: string } | undefined> {
  if (deposit.state !== 'credited')
    return {
      code: 'DISPUTE_NOT_CREDITED',
      detail: `The payment is taken back at its provider, and its deposit is ${deposit.state}: nothing of it is in the wallet.`,
    };
  const [row] = await rows<{ left: string }>(
    tx,
    'select amount_minor - charged_back_minor as left from deposit where id = :id',
    { id: deposit.id },
  );
  if (money.currency !== deposit.currency || money.amountMinor > BigInt(row?.left ?? '0'))
    return {
      code: 'DISPUTE_DIFFERS',
      detail: 'More than was deposited, or another currency, is taken back.',
    };
  return undefined;
}

async function open(tx: Tx, deposit: Deposit, told: Told): Promise<void> {
  const { money, message } = told;
  const id = newId('chargeback');
  // Before any money is locked: whoever lets money out reads the restriction under the client's lock.
  const restriction = await restrict(tx, deposit.clientId, id);
  const [row] = await rows<ChargebackRow>(
    tx,
    `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state,
       told, told_at, taken_minor, owed_minor, restriction_id, evidence_due_at, version)
     values (:id, :depositId, :entityId, :clientId, :provider, :ref, :amount, :currency, :reason, 'open', 'open', :at, 0, :amount,
       :restriction, :evidenceDueAt, 0) returning ${chargebackColumns}`,
    {
      ...{ id, restriction },
      depositId: deposit.id,
      entityId: deposit.entityId,
      clientId: deposit.clientId,
      provider: message.provider,
      ref: money.providerRef,
      amount: money.amountMinor.toString(),
      currency: money.currency,
      reason: told.reason,
      at: told.at,
      evidenceDueAt: told.evidenceDueAt,
    },
  );
  if (!row) throw new Error('the chargeback was not inserted');
  // The row claims no money before it is posted.
  const bare = { ...chargebackFromRow(row), takenMinor: 0n, owedMinor: 0n };
  const taken = await keepChargeback(tx, await withFee(tx, await takeMoney(tx, bare), told));
  await removeBonusOfDeposit(tx, deposit.id, id);
  await appendEvents(tx, [
    chargebackEvent(taken, 'chargeback.opened', {
      provider: taken.provider,
      dispute: taken.disputeRef,
      reason: taken.reason,
    }),
  ]);
  await enqueueStart(tx, {
    workflow: 'chargeback',
    workflowId: workflowIds.chargeback(id),
    taskQueue: taskQueues.workflows,
    args: { id },
    subject: id,
    entityId: taken.entityId,
    clientId: taken.clientId,
  });
  if (told.told === 'open') await ask(tx, taken);
  else await end(tx, taken, told);
}

/** A later word on a dispute that is known. */
async function follow(tx: Tx, known: Chargeback, told: Told): Promise<void> {
  if (!saysMore(told, { told: known.told, at: new Date(known.toldAt).toISOString() })) return;
  const now = await keepChargeback(tx, {
    ...(await withFee(tx, known, told)),
    evidenceDueAt: told.evidenceDueAt ?? known.evidenceDueAt,
    ...(known.told === told.told ? { toldAt: told.at } : {}),
  });
  if (known.told !== told.told) await end(tx, now, told);
}

/** The provider's word changes where the money is. */
async function end(tx: Tx, chargeback: Chargeback, told: Told): Promise<void> {
  const word = { told: told.told, toldAt: told.at };
  const after = await keepChargeback(tx, await byWord(tx, chargeback, word));
  const task = await latestTask(tx, after.id, 'chargeback');
  if (after.told !== 'open' && task?.state === 'open')
    await cancelTask(tx, task.id, 'ANSWERED_BY_THE_PROVIDER');
  await appendEvents(tx, [chargebackEvent(after, `chargeback.${after.state}`, {})]);
  const workflowId = workflowIds.chargeback(after.id);
  await reopenProcess(tx, workflowId);
  await enqueueSignal(tx, {
    workflowId,
    signal: 'providerEvent',
    args: { event: told.message.eventId },
  });
}

async function byWord(
  tx: Tx,
  chargeback: Chargeback,
  word: { readonly told: ToldOfDispute; readonly toldAt: string },
): Promise<Chargeback> {
  const { clientId, restrictionId } = chargeback;
  if (word.told === 'won') {
    if (restrictionId !== null)
      await endRestriction(tx, clientId, restrictionId, `${chargeback.id} was won`);
    return { ...(await returnMoney(tx, chargeback)), ...word, state: 'won', restrictionId: null };
  }
  const state = word.told === 'lost' ? 'lost' : 'open';
  if (chargeback.state !== 'won') return { ...chargeback, ...word, state };
  // It was won and is taken after all.
  const restriction = await restrict(tx, clientId, chargeback.id);
  return {
    ...(await takeMoney(tx, chargeback)),
    ...word,
    state,
    restrictionId: restriction,
  };
}

function withFee(tx: Tx, chargeback: Chargeback, { fee }: Told): Promise<Chargeback> {
  const isOther = chargeback.feeCurrency !== null && fee?.currency !== chargeback.feeCurrency;
  return fee === undefined || isOther
    ? Promise.resolve(chargeback)
    : chargeFee(tx, chargeback, fee);
}

/** No trading and no money out until people have looked into it; paying in repays what is owed. */
async function restrict(tx: Tx, clientId: string, id: string): Promise<string> {
  const restriction = await setRestriction(tx, {
    clientId,
    kind: 'chargeback',
    scopes: ['trade', 'withdraw'],
    reason: `chargeback ${id}`,
  });
  return restriction.id;
}

async function ask(tx: Tx, chargeback: Chargeback): Promise<void> {
  const { id, currency, evidenceDueAt } = chargeback;
  await openTask(tx, {
    kind: 'chargeback',
    subject: id,
    workflowId: workflowIds.chargeback(id),
    entityId: chargeback.entityId,
    clientId: chargeback.clientId,
    title: 'A payer’s bank has taken a deposit back',
    issue: [
      {
        code: 'CHARGEBACK',
        detail: `Evidence goes to ${chargeback.provider} under its number ${chargeback.disputeRef}; what was sent is noted here.`,
      },
    ],
    content: {
      chargeback: id,
      deposit: chargeback.depositId,
      provider: chargeback.provider,
      dispute: chargeback.disputeRef,
      reason: chargeback.reason,
      amount: formatAmount(chargeback.amountMinor, currency),
      currency,
      takenFromWallet: formatAmount(chargeback.takenMinor, currency),
      owed: formatAmount(chargeback.owedMinor, currency),
      evidenceDueAt,
    },
    ...(evidenceDueAt === null ? {} : { dueAt: evidenceDueAt }),
    key: `chargeback/${id}`,
  });
}
