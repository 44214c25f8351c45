import { addDays, instant } from '../domain/account/instant';
import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound, refused } from '../domain/problem';
import { readClient, type Client } from './clients';
import { asSystem, rows, utc, type Tx } from './connection';
import { erasePersons, type Erased } from './erasing';
import { decideByPolicy } from './evaluations';
import { appendEvents, type Json } from './events';
import { effectivePolicy } from './policies';
import { holdsOn, inRoutineReview } from './restrictions';
import {
  assertNothingOpen,
  closeClient,
  keepsAsJson,
  lockRetention,
  readRetention,
  retentionFacts,
  type Retention,
} from './retention';
import type { DecisionGuard } from './task-inbox';
import { cancelTask, latestTask, openTask, recordParticipation, type Task } from './tasks';
import { newestFirst } from './newest-first';

export const erasureStates = ['proposed', 'done', 'rejected'] as const;
export const erasureCauses = ['retention_over', 'client_request'] as const;
export type ErasureCause = (typeof erasureCauses)[number];

/** The erasure of a client: what one person proposed and another decided. */
export interface Erasure {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly cause: ErasureCause;
  readonly state: (typeof erasureStates)[number];
  readonly proposedBy: string;
  readonly decidedBy: string | null;
  /** The policy's answer on how long the records were kept. */
  readonly evaluationId: string;
  readonly keptUntil: string;
  readonly erased: Erased | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface ErasureRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly cause: ErasureCause;
  readonly state: Erasure['state'];
  readonly proposed_by: string;
  readonly decided_by: string | null;
  readonly evaluation_id: string;
  readonly kept_until: string;
  readonly erased: Erased | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns =
  'id, entity_id, client_id, cause, state, proposed_by, decided_by, evaluation_id, kept_until::text, erased, created_at, finished_at';

function fromRow(row: ErasureRow): Erasure {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    cause: row.cause,
    state: row.state,
    proposedBy: row.proposed_by,
    decidedBy: row.decided_by,
    evaluationId: row.evaluation_id,
    keptUntil: row.kept_until,
    erased: row.erased,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/** Throws `not_found` (404). */
export async function readErasure(tx: Tx, id: string): Promise<Erasure> {
  const [row] = await rows<ErasureRow>(tx, `select ${columns} from erasure where id = :id`, { id });
  if (!row) throw notFound('erasure');
  return fromRow(row);
}

/** Newest first. `after` is the id of the last one of the page before. */
export async function listErasures(
  tx: Tx,
  of: {
    readonly clientId?: string | undefined;
    readonly state?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<Erasure[]> {
  const found = await newestFirst<ErasureRow>(
    tx,
    { table: 'erasure', columns },
    { client_id: of.clientId, state: of.state },
    of,
  );
  return found.map(fromRow);
}

/**
 * Refuses what would erase too early. 409 `already_erased`; 422 `relationship_lasts`, `retention_unknown` and
 * `retention_runs` with what is kept until when; 409 `still_open`. A hold, seen or unseen, reads as a routine review (422
 * `restricted`) to everybody outside the MLRO's circle, and as 409 `legal_hold` to them.
 */
async function assertErasable(tx: Tx, clientId: string): Promise<Retention> {
  const retention = await readRetention(tx, clientId, today());
  switch (retention.standing) {
    case 'erased':
      throw conflict('already_erased', 'What was known of this client has been erased.');
    case 'lasts':
      throw refused('relationship_lasts', 'The relationship with this client has not ended.');
    case 'unknown':
      throw refused('retention_unknown', 'The policy cannot say how long the records are kept.');
    case 'kept':
      throw refused(
        'retention_runs',
        `The records of this client are kept to the end of ${retention.keptUntil ?? ''}.`,
        { keptUntil: retention.keptUntil, kept: keepsAsJson(retention.kept) },
      );
    case 'over':
      break;
  }
  await assertNothingOpen(tx, clientId);
  if (await isKept(tx, clientId)) {
    if (!may(tx.scope, 'restricted.read')) throw inRoutineReview('erasure');
    throw conflict('legal_hold', 'A hold keeps everything of this client.');
  }
  return retention;
}

/** Whatever keeps the records of a client longer than their time. */
async function isKept(tx: Tx, clientId: string): Promise<boolean> {
  if ((await holdsOn(tx, clientId)).legalHold) return true;
  const found = await asSystem(tx, (system) =>
    rows(
      system,
      `select 1 where exists (select 1 from suspicion where client_id = :clientId and state <> 'closed')
         or exists (select 1 from aml_alert where client_id = :clientId and state = 'open')`,
      { clientId },
    ),
  );
  return found.length > 0;
}

/**
 * Proposes that everything personal of a client goes; another person approves it. 403 without `erasure.propose`, and what
 * `assertErasable` refuses; 409 `proposed_already`.
 */
export async function proposeErasure(
  tx: Tx,
  clientId: string,
  cause: ErasureCause,
): Promise<Erasure> {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !may(scope, 'erasure.propose')) throw forbidden('erasure.propose');
  const { userId } = scope;
  const client = await readClient(tx, clientId);
  await asSystem(tx, (system) => lockRetention(system, client));
  const { keptUntil, kept } = await assertErasable(tx, client.id);
  if (keptUntil === null) throw new Error(`nobody knows how long ${client.id} was kept`);
  return asSystem(tx, async (system) => {
    const [standing] = await listErasures(system, {
      clientId: client.id,
      state: 'proposed',
      limit: 1,
    });
    if (standing)
      throw conflict('proposed_already', 'Somebody has proposed this already.', {
        erasure: standing.id,
      });
    const id = newId('erasure');
    const { entityId } = client;
    const answer = await decideByPolicy(system, {
      kind: 'retention',
      subject: id,
      ...{ entityId, clientId: client.id },
      // It has to be read when the person is gone, and tells of the law more than of them.
      personId: null,
      facts: await retentionFacts(system, client),
    });
    const [row] = await rows<ErasureRow>(
      system,
      `insert into erasure (id, entity_id, client_id, cause, proposed_by, evaluation_id, kept_until)
       values (:id, :entityId, :clientId, :cause, :userId, :evaluationId, :keptUntil) returning ${columns}`,
      {
        ...{ id, entityId, clientId: client.id, cause, userId, keptUntil },
        evaluationId: answer.id,
      },
    );
    if (!row) throw new Error('the erasure was not inserted');
    const erasure = fromRow(row);
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [
      eventOf(erasure, 'erasure.proposed', {
        cause,
        keptUntil,
        kept: keepsAsJson(kept),
        evaluation: answer.id,
      }),
    ]);
    await openTask(system, {
      kind: 'erasure_approval',
      subject: id,
      workflowId: null,
      ...{ entityId, clientId: client.id },
      title: 'Everything personal of a client is to be erased',
      issue: [
        {
          code: cause === 'client_request' ? 'CLIENT_ASKS' : 'RETENTION_OVER',
          detail: `Kept to the end of ${keptUntil}. What is erased cannot be had back.`,
        },
      ],
      content: {
        erasure: id,
        client: client.id,
        cause,
        keptUntil,
        kept: keepsAsJson(kept),
        evaluation: answer.id,
      },
      excluded: [userId],
      key: `erasure_approval/${id}`,
    });
    return erasure;
  });
}

/** What was true when it was proposed must be true when it is done. */
export const guardErasure: DecisionGuard = async (tx, task, decision) => {
  if (decision !== 'approve') return;
  const clientId = clientOf(task);
  const client = await readClient(tx, clientId);
  await asSystem(tx, (system) => lockRetention(system, client));
  await assertErasable(tx, clientId);
};

/** What follows from the decision on a proposal, in its transaction: everything goes at once, or nothing. */
export async function settleErasure(tx: Tx, task: Task): Promise<void> {
  const clientId = clientOf(task);
  await asSystem(tx, async (system) => {
    const client = await readClient(system, clientId);
    const isApproved = task.decision === 'approve';
    const erased = isApproved ? await eraseClient(system, client) : null;
    const [row] = await rows<ErasureRow>(
      system,
      `update erasure set state = :state, decided_by = :by, erased = :erased, finished_at = clock_timestamp()
       where id = :id and state = 'proposed' returning ${columns}`,
      {
        id: task.subject,
        state: isApproved ? 'done' : 'rejected',
        by: task.decidedBy,
        erased: erased === null ? null : JSON.stringify(erased),
      },
    );
    if (!row) throw new Error(`${task.subject} is decided already`);
    const erasure = fromRow(row);
    await appendEvents(system, [
      eventOf(
        erasure,
        isApproved ? 'erasure.done' : 'erasure.rejected',
        erased === null ? {} : { ...erased },
      ),
    ]);
    if (!isApproved) await lookAgain(system, client);
  });
}

/** An applicant's open case ends with it: nobody is left to decide about. */
async function eraseClient(tx: Tx, client: Client): Promise<Erased> {
  await closeClient(tx, client);
  const erased = await erasePersons(tx, client.id);
  await rows(
    tx,
    'update retention set erased_at = clock_timestamp(), look_at = null where client_id = :id',
    { id: client.id },
  );
  const asked = await latestTask(tx, client.id, 'retention_over');
  if (asked?.state === 'open') await cancelTask(tx, asked.id, 'ERASED');
  return erased;
}

/** Asks colleagues to propose the erasure of a client whose time is over; once until they have answered. */
export async function askAboutErasure(
  tx: Tx,
  { id, entityId }: Pick<Client, 'id' | 'entityId'>,
  { retention, cause }: { readonly retention: Retention; readonly cause: ErasureCause },
): Promise<boolean> {
  const standing = await latestTask(tx, id, 'retention_over');
  if (standing?.state === 'open') return false;
  const [proposed] = await listErasures(tx, { clientId: id, state: 'proposed', limit: 1 });
  if (proposed) return false;
  await openTask(tx, {
    kind: 'retention_over',
    subject: id,
    workflowId: null,
    ...{ entityId, clientId: id },
    title: 'The time of keeping is over',
    issue: [
      {
        code: cause === 'client_request' ? 'CLIENT_ASKS' : 'RETENTION_OVER',
        detail: `The records were kept to the end of ${retention.keptUntil ?? ''}; personal data has to go.`,
      },
    ],
    content: {
      client: id,
      cause,
      keptUntil: retention.keptUntil,
      kept: keepsAsJson(retention.kept),
    },
    key: `retention_over/${id}/${standing?.id ?? 'first'}`,
  });
  return true;
}

/** What follows when colleagues were asked: the proposal, or another look later. */
export async function settleRetention(tx: Tx, task: Task): Promise<void> {
  const clientId = clientOf(task);
  if (task.decision === 'propose_erasure') {
    const cause = task.content['cause'];
    await proposeErasure(
      tx,
      clientId,
      cause === 'client_request' ? 'client_request' : 'retention_over',
    );
    return;
  }
  await asSystem(tx, async (system) => lookAgain(system, await readClient(system, clientId)));
}

async function lookAgain(tx: Tx, { id, entityId }: Client): Promise<void> {
  const { compiled } = await effectivePolicy(tx, 'retention', { entityId });
  const { askAgainDays } = compiled.effective.parameters;
  await rows(tx, 'update retention set look_at = :lookAt where client_id = :id', {
    id,
    lookAt: addDays(instant(Date.now()), askAgainDays),
  });
}

function clientOf(task: Task): string {
  if (task.clientId === null) throw new Error(`${task.id} is about no client`);
  return task.clientId;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function eventOf(
  { id, entityId, clientId }: Erasure,
  type: `erasure.${string}`,
  payload: { readonly [key: string]: Json },
) {
  return { subject: id, type, entityId, clientId, payload: { erasure: id, ...payload } };
}
