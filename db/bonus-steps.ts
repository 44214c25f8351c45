import { creditToTakeBack, type RemovalCause } from '../domain/bonus/bonus';
import { tradingLedger } from '../domain/ledger/account';
import { formatAmount } from '../domain/money';
import { conflict, notFound } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount } from './accounts';
import { grantRefusal } from './bonus-policy';
import { endUngranted } from './bonus-requests';
import {
  bonusEvent,
  bonusPosting,
  lockBonus,
  readBonus,
  remainingMinor,
  stepsOfBonus,
  type Bonus,
  type BonusStep,
} from './bonuses';
import { asSystem, rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { intentOfStep } from './intent-readers';
import { withdrawPlanned } from './intents';
import { postTransaction, readBalance } from './ledger';
import { encryptFor } from './personal-data';
import { finishProcess, setProcess } from './processes';
import { cancelTask, latestTask, openTask, recordParticipation, type Task } from './tasks';
import { readTransfer, type Transfer } from './transfers';

/** What its process does next. */
export type NextOfBonus =
  | { readonly kind: 'operate'; readonly step: number }
  /** Until something changes, or so many milliseconds. */
  | { readonly kind: 'wait'; readonly inMs: number | null }
  | { readonly kind: 'ended'; readonly state: Bonus['state'] };

/** The step of a bonus in its intents. */
export const intentStepOf = (step: number) => `step-${step}`;

/** Which step an intent is of; undefined for what is none of a bonus. */
export function stepOfIntent(intent: {
  readonly workflowId: string;
  readonly step: string;
}): { readonly bonusId: string; readonly step: number } | undefined {
  const [process, bonusId] = intent.workflowId.split('/');
  const step = /^step-(\d+)$/.exec(intent.step)?.[1];
  if (process !== 'bonus' || bonusId === undefined || step === undefined) return undefined;
  return { bonusId, step: Number(step) };
}

/** Looks at what is wanted of a bonus, and at its time. Runs under the system's scope; may be called again. */
export async function nextOfBonus(tx: Tx, id: string, now: string): Promise<NextOfBonus> {
  const bonus = await lockBonus(tx, id);
  if (bonus.endedAt !== null) {
    await finishProcess(tx, workflowIds.bonus(id), { state: bonus.state, outcome: bonus.state });
    return { kind: 'ended', state: bonus.state };
  }
  const steps = await stepsOfBonus(tx, id);
  const wanted = steps.find(({ state }) => state === 'wanted');
  if (wanted) return begin(tx, bonus, { step: wanted, now });
  if (bonus.expiresAt !== null && Date.parse(bonus.expiresAt) <= Date.parse(now)) {
    if (steps.every(({ cause }) => cause !== 'expiry')) {
      await wantRemoval(tx, bonus, { cause: 'expiry', causeId: '-' });
      return nextOfBonus(tx, id, now);
    }
    return rest(tx, bonus, null);
  }
  return rest(
    tx,
    bonus,
    bonus.expiresAt === null ? null : Date.parse(bonus.expiresAt) - Date.parse(now),
  );
}

async function rest(tx: Tx, bonus: Bonus, inMs: number | null): Promise<NextOfBonus> {
  const task = await latestTask(tx, bonus.id, 'bonus_removal');
  await setProcess(tx, workflowIds.bonus(bonus.id), {
    state: bonus.state,
    waitsFor:
      task?.state === 'open'
        ? `task ${task.id}`
        : bonus.expiresAt === null
          ? 'money to leave the account'
          : 'its expiry, or money to leave the account',
    due: task?.state === 'open' ? task.dueAt : bonus.expiresAt,
  });
  return { kind: 'wait', inMs };
}

async function begin(
  tx: Tx,
  bonus: Bonus,
  { step, now }: { step: BonusStep; now: string },
): Promise<NextOfBonus> {
  await setProcess(tx, workflowIds.bonus(bonus.id), {
    state: step.kind === 'grant' ? 'granting' : 'removing',
  });
  const operate = { kind: 'operate', step: step.step } as const;
  if (step.kind === 'grant' || step.amountMinor !== null) return operate;
  const amountMinor = await amountOf(tx, bonus, step);
  if (amountMinor === 0n) {
    await endStep(tx, step, { state: 'void' });
    return nextOfBonus(tx, bonus.id, now);
  }
  // Once known it stays: the attempts of a step are all over the same amount.
  await rows(
    tx,
    'update bonus_step set amount_minor = :amount where bonus_id = :id and step = :step',
    { id: bonus.id, step: step.step, amount: amountMinor.toString() },
  );
  return operate;
}

async function amountOf(tx: Tx, bonus: Bonus, step: BonusStep): Promise<bigint> {
  if (step.cause !== 'transfer_out') return remainingMinor(bonus);
  return shareLeaving(tx, bonus, await readTransfer(tx, step.causeId));
}

async function shareLeaving(tx: Tx, bonus: Bonus, transfer: Transfer): Promise<bigint> {
  const { balanceMinor } = await readBalance(tx, tradingLedger(bonus));
  return creditToTakeBack(bonus.removal, {
    remainingMinor: remainingMinor(bonus),
    leavingMinor: transfer.amountMinor,
    balanceMinor,
  });
}

interface StepKey {
  readonly bonusId: string;
  readonly step: number;
}

async function readStep(tx: Tx, { bonusId, step }: StepKey): Promise<BonusStep> {
  const found = (await stepsOfBonus(tx, bonusId)).find((each) => each.step === step);
  if (!found) throw notFound('step of a bonus');
  return found;
}

/**
 * Why a bonus must not be given after all, looked at before each attempt; what has left is looked up to its end,
 * whatever is known meanwhile. Runs under the system's scope.
 */
export async function gateOfStep(tx: Tx, key: StepKey): Promise<string | undefined> {
  const { kind } = await readStep(tx, key);
  if (kind !== 'grant') return undefined;
  const intent = await intentOfStep(tx, workflowIds.bonus(key.bonusId), intentStepOf(key.step));
  if (intent && intent.state !== 'planned' && intent.state !== 'absent') return undefined;
  const refusal = await grantRefusal(tx, await readBonus(tx, key.bonusId));
  if (refusal === undefined || intent?.state !== 'planned') return refusal;
  return (await withdrawPlanned(tx, intent, { neverSent: true })) ? refusal : undefined;
}

/** A step as it goes to the server: signed, since what is taken back is below zero. */
export async function operationOfStep(tx: Tx, key: StepKey) {
  const bonus = await readBonus(tx, key.bonusId);
  const { kind, amountMinor } = await readStep(tx, key);
  const { serverId, login } = await readAccount(tx, bonus.accountId);
  if (login === null || amountMinor === null)
    throw new Error(`step ${key.step} of ${bonus.id} cannot be sent`);
  return {
    workflowId: workflowIds.bonus(bonus.id),
    step: intentStepOf(key.step),
    subject: bonus.id,
    serverId,
    login,
    entityId: bonus.entityId,
    clientId: bonus.clientId,
    amountMinor: kind === 'grant' ? amountMinor : -amountMinor,
    currency: bonus.currency,
    kind: 'credit' as const,
  };
}

/** Its deal is on the server: the memo is posted once, and said. Repeating it changes nothing. */
export async function completeStep(tx: Tx, key: StepKey, ticket: string): Promise<void> {
  const bonus = await lockBonus(tx, key.bonusId);
  const step = await readStep(tx, key);
  if (step.state === 'done') return;
  const { serverId } = await readAccount(tx, bonus.accountId);
  const amountMinor = step.amountMinor ?? 0n;
  const changeMinor = step.kind === 'grant' ? amountMinor : -amountMinor;
  await postTransaction(tx, bonusPosting(bonus, `deal/${serverId}/${ticket}`, changeMinor));
  await endStep(tx, step, { state: 'done', ticket });
  if (step.kind === 'grant') {
    await rows(
      tx,
      `update bonus set state = 'active', version = version + 1, granted_at = clock_timestamp(),
         expires_at = clock_timestamp() + expires_in_days * interval '1 day' where id = :id`,
      { id: bonus.id },
    );
  } else await lessen(tx, bonus, amountMinor, 'TAKEN_BACK');
  await appendEvents(tx, [
    bonusEvent(bonus, step.kind === 'grant' ? 'bonus.granted' : 'bonus.removed', {
      ...{ ticket, server: serverId },
      ...(step.kind === 'grant'
        ? {}
        : { cause: step.cause, removed: formatAmount(amountMinor, bonus.currency) }),
    }),
  ]);
  await wakeWaiting(tx, bonus.accountId);
}

async function lessen(
  tx: Tx,
  { id }: Bonus,
  amountMinor: bigint,
  answered?: string,
): Promise<void> {
  await rows(
    tx,
    `update bonus set removed_minor = removed_minor + :amount, version = version + 1,
       state = case when removed_minor + :amount = amount_minor then 'removed' else state end,
       ended_at = case when removed_minor + :amount = amount_minor then clock_timestamp() end
     where id = :id`,
    { id, amount: amountMinor.toString() },
  );
  const task = await latestTask(tx, id, 'bonus_removal');
  const { state } = await readBonus(tx, id);
  if (answered !== undefined && task?.state === 'open' && state === 'removed')
    await cancelTask(tx, task.id, answered);
}

/** The server, or the last look before it, says no. */
export async function refuseStep(tx: Tx, key: StepKey, code: string): Promise<void> {
  const bonus = await lockBonus(tx, key.bonusId);
  const step = await readStep(tx, key);
  if (step.state !== 'wanted') return;
  await endStep(tx, step, { state: 'refused', refusal: code });
  if (step.kind === 'grant') {
    await endUngranted(tx, bonus, { state: 'refused', refusal: code });
    await voidRemovals(tx, bonus);
  } else {
    await appendEvents(tx, [
      bonusEvent(bonus, 'bonus.removal_refused', { cause: step.cause, code }),
    ]);
    await askAboutRemoval(tx, bonus, { step, code });
  }
  await wakeWaiting(tx, bonus.accountId);
}

/** Of what was never given nothing is taken back. */
async function voidRemovals(tx: Tx, { id }: Bonus): Promise<void> {
  await rows(
    tx,
    `update bonus_step set state = 'void', ended_at = clock_timestamp() where bonus_id = :id and state = 'wanted'`,
    { id },
  );
}

async function endStep(
  tx: Tx,
  { bonusId, step }: BonusStep,
  end: {
    readonly state: 'done' | 'refused' | 'void';
    readonly ticket?: string;
    readonly refusal?: string;
  },
): Promise<void> {
  await rows(
    tx,
    `update bonus_step set state = :state, ticket = :ticket, refusal = :refusal, ended_at = clock_timestamp()
     where bonus_id = :bonusId and step = :step`,
    {
      ...{ bonusId, step, state: end.state },
      ticket: end.ticket ?? null,
      refusal: end.refusal ?? null,
    },
  );
}

/** A client who asked for money that positions need is told so; everything else people look at. */
async function askAboutRemoval(
  tx: Tx,
  bonus: Bonus,
  { step, code }: { step: BonusStep; code: string },
): Promise<void> {
  if (step.cause === 'transfer_out' && code === 'NOT_ENOUGH_MONEY') return;
  await openTask(tx, {
    kind: 'bonus_removal',
    subject: bonus.id,
    workflowId: workflowIds.bonus(bonus.id),
    entityId: bonus.entityId,
    clientId: bonus.clientId,
    title: 'A trading server does not give a bonus back',
    issue: [
      {
        code,
        detail:
          'retry: the credit is there and can go now. let_go: it is not there any more, or stays; nothing of it is asked for again.',
      },
    ],
    content: {
      bonus: bonus.id,
      account: bonus.accountId,
      step: step.step,
      cause: step.cause,
      amount: formatAmount(step.amountMinor ?? 0n, bonus.currency),
      currency: bonus.currency,
    },
    key: `bonus_removal/${bonus.id}/${step.step}`,
  });
}

/** What a person decided about it, in the transaction that decides. */
export async function settleBonusRemoval(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, async (system) => {
    const bonus = await lockBonus(system, task.subject);
    if (bonus.state !== 'active') return;
    if (task.decision === 'retry') {
      await wantRemoval(system, bonus, { cause: 'hand', causeId: task.id });
      return;
    }
    if ((await stepsOfBonus(system, bonus.id)).some(({ state }) => state === 'wanted'))
      throw conflict(
        'removal_under_way',
        'It is being taken back: look again when that has ended.',
      );
    const leftMinor = remainingMinor(bonus);
    await postTransaction(system, bonusPosting(bonus, `bonus/${bonus.id}/let_go`, -leftMinor));
    await lessen(system, bonus, leftMinor);
    await appendEvents(system, [
      bonusEvent(bonus, 'bonus.let_go', {
        removed: formatAmount(leftMinor, bonus.currency),
        task: task.id,
      }),
    ]);
    await wakeWaiting(system, bonus.accountId);
  });
}

