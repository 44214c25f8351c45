import { newId } from '../domain/ids';
import { flowOf, type Flow } from '../domain/payments/flow';
import { paymentRails } from '../domain/payments/rails';
import { conflict, malformed, notFound, refused, unavailable } from '../domain/problem';
import { codeOfDeclaration, type DeclarationKind } from '../domain/trading/declaration';
import { listEntities } from './entities';
import { appendEvents } from './events';
import { rows, sendAhead, utc, type Tx } from './connection';
import { inForce } from './halt-in-force';
import { decryptFor, encryptFor, personOfActor } from './personal-data';
import { listServers } from './servers';
import { maySeeEntity } from './visible';
import { assertWhole, everybody } from './whole';

export type HaltScope = 'all' | 'entity' | 'rail' | 'server';

export interface Halt {
  readonly id: string;
  readonly scope: HaltScope;
  readonly key: string;
  /** Of a provider (`rail`): the one way that is stopped; null = both. */
  readonly flow: Flow | null;
  /** When it ends by itself; null = when another person lifts it. */
  readonly until: string | null;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: string;
}

/** A switch to be thrown. A stop of a provider may be of one way alone, and end by itself. */
export interface HaltWish {
  readonly scope: HaltScope;
  readonly key: string;
  readonly reason: string;
  readonly flow?: Flow | null | undefined;
  /** RFC 3339. */
  readonly until?: string | null | undefined;
}

/** What a halt or the ceiling is asked about: an intent about to leave. */
export interface Outgoing {
  readonly kind: string;
  readonly target: string;
  readonly entityId: string;
  readonly amountMinor: bigint | null;
  readonly currency: string | null;
}

/**
 * Refuses with `halted` (503) while a switch covers the entity, the rail or server, or everything, with
 * `server_outage` or `server_maintenance` (503) while one is declared of the server, and with `outflow_ceiling` (503)
 * when the entity's payouts of the last hour would pass its ceiling. Mail still goes.
 * Runs in the transaction that marks the intent as sending, so nothing slips out beside the switch.
 */
export async function assertNotHalted(tx: Tx, outgoing: Outgoing): Promise<void> {
  if (outgoing.kind === 'mail') return;
  // A share lock against setHalt: a switch that is being thrown is waited for.
  await sendAhead(tx, `select pg_advisory_xact_lock_shared(hashtext('halt'))`);
  const [halt] = await rows<{ id: string; scope: string; kind: 'stop' | DeclarationKind }>(
    tx,
    `select h.id, h.scope, h.kind from halt h where ${inForce} and (h.scope = 'all'
       or (h.scope = 'entity' and h.scope_key = :entityId) or (h.scope in ('rail', 'server') and h.scope_key = :target
         and (h.flow is null or h.flow = :flow::text)))
     order by h.kind = 'stop' desc, h.scope in ('rail', 'server') limit 1`,
    {
      entityId: outgoing.entityId,
      target: outgoing.target,
      flow: flowOf(outgoing.kind) ?? null,
    },
  );
  if (halt?.kind === 'stop')
    throw unavailable('halted', 'This is stopped by a switch.', {
      halt: halt.id,
      scope: halt.scope,
    });
  if (halt) {
    const words = `The server is declared to be out of service (${halt.kind}).`;
    throw unavailable(codeOfDeclaration(halt.kind), words, { declaration: halt.id });
  }
  if ((outgoing.kind === 'refund' || outgoing.kind === 'payout') && outgoing.amountMinor !== null) {
    await assertBelowCeiling(tx, outgoing);
  }
}

