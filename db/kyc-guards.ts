import { clientReasons } from '../domain/kyc/reason-codes';
import { missingDeclarations, undecidedDeclarations } from '../domain/kyc/sources';
import { conflict, refused } from '../domain/problem';
import type { TaskKind } from '../domain/task/task';
import { rows, type Tx } from './connection';
import { currentDocuments } from './documents';
import { readCase, type KycCase } from './kyc';
import {
  readAllRequirements,
  readApplication,
  readChecklist,
  readPartyChecklists,
  readRequirements,
  wantedDeclarations,
  type Application,
} from './kyc-requirements';
import { pendingChecks } from './identity-checks';
import { sourceStandings } from './source-standings';
import type { DecisionGuard } from './task-inbox';
import type { Task } from './tasks';

/**
 * Refuses what the state of the case does not allow: an approval while a document is undecided, rejected or
 * missing or a screening is open (409), and a question to the client without a reason they may read (422).
 */
async function guardReview(tx: Tx, task: Task, decision: string): Promise<void> {
  const present = await readCase(tx, task.subject);
  if (present.state !== 'in_review' || present.taskId !== task.id) {
    throw conflict('case_moved_on', 'The case does not wait for this decision any more.', {
      state: present.state,
    });
  }
  if (decision === 'approve') await assertApprovable(tx, present);
  if (decision === 'request_information') await assertAskable(tx, present, task);
}

async function assertApprovable(tx: Tx, present: KycCase): Promise<void> {
  const documents = await currentDocuments(tx, present.id);
  const idsIn = (state: string) =>
    documents.filter((document) => document.state === state).map((document) => document.id);
  const [pending, rejected] = [idsIn('new'), idsIn('rejected')];
  if (pending.length > 0) {
    throw conflict('documents_pending', 'Decide every document first.', { documents: pending });
  }
  if (rejected.length > 0) {
    throw conflict('documents_rejected', 'A rejected document must be replaced first.', {
      documents: rejected,
    });
  }
  const application = await readApplication(tx, present);
  const { items } = readChecklist(application, await readRequirements(tx, application));
  await assertSourcesCorroborated(tx, application);
  await assertPartiesComplete(tx, application);
  const missing = items.filter((item) => !item.done).map((item) => item.slot);
  if (missing.length > 0) {
    throw conflict('documents_missing', 'A required document is missing.', { missing });
  }
  await assertVerified(tx, present);
  if (await screeningIsOpen(tx, present)) {
    throw conflict('screening_undecided', 'The screening has not been decided.');
  }
}

/** Nobody is approved while a declaration that policy needs is missing, or not looked at. 409 `sources_pending`. */
async function assertSourcesCorroborated(tx: Tx, application: Application): Promise<void> {
  const wanted = wantedDeclarations(await readRequirements(tx, application));
  const missing = missingDeclarations(wanted, application.sources);
  const undecided = undecidedDeclarations(wanted, application.sources);
  if (missing.length === 0 && undecided.length === 0) return;
  throw conflict(
    'sources_pending',
    'Where the money comes from has to be declared and corroborated first.',
    { missing, undecided },
  );
}

/** A client is not approved before everybody who belongs to it is there. 409 `parties_pending`, `company_incomplete`. */
async function assertPartiesComplete(tx: Tx, application: Application): Promise<void> {
  const { company } = application;
  if (company && company.missing.length > 0) {
    throw conflict('company_incomplete', 'The structure of the company is not whole.', {
      missing: [...company.missing],
    });
  }
  const asked = await readAllRequirements(tx, application);
  const pending = readPartyChecklists(application, asked).filter(
    ({ missing }) => missing.length > 0,
  );
  if (pending.length === 0) return;
  throw conflict('parties_pending', 'Somebody who belongs to the client is not verified.', {
    parties: pending.map(({ related }) => related.party.id),
  });
}

/** Nobody is approved while a verifier has still to answer. 409 `verification_pending`. */
async function assertVerified(tx: Tx, { id }: KycCase): Promise<void> {
  const pending = await pendingChecks(tx, id);
  if (pending.length === 0) return;
  throw conflict('verification_pending', 'An outside verifier has not answered yet.', {
    steps: pending.map(({ step }) => step),
  });
}

/** Whether some party's latest screening was not clear, or none was made. */
export async function screeningIsOpen(tx: Tx, of: KycCase): Promise<boolean> {
  const found = await rows(
    tx,
    `select 1 from party p left join lateral (
       select s.verdict from screening_result s where s.party_id = p.id order by s.at desc, s.id desc limit 1) last on true
     where p.client_id = :clientId and p.removed_at is null and coalesce(last.verdict, 'none') <> 'clear' limit 1`,
    { clientId: of.clientId },
  );
  return found.length > 0;
}

async function assertAskable(tx: Tx, present: KycCase, task: Task): Promise<void> {
  const rejected = (await currentDocuments(tx, present.id)).flatMap((document) =>
    document.state === 'rejected' ? document.reasons : [],
  );
  const named = task.issue.flatMap((issue) => {
    const code = issue['code'];
    return typeof code === 'string' ? [code] : [];
  });
  const refusedSources = (await sourceStandings(tx, present.id)).flatMap(({ state }) =>
    state === 'refused' ? ['SOURCE_NOT_SHOWN'] : [],
  );
  const askable = clientReasons([...rejected, ...refusedSources, ...named]).some(
    (reason) => reason.retryable,
  );
  if (!askable) {
    throw refused(
      'nothing_to_ask',
      'The client can be asked only for something they can send: reject a document with a reason code first.',
    );
  }
}

/** A step is of the case that waits for it. */
async function guardStep(tx: Tx, task: Task, decision: string): Promise<void> {
  const present = await readCase(tx, task.subject.replace(/\/.*$/, ''));
  if (present.state === 'in_review' && present.taskId === task.id) {
    if (decision === 'approve') await assertVerified(tx, present);
    return;
  }
  throw conflict('case_moved_on', 'The case does not wait for this decision any more.', {
    state: present.state,
  });
}

/** By kind of task; `db/task-decisions.ts` holds them against every decision. */
export const kycGuards: Readonly<Partial<Record<TaskKind, DecisionGuard>>> = {
  kyc_review: guardReview,
  kyc_step: guardStep,
};
