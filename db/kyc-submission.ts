import { clientReasons } from '../domain/kyc/reason-codes';
import { powerOfAttorney, type DocumentKind } from '../domain/kyc/document';
import type { Answers } from '../domain/onboarding/answers';
import { slotFor, type Slot } from '../domain/onboarding/checklist';
import { sniffMediaType } from '../domain/onboarding/media-type';
import { notFound, Problem, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { assertAccountType } from './account-types';
import { wakeComplianceCalendar } from './compliance-calendars';
import { asSystem, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';
import { checkOne } from './document-check';
import { readOpenRequirements, renewableSlots, slotsToGoOn } from './document-renewal';
import { addDocument, type Document, type DocumentDetails } from './documents';
import { assertCollecting, lockCase, moveCase, openCase, saveAnswers, type KycCase } from './kyc';
import {
  missingOf,
  outcomeFor,
  readAllRequirements,
  readApplication,
  readChecklist,
  readPartyChecklists,
  reasonWordsOf,
  type Application,
} from './kyc-requirements';
import { changeParty, holderOf, type PersonalData } from './parties';
import { resumeOfClient } from './task-waiting';

/**
 * Keeps what the client says of themselves: the holder's personal data and the answers, as ciphertext.
 * 409 `not_collecting` once the application is submitted; 422 `unknown_account_type`.
 */
export async function saveDetails(
  tx: Tx,
  clientId: string,
  {
    personal,
    answers,
  }: { personal: Partial<Omit<PersonalData, 'email' | 'document_number'>>; answers: Answers },
): Promise<KycCase> {
  const { id } = await openCase(tx, clientId);
  const present = await lockCase(tx, id);
  assertCollecting(present);
  if (answers.account) {
    await assertAccountType(tx, [present.entityId], answers.account.accountType);
  }
  const holder = await holderOf(tx, clientId);
  await changeParty(tx, holder.id, personal);
  await saveAnswers(tx, present, { partyId: holder.id, answers });
  return present;
}

export interface UploadedDocument {
  readonly document: Document;
  /** What the checks will find, in the client's words: it can be mended before submitting. */
  readonly warnings: ReturnType<typeof clientReasons>;
}

/**
 * Takes a document from the client: for the application, or, once that is approved, in the place of one that expires or
 * for the next level of verification.
 * What it is, its first bytes say. 409 `not_collecting`; 415
 * `unsupported_media_type`; 422 `document_not_accepted` with the kinds that are.
 */
export async function uploadDocument(
  tx: Tx,
  clientId: string,
  upload: {
    readonly kind: DocumentKind;
    /** Whose it is, where not the client's own. */
    readonly partyId?: string | undefined;
    readonly slot: Slot | undefined;
    readonly content: Uint8Array;
    readonly details: DocumentDetails;
    /** `YYYY-MM-DD`. */
    readonly today: string;
  },
): Promise<UploadedDocument> {
  const mediaType = sniffMediaType(upload.content);
  if (mediaType === undefined) {
    throw new Problem({
      status: 415,
      code: 'unsupported_media_type',
      detail: 'A document is a JPEG, a PNG or a PDF; this file is none of them.',
      errors: [{ pointer: '/body/file', detail: 'is neither JPEG, PNG nor PDF' }],
    });
  }
  const of = await openCase(tx, clientId);
  const application = await readApplication(tx, of);
  const { party, outcome, items, toGoOn } = await askedOf(tx, application, upload.partyId);
  const slot = slotFor(items, upload.kind, upload.slot);
  const requirement = outcome.requirements.find((each) => each.slot === slot);
  if (slot === undefined || requirement === undefined) {
    throw new Problem({
      status: 422,
      code: 'document_not_accepted',
      detail: 'This kind of document is not asked for.',
      errors: [{ pointer: '/body/kind', detail: 'is none of the kinds that are asked for' }],
      extra: {
        accepted: outcome.requirements.map((each) => ({ slot: each.slot, kinds: each.accepted })),
      },
    });
  }
  if (upload.kind === powerOfAttorney) assertPower(upload.details, upload.today);
  const isRenewal =
    toGoOn.has(slot) || (await renewableSlots(tx, of, upload.today, party.id)).has(slot);
  const document = await addDocument(tx, of, {
    partyId: party.id,
    kind: upload.kind,
    slot,
    slotCount: requirement.count,
    mediaType,
    content: upload.content,
    details: upload.details,
    isRenewal,
  });
  await resumeOfClient(tx, clientId);
  if (isRenewal) await asSystem(tx, (system) => wakeComplianceCalendar(system, clientId));
  const checked = await checkOne(tx, application, { document, outcome, today: upload.today });
  const failed = checked.checks
    .filter((check) => check.result === 'failed')
    .map((check) => check.code);
  return { document, warnings: clientReasons(failed, reasonWordsOf(application, outcome)) };
}

/** A power says what it allows and until when, and is in force. 422 `power_incomplete`, `power_expired`. */
function assertPower({ scope, expiresOn }: DocumentDetails, today: string): void {
  const missing = [
    ...((scope ?? '') === '' ? ['scope'] : []),
    ...((expiresOn ?? '') === '' ? ['expiresOn'] : []),
  ];
  if (missing.length > 0)
    throw new Problem({
      status: 422,
      code: 'power_incomplete',
      detail: 'Say what the power of attorney allows, and until when it is good.',
      errors: missing.map((field) => ({ pointer: `/body/${field}`, detail: 'is required' })),
    });
  if (expiresOn !== undefined && expiresOn < today)
    throw new Problem({
      status: 422,
      code: 'power_expired',
      detail: 'This power of attorney has expired.',
      errors: [{ pointer: '/body/expiresOn', detail: 'has passed' }],
    });
}

/** What is asked of the party whose paper it is, and what is there of it. 404 for somebody else's. */
async function askedOf(tx: Tx, application: Application, partyId: string | undefined) {
  const { holder } = application;
  if (partyId === undefined || partyId === holder.id) {
    const toGoOn = await slotsToGoOn(tx, application.case);
    const outcome = await readOpenRequirements(tx, application, toGoOn);
    return { party: holder, outcome, items: readChecklist(application, outcome).items, toGoOn };
  }
  const asked = await readAllRequirements(tx, application);
  const found = readPartyChecklists(application, asked).find(
    ({ related }) => related.party.id === partyId,
  );
  if (!found) throw notFound('party');
  const { party } = found.related;
  return {
    ...{ party, outcome: outcomeFor(application, asked, party), items: found.items },
    toGoOn: new Set<Slot>(),
  };
}

/**
 * The client hands the application in, for the first time or again. From here on it cannot be changed until
 * it is asked about. 409 `not_collecting`; 422 `application_incomplete` with what is missing.
 */
export async function submitCase(tx: Tx, clientId: string): Promise<KycCase> {
  const { id } = await openCase(tx, clientId);
  const present = await lockCase(tx, id);
  assertCollecting(present);
  const application = await readApplication(tx, present);
  const missing = await missingOf(tx, application);
  if (missing.length > 0) {
    throw refused('application_incomplete', 'Something is missing from the application.', {
      missing: [...missing],
    });
  }
  const again = present.state === 'information_requested';
  return asSystem(tx, async (system) => {
    const submitted = await moveCase(system, present, again ? 'resubmit' : 'submit', {
      event: again ? 'kyc.resubmitted' : 'kyc.submitted',
      issues: [],
    });
    await enqueueStart(system, {
      workflow: 'kycCase',
      workflowId: workflowIds.kyc(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: present.entityId,
      clientId,
    });
    const woken = [workflowIds.onboarding(clientId), ...(again ? [workflowIds.kyc(id)] : [])];
    await resumeOfClient(system, clientId);
    for (const workflowId of woken) {
      await enqueueSignal(system, { workflowId, signal: 'changed', args: { what: 'submitted' } });
    }
    return submitted;
  });
}
