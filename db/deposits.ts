import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import { formatAmount, type Money } from '../domain/money';
import { wallet } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import type { DepositRail, PaidInBy } from '../domain/payments/rails';
import { notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { wakeDormantAccounts } from './account-wakes';
import { assertAgreed } from './agreement-acceptance';
import { wakeOwed } from './chargeback-money';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { giveOut, whereItStands } from './held-money';
import { postTransaction } from './ledger';
import { leaveAttempt, openAttempt } from './payment-attempts';
import { closePayerQuestions } from './payer-questions';
import { bindingsOf, newestPayments, type PaymentFilter } from './payment-lists';
import { assertUnrestricted } from './restrictions';
import { finishProcess } from './processes';

export const depositStates = [
  'requested',
  'awaiting_payment',
  'credited',
  'failed',
  'held',
  'returned',
] as const;
export type DepositState = (typeof depositStates)[number];

export interface Deposit {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly rail: PaidInBy;
  readonly provider: string;
  readonly providerRef: string | null;
  readonly sourceId: string | null;
  readonly state: DepositState;
  /** What the payer said of themselves, and what they have to do now: ciphertext of the client's. */
  readonly payerSealed: string | null;
  readonly actionSealed: string | null;
  /** Of a deposit that was opened before actions were kept: the page to pay on. */
  readonly checkoutUrl: string | null;
  readonly failure: string | null;
  readonly refundedMinor: bigint;
  readonly createdAt: string;
  readonly creditedAt: string | null;
}

interface DepositRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly rail: PaidInBy;
  readonly provider: string;
  readonly provider_ref: string | null;
  readonly source_id: string | null;
  readonly state: DepositState;
  readonly payer_ct: string | null;
  readonly next_action_ct: string | null;
  readonly checkout_url: string | null;
  readonly failure: string | null;
  readonly refunded_minor: string;
  readonly created_at: string;
  readonly credited_at: string | null;
}

const columns = `id, entity_id, client_id, amount_minor, currency, rail, provider, provider_ref, source_id, state, payer_ct, next_action_ct,
  checkout_url, failure, refunded_minor, created_at, credited_at`;

function fromRow(row: DepositRow): Deposit {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    rail: row.rail,
    provider: row.provider,
    providerRef: row.provider_ref,
    sourceId: row.source_id,
    state: row.state,
    payerSealed: row.payer_ct,
    actionSealed: row.next_action_ct,
    checkoutUrl: row.checkout_url,
    failure: row.failure,
    refundedMinor: BigInt(row.refunded_minor),
    createdAt: utc(row.created_at),
    creditedAt: row.credited_at === null ? null : utc(row.credited_at),
  };
}

export interface DepositRequest {
  readonly entityId: string;
  readonly clientId: string;
  readonly amount: Money;
  readonly rail: DepositRail;
}

/** Who is asked for the payment, and the evaluation that says why; without one it was named and not chosen. */
export interface ChosenProvider {
  readonly provider: string;
  readonly evaluationId: string | null;
}

interface KnownOfPayer {
  /** As `sealPayer` wrote it. */
  readonly payerSealed?: string | null;
}

/**
 * Starts a deposit: the client is told what to do as soon as the process has asked the provider. `choose` says
 * which provider is asked for the deposit of the given id; it runs as the system.
 */