async function assertBelowCeiling(tx: Tx, outgoing: Outgoing): Promise<void> {
  // Locks the ceiling's row: two payouts at once cannot both fit under it.
  const [ceiling] = await rows<{ per_hour_minor: string }>(
    tx,
    'select per_hour_minor from outflow_ceiling where entity_id = :entityId and currency = :currency for update',
    { entityId: outgoing.entityId, currency: outgoing.currency },
  );
  if (!ceiling) return;
  const [sum] = await rows<{ out: string }>(
    tx,
    `select coalesce(sum(amount_minor), 0) as out from intent
     where entity_id = :entityId and currency = :currency and kind in ('refund', 'payout')
       and state in ('sending', 'unknown', 'done') and sent_at > now() - interval '1 hour'`,
    { entityId: outgoing.entityId, currency: outgoing.currency },
  );
  if (BigInt(sum?.out ?? '0') + (outgoing.amountMinor ?? 0n) > BigInt(ceiling.per_hour_minor)) {
    throw unavailable(
      'outflow_ceiling',
      "The entity's payouts of this hour have reached their ceiling.",
    );
  }
}

/** A halt of an entity is that entity's people's; the others concern everybody. */
function maySee(tx: Tx, scope: HaltScope, key: string): boolean {
  return scope !== 'entity' || maySeeEntity(tx, key);
}

/**
 * Throws the switch. From its commit on no intent in its scope leaves. 404 for an entity that is not the
 * caller's, 409 when it is already on.
 */
export async function setHalt(
  tx: Tx,
  { scope, key, reason, flow = null, until = null }: HaltWish,
): Promise<Halt> {
  if (!maySee(tx, scope, key)) throw notFound('entity');
  await assertThereIs(tx, scope, key);
  await tx.sql.raw(`select pg_advisory_xact_lock(hashtext('halt'))`);
  await assertFits(tx, { scope, flow, until });
  await putAwayEnded(tx);
  const id = newId('halt');
  const inserted = await rows<{ set_at: string }>(
    tx,
    // The clock's time, not the transaction's: it may have waited for what was being sent.
    `insert into halt (id, scope, scope_key, flow, until_at, reason_ct, set_by, set_at)
     values (:id, :scope, :key, :flow, :until, :reason, :setBy, clock_timestamp()) on conflict do nothing returning set_at`,
    {
      id,
      scope,
      key,
      flow,
      until,
      reason: await encryptFor(tx, personOfActor(tx.scope.actor), 'halt.reason', reason),
      setBy: tx.scope.actor,
    },
  );
  const [row] = inserted;
  if (!row) throw conflict('already_halted', 'This switch is already on.');
  await appendEvents(tx, [
    {
      subject: `halt/${scope}/${key}`,
      type: 'halt.set',
      entityId: scope === 'entity' ? key : null,
      payload: { halt: id, ...(flow ? { flow } : {}), ...(until ? { until } : {}) },
      personal: { personId: personOfActor(tx.scope.actor), data: { reason } },
    },
  ]);
  return { id, scope, key, flow, until, reason, setBy: tx.scope.actor, setAt: utc(row.set_at) };
}

/** So long a stop may last by itself: a wrong year would stop a provider unnoticed. */
const daysLongMax = 31;

/** Only a stop of a provider is of one way and ends by itself: 400 for any other one, or for an end that makes no sense. */
async function assertFits(
  tx: Tx,
  { scope, flow, until }: { scope: HaltScope; flow: Flow | null; until: string | null },
): Promise<void> {
  const foreign = (pointer: string) =>
    malformed('This switch has no such part.', [{ pointer, detail: 'is for a rail alone' }]);
  if (scope !== 'rail' && flow !== null) throw foreign('/body/flow');
  if (until === null) return;
  if (scope !== 'rail') throw foreign('/body/until');
  const [clock] = await rows<{ over: boolean; far: boolean }>(
    tx,
    `select :until::timestamptz <= clock_timestamp() as over,
       :until::timestamptz > clock_timestamp() + :days * interval '1 day' as far`,
    { until, days: daysLongMax },
  );
  const detail = clock?.over ? 'is over already' : `is more than ${daysLongMax} days ahead`;
  if (clock?.over || clock?.far)
    throw malformed('It cannot end so.', [{ pointer: '/body/until', detail }]);
}

