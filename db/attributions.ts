import { formatLots, maskName } from '../domain/partners/statement';
import { conflict, malformed, notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { readPartner } from './partners';
import { decryptFor, erasedText } from './personal-data';

/** Whose client somebody was, from a moment (in it) to a moment (not in it). */
export interface Attribution {
  readonly clientId: string;
  readonly partnerId: string;
  readonly linkCode: string | null;
  readonly from: string;
  readonly to: string | null;
  readonly actor: string;
}

interface AttributionRow {
  readonly client_id: string;
  readonly partner_id: string;
  readonly link_code: string | null;
  readonly from_at: string;
  readonly to_at: string | null;
  readonly actor: string;
}

function fromRow(row: AttributionRow): Attribution {
  return {
    clientId: row.client_id,
    partnerId: row.partner_id,
    linkCode: row.link_code,
    from: utc(row.from_at),
    to: row.to_at === null ? null : utc(row.to_at),
    actor: row.actor,
  };
}

/** A client's attributions, the oldest first. */
export async function attributionsOf(tx: Tx, clientId: string): Promise<Attribution[]> {
  const found = await rows<AttributionRow>(
    tx,
    `select client_id, partner_id, link_code, from_at, to_at, actor from attribution
     where client_id = :clientId order by from_at limit 500`,
    { clientId },
  );
  return found.map(fromRow);
}

export interface NewAttribution {
  readonly clientId: string;
  readonly partnerId: string;
  /** RFC 3339, not after now; without it, now. */
  readonly from?: string;
  /** How the client stands to the partner: for such a client there is no CPA. */
  readonly related?: Relation;
  readonly reason: string;
}

export const relations = ['self', 'family', 'device', 'instrument'] as const;
export type Relation = (typeof relations)[number];

/**
 * Gives a client to a partner from a moment on. Where another partner has the client at that moment, it must
 * be now: a move never rewrites the past. Where nobody has, it may lie back (a claim) and lasts until the next
 * attribution, unless that time is part of a settlement.
 * 404 for a client or partner that is not the caller's; 422 `other_entity`, `partner_not_active`,
 * `move_in_past`, `period_settled`; 409 `already_attributed`.
 */
export async function attributeClient(tx: Tx, wanted: NewAttribution): Promise<Attribution> {
  const { clientId, partnerId, reason } = wanted;
  const partner = await readPartner(tx, partnerId);
  const [client] = await rows<{ entity_id: string }>(
    tx,
    'select entity_id from client where id = :clientId for update',
    { clientId },
  );
  if (!client) throw notFound('client');
  if (client.entity_id !== partner.entityId)
    throw refused('other_entity', 'The client belongs to another entity than the partner.');
  if (partner.state !== 'active')
    throw refused('partner_not_active', 'The partner is not active.', { state: partner.state });
  return asSystem(tx, async (system) => {
    const from = await momentOf(system, wanted.from);
    const present = await attributionAt(system, clientId, from.at);
    if (present) {
      if (present.partner_id === partnerId)
        throw conflict('already_attributed', 'The client belongs to this partner already.');
      if (!from.isNow)
        throw refused('move_in_past', 'A client can be moved from now on, not for the past.', {
          partner: present.partner_id,
        });
      await rows(
        system,
        'update attribution set to_at = :at::timestamptz where client_id = :clientId and from_at = :start::timestamptz',
        { clientId, at: from.at, start: present.from_at },
      );
    }
    const until = present ? null : await nextStart(system, clientId, from.at);
    await assertUnsettled(system, { planSet: partner.planSet, from: from.at, to: until });
    const [row] = await rows<AttributionRow>(
      system,
      `insert into attribution (client_id, partner_id, entity_id, from_at, to_at, actor, related)
       values (:clientId, :partnerId, :entityId, :from::timestamptz, :to::timestamptz, :actor, :related)
       returning client_id, partner_id, link_code, from_at, to_at, actor`,
      {
        clientId,
        partnerId,
        entityId: partner.entityId,
        from: from.at,
        to: until,
        actor: tx.scope.actor,
        related: wanted.related ?? null,
      },
    );
    if (!row) throw new Error('the attribution was not inserted');
    const made = fromRow(row);
    await appendEvents(system, [
      {
        subject: clientId,
        type: present ? 'client.moved' : 'client.attributed',
        entityId: partner.entityId,
        clientId,
        payload: {
          partner: partnerId,
          before: present?.partner_id ?? null,
          from: made.from,
          to: made.to,
          related: wanted.related ?? null,
        },
        personal: { personId: clientId, data: { reason } },
      },
    ]);
    return made;
  });
}

async function momentOf(tx: Tx, from: string | undefined): Promise<{ at: string; isNow: boolean }> {
  if (from !== undefined && Number.isNaN(Date.parse(from))) {
    throw malformed('The moment cannot be read.', [
      { pointer: '/body/from', detail: 'is an RFC 3339 time' },
    ]);
  }
  const [row] = await rows<{ at: string; past: boolean; future: boolean }>(
    tx,
    `select coalesce(:from::timestamptz, now()) as at, coalesce(:from::timestamptz < now() - interval '1 minute', false) as past,
       coalesce(:from::timestamptz > now(), false) as future`,
    { from: from ?? null },
  );
  if (!row || row.future)
    throw refused('in_future', 'A client cannot be attributed from a moment to come.');
  return { at: row.at, isNow: !row.past };
}

async function attributionAt(
  tx: Tx,
  clientId: string,
  at: string,
): Promise<AttributionRow | undefined> {
  const [row] = await rows<AttributionRow>(
    tx,
    `select client_id, partner_id, link_code, from_at, to_at, actor from attribution
     where client_id = :clientId and from_at <= :at::timestamptz and (to_at is null or to_at > :at::timestamptz)`,
    { clientId, at },
  );
  return row;
}

async function nextStart(tx: Tx, clientId: string, at: string): Promise<string | null> {
  const [row] = await rows<{ at: string | null }>(
    tx,
    'select min(from_at) as at from attribution where client_id = :clientId and from_at > :at::timestamptz',
    { clientId, at },
  );
  return row?.at ?? null;
}

async function assertUnsettled(
  tx: Tx,
  { planSet, from, to }: { planSet: string; from: string; to: string | null },
): Promise<void> {
  const [settled] = await rows<{ period: string; state: string }>(
    tx,
    `select period, state from settlement where plan_set = :planSet and state not in ('waiting_for_feed', 'rejected')
       and to_at > :from::timestamptz and (:to::timestamptz is null or from_at < :to::timestamptz) order by from_at limit 1`,
    { planSet, from, to },
  );
  if (settled)
    throw refused('period_settled', 'This time is part of a settlement.', {
      period: settled.period,
      state: settled.state,
    });
}

/** A client as the partner sees it: never by full name or address. */
export interface ReferredClient {
  readonly clientId: string;
  readonly partnerId: string;
  /** `A••• T•••`. */
  readonly maskedName: string;
  readonly residence: string;
  readonly state: string;
  readonly from: string;
  readonly to: string | null;
  /** Lots closed while the client belonged to the partner. */
  readonly lots: string;
  readonly lastTradeAt: string | null;
}

/** Clients attributed to partners that the scope may see, newest first; `after` is the last one's client id. */
export async function referredClients(
  tx: Tx,
  filter: { partnerId?: string; after?: string; limit: number },
): Promise<ReferredClient[]> {
  const found = await rows<AttributionRow & { residence: string; state: string }>(
    tx,
    `select a.client_id, a.partner_id, a.link_code, a.from_at, a.to_at, a.actor, c.residence, c.state
     from (select distinct on (client_id) * from attribution
       where (:partnerId::text is null or partner_id = :partnerId) order by client_id, from_at desc) a
     join client c on c.id = a.client_id
     where (:after::text is null or a.client_id < :after) order by a.client_id desc limit :limit`,
    { partnerId: filter.partnerId ?? null, after: filter.after ?? null, limit: filter.limit },
  );
  return asSystem(tx, async (system) => {
    const clients: ReferredClient[] = [];
    const activity = await activityOf(system, found);
    for (const row of found) {
      const seen = activity.get(row.client_id);
      clients.push({
        clientId: row.client_id,
        partnerId: row.partner_id,
        maskedName: await maskedNameOf(system, row.client_id),
        residence: row.residence,
        state: row.state,
        from: utc(row.from_at),
        to: row.to_at === null ? null : utc(row.to_at),
        lots: formatLots(BigInt(seen?.lots ?? '0')),
        lastTradeAt: seen ? utc(seen.last_at) : null,
      });
    }
    return clients;
  });
}

async function activityOf(
  tx: Tx,
  of: readonly AttributionRow[],
): Promise<Map<string, { lots: string; last_at: string }>> {
  const found = await rows<{ client_id: string; lots: string; last_at: string }>(
    tx,
    `select d.client_id, coalesce(sum(d.volume) filter (where d.entry <> 'in'), 0)::numeric(38, 0) as lots, max(d.time) as last_at
     from deal d join attribution a on a.client_id = d.client_id and a.from_at <= d.time and (a.to_at is null or d.time < a.to_at)
     join jsonb_to_recordset(:of::jsonb) as o(client_id text, partner_id text)
       on o.client_id = a.client_id and o.partner_id = a.partner_id
     where d.kind = 'trade' group by d.client_id`,
    { of: JSON.stringify(of.map(({ client_id, partner_id }) => ({ client_id, partner_id }))) },
  );
  return new Map(found.map((row) => [row.client_id, row]));
}

async function maskedNameOf(tx: Tx, clientId: string): Promise<string> {
  const [party] = await rows<{ id: string; name_ct: string }>(
    tx,
    `select id, name_ct from party where client_id = :clientId and role = 'holder' order by created_at limit 1`,
    { clientId },
  );
  if (!party) return '';
  const name = await decryptFor(tx, party.id, 'name', party.name_ct);
  return name === erasedText ? name : maskName(name);
}
