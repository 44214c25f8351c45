import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound } from '../domain/problem';
import { readClient } from './clients';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { decryptFor, encryptFor } from './personal-data';
import { lockRetention } from './retention';
import { openTask, taskColumns, taskFromRow, type Task, type TaskRow } from './tasks';
import { newestFirst } from './newest-first';

export const legalHoldStates = ['proposed', 'standing', 'lifting', 'refused', 'lifted'] as const;

/** An order to keep everything of a client, whatever the time of keeping says; for the MLRO's circle alone. */
export interface LegalHold {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  /** It holds while it is `proposed`, `standing` or `lifting`: until two people have let go of it. */
  readonly state: (typeof legalHoldStates)[number];
  readonly placedBy: string;
  readonly confirmedBy: string | null;
  readonly liftAskedBy: string | null;
  readonly liftedBy: string | null;
  readonly version: number;
  readonly placedAt: string;
  readonly endedAt: string | null;
}

interface HoldRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly state: LegalHold['state'];
  readonly placed_by: string;
  readonly confirmed_by: string | null;
  readonly lift_asked_by: string | null;
  readonly lifted_by: string | null;
  readonly version: number;
  readonly placed_at: string;
  readonly ended_at: string | null;
}

const columns =
  'id, entity_id, client_id, state, placed_by, confirmed_by, lift_asked_by, lifted_by, version, placed_at, ended_at';

function fromRow(row: HoldRow): LegalHold {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    state: row.state,
    placedBy: row.placed_by,
    confirmedBy: row.confirmed_by,
    liftAskedBy: row.lift_asked_by,
    liftedBy: row.lifted_by,
    version: row.version,
    placedAt: utc(row.placed_at),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  };
}

/** Throws `not_found` (404), also for everybody outside the circle. */
export async function readLegalHold(tx: Tx, id: string): Promise<LegalHold> {
  const [row] = await rows<HoldRow>(tx, `select ${columns} from legal_hold where id = :id`, { id });
  if (!row) throw notFound('legal hold');
  return fromRow(row);
}

