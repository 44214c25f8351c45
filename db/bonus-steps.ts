import { formatAmount } from '../domain/money';
import { conflict, notFound } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount } from './accounts';
import { grantRefusal } from './bonus-policy';
import { shareLeaving, wantRemoval } from './bonus-removal';
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
import { postTransaction } from './ledger';
import { isHeld, routineReview } from './payout-gate';
import { finishProcess, setProcess } from './processes';
import { cancelTask, latestTask, openTask, type Task } from './tasks';
import { readTransfer } from './transfers';

/** What its process does next. */
export type NextOfBonus =
  | { readonly kind: 'operate'; readonly step: number }
  /** Until something changes, or so many milliseconds. */
  | { readonly kind: 'wait'; readonly inMs: number | null }
  | { readonly kind: 'ended'; readonly state: Bonus['state'] };

const dayMs = 86_400_000;

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
      // Whatever the MLRO's circle looks into stands still, in words that tell of nothing.
      if (await isHeld(tx, bonus.clientId)) {
        const standing = { state: bonus.state, waitsFor: routineReview };
        await setProcess(tx, workflowIds.bonus(id), standing);
        return { kind: 'wait', inMs: dayMs };
      }
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

/** How much of it a step takes back now. */
export async function amountOf(tx: Tx, bonus: Bonus, step: BonusStep): Promise<bigint> {
  if (step.cause !== 'transfer_out') return remainingMinor(bonus);
  return shareLeaving(tx, bonus, await readTransfer(tx, step.causeId));
}

export interface StepKey {
  readonly bonusId: string;
  readonly step: number;
}

/** Throws `not_found` (404). */
export async function readStep(tx: Tx, { bonusId, step }: StepKey): Promise<BonusStep> {
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

/** So much of a locked bonus is not lent any more. Of one that has ended nothing is asked for: what is wanted of it is void. */
export async function lessen(
  tx: Tx,
  bonus: Bonus,
  amountMinor: bigint,
  answered?: string,
): Promise<void> {
  const { id } = bonus;
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
  if (state !== 'removed') return;
  await voidRemovals(tx, bonus);
  if (answered !== undefined && task?.state === 'open') await cancelTask(tx, task.id, answered);
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

/** Of what was never given, or is gone, nothing is taken back. */
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

/** Money that waits to leave the account looks again. */
export async function wakeWaiting(tx: Tx, accountId: string): Promise<void> {
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
