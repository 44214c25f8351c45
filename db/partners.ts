import { randomBytes } from 'node:crypto';
import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import type { PartnerState } from '../domain/partners/standing';
import { conflict, notFound, refused } from '../domain/problem';
import { mailPasswordLink } from './client-registration';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { inTurn } from './in-turn';
import { decryptEach, decryptFor, encryptFor, indexPerson } from './personal-data';
import { readPlanSet } from './plan-sets';
import { createUser } from './users';

/** An introducing broker. Name and address are ciphertext under the partner's own key: see `partnerName`. */
export interface Partner {
  readonly id: string;
  readonly entityId: string;
  /** Set when the partner is a client too: commission then goes to that client's wallet. */
  readonly clientId: string | null;
  readonly parentId: string | null;
  /** 1 is a root of the network. */
  readonly level: number;
  readonly planSet: string;
  readonly payoutCurrency: string;
  readonly state: PartnerState;
  readonly version: number;
  readonly createdAt: string;
}

interface PartnerRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly parent_id: string | null;
  readonly level: number;
  readonly plan_set: string;
  readonly payout_currency: string;
  readonly state: PartnerState;
  readonly version: number;
  readonly created_at: string;
}

const columns =
  'id, entity_id, client_id, parent_id, level, plan_set, payout_currency, state, version, created_at';

function fromRow(row: PartnerRow): Partner {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    parentId: row.parent_id,
    level: row.level,
    planSet: row.plan_set,
    payoutCurrency: row.payout_currency,
    state: row.state,
    version: row.version,
    createdAt: utc(row.created_at),
  };
}

export interface NewPartner {
  readonly name: string;
  readonly email: string;
  /** Gives the entity and the currency of payment. */
  readonly planSet: string;
  /** The partner above; without one it is a root. Of the same plan set. */
  readonly parentId?: string;
  /** The client that the partner is as well, of the same entity. */
  readonly clientId?: string;
}

/** The table allows this many levels. */
const levelMax = 10;

/**
 * Makes a partner with a log-in, and mails the link under which the partner sets the password.
 * 404 for a plan set, parent or client that is not the caller's; 409 `email_taken`; 422 `other_plan_set`,
 * `other_entity`, `network_too_deep`, `partner_not_active`.
 */
export async function createPartner(tx: Tx, partner: NewPartner): Promise<Partner> {
  const planSet = await readPlanSet(tx, partner.planSet);
  await lockNetwork(tx, planSet.id, 'shared');
  const parent =
    partner.parentId === undefined ? undefined : await readPartner(tx, partner.parentId);
  if (parent) assertMayHaveSub(parent, planSet.id);
  if (partner.clientId !== undefined) {
    const [client] = await rows<{ entity_id: string }>(
      tx,
      'select entity_id from client where id = :clientId',
      { clientId: partner.clientId },
    );
    if (!client) throw notFound('client');
    if (client.entity_id !== planSet.entityId)
      throw refused('other_entity', 'The client belongs to another entity.');
  }
  return asSystem(tx, async (system) => {
    const id = newId('partner');
    const [row] = await rows<PartnerRow>(
      system,
      `insert into partner (id, entity_id, client_id, name_ct, email_ct, parent_id, level, plan_set, payout_currency)
       values (:id, :entityId, :clientId, :name, :email, :parentId, :level, :planSet, :currency) returning ${columns}`,
      {
        id,
        entityId: planSet.entityId,
        clientId: partner.clientId ?? null,
        name: await encryptFor(system, id, 'name', partner.name.trim()),
        email: await encryptFor(system, id, 'email', partner.email.trim()),
        parentId: parent?.id ?? null,
        level: (parent?.level ?? 0) + 1,
        planSet: planSet.id,
        currency: planSet.currency,
      },
    );
    if (!row) throw new Error('the partner was not inserted');
    const created = fromRow(row);
    await indexPerson(system, id, 'name', partner.name);
    await appendEvents(system, [
      partnerEvent(created, 'partner.created', {
        parent: created.parentId,
        level: created.level,
        planSet: created.planSet,
      }),
    ]);
    const user = await createUser(system, {
      kind: 'partner',
      email: partner.email,
      name: partner.name,
      entityId: created.entityId,
      partnerId: id,
      partnerRole: 'owner',
      state: 'invited',
    });
    await mailPasswordLink(system, user, 'verify_email');
    return created;
  });
}

function assertMayHaveSub(parent: Partner, planSet: string): void {
  if (parent.planSet !== planSet)
    throw refused('other_plan_set', 'The partner above is settled in another plan set.', {
      planSet: parent.planSet,
    });
  if (parent.state !== 'active')
    throw refused('partner_not_active', 'The partner above is not active.', {
      state: parent.state,
    });
  if (parent.level >= levelMax)
    throw refused('network_too_deep', `A network has at most ${levelMax} levels.`);
}

