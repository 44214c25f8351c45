import { may } from '../domain/access/scope';
import {
  isPending,
  type CheckAnswer,
  type CheckState,
  type StandingCheck,
  type VerifierFinding,
} from '../domain/kyc/outside-check';
import { newId } from '../domain/ids';
import { notFound } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, utc, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';
import { appendEvents, type NewEvent } from './events';
import { caseEvent, type KycCase } from './kyc';
import { storeProviderEvent } from './provider-events';
import { openTask } from './tasks';

/** What an outside verifier was asked about one person of a case. */
export interface IdentityCheck extends StandingCheck {
  readonly id: string;
  readonly caseId: string;
  readonly clientId: string;
  readonly partyId: string;
  readonly entityId: string;
  readonly provider: string;
  readonly level: string;
  readonly round: number;
  readonly documents: readonly string[];
  readonly providerRef: string | null;
  readonly labels: readonly string[];
  readonly nearListed: boolean;
  readonly askedAt: string;
  readonly dueAt: string;
  /** By the verifier's clock. */
  readonly answeredAt: string | null;
}

interface CheckRow {
  readonly id: string;
  readonly case_id: string;
  readonly client_id: string;
  readonly party_id: string;
  readonly entity_id: string;
  readonly provider: string;
  readonly step: string;
  readonly level: string;
  readonly round: number;
  readonly documents: readonly string[];
  readonly state: CheckState;
  readonly provider_ref: string | null;
  readonly answer: CheckAnswer | null;
  readonly reasons: readonly string[];
  readonly labels: readonly string[];
  readonly near_listed: boolean;
  readonly asked_at: string;
  readonly due_at: string;
  readonly answered_at: string | null;
}

const columns = `id, case_id, client_id, party_id, entity_id, provider, step, level, round, documents, state, provider_ref, answer,
  reasons, labels, near_listed, asked_at, due_at, answered_at`;

function fromRow(row: CheckRow): IdentityCheck {
  return {
    id: row.id,
    caseId: row.case_id,
    clientId: row.client_id,
    partyId: row.party_id,
    entityId: row.entity_id,
    provider: row.provider,
    step: row.step,
    level: row.level,
    round: row.round,
    documents: row.documents,
    state: row.state,
    providerRef: row.provider_ref,
    answer: row.answer,
    reasons: row.reasons,
    labels: row.labels,
    nearListed: row.near_listed,
    askedAt: utc(row.asked_at),
    dueAt: utc(row.due_at),
    answeredAt: row.answered_at === null ? null : utc(row.answered_at),
  };
}

export interface NewCheck {
  readonly partyId: string;
  readonly provider: string;
  readonly step: string;
  readonly level: string;
  readonly documents: readonly string[];
  readonly answerHoursMax: number;
}

/** Asks a verifier, once for a step, a person and a round; the check's own process does the rest. Runs as the system. */
export async function askVerifier(tx: Tx, of: KycCase, check: NewCheck): Promise<void> {
  const [row] = await rows<CheckRow>(
    tx,
    `insert into identity_check (id, case_id, client_id, party_id, entity_id, provider, step, level, round, documents, due_at)
     values (:id, :caseId, :clientId, :partyId, :entityId, :provider, :step, :level, :round, :documents,
       clock_timestamp() + make_interval(hours => :hours))
     on conflict (case_id, party_id, step, round) do nothing returning ${columns}`,
    {
      id: newId('identityCheck'),
      caseId: of.id,
      clientId: of.clientId,
      partyId: check.partyId,
      entityId: of.entityId,
      provider: check.provider,
      step: check.step,
      level: check.level,
      round: of.round,
      documents: [...check.documents],
      hours: check.answerHoursMax,
    },
  );
  if (!row) return;
  await appendEvents(tx, [
    caseEvent(of, 'kyc.verifier_asked', {
      check: row.id,
      step: check.step,
      provider: check.provider,
      documents: [...check.documents],
    }),
  ]);
  await enqueueStart(tx, {
    workflow: 'identityCheck',
    workflowId: workflowIds.identityCheck(row.id),
    taskQueue: taskQueues.workflows,
    args: { id: row.id },
    subject: row.id,
    entityId: of.entityId,
    clientId: of.clientId,
  });
}

/** Throws `not_found` (404). */
export async function readCheck(tx: Tx, id: string): Promise<IdentityCheck> {
  const [row] = await rows<CheckRow>(tx, `select ${columns} from identity_check where id = :id`, {
    id,
  });
  if (!row) throw notFound('check');
  return veiled(tx, fromRow(row));
}

/** What verifiers were asked about the case, the oldest first. */
export async function checksOf(tx: Tx, caseId: string): Promise<IdentityCheck[]> {
  const found = await rows<CheckRow>(
    tx,
    `select ${columns} from identity_check where case_id = :caseId order by asked_at, id limit 200`,
    { caseId },
  );
  return found.map(fromRow).map((check) => veiled(tx, check));
}

/** What is near a listed name is under way to everybody who may not decide on screenings: no answer shows what it was. */
function veiled(tx: Tx, check: IdentityCheck): IdentityCheck {
  if (!check.nearListed || tx.scope.kind === 'system' || may(tx.scope, 'screening.decide')) {
    return check;
  }
  const veil = { state: 'sent', answer: null, answeredAt: null, nearListed: false } as const;
  return { ...check, ...veil, reasons: [], labels: [] };
}

/** The verifier has it. */
export async function noteSent(tx: Tx, id: string, providerRef: string): Promise<void> {
  await rows(
    tx,
    `update identity_check set provider_ref = :providerRef, state = case state when 'asked' then 'sent' else state end
     where id = :id`,
    { id, providerRef },
  );
}

