import { systemScope } from '../domain/access/scope';
import { clockStep } from '../domain/onboarding/verification-clock';
import { workflowIds } from '../temporal-config/workflow-ids';
import { endRestriction, setRestriction } from '../db/client-restrictions';
import { readClientFacts } from '../db/client-facts';
import { inScope, type Tx } from '../db/connection';
import { giveBack, takeBack } from '../db/money-return';
import { queueMail } from '../db/mails';
import { isHeld, routineReview } from '../db/payout-gate';
import { effectivePolicy } from '../db/policies';
import { finishProcess, setProcess } from '../db/processes';
import { restrictionsOf } from '../db/restrictions';
import {
  endVerificationClock,
  lockVerificationClock,
  noteOver,
  noteWarned,
  type VerificationClockRow,
} from '../db/verification-clocks';
import type { PaymentDeps } from './deposit';

/** `again`: in so many milliseconds, or when something has changed. */
export type ClockStanding =
  { readonly kind: 'again'; readonly inMs: number } | { readonly kind: 'ended' };

const dayMs = 86_400_000;

/** What is due on a client who deposited before being verified (CySEC C721). Every function may be called again. */
export function createVerificationActivities({ db }: Pick<PaymentDeps, 'db'>) {
  return {
    /** Does what is due at this moment: nothing yet, a letter, or the return of the money. */
    async lookAtVerificationClock(clientId: string, now: string): Promise<ClockStanding> {
      const workflowId = workflowIds.verification(clientId);
      return inScope(db, systemScope(`workflow:${workflowId}`), async (tx) => {
        const clock = await lockVerificationClock(tx, clientId);
        if (clock.endedAt !== null) return end(tx, clock, clock.outcome ?? 'returned');
        if ((await readClientFacts(tx, clientId)).approved) {
          await takeBack(tx, clientId);
          await endRestrictionOf(tx, clientId);
          await endVerificationClock(tx, clock, 'verified');
          return end(tx, clock, 'verified');
        }
        // Whatever the MLRO's circle looks into stands still, in words that tell of nothing.
        if (await isHeld(tx, clientId)) {
          return wait(tx, clock, { state: 'waiting', waitsFor: routineReview, inMs: dayMs });
        }
        return goOn(tx, clock, now);
      });
    },
  };
}

async function goOn(tx: Tx, clock: VerificationClockRow, now: string): Promise<ClockStanding> {
  const { entityId, startedAt } = clock;
  const { verifyWithinDays: withinDays } = (await effectivePolicy(tx, 'deposit', { entityId }))
    .compiled.effective.parameters;
  const step = clockStep({ startedAt, withinDays, isWarned: clock.warnedAt !== null }, now);
  switch (step.kind) {
    case 'wait':
      return wait(tx, clock, {
        ...{ state: 'waiting', waitsFor: 'the client to be verified', due: step.until },
        inMs: Date.parse(step.until) - Date.parse(now),
      });
    case 'warn':
      await noteWarned(tx, clock);
      await write(tx, clock, 'verification_due', step.due);
      return goOn(tx, { ...clock, warnedAt: now }, now);
    case 'over':
      if (clock.overAt === null) await declareOver(tx, clock, now);
      return sendBack(tx, clock, now);
  }
}

/** Deposits are blocked, and positions can only be closed: each account's own process brings that to its server. */
async function declareOver(tx: Tx, clock: VerificationClockRow, now: string): Promise<void> {
  await noteOver(tx, clock);
  await setRestriction(tx, {
    clientId: clock.clientId,
    kind: 'not_verified',
    scopes: ['deposit', 'trade'],
    reason: 'not verified in time (CySEC C721)',
  });
  await write(tx, clock, 'verification_over', now);
}

async function endRestrictionOf(tx: Tx, clientId: string): Promise<void> {
  const found = (await restrictionsOf(tx, clientId)).filter(
    ({ kind, accountId, liftedAt }) =>
      kind === 'not_verified' && accountId === null && liftedAt === null,
  );
  for (const { id } of found) await endRestriction(tx, clientId, id, 'verified');
}

async function sendBack(tx: Tx, clock: VerificationClockRow, now: string): Promise<ClockStanding> {
  const left = await giveBack(tx, clock, {
    day: now.slice(0, 10),
    wakes: workflowIds.verification(clock.clientId),
  });
  if (left.isNothing) {
    await endVerificationClock(tx, clock, 'returned');
    return end(tx, clock, 'returned');
  }
  return wait(tx, clock, {
    state: 'returning',
    waitsFor: left.needsBankAccount
      ? 'a bank account in the client’s own name'
      : 'the client’s money to have left',
    inMs: dayMs,
  });
}

async function wait(
  tx: Tx,
  { clientId }: VerificationClockRow,
  {
    inMs,
    ...standing
  }: {
    readonly state: string;
    readonly waitsFor: string;
    readonly due?: string;
    readonly inMs: number;
  },
): Promise<ClockStanding> {
  await setProcess(tx, workflowIds.verification(clientId), standing);
  return { kind: 'again', inMs: Math.max(inMs, 0) };
}

async function end(
  tx: Tx,
  { clientId }: VerificationClockRow,
  outcome: 'verified' | 'returned',
): Promise<ClockStanding> {
  await finishProcess(tx, workflowIds.verification(clientId), { state: outcome, outcome });
  return { kind: 'ended' };
}

async function write(
  tx: Tx,
  { clientId, entityId, startedAt }: VerificationClockRow,
  kind: 'verification_due' | 'verification_over',
  at: string,
): Promise<void> {
  await queueMail(tx, {
    key: `${kind}/${clientId}/${startedAt}`,
    ...{ kind, clientId, entityId },
    data: { date: at.slice(0, 10) },
  });
}

export type VerificationActivities = ReturnType<typeof createVerificationActivities>;
