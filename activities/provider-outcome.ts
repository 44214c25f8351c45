import type { LookUp, Payout, Refund } from '../connectors/psp/port';
import type { StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { Problem } from '../domain/problem';
import { inScope, type Database, type Tx } from '../db/connection';
import { assertNotHalted } from '../db/halts';
import type { Intent } from '../db/intent-readers';
import { countLookUp, markAbsent, recordOutcome, type IntentOutcome } from '../db/intents';
import { providerEventsOf } from '../db/provider-events';
import { cancelTask, latestTask, openTask, type Task } from '../db/tasks';
import { beating, resultOf } from './outside';

/** Money that was sent to a provider under the key `intent.id`, with an outcome that is not known. */
export interface SentMoney {
  readonly intent: Intent;
  /** What people are asked about, when it stays unknown. */
  readonly subject: string;
  /** How long the provider knows a key again; null for ever. */
  readonly keyHours: number | null;
  readonly lookUp: () => Promise<LookUp<Refund | Payout>>;
  /** The same request under the same key: the provider carries the two out once. */
  readonly repeat: () => Promise<IntentOutcome>;
  /** Throws while nothing may leave for this client; runs before the request is repeated. */
  readonly gate?: (tx: Tx) => Promise<void>;
}

/** People are asked when it has not become known by then. */
const askPeopleAfterMs = 10 * 60_000;
/** Before the provider forgets the key, so that no repetition can become a second payment. */
const keyMarginHours = 1;

export function doneBy(made: Refund | Payout): IntentOutcome {
  return { kind: 'done', externalId: made.providerRef, detail: { status: made.status } };
}

/**
 * Finds out what became of money that was sent. Asks the provider, goes by its messages, and repeats the
 * request under the same key while the provider knows keys again. Time proves nothing: what stays unknown is
 * decided by two people, and only they can say that it never happened.
 */
export async function resolveSent(db: Database, sent: SentMoney): Promise<StepResult> {
  const { intent } = sent;
  const scope = systemScope(`workflow:${intent.workflowId}`);
  const standing = resultOf(intent);
  if (standing === undefined) return { kind: 'absent', intentId: intent.id };
  if (standing.kind !== 'unknown') return standing;

  const { told, task } = await inScope(db, scope, async (tx) => {
    await countLookUp(tx, intent.id);
    return { told: await toldBy(tx, intent), task: await taskOf(tx, sent) };
  });
  const found = told === undefined ? await sent.lookUp() : undefined;
  const outcome = told ?? (found?.kind === 'found' ? doneBy(found) : undefined);
  if (outcome) return record(db, sent, outcome);

  if (task?.state === 'decided' && task.decision === 'absent') {
    const absent = await inScope(db, scope, (tx) =>
      markAbsent(tx, intent, { decidedIn: task.id, decidedBy: 'two people' }),
    );
    return resultOf(absent) ?? { kind: 'absent', intentId: intent.id };
  }
  let reason: string = found?.kind ?? 'unknown';
  if (found?.kind === 'absent') {
    const again = await repeat(db, sent);
    if (again.kind === 'known')
      return resultOf(again.intent) ?? { kind: 'absent', intentId: intent.id };
    if (again.kind === 'done') return record(db, sent, again);
    // A refusal of the repetition says nothing of the first request, which may still be under way.
    reason = again.kind === 'refused' ? `asked again: ${again.code}` : 'asked again';
  }
  const sentAt = Date.parse(intent.sentAt ?? intent.createdAt);
  if (found?.kind !== 'ambiguous' && Date.now() - sentAt < askPeopleAfterMs)
    return { kind: 'unknown', intentId: intent.id, reason };
  const open =
    task?.state === 'open'
      ? task
      : await inScope(db, scope, (tx) => askPeople(tx, sent, { before: task, found, reason }));
  return { kind: 'person', intentId: intent.id, taskId: open.id };
}

async function record(
  db: Database,
  { intent, subject }: SentMoney,
  outcome: IntentOutcome,
): Promise<StepResult> {
  const recorded = await inScope(db, systemScope(`workflow:${intent.workflowId}`), async (tx) => {
    const task = await latestTask(tx, subject, 'operation_unknown');
    if (task?.state === 'open') await cancelTask(tx, task.id, 'OUTCOME_KNOWN');
    return recordOutcome(tx, intent, outcome);
  });
  return resultOf(recorded) ?? { kind: 'unknown', intentId: intent.id, reason: 'not recorded' };
}

/** The provider's own signed message about the operation is as good as its answer. */
async function toldBy(tx: Tx, intent: Intent): Promise<IntentOutcome | undefined> {
  const last = (await providerEventsOf(tx, intent.id)).at(-1)?.normalised;
  if (typeof last?.['providerRef'] !== 'string') return undefined;
  return {
    kind: 'done',
    externalId: last['providerRef'],
    detail: { status: last['status'] ?? null },
  };
}

async function taskOf(tx: Tx, { intent, subject }: SentMoney): Promise<Task | undefined> {
  const task = await latestTask(tx, subject, 'operation_unknown');
  return task?.content['intent'] === intent.id ? task : undefined;
}

/**
 * Sends the request once more, unless its key may be forgotten by now or nothing may leave at all. `known` when the
 * first call has ended meanwhile: then nothing is repeated, since what was not sent may go another way.
 */
async function repeat(
  db: Database,
  sent: SentMoney,
): Promise<IntentOutcome | { readonly kind: 'known'; readonly intent: Intent }> {
  const { intent, keyHours, gate } = sent;
  const ageHours = (Date.now() - Date.parse(intent.sentAt ?? intent.createdAt)) / 3_600_000;
  if (keyHours !== null && ageHours > keyHours - keyMarginHours)
    return { kind: 'unknown', reason: 'the provider may have forgotten the key' };
  try {
    const now = await inScope(db, systemScope(`workflow:${intent.workflowId}`), async (tx) => {
      await gate?.(tx);
      // It counts towards the ceiling already.
      await assertNotHalted(tx, { ...intent, amountMinor: null });
      // The first call may still be under way. That it was not sent, or was refused, says nothing of this one.
      return recordOutcome(tx, intent, {
        ...{ kind: 'unknown', reason: 'asked again', askedAgain: true },
      });
    });
    if (now.state !== 'unknown') return { kind: 'known', intent: now };
  } catch (error) {
    if (error instanceof Problem && error.status === 503)
      return { kind: 'unknown', reason: error.code };
    throw error;
  }
  return beating(sent.repeat);
}

async function askPeople(
  tx: Tx,
  { intent, subject }: SentMoney,
  {
    before,
    found,
    reason,
  }: {
    before: Task | undefined;
    found: LookUp<Refund | Payout> | undefined;
    reason: string;
  },
): Promise<Task> {
  return openTask(tx, {
    kind: 'operation_unknown',
    subject,
    workflowId: intent.workflowId,
    entityId: intent.entityId,
    clientId: intent.clientId,
    title: 'A provider does not say whether it has paid',
    issue: [
      {
        code: 'OUTCOME_UNKNOWN',
        doubt: reason,
        detail: `Ask ${intent.target} about its reference ${intent.id}. Calling it absent pays again under a new key.`,
      },
    ],
    content: {
      intent: intent.id,
      provider: intent.target,
      ...(intent.amountMinor !== null && intent.currency !== null
        ? {
            amount: formatAmount(intent.amountMinor, intent.currency),
            currency: intent.currency,
          }
        : {}),
      candidates: found?.kind === 'ambiguous' ? [...found.providerRefs] : [],
    },
    // Several payments under one key are certainly paid: nobody may call them absent.
    choices: found?.kind === 'ambiguous' ? ['look_again'] : ['absent', 'look_again'],
    key: `operation_unknown/${intent.id}/${before?.id ?? 'first'}`,
  });
}
