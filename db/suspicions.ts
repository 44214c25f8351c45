import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound } from '../domain/problem';
import type { Consent } from '../domain/suspicion/consent';
import { asSystem, rows, utc, type Tx } from './connection';
import { readClient } from './clients';
import { setRestriction } from './client-restrictions';
import { appendEvents, type Json } from './events';
import { decryptFor, encryptFor } from './personal-data';
import { newestFirst } from './newest-first';

export const suspicionStates = ['draft', 'submitted', 'closed'] as const;
export const suspicionOutcomes = ['lifted', 'kept', 'no_hold'] as const;

/** An entry of the register of suspicious activity, for the MLRO's circle alone. */
export interface Suspicion {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly alertId: string | null;
  readonly state: (typeof suspicionStates)[number];
  /** To whom it was sent, and the reference that they gave; null before. */
  readonly authority: string | null;
  readonly reference: string | null;
  readonly submittedAt: string | null;
  readonly consent: Consent;
  /** Civil dates in the entity's own zone. */
  readonly noticeEndsOn: string | null;
  readonly moratoriumEndsOn: string | null;
  /** The hold that rests on it; null where the client goes on. */
  readonly restrictionId: string | null;
  readonly outcome: (typeof suspicionOutcomes)[number] | null;
  readonly openedBy: string;
  readonly version: number;
  readonly createdAt: string;
  readonly closedAt: string | null;
}

interface SuspicionRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly alert_id: string | null;
  readonly state: Suspicion['state'];
  readonly authority: string | null;
  readonly reference: string | null;
  readonly submitted_at: string | null;
  readonly consent: Consent;
  readonly notice_ends_on: string | null;
  readonly moratorium_ends_on: string | null;
  readonly restriction_id: string | null;
  readonly outcome: Suspicion['outcome'];
  readonly opened_by: string;
  readonly version: number;
  readonly created_at: string;
  readonly closed_at: string | null;
}

const suspicionColumns = `id, entity_id, client_id, alert_id, state, authority, reference, submitted_at, consent,
  notice_ends_on::text as notice_ends_on, moratorium_ends_on::text as moratorium_ends_on, restriction_id, outcome, opened_by,
  version, created_at, closed_at`;

function suspicionFromRow(row: SuspicionRow): Suspicion {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    alertId: row.alert_id,
    state: row.state,
    authority: row.authority,
    reference: row.reference,
    submittedAt: time(row.submitted_at),
    consent: row.consent,
    noticeEndsOn: row.notice_ends_on,
    moratoriumEndsOn: row.moratorium_ends_on,
    restrictionId: row.restriction_id,
    outcome: row.outcome,
    openedBy: row.opened_by,
    version: row.version,
    createdAt: utc(row.created_at),
    closedAt: time(row.closed_at),
  };
}

/** Throws `not_found` (404), for everybody outside the circle, too. */
export async function readSuspicion(tx: Tx, id: string): Promise<Suspicion> {
  const [row] = await rows<SuspicionRow>(
    tx,
    `select ${suspicionColumns} from suspicion where id = :id`,
    { id },
  );
  if (!row) throw notFound('report');
  return suspicionFromRow(row);
}

/** What is suspected and why, in the words of whoever wrote it. Throws `not_found` (404). */
export async function groundsOfSuspicion(tx: Tx, id: string): Promise<string> {
  const [row] = await rows<{ client_id: string; grounds_ct: string }>(
    tx,
    'select client_id, grounds_ct from suspicion where id = :id',
    { id },
  );
  if (!row) throw notFound('report');
  return decryptFor(tx, row.client_id, 'suspicion.grounds', row.grounds_ct);
}