/** What has ended by itself makes room for another switch of the same. */
async function putAwayEnded(tx: Tx): Promise<void> {
  await rows(
    tx,
    `update halt set lifted_at = until_at, lifted_by = 'system:end'
     where kind = 'stop' and lifted_at is null and until_at <= clock_timestamp()`,
  );
}

/** A switch on a misspelt name would stop nothing while everybody believes it does: 422 `unknown_target`. */
async function assertThereIs(tx: Tx, scope: HaltScope, key: string): Promise<void> {
  const known = await namesIn(tx, scope);
  if (known === undefined || known.includes(key)) return;
  throw refused('unknown_target', `There is no such ${scope}.`, { known: [...known] });
}

async function namesIn(tx: Tx, scope: HaltScope): Promise<readonly string[] | undefined> {
  switch (scope) {
    case 'all':
      return undefined;
    case 'entity':
      return (await listEntities(tx)).map(({ id }) => id);
    case 'rail':
      return paymentRails;
    case 'server':
      return (await listServers(tx)).map(({ id }) => id);
  }
}

/**
 * Takes the switch back. Whoever set it may not lift it: a second person does (409 `four_eyes`; `not_halted`
 * when it is off). 404 for another entity's; 403 `not_whole` for a halt of everything, unless the caller works for
 * every entity. Setting one is open to each of them: a brake must be at hand.
 */
export async function liftHalt(tx: Tx, id: string): Promise<void> {
  const [halt] = await rows<{
    scope: HaltScope;
    scope_key: string;
    set_by: string;
    lifted: boolean;
  }>(
    tx,
    `select scope, scope_key, set_by, lifted_at is not null or coalesce(until_at <= clock_timestamp(), false) as lifted from halt where id = :id and kind = 'stop' for update`,
    { id },
  );
  if (!halt || !maySee(tx, halt.scope, halt.scope_key)) throw notFound('halt');
  if (halt.scope === 'all') await assertWhole(tx, everybody, 'This switch');
  if (halt.lifted) throw conflict('not_halted', 'This switch is not on.');
  if (halt.set_by === tx.scope.actor)
    throw conflict('four_eyes', 'Another person than the one who set it must lift it.');
  await rows(tx, 'update halt set lifted_at = clock_timestamp(), lifted_by = :by where id = :id', {
    id,
    by: tx.scope.actor,
  });
  await appendEvents(tx, [
    {
      subject: `halt/${halt.scope}/${halt.scope_key}`,
      type: 'halt.lifted',
      entityId: halt.scope === 'entity' ? halt.scope_key : null,
      payload: { halt: id },
    },
  ]);
}

/** The switches that are on, as far as they concern the caller's entities. What is declared of a server is in db/declarations.ts. */
export async function activeHalts(tx: Tx): Promise<Halt[]> {
  const found = await rows<{
    id: string;
    scope: HaltScope;
    scope_key: string;
    flow: Flow | null;
    until_at: string | null;
    reason_ct: string | null;
    set_by: string;
    set_at: string;
  }>(
    tx,
    `select h.id, h.scope, h.scope_key, h.flow, h.until_at, h.reason_ct, h.set_by, h.set_at from halt h
     where h.kind = 'stop' and ${inForce} order by h.set_at limit 200`,
  );
  const halts: Halt[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found.filter((each) => maySee(tx, each.scope, each.scope_key))) {
    halts.push({
      id: row.id,
      scope: row.scope,
      key: row.scope_key,
      flow: row.flow,
      until: row.until_at === null ? null : utc(row.until_at),
      reason:
        row.reason_ct === null
          ? ''
          : await decryptFor(tx, personOfActor(row.set_by), 'halt.reason', row.reason_ct),
      setBy: row.set_by,
      setAt: utc(row.set_at),
    });
  }
  return halts;
}
