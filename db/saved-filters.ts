import { may, type StaffScope } from '../domain/access/scope';
import type { Permission } from '../domain/access/roles';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { decryptFor, encryptFor, erasedText } from './personal-data';
import { maySeeEntity } from './visible';

/** Lists whose filters can be kept. */
export const filteredLists = ['payments', 'inbox'] as const;
export type FilteredList = (typeof filteredLists)[number];

/** Filters of one colleague for one list; whoever has so many takes one away first. */
export const savedFiltersMax = 40;

export interface SavedFilter {
  readonly id: string;
  readonly list: FilteredList;
  readonly name: string;
  /** As it stands in the address of the list: `kind=withdrawal&needsPerson=yes`. */
  readonly query: string;
  /** Whose colleagues see it, too; null: its author alone. */
  readonly entityId: string | null;
  readonly userId: string;
  readonly createdAt: string;
}

interface SavedFilterRow {
  readonly id: string;
  readonly list: FilteredList;
  readonly user_id: string;
  readonly entity_id: string | null;
  readonly name_ct: string;
  readonly query_ct: string;
  readonly created_at: string;
}

const columns = 'id, list, user_id, entity_id, name_ct, query_ct, created_at';
/** Shared ones of all colleagues, and one's own. */
const shownMax = 200;

async function fromRow(tx: Tx, row: SavedFilterRow): Promise<SavedFilter> {
  return {
    id: row.id,
    list: row.list,
    name: await decryptFor(tx, row.user_id, 'saved_filter.name', row.name_ct),
    query: await decryptFor(tx, row.user_id, 'saved_filter.query', row.query_ct),
    entityId: row.entity_id,
    userId: row.user_id,
    createdAt: utc(row.created_at),
  };
}

/** One's own and those that are shared with one's entities, by name. Those of somebody who is erased are gone. */
export async function listSavedFilters(tx: Tx, list: FilteredList): Promise<SavedFilter[]> {
  const found = await rows<SavedFilterRow>(
    tx,
    `select ${columns} from saved_filter where list = :list order by id desc limit :shownMax`,
    { list, shownMax },
  );
  const filters: SavedFilter[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) filters.push(await fromRow(tx, row));
  return filters
    .filter(({ name, query }) => name !== erasedText && query !== erasedText)
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

export interface NewSavedFilter {
  readonly list: FilteredList;
  readonly name: string;
  readonly query: string;
  /** Shares it with the colleagues of this entity, which needs `filter.share`. */
  readonly entityId: string | null;
}

/** Throws 403, 404 for an entity out of sight, 409 `name_taken` and 422 `too_many_filters`. */
export async function saveFilter(tx: Tx, filter: NewSavedFilter): Promise<SavedFilter> {
  const staff = staffOf(tx);
  assertMayShare(tx, filter.entityId);
  const own = await ownFilters(tx, staff, filter.list);
  if (own.length >= savedFiltersMax) {
    throw refused(
      'too_many_filters',
      `You keep ${savedFiltersMax} filters of this list already: take one away first.`,
    );
  }
  assertNameFree(own, filter.name);
  const [row] = await rows<SavedFilterRow>(
    tx,
    `insert into saved_filter (id, list, user_id, entity_id, name_ct, query_ct)
     values (:id, :list, :userId, :entityId, :name, :query) returning ${columns}`,
    {
      id: newId('savedFilter'),
      list: filter.list,
      userId: staff.userId,
      entityId: filter.entityId,
      ...(await sealed(tx, staff, filter)),
    },
  );
  if (!row) throw new Error('the filter was not inserted');
  return fromRow(tx, row);
}

/** Changes a filter of one's own. Throws 404 for another's, and as `saveFilter`. */
export async function changeFilter(
  tx: Tx,
  id: string,
  change: Omit<NewSavedFilter, 'list'>,
): Promise<SavedFilter> {
  const staff = staffOf(tx);
  const before = await readOwnFilter(tx, id);
  assertMayShare(tx, change.entityId);
  const others = (await ownFilters(tx, staff, before.list)).filter((each) => each.id !== id);
  assertNameFree(others, change.name);
  const [row] = await rows<SavedFilterRow>(
    tx,
    `update saved_filter set name_ct = :name, query_ct = :query, entity_id = :entityId, changed_at = clock_timestamp()
     where id = :id and user_id = :userId returning ${columns}`,
    { id, userId: staff.userId, entityId: change.entityId, ...(await sealed(tx, staff, change)) },
  );
  if (!row) throw notFound('saved filter');
  return fromRow(tx, row);
}

/** A filter of one's own. Throws 404 for another's, whether it is shared or not. */
export async function readOwnFilter(tx: Tx, id: string): Promise<SavedFilter> {
  const [row] = await rows<SavedFilterRow>(
    tx,
    `select ${columns} from saved_filter where id = :id and user_id = :userId`,
    { id, userId: staffOf(tx).userId },
  );
  if (!row) throw notFound('saved filter');
  return fromRow(tx, row);
}

/** Takes a filter of one's own away. Throws 404 for another's. */
export async function removeFilter(tx: Tx, id: string): Promise<SavedFilter> {
  const filter = await readOwnFilter(tx, id);
  await rows(tx, 'delete from saved_filter where id = :id and user_id = :userId', {
    id,
    userId: filter.userId,
  });
  return filter;
}

async function ownFilters(
  tx: Tx,
  { userId }: StaffScope,
  list: FilteredList,
): Promise<SavedFilter[]> {
  // Two that are saved at the same time are counted one after the other.
  await rows(
    tx,
    `select pg_advisory_xact_lock(hashtextextended('keelson/saved-filter/' || :userId, 0))`,
    {
      userId,
    },
  );
  return (await listSavedFilters(tx, list)).filter((each) => each.userId === userId);
}

function assertNameFree(own: readonly SavedFilter[], name: string): void {
  if (own.some((each) => each.name.toLowerCase() === name.toLowerCase()))
    throw conflict('name_taken', 'A filter of yours has this name already.');
}

function assertMayShare(tx: Tx, entityId: string | null): void {
  if (entityId === null) return;
  if (!maySeeEntity(tx, entityId)) throw notFound('entity');
  if (!may(tx.scope, 'filter.share')) throw forbidden('filter.share' satisfies Permission);
}

async function sealed(
  tx: Tx,
  { userId }: StaffScope,
  { name, query }: { readonly name: string; readonly query: string },
) {
  return asSystem(tx, async (system) => ({
    name: await encryptFor(system, userId, 'saved_filter.name', name),
    query: await encryptFor(system, userId, 'saved_filter.query', query),
  }));
}

function staffOf(tx: Tx): StaffScope {
  if (tx.scope.kind !== 'staff') throw forbidden('task.read' satisfies Permission);
  return tx.scope;
}