/** Has credit taken back: once for each reason, whoever asks and however often. The bonus is locked. */
export async function wantRemoval(
  system: Tx,
  bonus: Bonus,
  why: {
    readonly cause: RemovalCause;
    readonly causeId: string;
    readonly reasonSealed?: string;
  },
): Promise<void> {
  const inserted = await rows(
    system,
    `insert into bonus_step (bonus_id, step, entity_id, client_id, kind, cause, cause_id, reason_ct, asked_by)
     values (:id, (select max(step) + 1 from bonus_step where bonus_id = :id), :entityId, :clientId, 'removal', :cause, :causeId,
       :reason, :askedBy)
     on conflict (bonus_id, cause, cause_id) where state <> 'refused' do nothing returning 1`,
    {
      id: bonus.id,
      entityId: bonus.entityId,
      clientId: bonus.clientId,
      cause: why.cause,
      causeId: why.causeId,
      reason: why.reasonSealed ?? null,
      askedBy: system.scope.actor,
    },
  );
  if (inserted.length === 0) return;
  await enqueueSignal(system, {
    workflowId: workflowIds.bonus(bonus.id),
    signal: 'changed',
    args: { what: why.cause },
  });
}

/** A colleague takes a bonus back. Throws 404, 409 `bonus_not_active`. */
export async function takeBackBonus(tx: Tx, id: string, reason: string): Promise<Bonus> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('bonus');
  await readBonus(tx, id);
  return asSystem(tx, async (system) => {
    const bonus = await lockBonus(system, id);
    if (bonus.state !== 'active')
      throw conflict('bonus_not_active', 'There is nothing to take back.', { state: bonus.state });
    // Another person decides what becomes of it where the server does not give it back.
    await recordParticipation(system, id, scope.userId, 'asked_removal');
    await wantRemoval(system, bonus, {
      cause: 'hand',
      causeId: '-',
      reasonSealed: await encryptFor(system, bonus.clientId, 'bonus.removal_reason', reason),
    });
    await appendEvents(system, [
      {
        ...bonusEvent(bonus, 'bonus.removal_asked', { cause: 'hand' }),
        personal: { personId: bonus.clientId, data: { reason } },
      },
    ]);
    return readBonus(system, id);
  });
}

