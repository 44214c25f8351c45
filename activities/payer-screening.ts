import { createHash } from 'node:crypto';
import { systemScope } from '../domain/access/scope';
import { screeningFacts, screenSubject, type ScreeningResult } from '../domain/screening/screen';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Database, type Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { effectivePolicy } from '../db/policies';
import { payeeOfPayer, payerOfReceipt, type Receipt } from '../db/receipts';
import { listVersionOf } from '../db/screening';
import { openTask, taskOfKey, type Task } from '../db/tasks';
import type { ScreeningList } from './screening-list';

/**
 * Whether money may go back to whoever paid it: their name is clear by the list of now, or two people have found that
 * it is somebody else's. A confirmed match goes to the MLRO's circle, and the money stays. Asked again with each list.
 */
export async function isPayerClear(
  db: Database,
  receipt: Receipt,
  list: ScreeningList,
): Promise<boolean> {
  const workflowId = workflowIds.receiptReturn(receipt.id);
  return inScope(db, systemScope(`workflow:${workflowId}`), async (tx) => {
    const { version } = listVersionOf(list);
    const digest = createHash('sha256').update(version).digest('hex').slice(0, 16);
    const key = `screening_match/${receipt.id}/${digest}`;
    const standing = await taskOfKey(tx, key);
    if (standing) return isDismissed(tx, receipt, standing);
    const payer = await payerOfReceipt(tx, receipt.id);
    const payee = payer && payeeOfPayer(payer);
    // Without an account nothing is sent.
    if (!payee) return true;
    const { parameters } = (await effectivePolicy(tx, 'screening', { entityId: receipt.entityId }))
      .compiled.effective;
    const result = screenName(list, payee.holderName, parameters);
    const { evaluation } = await decideByPolicy(tx, {
      kind: 'screening',
      subject: `restricted/${receipt.id}`,
      entityId: receipt.entityId,
      clientId: null,
      personId: receipt.clientId ?? receipt.id,
      facts: { ...screeningFacts(result), 'client.residence': payee.country },
    });
    if (evaluation.outcome.decision === 'clear') return true;
    await openTask(tx, { ...questionOf(receipt, result, version), workflowId, key });
    return false;
  });
}

/** A payer may be a person or a company, and a statement does not say which: the nearer one counts. */
function screenName(
  list: ScreeningList,
  name: string,
  thresholds: Parameters<typeof screenSubject>[2],
): ScreeningResult {
  const [person, company] = (['individual', 'organisation'] as const).map((kind) =>
    screenSubject(list, { kind, name }, thresholds),
  );
  if (!person || !company) throw new Error('a name was not screened');
  return company.bestScore > person.bestScore ? company : person;
}

/** Tied to the receipt and to no client; who the listed are, their numbers tell. */
function questionOf(receipt: Receipt, result: ScreeningResult, listVersion: string) {
  const { candidates, bestScore, unscreenable } = result;
  return {
    kind: 'screening_match' as const,
    subject: `${receipt.id}/payer`,
    entityId: receipt.entityId,
    clientId: null,
    title: 'A payer to whom money goes back resembles somebody listed',
    issue: [
      {
        code: 'SANCTIONS_POSSIBLE',
        detail: unscreenable
          ? 'The name has no Latin form to compare.'
          : `${candidates.length} near, the nearest at ${bestScore} percent. The receipt's page shows the payer.`,
      },
    ],
    content: {
      receipt: receipt.id,
      verdict: result.verdict,
      list: result.lists.map(({ name }) => name).join(' + '),
      listVersion,
      candidates: candidates.map(({ entryId, score }) => `${entryId} at ${score} percent`),
    },
    approvalsRequired: 2 as const,
    priority: result.verdict === 'strong' ? 1 : 2,
  };
}

async function isDismissed(tx: Tx, receipt: Receipt, task: Task): Promise<boolean> {
  if (task.state !== 'decided') return false;
  if (task.decision === 'dismiss') return true;
  const hold = await openTask(tx, {
    kind: 'screening_match',
    subject: `hold/${receipt.id}`,
    workflowId: task.workflowId,
    entityId: receipt.entityId,
    clientId: null,
    restricted: true,
    title: 'Confirmed match of a payer: report it; let the money go only if it is somebody else',
    issue: [{ code: 'SANCTIONS_POSSIBLE', detail: 'Confirmed by an officer; the money stays.' }],
    content: { ...task.content, hold: true },
    choices: ['dismiss'],
    priority: 1,
    key: `screening_match/hold/${task.id}`,
  });
  return hold.state === 'decided';
}
