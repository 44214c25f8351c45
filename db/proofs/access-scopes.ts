import { partnerPermissionsOf } from '../../domain/access/partner-roles';
import { permissionsOf, roles } from '../../domain/access/roles';
import type { Scope, StaffScope } from '../../domain/access/scope';
import { rows, type Tx } from '../connection';

/** A scope to try, with the words a report calls it by. */
export interface TriedScope {
  readonly name: string;
  readonly scope: Exclude<Scope, { kind: 'system' }>;
}

export interface SampleSize {
  readonly clientsPerEntity: number;
  readonly partnersPerEntity: number;
}

const nobody = 'usr_of_the_proof';

/** Every role in every entity, and some clients and partners of each. */
export async function scopesToTry(tx: Tx, size: SampleSize): Promise<TriedScope[]> {
  const entities = await rows<{ id: string }>(tx, 'select id from entity order by id');
  const staff = entities.flatMap(({ id }) => roles.map((role) => staffScope(id, role)));
  return [...staff, ...(await clientScopes(tx, size)), ...(await partnerScopes(tx, size))];
}

function staffScope(entityId: string, role: (typeof roles)[number]): TriedScope {
  const permissions = permissionsOf([role]);
  const scope: StaffScope = {
    kind: 'staff',
    actor: `user:${nobody}`,
    userId: nobody,
    entities: [entityId],
    roles: [role],
    permissions,
    restricted: permissions.has('restricted.read'),
  };
  return { name: `${role} of ${entityId}`, scope };
}

async function clientScopes(tx: Tx, size: SampleSize): Promise<TriedScope[]> {
  const found = await rows<{ id: string; entity_id: string; user_id: string | null }>(
    tx,
    `select c.id, c.entity_id, (select u.id from user_account u where u.client_id = c.id limit 1) as user_id
     from (select id, entity_id, row_number() over (partition by entity_id order by id desc) as n from client) c
     where c.n <= :limit order by c.entity_id, c.id`,
    { limit: size.clientsPerEntity },
  );
  return found.map((row) => {
    const userId = row.user_id ?? nobody;
    const of = { actor: `user:${userId}`, userId, clientId: row.id, entityId: row.entity_id };
    return { name: `client ${row.id}`, scope: { kind: 'client', ...of } as const };
  });
}

async function partnerScopes(tx: Tx, size: SampleSize): Promise<TriedScope[]> {
  const found = await rows<{ id: string; entity_id: string; tree: string[] }>(
    tx,
    `select p.id, p.entity_id, array(
       with recursive tree as (
         select p.id as id, 1 as depth
         union all select c.id, t.depth + 1 from partner c join tree t on c.parent_id = t.id where t.depth < 10)
       select id from tree) as tree
     from (select id, entity_id, row_number() over (partition by entity_id order by id desc) as n from partner) p
     where p.n <= :limit order by p.entity_id, p.id`,
    { limit: size.partnersPerEntity },
  );
  return found.map((row) => ({
    name: `partner ${row.id}`,
    scope: {
      kind: 'partner',
      actor: `user:${nobody}`,
      userId: nobody,
      partnerId: row.id,
      partners: row.tree,
      entityId: row.entity_id,
      permissions: partnerPermissionsOf('owner'),
    },
  }));
}

/** A table that row-level security protects, and the columns by which it does. */
export interface ProtectedTable {
  readonly name: string;
  readonly columns: ReadonlySet<string>;
}

export async function protectedTables(tx: Tx): Promise<ProtectedTable[]> {
  const found = await rows<{ name: string; columns: string[] }>(
    tx,
    `select c.relname as name, array(select a.attname::text from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and (c.relname = 'user_account' or exists (select 1 from pg_attribute a where a.attrelid = c.oid
         and a.attname = 'entity_id' and not a.attisdropped))
     order by c.relname`,
  );
  return found.map((row) => ({ name: row.name, columns: new Set(row.columns) }));
}

export interface Predicate {
  readonly sql: string;
  readonly bindings: Record<string, string | readonly string[]>;
}

/** Which rows of the table are none of the scope's business. */
export function foreignTo(scope: TriedScope['scope'], table: ProtectedTable): Predicate {
  const { sql, bindings } = ownRows(scope, table);
  const secret =
    table.columns.has('restricted') && !(scope.kind === 'staff' && scope.restricted)
      ? ' or restricted'
      : '';
  return { sql: `(not coalesce(${sql}, false)${secret})`, bindings };
}

function ownRows(scope: TriedScope['scope'], { name, columns }: ProtectedTable): Predicate {
  if (scope.kind === 'staff') {
    const bindings = { entities: scope.entities, userId: scope.userId };
    const own = 'entity_id = any (:entities::text[])';
    if (name !== 'user_account') return { sql: own, bindings: { entities: scope.entities } };
    return {
      sql: `(${own} or (kind = 'staff' and entities && :entities::text[]) or id = :userId)`,
      bindings,
    };
  }
  if (name === 'user_account' && scope.kind === 'partner')
    return {
      sql: '(id = :userId or partner_id = :partnerId)',
      bindings: { userId: scope.userId, partnerId: scope.partnerId },
    };
  if (name === 'user_account') return { sql: 'id = :userId', bindings: { userId: scope.userId } };
  if (scope.kind === 'client') {
    const bindings = { clientId: scope.clientId };
    if (name === 'client') return { sql: 'id = :clientId', bindings };
    if (columns.has('client_id')) return { sql: 'client_id = :clientId', bindings };
    return { sql: 'false', bindings: {} };
  }
  const bindings = { partners: scope.partners };
  if (name === 'partner') return { sql: 'id = any (:partners::text[])', bindings };
  if (columns.has('partner_id')) return { sql: 'partner_id = any (:partners::text[])', bindings };
  if (name !== 'client') return { sql: 'false', bindings: {} };
  const referred = 'select client_id from attribution where partner_id = any (:partners::text[])';
  return { sql: `id in (${referred})`, bindings };
}