/** What the payer has taken back brought a bonus: it goes, too. Runs under the system's scope. */
export async function removeBonusOfDeposit(
  system: Tx,
  depositId: string,
  chargebackId: string,
): Promise<void> {
  for (const bonus of await lockLiving(system, { depositId })) {
    if (bonus.state === 'proposed' || bonus.state === 'waiting')
      await endUngranted(system, bonus, { state: 'refused', refusal: 'CHARGEBACK' });
    else await wantRemoval(system, bonus, { cause: 'chargeback', causeId: chargebackId });
  }
}

/** An account ends, and has no money that would take the credit along. Runs under the system's scope. */
export async function removeBonusesOfAccount(
  system: Tx,
  accountId: string,
  requestId: string,
): Promise<void> {
  for (const bonus of await lockLiving(system, { accountId })) {
    if (bonus.state === 'proposed' || bonus.state === 'waiting')
      await endUngranted(system, bonus, { state: 'refused', refusal: 'ACCOUNT_NOT_ACTIVE' });
    else await wantRemoval(system, bonus, { cause: 'closing', causeId: requestId });
  }
}

async function lockLiving(
  system: Tx,
  of: { readonly accountId?: string; readonly depositId?: string },
): Promise<Bonus[]> {
  const found = await rows<{ id: string }>(
    system,
    `select id from bonus where (account_id = :accountId or deposit_id = :depositId) and ended_at is null
     order by id limit 100 for update`,
    { accountId: of.accountId ?? null, depositId: of.depositId ?? null },
  );
  const bonuses: Bonus[] = [];
  // One after the other: a transaction has one connection.
  for (const { id } of found) bonuses.push(await readBonus(system, id));
  return bonuses;
}