export async function requestDeposit(
  tx: Tx,
  request: DepositRequest,
  choose: (system: Tx, id: string) => Promise<ChosenProvider & KnownOfPayer>,
): Promise<Deposit> {
  if (request.amount.amountMinor <= 0n)
    throw refused('amount_not_positive', 'The amount must be above zero.');
  await assertUnrestricted(tx, request.clientId, 'deposit');
  await assertAgreed(tx, request.clientId);
  const id = newId('deposit');
  return asSystem(tx, async (system) => {
    const { provider, evaluationId, payerSealed = null } = await choose(system, id);
    const [row] = await rows<DepositRow>(
      system,
      `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, payer_ct, state)
       values (:id, :entityId, :clientId, :amount, :currency, :rail, :provider, :payer, 'requested') returning ${columns}`,
      {
        id,
        entityId: request.entityId,
        clientId: request.clientId,
        amount: request.amount.amountMinor.toString(),
        currency: request.amount.currency,
        rail: request.rail,
        provider,
        payer: payerSealed,
      },
    );
    if (!row) throw new Error('the deposit was not inserted');
    const deposit = fromRow(row);
    await openDepositAttempt(system, deposit, { evaluationId, follows: false });
    await appendEvents(system, [
      depositEvent(deposit, 'deposit.requested', {
        provider,
        ...(evaluationId === null ? {} : { evaluation: evaluationId }),
      }),
    ]);
    await enqueueStart(system, {
      workflow: 'deposit',
      workflowId: workflowIds.deposit(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: deposit.entityId,
      clientId: deposit.clientId,
    });
    return deposit;
  });
}

/** Throws `not_found` (404). */
export async function readDeposit(tx: Tx, id: string): Promise<Deposit> {
  const [row] = await rows<DepositRow>(tx, `select ${columns} from deposit where id = :id`, { id });
  if (!row) throw notFound('deposit');
  return fromRow(row);
}

/** The deposit, kept from changing until the transaction ends. Throws `not_found` (404). */
export async function lockDeposit(tx: Tx, id: string): Promise<Deposit> {
  const [row] = await rows<DepositRow>(
    tx,
    `select ${columns} from deposit where id = :id for update`,
    { id },
  );
  if (!row) throw notFound('deposit');
  return fromRow(row);
}

export async function listDeposits(tx: Tx, filter: PaymentFilter): Promise<Deposit[]> {
  const found = await rows<DepositRow>(
    tx,
    `select ${columns} from deposit ${newestPayments}`,
    bindingsOf(filter),
  );
  return found.map(fromRow);
}

/** What the client has deposited so far, and is about to: a sum for each currency. */
export async function depositedSoFar(tx: Tx, clientId: string): Promise<Money[]> {
  const found = await rows<{ currency: string; sum: string }>(
    tx,
    `select currency, sum(amount_minor) as sum from deposit
     where client_id = :clientId and state in ('credited', 'awaiting_payment', 'requested') group by currency order by currency`,
    { clientId },
  );
  return found.map(({ currency, sum }) => ({ currency, amountMinor: BigInt(sum) }));
}

function openDepositAttempt(
  tx: Tx,
  deposit: Deposit,
  why: { readonly evaluationId: string | null; readonly follows: boolean },
): Promise<void> {
  const { id, entityId, clientId, provider } = deposit;
  const stepOf = (attempt: number) => (attempt === 1 ? 'payment' : `payment-${attempt}`);
  return openAttempt(tx, {
    ...{ paymentId: id, leg: 0, entityId, clientId, flow: 'payin', provider, stepOf, ...why },
  });
}

/** Whether it waits for this provider to be asked; it stays locked until the transaction ends. */
export async function mayRerouteDeposit(
  tx: Tx,
  { id, provider }: Pick<Deposit, 'id' | 'provider'>,
): Promise<boolean> {
  const now = await lockDeposit(tx, id);
  return now.state === 'requested' && now.provider === provider;
}

/** Another provider is asked for the payment from now on. Throws when it does not wait for the present one any more. */
export async function rerouteDeposit(
  tx: Tx,
  { id, provider: from }: Deposit,
  to: ChosenProvider & { readonly code: string },
): Promise<void> {
  const [row] = await rows<DepositRow>(
    tx,
    `update deposit set provider = :to, version = version + 1
     where id = :id and state = 'requested' and provider = :from returning ${columns}`,
    { id, from, to: to.provider },
  );
  if (!row) throw new Error(`${id} does not wait for ${from}`);
  const deposit = fromRow(row);
  await leaveAttempt(
    tx,
    { paymentId: id, leg: 0, provider: from },
    { code: to.code, decision: 'next' },
  );
  await openDepositAttempt(tx, deposit, { evaluationId: to.evaluationId, follows: true });
  await appendEvents(tx, [
    depositEvent(deposit, 'deposit.rerouted', {
      from,
      provider: to.provider,
      code: to.code,
      ...(to.evaluationId === null ? {} : { evaluation: to.evaluationId }),
    }),
  ]);
}

/** The payer can pay now. `actionSealed`: as `sealAction` wrote it; null when nobody knows from here what to do. */
export async function awaitPayment(
  tx: Tx,
  id: string,
  { providerRef, actionSealed }: { providerRef: string; actionSealed: string | null },
): Promise<void> {
  const moved = await rows<DepositRow>(
    tx,
    `update deposit set state = 'awaiting_payment', provider_ref = :providerRef, next_action_ct = :actionSealed, version = version + 1
     where id = :id and state = 'requested' returning ${columns}`,
    { id, providerRef, actionSealed },
  );
  if (moved[0])
    await appendEvents(tx, [
      depositEvent(fromRow(moved[0]), 'deposit.awaiting_payment', { providerRef }),
    ]);
}

/** Credits the wallet once, however often the provider says so. */
export async function creditDeposit(
  tx: Tx,
  id: string,
  { sourceId, providerRef }: { sourceId: string | null; providerRef: string },
): Promise<void> {
  const moved = await rows<DepositRow>(
    tx,
    `update deposit set state = 'credited', source_id = :sourceId, provider_ref = :providerRef, credited_at = clock_timestamp(),
       version = version + 1
     where id = :id and state in ('requested', 'awaiting_payment', 'held') returning ${columns}`,
    { id, sourceId, providerRef },
  );
  const [row] = moved;
  if (row) {
    const deposit = fromRow(row);
    await postTransaction(tx, {
      key: `deposit/${id}`,
      kind: 'deposit',
      entityId: deposit.entityId,
      clientId: deposit.clientId,
      cause: id,
      legs: move(await whereItStands(tx, deposit), wallet(deposit), deposit.amountMinor),
    });
    await closePayerQuestions(tx, id);
    await appendEvents(tx, [depositEvent(deposit, 'deposit.credited', { providerRef })]);
    await wakeDormantAccounts(tx, deposit.clientId);
    await wakeOwed(tx, deposit);
  }
  await finishProcess(tx, workflowIds.deposit(id), { state: 'credited', outcome: 'done' });
}

/** What arrived is not credited by itself: it is held until people decide. */
export async function holdDeposit(
  tx: Tx,
  id: string,
  held: { readonly reason: string; readonly providerRef: string },
): Promise<void> {
  await toHeld(tx, id, held, ['requested', 'awaiting_payment']);
}

/** A payment came after the deposit had failed: it is held until people decide. */
export async function reopenDeposit(
  tx: Tx,
  id: string,
  held: { readonly reason: string; readonly providerRef: string },
): Promise<void> {
  await toHeld(tx, id, held, ['failed']);
}

async function toHeld(
  tx: Tx,
  id: string,
  { reason, providerRef }: { readonly reason: string; readonly providerRef: string },
  from: readonly DepositState[],
): Promise<void> {
  const moved = await rows<DepositRow>(
    tx,
    `update deposit set state = 'held', failure = :reason, provider_ref = :providerRef, version = version + 1
     where id = :id and state = any (:from) returning ${columns}`,
    { id, reason, providerRef, from: [...from] },
  );
  if (moved[0])
    await appendEvents(tx, [depositEvent(fromRow(moved[0]), 'deposit.held', { reason })]);
}

/** The held payment went back to its payer. `by`: who paid it, where that is not who took it. */
export async function markReturned(
  tx: Tx,
  id: string,
  { providerRef, returned, by }: { providerRef: string; returned: string; by?: string },
): Promise<void> {
  const moved = await rows<DepositRow>(
    tx,
    `update deposit set state = 'returned', version = version + 1 where id = :id and state = 'held' returning ${columns}`,
    { id },
  );
  if (moved[0]) {
    await giveOut(tx, fromRow(moved[0]), by);
    await closePayerQuestions(tx, id);
    await appendEvents(tx, [
      depositEvent(fromRow(moved[0]), 'deposit.returned', { providerRef, returned }),
    ]);
  }
  await finishProcess(tx, workflowIds.deposit(id), { state: 'returned', outcome: 'returned' });
}

export async function failDeposit(tx: Tx, id: string, code: string): Promise<void> {
  const moved = await rows<DepositRow>(
    tx,
    `update deposit set state = 'failed', failure = :code, version = version + 1
     where id = :id and state in ('requested', 'awaiting_payment') returning ${columns}`,
    { id, code },
  );
  if (moved[0])
    await appendEvents(tx, [depositEvent(fromRow(moved[0]), 'deposit.failed', { code })]);
  await finishProcess(tx, workflowIds.deposit(id), { state: 'failed', outcome: code });
}

export function depositEvent(
  deposit: Deposit,
  type: EventType,
  payload: { readonly [key: string]: string },
) {
  return {
    subject: deposit.id,
    type,
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    payload: {
      amount: formatAmount(deposit.amountMinor, deposit.currency),
      currency: deposit.currency,
      ...payload,
    },
  };
}
