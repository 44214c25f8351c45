import { gradeClient } from '../db/client-risk';
import { clientReasons } from '../domain/kyc/reason-codes';
import { workflowIds } from '../temporal-config/workflow-ids';
import { setRestriction } from '../db/client-restrictions';
import { gradeLevel } from '../db/client-levels';
import { startComplianceCalendar } from '../db/compliance-calendars';
import type { Tx } from '../db/connection';
import { enqueueSignal } from '../db/dispatch';
import { currentDocuments, setDocumentState, type Document } from '../db/documents';
import { moveCase, referCase, type KycCase, type KycIssue, type RiskLevel } from '../db/kyc';
import { wordsOfCase } from '../db/kyc-requirements';
import { queueMail } from '../db/mails';
import { finishProcess, setProcess } from '../db/processes';
import { openTask, type NewTask, type Task } from '../db/tasks';
import { frozenScopes, holdQuestion } from './screening-decisions';

/** Approves: documents that only a machine has seen count as approved by this process; onboarding goes on. */
export async function approveCase(
  tx: Tx,
  of: KycCase,
  how: { readonly by: 'policy' | 'person'; readonly evaluation: string; readonly risk: RiskLevel },
): Promise<void> {
  for (const document of await currentDocuments(tx, of.id)) {
    if (document.state === 'new') {
      await setDocumentState(tx, of, { document, to: 'approved', reasons: [] });
    }
  }
  const moved = await moveCase(tx, of, 'approve', {
    event: 'kyc.approved',
    issues: [],
    payload: { by: how.by, evaluation: how.evaluation },
  });
  await gradeClient(tx, of.clientId, how.risk);
  await gradeLevel(tx, moved);
  const { clientId, entityId } = of;
  await startComplianceCalendar(tx, { clientId, entityId, isApproved: true });
  await endCase(tx, moved, 'approved');
}

/** Rejects; `reason` is an officer's or a rule's and may be internal: the client reads what is theirs of it. */
export async function rejectCase(tx: Tx, of: KycCase, reason: string): Promise<void> {
  const moved = await moveCase(tx, of, 'reject', {
    event: 'kyc.rejected',
    outcomeReason: reason,
    payload: { reason },
  });
  await gradeLevel(tx, moved);
  await endCase(tx, moved, 'rejected');
}

async function endCase(tx: Tx, of: KycCase, outcome: 'approved' | 'rejected'): Promise<void> {
  await finishProcess(tx, workflowIds.kyc(of.id), { state: outcome, outcome });
  await enqueueSignal(tx, {
    workflowId: workflowIds.onboarding(of.clientId),
    signal: 'changed',
    args: { what: outcome },
  });
}

/**
 * Asks the client for what the codes name. The documents concerned are rejected, so that the checklist shows
 * what to send again; the mail has the reasons a client may read and no others.
 */
export async function askClient(tx: Tx, of: KycCase, codes: readonly string[]): Promise<void> {
  const reasons = clientReasons(codes, await wordsOfCase(tx, of)).filter(
    (reason) => reason.retryable,
  );
  for (const document of await currentDocuments(tx, of.id)) {
    if (document.state === 'rejected') continue;
    const failed = codesAgainst(document, codes);
    if (failed.length > 0) {
      await setDocumentState(tx, of, { document, to: 'rejected', reasons: failed });
    }
  }
  const requested = reasons.map((reason) => reason.code);
  const moved = await moveCase(tx, of, 'request_information', {
    event: 'kyc.information_requested',
    requested,
    payload: { requested },
  });
  await queueMail(tx, {
    key: `documents_requested/${of.id}/${of.round}/${moved.version}`,
    kind: 'documents_requested',
    clientId: of.clientId,
    entityId: of.entityId,
    data: { link: '/client/onboarding', reasons: reasons.map((reason) => reason.text) },
  });
  await setProcess(tx, workflowIds.kyc(of.id), {
    state: 'information_requested',
    waitsFor: 'the client',
  });
}

const addressCodes = new Set(['POA_TOO_OLD', 'ADDRESS_MISMATCH']);
const pictureCodes = new Set([
  'DOC_UNREADABLE',
  'DOC_CROPPED',
  'DOC_SCREENSHOT',
  'BACK_SIDE_MISSING',
  'PAGE_MISSING',
  'DOC_EXPIRED',
  'DOC_EXPIRING',
  'NAME_MISMATCH',
  'DOB_MISMATCH',
  'MRZ_CHECK_DIGIT',
]);

/** The codes that are this document's: those its checks failed by, else those that its slot is about. */
function codesAgainst(document: Document, codes: readonly string[]): string[] {
  if (document.state === 'approved') return [];
  const failed: string[] = document.checks
    .filter((check) => check.result !== 'passed')
    .map((check) => check.code);
  const own = codes.filter((code) => failed.includes(code));
  if (own.length > 0) return own;
  const about = document.slot === 'identity' ? pictureCodes : addressCodes;
  return document.slot === 'identity' || document.slot === 'address'
    ? codes.filter((code) => about.has(code))
    : [];
}

/** Hands the case to people: the task, the state and what the process waits for, in one transaction. */
export async function handOver(
  tx: Tx,
  of: KycCase,
  task: Omit<NewTask, 'workflowId' | 'entityId' | 'key'>,
  issues?: readonly KycIssue[],
): Promise<Task> {
  const opened = await openTask(tx, {
    ...task,
    workflowId: workflowIds.kyc(of.id),
    entityId: of.entityId,
    key: `${task.kind}/${of.id}/${of.round}/${of.version}`,
  });
  await referCase(tx, of, { taskId: opened.id, ...(issues ? { issues } : {}) });
  await setProcess(tx, workflowIds.kyc(of.id), {
    state: 'in_review',
    // Support reads this too: it must not lead them to a screening.
    waitsFor: task.kind === 'screening_match' ? 'a routine review' : `task ${opened.id}`,
    due: opened.dueAt,
  });
  return opened;
}

/**
 * A confirmed hit: everything is frozen, nothing is refused or closed, and the case stays with the MLRO's
 * circle until two of them find that it was somebody else. Everybody else reads a routine review.
 */
export async function freezeClient(tx: Tx, of: KycCase, task: Task): Promise<void> {
  await setRestriction(tx, {
    clientId: of.clientId,
    kind: 'restricted_hold',
    scopes: frozenScopes,
    reason: `confirmed screening match, task ${task.id}`,
  });
  await handOver(tx, of, holdQuestion(of.clientId, `hold/${of.id}`, task));
}
