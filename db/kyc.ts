import type { EventType } from '../domain/access/event-access';
import {
  advanceKycCase,
  clientStateOfCase,
  type KycCaseCommand,
  type KycCaseState,
} from '../domain/kyc/case-state';
import type { Answers, WantedAccount } from '../domain/onboarding/answers';
import { newId } from '../domain/ids';
import { conflict, notFound } from '../domain/problem';
import { moveClient, readClient } from './clients';
import { wakeVerificationClock } from './verification-clocks';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents, canonical, type Json } from './events';
import { decryptFor, encryptFor, erasedText } from './personal-data';
import { cancelTask } from './tasks';

export type RiskLevel = 'low' | 'medium' | 'high';

/** What stands in the way of approval: a reason code and words without personal data. */
export interface KycIssue {
  readonly code: string;
  readonly detail: string;
  readonly document?: string;
}

export interface KycCase {
  readonly id: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly state: KycCaseState;
  readonly policyPins: readonly string[];
  /** 1 for the first submission, one more for each resubmission. */
  readonly round: number;
  readonly riskScore: number | null;
  readonly riskLevel: RiskLevel | null;
  readonly issues: readonly KycIssue[];
  /** The task the case waits for while it is in review. */
  readonly taskId: string | null;
  /** Codes the client was last asked about. */
  readonly requested: readonly string[];
  readonly outcomeReason: string | null;
  readonly version: number;
  readonly openedAt: string;
  readonly submittedAt: string | null;
  readonly decidedAt: string | null;
}

interface CaseRow {
  readonly id: string;
  readonly client_id: string;
  readonly entity_id: string;
  readonly state: KycCaseState;
  readonly policy_pins: readonly string[];
  readonly round: number;
  readonly risk_score: number | null;
  readonly risk_level: RiskLevel | null;
  readonly issues: readonly KycIssue[];
  readonly task_id: string | null;
  readonly requested: readonly string[];
  readonly outcome_reason: string | null;
  readonly version: number;
  readonly opened_at: string;
  readonly submitted_at: string | null;
  readonly decided_at: string | null;
}

const columns = `id, client_id, entity_id, state, policy_pins, round, risk_score, risk_level, issues, task_id, requested,
  outcome_reason, version, opened_at, submitted_at, decided_at`;

function fromRow(row: CaseRow): KycCase {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    clientId: row.client_id,
    entityId: row.entity_id,
    state: row.state,
    policyPins: row.policy_pins,
    round: row.round,
    riskScore: row.risk_score,
    riskLevel: row.risk_level,
    issues: row.issues,
    taskId: row.task_id,
    requested: row.requested,
    outcomeReason: row.outcome_reason,
    version: row.version,
    openedAt: utc(row.opened_at),
    submittedAt: time(row.submitted_at),
    decidedAt: time(row.decided_at),
  };
}

/** The client's open case, opened now when there is none. Safe to call by the client and the process at once. */
export async function openCase(tx: Tx, clientId: string): Promise<KycCase> {
  const present = await latestCase(tx, clientId);
  if (present) return present;
  const client = await readClient(tx, clientId);
  return asSystem(tx, async (system) => {
    const [row] = await rows<CaseRow>(
      system,
      `insert into kyc_case (id, client_id, entity_id, state) values (:id, :clientId, :entityId, 'collecting')
       on conflict (client_id) where state not in ('approved', 'rejected') do nothing returning ${columns}`,
      { id: newId('kycCase'), clientId, entityId: client.entityId },
    );
    if (!row) return readLatestCase(system, clientId);
    await appendEvents(system, [caseEvent(fromRow(row), 'kyc.opened')]);
    return fromRow(row);
  });
}

/** The client's latest case, open or decided. */
export async function latestCase(tx: Tx, clientId: string): Promise<KycCase | undefined> {
  const [row] = await rows<CaseRow>(
    tx,
    `select ${columns} from kyc_case where client_id = :clientId order by opened_at desc, id desc limit 1`,
    { clientId },
  );
  return row && fromRow(row);
}

async function readLatestCase(tx: Tx, clientId: string): Promise<KycCase> {
  const found = await latestCase(tx, clientId);
  if (!found) throw notFound('KYC case');
  return found;
}