export function partnerEvent(
  partner: Partner,
  type: EventType,
  payload: { readonly [key: string]: string | number | null },
) {
  return {
    subject: partner.id,
    type,
    entityId: partner.entityId,
    clientId: partner.clientId,
    payload,
  };
}

/** Throws `not_found` (404), also for another entity's partner or one outside the reader's own network. */
export async function readPartner(tx: Tx, id: string): Promise<Partner> {
  const [row] = await rows<PartnerRow>(tx, `select ${columns} from partner where id = :id`, { id });
  if (!row) throw notFound('partner');
  return asSeen(tx, fromRow(row));
}

/** Who is above a partner's own network is none of its business. */
function asSeen(tx: Tx, partner: Partner): Partner {
  const { scope } = tx;
  const isHidden =
    scope.kind === 'partner' &&
    partner.parentId !== null &&
    !scope.partners.includes(partner.parentId);
  return isHidden ? { ...partner, parentId: null } : partner;
}

/** The name of a partner that the scope may see, or `[erased]`. Throws `not_found` (404). */
export async function partnerName(tx: Tx, id: string): Promise<string> {
  const [row] = await rows<{ name_ct: string }>(tx, 'select name_ct from partner where id = :id', {
    id,
  });
  if (!row) throw notFound('partner');
  return asSystem(tx, (system) => decryptFor(system, id, 'name', row.name_ct));
}

/** The names of those of the partners that the scope may see, by id; `[erased]` where the key is gone. */
export async function partnerNames(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await rows<{ id: string; name_ct: string }>(
    tx,
    'select id, name_ct from partner where id = any (:ids::text[])',
    { ids: [...new Set(ids)] },
  );
  const names = await asSystem(tx, (system) =>
    decryptEach(
      system,
      'name',
      found.map((row) => ({ personId: row.id, text: row.name_ct })),
    ),
  );
  return new Map(found.map(({ id }, position) => [id, names[position] ?? id]));
}