/** Newest first. `after` is the id of the last one of the page before. */
export async function listLegalHolds(
  tx: Tx,
  of: {
    readonly clientId?: string | undefined;
    readonly state?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<LegalHold[]> {
  const found = await newestFirst<HoldRow>(
    tx,
    { table: 'legal_hold', columns },
    { client_id: of.clientId, state: of.state },
    of,
  );
  return found.map(fromRow);
}

/** Why it was placed, the reference of whoever asked for it, and why it is to end: in words. */
export interface WordsOfHold {
  readonly reason: string;
  readonly reference: string;
  readonly liftReason: string | null;
}

export async function wordsOfHold(tx: Tx, id: string): Promise<WordsOfHold> {
  const [row] = await rows<{
    client_id: string;
    reason_ct: string;
    reference_ct: string;
    lift_reason_ct: string | null;
  }>(
    tx,
    'select client_id, reason_ct, reference_ct, lift_reason_ct from legal_hold where id = :id',
    { id },
  );
  if (!row) throw notFound('legal hold');
  const open = (field: string, text: string) => decryptFor(tx, row.client_id, field, text);
  return {
    reason: await open('legal_hold.reason', row.reason_ct),
    reference: await open('legal_hold.reference', row.reference_ct),
    liftReason:
      row.lift_reason_ct === null ? null : await open('legal_hold.lift_reason', row.lift_reason_ct),
  };
}

export interface NewLegalHold {
  readonly clientId: string;
  /** Kept as the client's ciphertext, as is the reference. */
  readonly reason: string;
  /** What a court or an authority calls it. */
  readonly reference: string;
}

/**
 * Holds everything of a client from now on; another person of the circle confirms it, or it ends. 403 without
 * `legal_hold.decide`; 410 `erased` when there is nothing left to hold.
 */
export async function placeLegalHold(tx: Tx, wanted: NewLegalHold): Promise<LegalHold> {
  const userId = assertInCircle(tx);
  const client = await readClient(tx, wanted.clientId);
  const id = newId('legalHold');
  return asSystem(tx, async (system) => {
    await lockRetention(system, client);
    const [row] = await rows<HoldRow>(
      system,
      `insert into legal_hold (id, entity_id, client_id, reason_ct, reference_ct, placed_by)
       values (:id, :entityId, :clientId, :reason, :reference, :userId) returning ${columns}`,
      {
        ...{ id, entityId: client.entityId, clientId: client.id, userId },
        reason: await encryptFor(system, client.id, 'legal_hold.reason', wanted.reason),
        reference: await encryptFor(system, client.id, 'legal_hold.reference', wanted.reference),
      },
    );
    if (!row) throw new Error('the hold was not inserted');
    const hold = fromRow(row);
    await appendEvents(system, [eventOf(hold, 'legal_hold.placed', {})]);
    await askSecond(system, hold, 'place', userId);
    return hold;
  });
}

/** 409 `hold_<state>` unless it stands, and `stale`. Another person of the circle confirms it; until then it holds on. */
export async function askToLiftLegalHold(
  tx: Tx,
  id: string,
  { reason, version }: { readonly reason: string; readonly version: number },
): Promise<LegalHold> {
  const userId = assertInCircle(tx);
  // Under the person's own scope: one of another entity is not there.
  const { clientId } = await readLegalHold(tx, id);
  return asSystem(tx, async (system) => {
    const present = await lockHold(system, id, ['standing']);
    if (present.version !== version)
      throw conflict('stale', 'The hold has changed since you opened it.', {
        version: present.version,
      });
    const changed = await move(system, id, {
      state: 'lifting',
      lift_asked_by: userId,
      lift_reason_ct: await encryptFor(system, clientId, 'legal_hold.lift_reason', reason),
    });
    await appendEvents(system, [eventOf(changed, 'legal_hold.lift_asked', {})]);
    await askSecond(system, changed, 'lift', userId);
    return changed;
  });
}

/** What follows from the second person's decision, in its transaction. */
export async function settleLegalHold(tx: Tx, task: Task): Promise<void> {
  const by = task.decidedBy;
  if (by === null) throw new Error(`nobody has decided ${task.id}`);
  const isApproved = task.decision === 'approve';
  await asSystem(tx, async (system) => {
    const present = await lockHold(system, String(task.content['hold']), ['proposed', 'lifting']);
    const changed =
      present.state === 'proposed'
        ? await move(
            system,
            present.id,
            isApproved ? { state: 'standing', confirmed_by: by } : { state: 'refused' },
          )
        : await move(
            system,
            present.id,
            isApproved ? { state: 'lifted', lifted_by: by } : { state: 'standing' },
          );
    const happened = {
      proposed: isApproved ? 'legal_hold.confirmed' : 'legal_hold.refused',
      lifting: isApproved ? 'legal_hold.lifted' : 'legal_hold.kept',
    } as const;
    const asked = present.state === 'proposed' ? 'proposed' : 'lifting';
    await appendEvents(system, [eventOf(changed, happened[asked], { task: task.id })]);
  });
}

/** The latest task in which a second person decides; for the hold's page. */
export async function taskOfHold(tx: Tx, { id, clientId }: LegalHold): Promise<Task | undefined> {
  const [row] = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where client_id = :clientId and kind = 'legal_hold' and content ->> 'hold' = :id
     order by opened_at desc, id desc limit 1`,
    { id, clientId },
  );
  return row && taskFromRow(row);
}

/** What has been decided of a hold, and is asked now, have each a subject: who confirmed its beginning may confirm its end. */
export function subjectsOfHold({ id, version }: LegalHold): string[] {
  return [id, ...Array.from({ length: version }, (_, before) => `${id}/lift/${before + 1}`)].map(
    (subject) => `restricted/${subject}`,
  );
}

async function askSecond(
  tx: Tx,
  { id, entityId, clientId, version }: LegalHold,
  what: 'place' | 'lift',
  userId: string,
): Promise<void> {
  await openTask(tx, {
    kind: 'legal_hold',
    subject: what === 'place' ? id : `${id}/lift/${version}`,
    workflowId: null,
    ...{ entityId, clientId, restricted: true },
    title: what === 'place' ? 'A legal hold was placed' : 'A legal hold is to be lifted',
    issue: [
      {
        code: what === 'place' ? 'HOLD_PLACED' : 'HOLD_TO_BE_LIFTED',
        detail:
          what === 'place'
            ? 'It holds already. Approved, it stands; rejected, it ends.'
            : 'It holds on until another person approves its end.',
      },
    ],
    content: { hold: id, client: clientId, what, version },
    excluded: [userId],
    key: `legal_hold/${id}/${version}`,
  });
}

function assertInCircle(tx: Tx): string {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !may(scope, 'legal_hold.decide'))
    throw forbidden('legal_hold.decide');
  return scope.userId;
}

async function lockHold(
  tx: Tx,
  id: string,
  states: readonly LegalHold['state'][],
): Promise<LegalHold> {
  await rows(tx, 'select 1 from legal_hold where id = :id for update', { id });
  const present = await readLegalHold(tx, id);
  if (!states.includes(present.state))
    throw conflict(`hold_${present.state}`, `The hold is ${present.state}.`, {
      state: present.state,
    });
  return present;
}

async function move(
  tx: Tx,
  id: string,
  set: {
    readonly state: LegalHold['state'];
    readonly confirmed_by?: string;
    readonly lift_asked_by?: string;
    readonly lift_reason_ct?: string;
    readonly lifted_by?: string;
  },
): Promise<LegalHold> {
  const [row] = await rows<HoldRow>(
    tx,
    `update legal_hold set state = :state, version = version + 1,
       confirmed_by = coalesce(:confirmedBy, confirmed_by), lift_asked_by = coalesce(:liftAskedBy, lift_asked_by),
       lift_reason_ct = coalesce(:liftReason, lift_reason_ct), lifted_by = coalesce(:liftedBy, lifted_by),
       ended_at = case when :state in ('refused', 'lifted') then clock_timestamp() end
     where id = :id returning ${columns}`,
    {
      ...{ id, state: set.state },
      confirmedBy: set.confirmed_by ?? null,
      liftAskedBy: set.lift_asked_by ?? null,
      liftReason: set.lift_reason_ct ?? null,
      liftedBy: set.lifted_by ?? null,
    },
  );
  if (!row) throw new Error(`the hold ${id} went away in its own transaction`);
  return fromRow(row);
}

function eventOf(
  { id, entityId, clientId, state }: LegalHold,
  type: `legal_hold.${string}`,
  payload: { readonly [key: string]: Json },
) {
  return {
    subject: `restricted/${id}`,
    restricted: true,
    type,
    entityId,
    clientId,
    payload: { hold: id, state, ...payload },
  };
}