/** What bonuses have to do with money that is to leave an account. */
export type BonusInTheWay =
  | { readonly kind: 'wait'; readonly code: 'bonus_pending' | 'bonus_removal' }
  | { readonly kind: 'refused'; readonly code: string }
  /** So much credit has to be taken back first, and nobody has asked for it yet. */
  | { readonly kind: 'remove'; readonly creditMinor: bigint };

/**
 * Whether money may leave an account as far as its bonuses are concerned; undefined when it may. `ask` has what stands
 * in the way taken back. A bonus that is being given is waited for: its own last look sees this transfer, so that one of
 * the two always knows of the other. Runs under the system's scope.
 */
export async function bonusBefore(
  system: Tx,
  transfer: Transfer,
  { ask }: { readonly ask: boolean },
): Promise<BonusInTheWay | undefined> {
  if (transfer.direction !== 'to_wallet' || transfer.purpose === 'dormancy_fee') return undefined;
  let creditMinor = 0n;
  let isWaiting = false;
  for (const bonus of await lockLiving(system, { accountId: transfer.accountId })) {
    if (bonus.state === 'granting') return { kind: 'wait', code: 'bonus_pending' };
    if (bonus.state !== 'active') continue;
    const step = (await stepsOfBonus(system, bonus.id)).findLast(
      ({ cause, causeId }) => cause === 'transfer_out' && causeId === transfer.id,
    );
    if (step?.state === 'refused') return { kind: 'refused', code: step.refusal ?? 'REFUSED' };
    if (step?.state === 'wanted') isWaiting = true;
    if (step) continue;
    creditMinor += await shareLeaving(system, bonus, transfer);
    if (ask) await wantRemoval(system, bonus, { cause: 'transfer_out', causeId: transfer.id });
  }
  if (creditMinor > 0n && !ask) return { kind: 'remove', creditMinor };
  return isWaiting || creditMinor > 0n ? { kind: 'wait', code: 'bonus_removal' } : undefined;
}

/** Money that waits to leave the account looks again. */
async function wakeWaiting(tx: Tx, accountId: string): Promise<void> {
  const waiting = await rows<{ id: string }>(
    tx,
    `select id from transfer where account_id = :accountId and direction = 'to_wallet' and finished_at is null
     order by id limit 50`,
    { accountId },
  );
  for (const { id } of waiting)
    await enqueueSignal(tx, {
      workflowId: workflowIds.transfer(id),
      signal: 'changed',
      args: { what: 'bonus' },
    });
}