/** Partners that the scope may see, newest first; `after` is the last one's id. */
export async function listPartners(
  tx: Tx,
  filter: { planSet?: string; parentId?: string; after?: string; limit: number },
): Promise<Partner[]> {
  const found = await rows<PartnerRow>(
    tx,
    `select ${columns} from partner
     where (:planSet::text is null or plan_set = :planSet) and (:parentId::text is null or parent_id = :parentId)
       and (:after::text is null or id < :after) order by id desc limit :limit`,
    {
      planSet: filter.planSet ?? null,
      parentId: filter.parentId ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map((row) => asSeen(tx, fromRow(row)));
}

/** More partners than this under one are not put into a scope. */
const treeMax = 10_000;

/** The partner and everyone below in the network: `partners` of a partner's scope. Throws `not_found` (404). */
export async function partnerTreeIds(tx: Tx, partnerId: string): Promise<string[]> {
  const found = await asSystem(tx, (system) =>
    rows<{ id: string }>(
      system,
      `with recursive tree as (
         select id from partner where id = :partnerId
         union all select p.id from partner p join tree t on p.parent_id = t.id)
       select id from tree order by id limit ${treeMax}`,
      { partnerId },
    ),
  );
  if (found.length === 0) throw notFound('partner');
  return found.map((row) => row.id);
}

/**
 * Puts a partner, with everybody below, under another partner of the plan set, or at the top. It counts from now on:
 * what was dealt before is settled as the network stood then. 409 `stale` with the present version, `already_there`;
 * 422 `other_plan_set`, `partner_not_active`, `network_too_deep`, `below_itself`.
 */
export async function movePartner(
  tx: Tx,
  id: string,
  move: {
    parentId: string | null;
    reason: string;
    expectedVersion: number;
    /** Whoever is above may be suspended: the partner in between has ended. */
    mayBeSuspended?: true;
  },
): Promise<Partner> {
  const partner = await readPartner(tx, id);
  await lockNetwork(tx, partner.planSet, 'alone');
  const present = await readPartner(tx, id);
  const parent = move.parentId === null ? undefined : await readPartner(tx, move.parentId);
  if (present.version !== move.expectedVersion)
    throw conflict('stale', 'The partner has been changed since you opened it.', {
      version: present.version,
    });
  if (present.parentId === move.parentId)
    throw conflict('already_there', 'The partner stands there already.');
  if (parent && !move.mayBeSuspended) assertMayHaveSub(parent, present.planSet);
  return asSystem(tx, async (system) => {
    const tree = await treeBelow(system, id);
    if (parent && tree.has(parent.id))
      throw refused('below_itself', 'A partner cannot be put below itself or its own partners.');
    const level = (parent?.level ?? 0) + 1;
    const deepest = level + Math.max(...tree.values());
    if (deepest > levelMax)
      throw refused('network_too_deep', `A network has at most ${levelMax} levels.`, { deepest });
    await rows(
      system,
      `update partner set level = :level + d.depth, parent_id = case when id = :id then :parentId else parent_id end,
         version = version + case when id = :id then 1 else 0 end
       from jsonb_each_text(:tree::jsonb) as t(partner_id, depth_text) cross join lateral (select depth_text::int as depth) d
       where id = t.partner_id`,
      { id, level, parentId: move.parentId, tree: JSON.stringify(Object.fromEntries(tree)) },
    );
    const moved = await readPartner(system, id);
    await appendEvents(system, [
      {
        ...partnerEvent(moved, 'partner.moved', {
          before: present.parentId,
          after: moved.parentId,
          level: moved.level,
          below: tree.size - 1,
        }),
        personal: { personId: id, data: { reason: move.reason } },
      },
    ]);
    return moved;
  });
}

/**
 * Two moves at once could make a circle that neither sees, and who is put below a partner while that one moves would get
 * the level of before: moves of a plan set go one by one, and no partner is added meanwhile.
 */
export async function lockNetwork(tx: Tx, planSet: string, how: 'alone' | 'shared'): Promise<void> {
  const lock = how === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await rows(tx, `select ${lock}(hashtext('network/' || :planSet))`, { planSet });
}

/** The partner and everybody below, with how many levels each is below it. */
async function treeBelow(tx: Tx, id: string): Promise<Map<string, number>> {
  const found = await rows<{ id: string; depth: number }>(
    tx,
    `with recursive tree as (
       select id, 0 as depth from partner where id = :id
       union all select p.id, t.depth + 1 from partner p join tree t on p.parent_id = t.id)
     select id, depth from tree`,
    { id },
  );
  return new Map(found.map((row) => [row.id, row.depth]));
}

export interface ReferralLink {
  readonly code: string;
  readonly partnerId: string;
  readonly name: string;
  readonly clicks: number;
  /** Clients who registered with it. */
  readonly clients: number;
  readonly createdAt: string;
}

/**
 * Makes a link of a partner that the scope may see. 409 `code_taken` when the wished code is in use; 422
 * `partner_not_active`.
 */
export async function createReferralLink(
  tx: Tx,
  { partnerId, name = '', code }: { partnerId: string; name?: string; code?: string },
): Promise<ReferralLink> {
  const partner = await readPartner(tx, partnerId);
  if (partner.state !== 'active')
    throw refused('partner_not_active', 'The partner is not active.', { state: partner.state });
  const wished = code ?? randomBytes(6).toString('hex');
  return asSystem(tx, async (system) => {
    const [row] = await rows<{ created_at: string }>(
      system,
      `insert into referral_link (code, partner_id, entity_id, name_ct) values (:code, :partnerId, :entityId, :name)
       on conflict (code) do nothing returning created_at`,
      {
        code: wished,
        partnerId,
        entityId: partner.entityId,
        name: name === '' ? null : await encryptFor(system, partnerId, 'link.name', name),
      },
    );
    if (!row) throw conflict('code_taken', 'Another link has this code.');
    await appendEvents(system, [partnerEvent(partner, 'partner.link_created', {})]);
    return {
      code: wished,
      partnerId,
      name,
      clicks: 0,
      clients: 0,
      createdAt: utc(row.created_at),
    };
  });
}

/** The links of a partner, newest first, at most 200. */
export async function referralLinks(tx: Tx, partnerId: string): Promise<ReferralLink[]> {
  await readPartner(tx, partnerId);
  const found = await rows<{
    code: string;
    name_ct: string | null;
    clicks: string;
    clients: string;
    created_at: string;
  }>(
    tx,
    `select l.code, l.name_ct, l.clicks, l.created_at,
       (select count(distinct a.client_id) from attribution a where a.link_code = l.code) as clients
     from referral_link l where l.partner_id = :partnerId order by l.created_at desc, l.code limit 200`,
    { partnerId },
  );
  return inTurn(found, async (row) => ({
    code: row.code,
    partnerId,
    name: row.name_ct === null ? '' : await decryptFor(tx, partnerId, 'link.name', row.name_ct),
    clicks: Number(row.clicks),
    clients: Number(row.clients),
    createdAt: utc(row.created_at),
  }));
}

/** Counts that somebody followed the link; an unknown code is nobody's business. */
export async function countClick(tx: Tx, code: string): Promise<void> {
  await asSystem(tx, (system) =>
    rows(system, 'update referral_link set clicks = clicks + 1 where code = :code', { code }),
  );
}
