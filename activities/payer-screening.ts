import { createHash } from 'node:crypto';
import { systemScope } from '../domain/access/scope';
import {
  screeningFacts,
  type ScreeningResult,
  type ScreeningThresholds,
} from '../domain/screening/screen';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Database, type Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { payerSubject } from '../db/payer-questions';
import { effectivePolicy } from '../db/policies';
import { payeeOfPayer, payerOfReceipt, type Receipt } from '../db/receipts';
import { listVersionOf } from '../db/screening';
import { cancelTask, openTask, taskOfKey, tasksOf, type Task } from '../db/tasks';
import { screenAgainst, type ScreeningList } from './screening-list';

/** Money that goes back to somebody who is known by name alone, and the process that waits for it. */
export interface NamedPayee {
  readonly of: 'receipt' | 'deposit';
  /** Of the receipt or the deposit. */
  readonly id: string;
  readonly workflowId: string;
  readonly entityId: string;
  /** Under whose key the evaluation is kept. */
  readonly personId: string;
  /** Undefined where nothing can be sent. */
  readonly read: (
    tx: Tx,
  ) => Promise<{ readonly name: string; readonly country?: string } | undefined>;
}

/** Whether money may go back to whoever paid it, by `isNameClear`. */
export async function isPayerClear(
  db: Database,
  receipt: Receipt,
  list: ScreeningList,
): Promise<boolean> {
  const workflowId = workflowIds.receiptReturn(receipt.id);
  const { id, entityId, clientId } = receipt;
  return inScope(db, systemScope(`workflow:${workflowId}`), (tx) =>
    isNameClear(
      tx,
      {
        ...{ of: 'receipt', id, workflowId, entityId, personId: clientId ?? id },
        read: async (inTx) => {
          const payer = await payerOfReceipt(inTx, id);
          const payee = payer && payeeOfPayer(payer);
          return payee && { name: payee.holderName, country: payee.country };
        },
      },
      list,
    ),
  );
}

/**
 * Whether money may go to a name: it is clear by the list of now, or two people have found that it is somebody else's.
 * A confirmed match goes to the MLRO's circle, and the money stays until they let it go, whatever a later list says.
 * Without one, asked again with each list. Runs as the system.
 */
export async function isNameClear(
  tx: Tx,
  payee: NamedPayee,
  list: ScreeningList,
): Promise<boolean> {
  const { id, workflowId, entityId, personId } = payee;
  const asked = await tasksOf(tx, payerSubject(id), 'screening_match');
  if (asked.some(isConfirmed)) return areLetGo(tx, payee, asked);
  const { version } = listVersionOf(list);
  const digest = createHash('sha256').update(version).digest('hex').slice(0, 16);
  const key = `screening_match/${id}/${digest}`;
  const standing = await taskOfKey(tx, key);
  if (standing) return standing.state === 'decided' && standing.decision === 'dismiss';
  const named = await payee.read(tx);
  // Without an account nothing is sent.
  if (!named) return true;
  const { name, country } = named;
  const { parameters } = (await effectivePolicy(tx, 'screening', { entityId })).compiled.effective;
  const result = await screenName(list, name, parameters);
  const { evaluation } = await decideByPolicy(tx, {
    kind: 'screening',
    subject: `restricted/${id}`,
    entityId,
    clientId: null,
    personId,
    facts: {
      ...screeningFacts(result),
      ...(country !== undefined && { 'client.residence': country }),
    },
  });
  if (evaluation.outcome.decision === 'clear') return true;
  await openTask(tx, { ...questionOf(payee, result, version), workflowId, key });
  return false;
}

/** A payer may be a person or a company, and a statement does not say which: the nearer one counts. */
async function screenName(
  list: ScreeningList,
  name: string,
  thresholds: ScreeningThresholds,
): Promise<ScreeningResult> {
  const person = await screenAgainst(list, { kind: 'individual', name }, thresholds);
  const company = await screenAgainst(list, { kind: 'organisation', name }, thresholds);
  return company.bestScore > person.bestScore ? company : person;
}

/** Tied to what goes back and to no client; who the listed are, their numbers tell. */
function questionOf(payee: NamedPayee, result: ScreeningResult, listVersion: string) {
  const { candidates, bestScore, unscreenable } = result;
  return {
    kind: 'screening_match' as const,
    subject: payerSubject(payee.id),
    entityId: payee.entityId,
    clientId: null,
    title: 'A payer to whom money goes back resembles somebody listed',
    issue: [
      {
        code: 'SANCTIONS_POSSIBLE',
        detail: unscreenable
          ? 'The name has no Latin form to compare.'
          : `${candidates.length} near, the nearest at ${bestScore} percent. The ${payee.of}'s page shows the payer.`,
      },
    ],
    content: {
      [payee.of]: payee.id,
      verdict: result.verdict,
      list: result.lists.map(({ name }) => name).join(' + '),
      listVersion,
      candidates: candidates.map(({ entryId, score }) => `${entryId} at ${score} percent`),
    },
    approvalsRequired: 2 as const,
    priority: result.verdict === 'strong' ? 1 : 2,
  };
}

const isConfirmed = ({ state, decision }: Task) => state === 'decided' && decision === 'confirm';

/**
 * Whether the MLRO's circle has found of each confirmed match that it is somebody else after all. What is still asked
 * under other lists has no bearing any more.
 */
async function areLetGo(tx: Tx, payee: NamedPayee, asked: readonly Task[]): Promise<boolean> {
  let areAll = true;
  // One after the other: a transaction has one connection.
  for (const task of asked) {
    if (isConfirmed(task)) {
      const hold = await openHold(tx, payee, task);
      areAll &&= hold.state === 'decided';
    } else {
      await cancelTask(tx, task.id, 'CONFIRMED_BEFORE');
    }
  }
  return areAll;
}

function openHold(tx: Tx, payee: NamedPayee, task: Task): Promise<Task> {
  return openTask(tx, {
    kind: 'screening_match',
    subject: `hold/${payee.id}`,
    workflowId: task.workflowId,
    entityId: payee.entityId,
    clientId: null,
    restricted: true,
    title: 'Confirmed match of a payer: report it; let the money go only if it is somebody else',
    issue: [{ code: 'SANCTIONS_POSSIBLE', detail: 'Confirmed by an officer; the money stays.' }],
    content: { ...task.content, hold: true },
    choices: ['dismiss'],
    priority: 1,
    key: `screening_match/hold/${task.id}`,
  });
}
