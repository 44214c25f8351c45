import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import { conflict, malformed, notFound } from '../domain/problem';
import {
  faultOfEnd,
  faultsOf,
  overlap,
  phaseOf,
  type DeclarationKind,
  type DeclarationPhase,
} from '../domain/trading/declaration';
import { rows, utc, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { inTurn } from './in-turn';
import { decryptFor, encryptFor, personOfActor } from './personal-data';
import { listServers } from './servers';

/** An outage or maintenance of a trading server: a halt of it that begins and ends by itself. */
export interface Declaration {
  readonly id: string;
  readonly serverId: string;
  readonly kind: DeclarationKind;
  readonly phase: DeclarationPhase;
  readonly from: string;
  /** Null while nobody knows when an outage will be over. */
  readonly until: string | null;
  /** For colleagues; clients are never shown it. */
  readonly reason: string;
  readonly declaredBy: string;
  readonly declaredAt: string;
  /** When and by whom it was ended before its time, or called off before it began. */
  readonly endedAt: string | null;
  readonly endedBy: string | null;
}

interface Row {
  readonly id: string;
  readonly scope_key: string;
  readonly kind: DeclarationKind;
  readonly from_at: string;
  readonly until_at: string | null;
  readonly reason_ct: string | null;
  readonly set_by: string;
  readonly set_at: string;
  readonly lifted_at: string | null;
  readonly lifted_by: string | null;
  /** PostgreSQL's clock, by which a declaration begins and ends. */
  readonly now: string;
}

const columns = `id, scope_key, kind, from_at, until_at, reason_ct, set_by, set_at, lifted_at, lifted_by, clock_timestamp() as now`;

function utcOrNull(text: string | null): string | null {
  return text === null ? null : utc(text);
}

async function fromRow(tx: Tx, row: Row): Promise<Declaration> {
  const times = {
    from: utc(row.from_at),
    until: utcOrNull(row.until_at),
    endedAt: utcOrNull(row.lifted_at),
  };
  const declarer = personOfActor(row.set_by);
  return {
    id: row.id,
    serverId: row.scope_key,
    kind: row.kind,
    phase: phaseOf(times, new Date(utc(row.now))),
    ...times,
    reason:
      row.reason_ct === null ? '' : await decryptFor(tx, declarer, 'halt.reason', row.reason_ct),
    declaredBy: row.set_by,
    declaredAt: utc(row.set_at),
    endedBy: row.lifted_by,
  };
}

/**
 * Declares an outage or maintenance of a server: while it is in force no intent for the server leaves and its feed
 * pauses. Without `from` it begins now. 400 for times that make no sense, 404 for an unknown server, 409
 * `declaration_overlaps` beside another one of the server.
 */
export async function declareServer(
  tx: Tx,
  wish: {
    readonly serverId: string;
    readonly kind: DeclarationKind;
    readonly from?: string | undefined;
    readonly until?: string | null | undefined;
    readonly reason: string;
  },
): Promise<Declaration> {
  const { serverId, kind, reason } = wish;
  await lockServer(tx, serverId);
  const now = await clock(tx);
  const times = { from: wish.from ?? now, until: wish.until ?? null };
  const faults = faultsOf({ kind, ...times }, new Date(now));
  if (faults.length > 0) throw malformed('These times cannot be declared.', faults);
  await assertNoOverlap(tx, { serverId, ...times });
  const id = newId('declaration');
  const actor = tx.scope.actor;
  await rows(
    tx,
    `insert into halt (id, scope, scope_key, kind, from_at, until_at, reason_ct, set_by, set_at)
     values (:id, 'server', :serverId, :kind, :from, :until, :reason, :actor, clock_timestamp())`,
    {
      id,
      serverId,
      kind,
      ...times,
      actor,
      reason: await encryptFor(tx, personOfActor(actor), 'halt.reason', reason),
    },
  );
  await appendEvents(tx, [
    {
      ...declarationEvent(serverId, 'server.declared', { declaration: id, kind, ...times }),
      personal: { personId: personOfActor(actor), data: { reason } },
    },
  ]);
  return readDeclaration(tx, serverId, id);
}

/**
 * Ends a declaration before its time: what has waited goes on, and the feed reads on. One that has not begun is
 * called off. 409 `declaration_over` when it is over.
 */
export async function endDeclaration(tx: Tx, serverId: string, id: string): Promise<Declaration> {
  const standing = await lockDeclaration(tx, serverId, id);
  await rows(tx, 'update halt set lifted_at = clock_timestamp(), lifted_by = :by where id = :id', {
    id,
    by: tx.scope.actor,
  });
  const type =
    standing.phase === 'planned' ? 'server.declaration_called_off' : 'server.declaration_ended';
  await appendEvents(tx, [declarationEvent(serverId, type, { declaration: id })]);
  return readDeclaration(tx, serverId, id);
}

/**
 * Moves the end of a declaration to a later time, or gives one to an outage that had none. 400 for a time that is
 * no extension, 409 `declaration_over` or `declaration_overlaps`.
 */
export async function extendDeclaration(
  tx: Tx,
  serverId: string,
  { id, until }: { readonly id: string; readonly until: string },
): Promise<Declaration> {
  const standing = await lockDeclaration(tx, serverId, id);
  const fault = faultOfEnd(standing, until, new Date(await clock(tx)));
  if (fault !== undefined)
    throw malformed('It cannot be extended so.', [{ pointer: '/body/until', detail: fault }]);
  await assertNoOverlap(tx, { serverId, from: standing.from, until, except: id });
  await rows(tx, 'update halt set until_at = :until where id = :id', { id, until });
  await appendEvents(tx, [
    declarationEvent(serverId, 'server.declaration_extended', {
      declaration: id,
      before: standing.until,
      until,
    }),
  ]);
  return readDeclaration(tx, serverId, id);
}

/** As switches are thrown: whatever is being sent to the server is waited for. 404 for an unknown server. */
async function lockServer(tx: Tx, serverId: string): Promise<void> {
  if (!(await listServers(tx)).some(({ id }) => id === serverId)) throw notFound('server');
  await tx.sql.raw(`select pg_advisory_xact_lock(hashtext('halt'))`);
}

async function clock(tx: Tx): Promise<string> {
  const [row] = await rows<{ now: string }>(tx, 'select clock_timestamp() as now');
  if (!row) throw new Error('the clock answered no row');
  return utc(row.now);
}

async function lockDeclaration(tx: Tx, serverId: string, id: string): Promise<Declaration> {
  await lockServer(tx, serverId);
  const declaration = await readDeclaration(tx, serverId, id);
  if (declaration.phase === 'over' || declaration.phase === 'called_off')
    throw conflict('declaration_over', 'This is over already.', { phase: declaration.phase });
  return declaration;
}

async function assertNoOverlap(
  tx: Tx,
  {
    serverId,
    from,
    until,
    except,
  }: { serverId: string; from: string; until: string | null; except?: string },
): Promise<void> {
  const others = await rows<{ id: string; from_at: string; until_at: string | null }>(
    tx,
    `select id, from_at, until_at from halt where scope = 'server' and scope_key = :serverId and kind <> 'stop'
       and lifted_at is null and (until_at is null or until_at > clock_timestamp())`,
    { serverId },
  );
  const other = others
    .filter(({ id }) => id !== except)
    .map((row) => ({ id: row.id, from: utc(row.from_at), until: utcOrNull(row.until_at) }))
    .find((each) => overlap(each, { from, until }));
  if (!other) return;
  throw conflict('declaration_overlaps', 'Something else is declared of this server then.', {
    declaration: other.id,
    from: other.from,
    until: other.until,
  });
}

/** Throws `not_found` (404), also for another server's. */
export async function readDeclaration(tx: Tx, serverId: string, id: string): Promise<Declaration> {
  const [row] = await rows<Row>(
    tx,
    `select ${columns} from halt where id = :id and scope = 'server' and scope_key = :serverId and kind <> 'stop'`,
    { id, serverId },
  );
  if (!row) throw notFound('declaration');
  return fromRow(tx, row);
}

/** What is or was declared of a server, the latest declared first; continues below the id `after`. */
export async function listDeclarations(
  tx: Tx,
  { serverId, after, limit }: { serverId: string; after?: string | undefined; limit: number },
): Promise<Declaration[]> {
  const found = await rows<Row>(
    tx,
    `select ${columns} from halt where scope = 'server' and scope_key = :serverId and kind <> 'stop'
       and (:after::text is null or id < :after) order by id desc limit :limit`,
    { serverId, after: after ?? null, limit },
  );
  return inTurn(found, (row) => fromRow(tx, row));
}

/** What a page says about a server on which the reader's accounts, or their clients', are. */
export interface ServerNotice {
  readonly serverId: string;
  readonly server: string;
  readonly kind: DeclarationKind;
  readonly from: string;
  readonly until: string | null;
  /** False for what is announced and has not begun. */
  readonly isNow: boolean;
}

/** So long before it begins people are told. */
const announcedHours = 24;

/** What is declared, or will soon be in force, of servers with accounts that the scope sees. */
export async function serverNotices(tx: Tx): Promise<ServerNotice[]> {
  const found = await rows<{
    server_id: string;
    name: string;
    kind: DeclarationKind;
    from_at: string;
    until_at: string | null;
    is_now: boolean;
  }>(
    tx,
    `select s.id as server_id, s.name, h.kind, h.from_at, h.until_at, h.from_at <= clock_timestamp() as is_now
     from halt h join trading_server s on s.id = h.scope_key
     where h.scope = 'server' and h.kind <> 'stop' and h.lifted_at is null
       and h.from_at <= clock_timestamp() + :hours * interval '1 hour'
       and (h.until_at is null or h.until_at > clock_timestamp())
       and exists (select 1 from trading_account a where a.server_id = s.id and a.state not in ('closed', 'archived'))
     order by h.from_at, s.id limit 20`,
    { hours: announcedHours },
  );
  return found.map((row) => ({
    serverId: row.server_id,
    server: row.name,
    kind: row.kind,
    from: utc(row.from_at),
    until: utcOrNull(row.until_at),
    isNow: row.is_now,
  }));
}

function declarationEvent(
  serverId: string,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  return { subject: `halt/server/${serverId}`, type, entityId: null, payload };
}
