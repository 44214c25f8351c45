import { rows, utc, type Tx } from './connection';
import type { IntentKind } from './intent-readers';

/** How many clients and accounts have something to do with a server, as far as the scope sees them. */
export interface AffectedCounts {
  readonly clients: number;
  readonly accounts: number;
}

export async function countAffected(tx: Tx, serverId: string): Promise<AffectedCounts> {
  const [row] = await rows<AffectedCounts>(
    tx,
    `select count(distinct client_id)::int as clients, count(*)::int as accounts from trading_account
     where server_id = :serverId and state not in ('closed', 'archived')`,
    { serverId },
  );
  if (!row) throw new Error('a count answered no row');
  return row;
}

/** An account on a server. */
export interface AffectedAccount {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly login: string | null;
  readonly state: string;
  readonly currency: string;
  /** Steps of its that have not ended: planned, being sent, or of unknown outcome. */
  readonly inFlight: number;
}

/** The accounts on a server that have not ended, the newest first; continues below the id `after`. */
export async function listAffected(
  tx: Tx,
  { serverId, after, limit }: { serverId: string; after?: string | undefined; limit: number },
): Promise<AffectedAccount[]> {
  return rows<AffectedAccount>(
    tx,
    `select a.id, a.entity_id as "entityId", a.client_id as "clientId", a.login, a.state, a.currency,
       (select count(*)::int from intent i where i.state in ('planned', 'sending', 'unknown') and i.target = a.server_id
         and (i.reference = a.login or i.reference = a.id)) as "inFlight"
     from trading_account a
     where a.server_id = :serverId and a.state not in ('closed', 'archived') and (:after::text is null or a.id < :after)
     order by a.id desc limit :limit`,
    { serverId, after: after ?? null, limit },
  );
}

/** A step outside that has not ended: `planned` waits to be sent, `unknown` was sent and is looked for. */
export interface OpenIntent {
  readonly id: string;
  readonly workflowId: string;
  readonly kind: IntentKind;
  readonly state: 'planned' | 'sending' | 'unknown';
  readonly reference: string | null;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly amountMinor: bigint | null;
  readonly currency: string | null;
  readonly createdAt: string;
  readonly sentAt: string | null;
}

/** What is in flight at a server, the oldest first; continues above the id `after`. */
export async function listInFlight(
  tx: Tx,
  { serverId, after, limit }: { serverId: string; after?: string | undefined; limit: number },
): Promise<OpenIntent[]> {
  const found = await rows<{
    id: string;
    workflow_id: string;
    kind: IntentKind;
    state: 'planned' | 'sending' | 'unknown';
    reference: string | null;
    entity_id: string;
    client_id: string | null;
    amount_minor: string | null;
    currency: string | null;
    created_at: string;
    sent_at: string | null;
  }>(
    tx,
    `select id, workflow_id, kind, state, reference, entity_id, client_id, amount_minor, currency, created_at, sent_at
     from intent where state in ('planned', 'sending', 'unknown') and target = :serverId
       and (:after::text is null or id > :after) order by id limit :limit`,
    { serverId, after: after ?? null, limit },
  );
  return found.map((row) => ({
    id: row.id,
    workflowId: row.workflow_id,
    kind: row.kind,
    state: row.state,
    reference: row.reference,
    entityId: row.entity_id,
    clientId: row.client_id,
    amountMinor: row.amount_minor === null ? null : BigInt(row.amount_minor),
    currency: row.currency,
    createdAt: utc(row.created_at),
    sentAt: row.sent_at === null ? null : utc(row.sent_at),
  }));
}

/** How many steps are in flight at a server, by state; 10,000 at most in all. */
export async function countInFlight(
  tx: Tx,
  serverId: string,
): Promise<{ readonly planned: number; readonly sending: number; readonly unknown: number }> {
  const [row] = await rows<{ planned: number; sending: number; unknown: number }>(
    tx,
    `select count(*) filter (where state = 'planned')::int as planned, count(*) filter (where state = 'sending')::int as sending,
       count(*) filter (where state = 'unknown')::int as unknown
     from (select state from intent where state in ('planned', 'sending', 'unknown') and target = :serverId
       limit 10000) open`,
    { serverId },
  );
  if (!row) throw new Error('a count answered no row');
  return row;
}