/** Newest first. `after` is the id of the last one of the page before. */
export async function listSuspicions(
  tx: Tx,
  of: {
    readonly state?: string | undefined;
    readonly clientId?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<Suspicion[]> {
  const found = await newestFirst<SuspicionRow>(
    tx,
    { table: 'suspicion', columns: suspicionColumns },
    { state: of.state, client_id: of.clientId },
    of,
  );
  return found.map(suspicionFromRow);
}

/** 403 for everybody outside the MLRO's circle. */
function assertInCircle(tx: Tx): void {
  if (!may(tx.scope, 'suspicion.decide')) throw forbidden('suspicion.decide');
}

/**
 * Whether this person may act on the report, looked up under their own scope: 404 for one of another entity, which the
 * system, as which it is then changed, would find.
 */
export async function assertMayAct(tx: Tx, id: string): Promise<void> {
  assertInCircle(tx);
  await readSuspicion(tx, id);
}

/** Drafts a report about a client, of an alert or of what somebody saw. Nobody but the circle learns of it. */
export async function openSuspicion(
  tx: Tx,
  wanted: {
    readonly clientId: string;
    readonly alertId?: string;
    readonly restrictionId?: string | null;
    /** Whether the client is held at once, where nothing holds them yet. */
    readonly hold?: boolean;
    /** Kept as the client's ciphertext. */
    readonly grounds: string;
  },
): Promise<Suspicion> {
  assertInCircle(tx);
  const { id: clientId, entityId } = await readClient(tx, wanted.clientId);
  return asSystem(tx, async (system) => {
    const restrictionId =
      wanted.restrictionId ?? (wanted.hold === true ? await holdClientOf(system, clientId) : null);
    const [row] = await rows<SuspicionRow>(
      system,
      `insert into suspicion (id, entity_id, client_id, alert_id, grounds_ct, restriction_id, opened_by)
       values (:id, :entityId, :clientId, :alertId, :grounds, :restrictionId, :by) returning ${suspicionColumns}`,
      {
        id: newId('suspicion'),
        ...{ entityId, clientId, restrictionId, by: tx.scope.actor },
        alertId: wanted.alertId ?? null,
        grounds: await encryptFor(system, clientId, 'suspicion.grounds', wanted.grounds),
      },
    );
    if (!row) throw new Error('the report was not inserted');
    const made = suspicionFromRow(row);
    await appendEvents(system, [
      suspicionEvent(made, 'suspicion.drafted', { alert: made.alertId, held: restrictionId }),
    ]);
    return made;
  });
}

async function holdClientOf(tx: Tx, clientId: string): Promise<string> {
  const { id } = await setRestriction(tx, {
    clientId,
    kind: 'restricted_hold',
    scopes: ['deposit', 'trade', 'withdraw', 'marketing'],
    reason: 'suspicion',
  });
  return id;
}

/** Holds the client whom an open report is about. 409 `held_already` or `report_closed`. */
export async function holdForSuspicion(tx: Tx, id: string, version: number): Promise<Suspicion> {
  await assertMayAct(tx, id);
  return asSystem(tx, async (system) => {
    const present = await lockSuspicion(system, id, { version, states: ['draft', 'submitted'] });
    if (present.restrictionId !== null)
      throw conflict('held_already', 'A hold rests on this report already.');
    const restriction = await holdClientOf(system, present.clientId);
    return changeSuspicion(system, present, {
      set: { restriction_id: restriction },
      event: 'suspicion.held',
      payload: { restriction },
    });
  });
}

/** Other grounds, while it is a draft. 409 `report_submitted` or `stale`. */
export async function editSuspicion(
  tx: Tx,
  id: string,
  { grounds, version }: { readonly grounds: string; readonly version: number },
): Promise<Suspicion> {
  await assertMayAct(tx, id);
  return asSystem(tx, async (system) => {
    const present = await lockSuspicion(system, id, { version, states: ['draft'] });
    return changeSuspicion(system, present, {
      set: {
        grounds_ct: await encryptFor(system, present.clientId, 'suspicion.grounds', grounds),
      },
      event: 'suspicion.edited',
      payload: {},
    });
  });
}

/** The report for a change, in the caller's transaction. 404, 409 `stale` and 409 `report_<state>`. */
export async function lockSuspicion(
  tx: Tx,
  id: string,
  {
    version,
    states,
  }: { readonly version?: number; readonly states: readonly Suspicion['state'][] },
): Promise<Suspicion> {
  await rows(tx, 'select 1 from suspicion where id = :id for update', { id });
  const present = await readSuspicion(tx, id);
  if (!states.includes(present.state))
    throw conflict(`report_${present.state}`, `The report is ${present.state}.`, {
      state: present.state,
    });
  if (version !== undefined && present.version !== version)
    throw conflict('stale', 'The report has changed since you opened it.', {
      version: present.version,
    });
  return present;
}

type Column =
  | 'grounds_ct'
  | 'restriction_id'
  | 'authority'
  | 'reference'
  | 'state'
  | 'consent'
  | 'notice_ends_on'
  | 'moratorium_ends_on'
  | 'outcome';

/** One change of the row, its version and its event. */
export async function changeSuspicion(
  tx: Tx,
  present: Suspicion,
  change: {
    readonly set: Readonly<Partial<Record<Column, string | null>>>;
    readonly event: `suspicion.${string}`;
    readonly payload: { readonly [key: string]: Json };
  },
): Promise<Suspicion> {
  await rows(
    tx,
    `update suspicion s set version = s.version + 1,
       grounds_ct = coalesce(n.grounds_ct, s.grounds_ct), restriction_id = coalesce(n.restriction_id, s.restriction_id),
       authority = coalesce(n.authority, s.authority), reference = coalesce(n.reference, s.reference),
       consent = coalesce(n.consent, s.consent), notice_ends_on = coalesce(n.notice_ends_on, s.notice_ends_on),
       moratorium_ends_on = coalesce(n.moratorium_ends_on, s.moratorium_ends_on), outcome = coalesce(n.outcome, s.outcome),
       state = coalesce(n.state, s.state),
       submitted_at = case when n.state = 'submitted' then clock_timestamp() else s.submitted_at end,
       closed_at = case when n.state = 'closed' then clock_timestamp() else s.closed_at end
     from jsonb_populate_record(null::suspicion, :set::jsonb) n where s.id = :id`,
    { id: present.id, set: JSON.stringify(change.set) },
  );
  const changed = await readSuspicion(tx, present.id);
  await appendEvents(tx, [suspicionEvent(changed, change.event, change.payload)]);
  return changed;
}

function suspicionEvent(
  { id, entityId, clientId }: Suspicion,
  type: `suspicion.${string}`,
  payload: { readonly [key: string]: Json },
) {
  return { subject: `restricted/${id}`, restricted: true, type, entityId, clientId, payload };
}