/** There will be no answer: an officer does the step instead. False when there is one already. */
export async function giveUpCheck(
  tx: Tx,
  id: string,
  { state, why }: { readonly state: 'unasked' | 'unanswered'; readonly why: string },
): Promise<boolean> {
  const [row] = await rows<CheckRow>(
    tx,
    `update identity_check set state = :state where id = :id and state in ('asked', 'sent') returning ${columns}`,
    { id, state },
  );
  if (!row) return false;
  const { id: check, caseId, clientId, entityId, step, provider } = fromRow(row);
  await appendEvents(tx, [
    {
      subject: caseId,
      type: 'kyc.verifier_silent',
      entityId,
      clientId,
      payload: { check, step, provider, why },
    },
  ]);
  await wake(tx, fromRow(row));
  return true;
}

/**
 * Takes what a verifier said at `at`, by its own clock: an older word than the one there is changes nothing, nor does the
 * same again. Whoever waits for it is woken. Runs as the system.
 */
export async function takeFinding(
  tx: Tx,
  id: string,
  { finding, at }: { readonly finding: VerifierFinding; readonly at: string },
): Promise<void> {
  const [row] = await rows<CheckRow>(
    tx,
    `update identity_check set state = 'answered', answer = :answer, reasons = :reasons, labels = :labels,
       near_listed = :nearListed, answered_at = :at
     where id = :id and (answered_at is null or answered_at < :at::timestamptz) returning ${columns}`,
    {
      id,
      answer: finding.answer,
      reasons: [...finding.reasons],
      labels: [...finding.labels],
      nearListed: finding.nearListed,
      at,
    },
  );
  if (!row) return;
  const check = fromRow(row);
  await appendEvents(tx, [answeredEvent(check)]);
  const [of] = await rows<{ state: string }>(tx, 'select state from kyc_case where id = :id', {
    id: check.caseId,
  });
  if (of?.state === 'approved' && finding.answer !== 'passed') await askAboutChange(tx, check);
  await wake(tx, check);
}

/** Of what is near a listed name nobody reads who may not decide on screenings, nor that there is something to read. */
function answeredEvent(check: IdentityCheck): NewEvent {
  const { id, caseId, clientId, entityId, step, provider, answer, reasons, nearListed } = check;
  const event = {
    type: 'kyc.verifier_answered',
    entityId,
    payload: { check: id, step, provider, answer, reasons: [...reasons] },
  } as const;
  return nearListed
    ? { ...event, subject: `restricted/${caseId}`, restricted: true }
    : { ...event, subject: caseId, clientId };
}

/** People have found that the person is not the listed one: what else the verifier said counts, and may be read. */
export async function clearNearListed(tx: Tx, id: string): Promise<void> {
  const [row] = await rows<CheckRow>(
    tx,
    `update identity_check set near_listed = false where id = :id and near_listed returning ${columns}`,
    { id },
  );
  if (!row) return;
  const check = fromRow(row);
  await appendEvents(tx, [answeredEvent(check)]);
  await wake(tx, check);
}

/** A verifier has changed its mind about somebody who is approved: people look, and nothing is done by itself. */
async function askAboutChange(tx: Tx, check: IdentityCheck): Promise<void> {
  const { id, caseId, entityId, provider, step, answer, reasons, nearListed, answeredAt } = check;
  const codes = [...reasons, ...(nearListed ? ['SANCTIONS_POSSIBLE'] : [])];
  await openTask(tx, {
    kind: 'verifier_change',
    subject: id,
    workflowId: null,
    entityId,
    clientId: null,
    restricted: true,
    title: 'A verifier does not stand by somebody who is approved',
    issue: [
      {
        code: 'VERIFIER_CHANGED',
        detail: `${provider} says ${answer ?? 'nothing'} of the step ${step}`,
      },
      ...codes.map((code) => ({ code, detail: `said by ${provider}` })),
    ],
    content: { check: id, case: caseId, step, provider, answer, codes },
    key: `verifier_change/${id}/${answeredAt ?? ''}`,
  });
}

async function wake(tx: Tx, { id, caseId }: IdentityCheck): Promise<void> {
  for (const workflowId of [workflowIds.identityCheck(id), workflowIds.kyc(caseId)]) {
    await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: 'verifier' } });
  }
}

/** Checks of the case that a verifier has still to answer. */
export async function pendingChecks(tx: Tx, caseId: string): Promise<IdentityCheck[]> {
  const found = await rows<CheckRow>(
    tx,
    `select ${columns} from identity_check where case_id = :caseId and state in ('asked', 'sent') order by id limit 200`,
    { caseId },
  );
  return found.map(fromRow).filter(isPending);
}

/** A verifier's message, read and found to be genuine. */
export interface VerifierWord {
  readonly provider: string;
  readonly eventId: string;
  /** Our id of the check; null where it names none. */
  readonly operationId: string | null;
  readonly occurredAt: string;
  readonly body: string;
  /** Undefined where it decides nothing. */
  readonly finding: VerifierFinding | undefined;
}

/**
 * Stores a verifier's message once, as ciphertext, and takes what it found, in one transaction. What it found is not kept
 * beside it: more people read about messages than may read about lists. Runs as the system.
 */
export async function takeVerifierMessage(tx: Tx, word: VerifierWord): Promise<void> {
  const { provider, eventId, operationId, occurredAt, body, finding } = word;
  const isNew = await storeProviderEvent(tx, {
    ...{ provider, eventId, operationId, occurredAt, body },
    type: 'verifier_message',
    normalised: {},
  });
  if (isNew && finding !== undefined && operationId !== null) {
    await takeFinding(tx, operationId, { finding, at: occurredAt });
  }
}