/** Throws `not_found` (404), also for another entity's case. */
export async function readCase(tx: Tx, id: string): Promise<KycCase> {
  const [row] = await rows<CaseRow>(tx, `select ${columns} from kyc_case where id = :id`, { id });
  if (!row) throw notFound('KYC case');
  return fromRow(row);
}

/** Holds the case until the transaction ends, so that an upload cannot slip in beside a submission. */
export async function lockCase(tx: Tx, id: string): Promise<KycCase> {
  const [row] = await rows<CaseRow>(
    tx,
    `select ${columns} from kyc_case where id = :id for update`,
    { id },
  );
  if (!row) throw notFound('KYC case');
  return fromRow(row);
}

export interface CaseFilter {
  readonly state?: KycCaseState;
  readonly entityId?: string;
  readonly clientId?: string;
  readonly riskLevel?: RiskLevel;
  /** The id of the last case of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Cases that the scope may see, newest first. */
export async function listCases(tx: Tx, filter: CaseFilter): Promise<KycCase[]> {
  const found = await rows<CaseRow>(
    tx,
    `select ${columns} from kyc_case
     where (:state::text is null or state = :state) and (:entityId::text is null or entity_id = :entityId)
       and (:clientId::text is null or client_id = :clientId) and (:riskLevel::text is null or risk_level = :riskLevel)
       and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    {
      state: filter.state ?? null,
      entityId: filter.entityId ?? null,
      clientId: filter.clientId ?? null,
      riskLevel: filter.riskLevel ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map(fromRow);
}

/** Refuses with 409 `not_collecting` once the case has been submitted and until it is asked about again. */
export function assertCollecting(present: KycCase): void {
  if (present.state === 'collecting' || present.state === 'information_requested') return;
  throw conflict(
    'not_collecting',
    'The application has been submitted and cannot be changed now.',
    {
      state: present.state,
    },
  );
}

function jsonOf({ accountType, currency, platform }: WantedAccount): Json {
  return { accountType, currency, ...(platform === undefined ? {} : { platform }) };
}

/** Keeps the client's answers as the holder's ciphertext. 409 `not_collecting` once submitted. */
export async function saveAnswers(
  tx: Tx,
  present: KycCase,
  { partyId, answers }: { partyId: string; answers: Answers },
): Promise<void> {
  assertCollecting(present);
  const { account, questionnaire, ...said } = answers;
  const json: { readonly [key: string]: Json } = {
    ...said,
    ...(questionnaire === undefined ? {} : { questionnaire }),
    account: account === null ? null : jsonOf(account),
  };
  await rows(
    tx,
    'update kyc_case set answers_ct = :answers, version = version + 1 where id = :id',
    {
      id: present.id,
      answers: await encryptFor(tx, partyId, 'kyc.answers', canonical(json)),
    },
  );
  await asSystem(tx, async (system) => {
    await appendEvents(system, [
      {
        ...caseEvent(present, 'kyc.details_saved', { round: present.round }),
        personal: { personId: partyId, data: json },
      },
    ]);
    await moveClient(system, present.clientId, {
      from: ['registered'],
      to: 'application_incomplete',
    });
  });
}

/** What the client said; undefined before they did, and after their key was erased. */
export async function readAnswers(
  tx: Tx,
  { caseId, partyId }: { caseId: string; partyId: string },
): Promise<Answers | undefined> {
  const [row] = await rows<{ answers_ct: string | null }>(
    tx,
    'select answers_ct from kyc_case where id = :caseId',
    { caseId },
  );
  if (!row?.answers_ct) return undefined;
  const text = await decryptFor(tx, partyId, 'kyc.answers', row.answers_ct);
  return text === erasedText ? undefined : (JSON.parse(text) as Answers);
}

export interface CaseChange {
  readonly event: EventType;
  readonly payload?: { readonly [key: string]: Json };
  readonly issues?: readonly KycIssue[];
  readonly requested?: readonly string[];
  readonly outcomeReason?: string;
}

/**
 * Takes a locked case (`lockCase`) to its next state, and the client with it; the task it waited for is
 * forgotten. A resubmission begins the next round. 409 `kyc_case_state` when the state does not take it.
 */
export async function moveCase(
  tx: Tx,
  of: KycCase,
  command: Exclude<KycCaseCommand, 'refer'>,
  change: CaseChange,
): Promise<KycCase> {
  return writeMove(tx, of, { ...change, to: advanceKycCase(of.state, command), taskId: null });
}

/** The locked case waits for people now; in review already, it waits for another task than before. */
export async function referCase(
  tx: Tx,
  of: KycCase,
  { taskId, issues }: { taskId: string; issues?: readonly KycIssue[] },
): Promise<KycCase> {
  const to = of.state === 'in_review' ? of.state : advanceKycCase(of.state, 'refer');
  return writeMove(tx, of, {
    to,
    taskId,
    event: 'kyc.referred',
    ...(issues ? { issues } : {}),
  });
}

/** The locked case waits for somebody outside now, and no task is open for it. */
export async function awaitOutside(tx: Tx, of: KycCase): Promise<KycCase> {
  if (of.state === 'in_review' && of.taskId === null) return of;
  const to = of.state === 'in_review' ? of.state : advanceKycCase(of.state, 'refer');
  return writeMove(tx, of, { to, taskId: null, event: 'kyc.waits_outside' });
}

async function writeMove(
  tx: Tx,
  of: KycCase,
  move: CaseChange & { readonly to: KycCaseState; readonly taskId: string | null },
): Promise<KycCase> {
  const [row] = await rows<CaseRow>(
    tx,
    `update kyc_case set state = :to, version = version + 1, task_id = :taskId,
       issues = coalesce(:issues::jsonb, issues), requested = coalesce(:requested::text[], requested),
       outcome_reason = coalesce(:outcomeReason, outcome_reason),
       round = round + case when :to = 'checking' and state = 'information_requested' then 1 else 0 end,
       submitted_at = case when :to = 'checking' then clock_timestamp() else submitted_at end,
       decided_at = case when :to in ('approved', 'rejected') then clock_timestamp() end
     where id = :id and state = :from returning ${columns}`,
    {
      id: of.id,
      from: of.state,
      to: move.to,
      taskId: move.taskId,
      issues: move.issues ? JSON.stringify(move.issues) : null,
      requested: move.requested ? [...move.requested] : null,
      outcomeReason: move.outcomeReason ?? null,
    },
  );
  if (!row) throw new Error(`the case ${of.id} moved while it was locked`);
  const moved = fromRow(row);
  await appendEvents(tx, [caseEvent(moved, move.event, { round: moved.round, ...move.payload })]);
  await moveClient(tx, of.clientId, { from: applicantStates, to: clientStateOfCase(moved.state) });
  await wakeVerificationClock(tx, of.clientId);
  return moved;
}

/** Whoever applied is not a client any more, or never will be: their open case ends with the relationship. */
export async function endCase(tx: Tx, clientId: string): Promise<void> {
  const standing = await latestCase(tx, clientId);
  if (standing === undefined) return;
  const of = await lockCase(tx, standing.id);
  if (of.state === 'approved' || of.state === 'rejected') return;
  if (of.taskId !== null) await cancelTask(tx, of.taskId, 'RELATIONSHIP_ENDED');
  await writeMove(tx, of, {
    to: 'rejected',
    taskId: null,
    event: 'kyc.ended',
    outcomeReason: 'RELATIONSHIP_ENDED',
  });
}

/** Notes what policy said: the versions it was asked under, the risk, and what stands in the way. */
export async function recordAssessment(
  tx: Tx,
  id: string,
  assessment: {
    readonly pins: readonly string[];
    readonly riskScore: number;
    readonly riskLevel: RiskLevel;
    readonly issues: readonly KycIssue[];
  },
): Promise<void> {
  await rows(
    tx,
    `update kyc_case set policy_pins = :pins, risk_score = :riskScore, risk_level = :riskLevel, issues = :issues,
       version = version + 1 where id = :id`,
    {
      id,
      pins: [...new Set(assessment.pins)],
      riskScore: assessment.riskScore,
      riskLevel: assessment.riskLevel,
      issues: JSON.stringify(assessment.issues),
    },
  );
}

/** States of a client whose application is not decided; whoever is a client already stays what they are. */
const applicantStates: readonly string[] = [
  'registered',
  'application_incomplete',
  'submitted',
  'in_review',
  'information_requested',
];

export function caseEvent(
  of: KycCase,
  type: EventType,
  payload: { readonly [key: string]: Json } = {},
) {
  return { subject: of.id, type, entityId: of.entityId, clientId: of.clientId, payload };
}
