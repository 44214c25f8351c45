import type { Instant } from '../domain/account/instant';
import { clientReasons, reasonCodesIn } from '../domain/kyc/reason-codes';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  closeStep,
  noteStep,
  takenSteps,
  type ComplianceCalendarRow,
} from '../db/compliance-calendars';
import type { Tx } from '../db/connection';
import { checkOne } from '../db/document-check';
import {
  acceptRenewal,
  readOpenRequirements,
  renewableSlots,
  slotsToGoOn,
} from '../db/document-renewal';
import { readDocument, recordChecks, setDocumentState, type Document } from '../db/documents';
import type { KycCase } from '../db/kyc';
import {
  outcomeFor,
  readAllRequirements,
  readApplication,
  wordsOfCase,
} from '../db/kyc-requirements';
import { queueMail } from '../db/mails';
import { openTask, readTask, type Task } from '../db/tasks';
import { nameInLetter } from './expired-documents';
import { editorsOf } from './screening-decisions';

/**
 * A document that an approved client sent in the place of one that expires: one that every check passes takes its place,
 * as in an application; any other is for an officer, and so is every one for a higher level.
 */
export async function settleRenewals(
  tx: Tx,
  row: ComplianceCalendarRow,
  of: KycCase,
  now: Instant,
): Promise<void> {
  const application = await readApplication(tx, of);
  const fresh = application.documents.filter(({ state }) => state === 'new');
  if (fresh.length === 0) return;
  const own = await readOpenRequirements(tx, application, await slotsToGoOn(tx, of));
  const asked = await readAllRequirements(tx, application);
  const taken = new Set((await takenSteps(tx, row.clientId)).map(({ key }) => key));
  for (const document of fresh) {
    const key = `renewal/${document.id}`;
    if (taken.has(key)) continue;
    const related = application.others.find(({ party }) => party.id === document.partyId);
    const outcome = related ? outcomeFor(application, asked, related.party) : own;
    const renewable = await renewableSlots(tx, of, now.slice(0, 10), document.partyId);
    const checked = await checkOne(tx, application, {
      document,
      outcome,
      today: now.slice(0, 10),
    });
    await recordChecks(tx, document.id, checked.checks);
    const failed = checked.checks.filter(({ result }) => result !== 'passed');
    const isNewer = renewable.has(document.slot);
    if (isNewer && failed.length === 0 && !checked.elsewhere) {
      await acceptRenewal(tx, of, document);
      await noteStep(tx, row, { key, kind: 'renewal', subject: document.id });
      continue;
    }
    const task = await openTask(tx, {
      kind: 'document_renewal',
      subject: document.id,
      workflowId: workflowIds.compliance(row.clientId),
      entityId: row.entityId,
      clientId: row.clientId,
      title: isNewer
        ? 'A newer document needs an officer'
        : 'A document for a higher level needs an officer',
      issue: [
        ...(isNewer
          ? []
          : [{ code: 'LEVEL_EVIDENCE', detail: 'The client sent it to reach the next level.' }]),
        ...failed.map(({ code, detail }) => ({ code, detail })),
        ...(checked.elsewhere
          ? [{ code: 'DUPLICATE_IDENTITY', detail: 'The same picture is another client’s, too.' }]
          : []),
      ],
      content: { case: of.id, document: document.id, kind: document.kind, slot: document.slot },
      excluded: await editorsOf(tx, row.clientId),
      key: `document_renewal/${document.id}`,
    });
    await noteStep(tx, row, { key, kind: 'renewal', subject: document.id, taskId: task.id });
  }
}

/** Acts once on what officers have decided about newer documents. */
export async function followRenewals(
  tx: Tx,
  row: ComplianceCalendarRow,
  of: KycCase | undefined,
): Promise<void> {
  if (of === undefined) return;
  for (const step of await takenSteps(tx, row.clientId)) {
    if (step.kind !== 'renewal' || step.closedAt !== null || step.taskId === null) continue;
    const task = await readTask(tx, step.taskId);
    if (task.state === 'open') continue;
    await closeStep(tx, row.clientId, step.key);
    const document = await readDocument(tx, task.subject);
    // Replaced by a still newer one before anybody had decided.
    if (document.state !== 'new') continue;
    if (task.decision === 'approve') await acceptRenewal(tx, of, document);
    else await refuse(tx, of, { document, task });
  }
}

async function refuse(
  tx: Tx,
  of: KycCase,
  { document, task }: { readonly document: Document; readonly task: Task },
): Promise<void> {
  const named = reasonCodesIn(task.reason ?? '');
  const failed = document.checks.filter(({ result }) => result === 'failed').map((c) => c.code);
  const reasons = named.length > 0 ? named : failed;
  await setDocumentState(tx, of, { document, to: 'rejected', reasons });
  await queueMail(tx, {
    key: `document_refused/${document.id}`,
    kind: 'document_refused',
    clientId: of.clientId,
    entityId: of.entityId,
    data: {
      document: await nameInLetter(tx, of, document.kind),
      reasons: clientReasons(reasons, await wordsOfCase(tx, of)).map(({ text }) => text),
      link: `/client/documents/${document.slot}`,
    },
  });
}
