import { createHash } from 'node:crypto';
import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { forbidden, notFound, refused } from '../domain/problem';
import { listDelta } from '../domain/screening/delta';
import {
  listIdOf,
  type ListedEntry,
  type ListSourceFile,
  type PublishedList,
  type SanctionsList,
} from '../domain/screening/entry';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { startRescreening } from './rescreenings';

/** A version of a list as it was loaded; it never changes. */
export interface StoredListVersion {
  readonly id: string;
  readonly listId: string;
  readonly listName: string;
  /** From 1, in the order they came into force. */
  readonly number: number;
  readonly publishedOn: string;
  readonly fileHash: string;
  readonly contentHash: string;
  readonly files: readonly ListSourceFile[];
  readonly entries: number;
  /** Against the version before; the first one adds everything. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly loadedBy: string;
  readonly loadedAt: string;
}

export interface ListVersionRow {
  readonly id: string;
  readonly list_id: string;
  readonly list_name: string;
  readonly number: number;
  readonly published_on: string;
  readonly file_hash: string;
  readonly content_hash: string;
  readonly files: readonly ListSourceFile[];
  readonly entries: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly loaded_by: string;
  readonly loaded_at: string;
}

const listVersionColumns = `v.id, v.list_id, l.name as list_name, v.number, v.published_on, v.file_hash, v.content_hash,
  v.files, v.entries, v.added, v.changed, v.removed, v.loaded_by, v.loaded_at`;

function listVersionFromRow(row: ListVersionRow): StoredListVersion {
  return {
    id: row.id,
    listId: row.list_id,
    listName: row.list_name,
    number: row.number,
    publishedOn: row.published_on,
    fileHash: row.file_hash,
    contentHash: row.content_hash,
    files: row.files,
    entries: row.entries,
    added: row.added,
    changed: row.changed,
    removed: row.removed,
    loadedBy: row.loaded_by,
    loadedAt: utc(row.loaded_at),
  };
}

/** Entries that are sent in one statement. */
const entriesPerStatement = 2_000;

/**
 * Brings a list that was read whole into force: a new version, and what it says differently than the one before. The
 * very files of the version in force change nothing (`isNew` is false). Needs `list.load` (403). 422 `list_older` for
 * what was published before the version in force: it would take people off the list again.
 */
export async function loadList(
  tx: Tx,
  list: PublishedList,
  { invented = false }: { readonly invented?: boolean } = {},
): Promise<{ readonly version: StoredListVersion; readonly isNew: boolean }> {
  if (!may(tx.scope, 'list.load')) throw forbidden('list.load');
  return asSystem(tx, async (system) => {
    const listId = listIdOf(list.version.name);
    // Two who load at once would both be the next version.
    await rows(
      system,
      `select pg_advisory_xact_lock(hashtextextended('sanction_list/' || :listId, 0))`,
      { listId },
    );
    await rows(
      system,
      'insert into sanction_list (id, name, invented) values (:listId, :name, :invented) on conflict (id) do nothing',
      { listId, name: list.version.name, invented },
    );
    const standing = await latestVersion(system, listId);
    if (standing?.fileHash === list.version.hash) return { version: standing, isNew: false };
    if (standing && list.version.publishedOn < standing.publishedOn)
      throw refused(
        'list_older',
        `This ${list.version.name} list was published on ${list.version.publishedOn}, the one in force on ${standing.publishedOn}.`,
        { publishedOn: list.version.publishedOn, inForce: standing.publishedOn },
      );
    return { version: await addVersion(system, list, standing), isNew: true };
  });
}

/**
 * For an installation that begins or is updated: the invented list where there is none, and of the published ones what
 * is newer than the version in force; what people have loaded since is not undone.
 */
export async function bringListsUpToDate(
  tx: Tx,
  {
    sampleList,
    lists,
  }: { readonly sampleList: PublishedList | undefined; readonly lists: readonly PublishedList[] },
): Promise<void> {
  if (sampleList) await loadIfNewer(tx, sampleList, { invented: true });
  for (const list of lists) await loadIfNewer(tx, list, { invented: false });
}

async function loadIfNewer(
  tx: Tx,
  list: PublishedList,
  options: { readonly invented: boolean },
): Promise<void> {
  const standing = await latestVersion(tx, listIdOf(list.version.name));
  if (standing && standing.publishedOn > list.version.publishedOn) return;
  await loadList(tx, list, options);
}

async function addVersion(
  tx: Tx,
  { version: published, entries, files }: PublishedList,
  standing: StoredListVersion | undefined,
): Promise<StoredListVersion> {
  const listId = listIdOf(published.name);
  const number = (standing?.number ?? 0) + 1;
  const present = await rows<{ id: string; version: string }>(
    tx,
    `select entry_id as id, entry_hash as version from sanction_entry
     where list_id = :listId and until_number is null`,
    { listId },
  );
  const delta = listDelta(present, entries);
  await rows(
    tx,
    `update sanction_entry set until_number = :number
     where list_id = :listId and until_number is null and entry_id = any (:gone)`,
    { listId, number, gone: [...delta.changed, ...delta.removed] },
  );
  const said = new Set([...delta.added, ...delta.changed]);
  const fresh = entries.filter(({ id }) => said.has(id));
  for (let at = 0; at < fresh.length; at += entriesPerStatement) {
    const part = fresh.slice(at, at + entriesPerStatement);
    await rows(
      tx,
      `insert into sanction_entry (list_id, entry_id, entry_hash, body, from_number)
       select :listId, e ->> 'id', e ->> 'version', e, :number from jsonb_array_elements(:entries::jsonb) e`,
      { listId, number, entries: JSON.stringify(part) },
    );
  }
  const id = newId('listVersion');
  await rows(
    tx,
    `insert into sanction_list_version (id, list_id, number, published_on, file_hash, content_hash, files, entries, added, changed,
       removed, loaded_by)
     values (:id, :listId, :number, :publishedOn, :fileHash, :contentHash, :files, :entries, :added, :changed, :removed, :by)`,
    {
      ...{ id, listId, number, publishedOn: published.publishedOn, fileHash: published.hash },
      contentHash: contentHashOf(entries),
      files: JSON.stringify(files),
      entries: entries.length,
      added: delta.added.length,
      changed: delta.changed.length,
      removed: delta.removed.length,
      by: tx.scope.actor,
    },
  );
  const version = await latestVersion(tx, listId);
  if (version?.id !== id) throw new Error('the version of the list was not kept');
  const { added, changed, removed, fileHash } = version;
  await appendEvents(tx, [
    {
      subject: `list/${listId}`,
      type: 'list.loaded',
      entityId: null,
      payload: { version: id, number, fileHash, entries: entries.length, added, changed, removed },
    },
  ]);
  await startRescreening(tx, version);
  return version;
}

/** Over the entries alone, in whatever order the file has them. */
function contentHashOf(entries: readonly ListedEntry[]): string {
  const lines = entries.map(({ id, version }) => `${id} ${version}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

async function latestVersion(tx: Tx, listId: string): Promise<StoredListVersion | undefined> {
  const [row] = await rows<ListVersionRow>(
    tx,
    `select ${listVersionColumns} from sanction_list_version v join sanction_list l on l.id = v.list_id
     where v.list_id = :listId order by v.number desc limit 1`,
    { listId },
  );
  return row && listVersionFromRow(row);
}

/**
 * The latest version of every list, by the lists' ids: what everybody is screened against. The invented list counts
 * while there is no other.
 */
export async function versionsInForce(tx: Tx): Promise<StoredListVersion[]> {
  const found = await rows<ListVersionRow>(
    tx,
    `select ${listVersionColumns} from sanction_list l
     join lateral (select * from sanction_list_version n where n.list_id = l.id order by n.number desc limit 1) v on true
     where not l.invented or not exists (select 1 from sanction_list other where not other.invented)
     order by l.id limit 100`,
  );
  return found.map(listVersionFromRow);
}

/** The lists with all their entries, as they were in these versions. */
export async function readListVersions(
  tx: Tx,
  versions: readonly StoredListVersion[],
): Promise<SanctionsList[]> {
  const lists: SanctionsList[] = [];
  for (const version of versions) {
    const found = await rows<{ body: ListedEntry }>(
      tx,
      `select body from sanction_entry
       where list_id = :listId and from_number <= :number and (until_number is null or until_number > :number)
       order by entry_id`,
      { listId: version.listId, number: version.number },
    );
    if (found.length !== version.entries)
      throw new Error(
        `the version ${version.id} has ${found.length} entries instead of ${version.entries}`,
      );
    const { id, listName: name, fileHash: hash, publishedOn } = version;
    lists.push({
      version: { id, name, hash, publishedOn },
      entries: found.map(({ body }) => body),
    });
  }
  return lists;
}

/** Throws `not_found` (404). */
export async function readListVersion(tx: Tx, id: string): Promise<StoredListVersion> {
  const [row] = await rows<ListVersionRow>(
    tx,
    `select ${listVersionColumns} from sanction_list_version v join sanction_list l on l.id = v.list_id where v.id = :id`,
    { id },
  );
  if (!row) throw notFound('version of a list');
  return listVersionFromRow(row);
}

/** The newest first. */
export async function listListVersions(
  tx: Tx,
  filter: { readonly listId?: string; readonly after?: string; readonly limit: number },
): Promise<StoredListVersion[]> {
  const found = await rows<ListVersionRow>(
    tx,
    `select ${listVersionColumns} from sanction_list_version v join sanction_list l on l.id = v.list_id
     where (:listId::text is null or v.list_id = :listId) and (:after::text is null or v.id < :after)
     order by v.id desc limit :limit`,
    { listId: filter.listId ?? null, after: filter.after ?? null, limit: filter.limit },
  );
  return found.map(listVersionFromRow);
}

export interface LatestListVersion extends StoredListVersion {
  readonly inForce: boolean;
}

/** Every list with its latest version, by the lists' ids. */
export async function listLists(
  tx: Tx,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<LatestListVersion[]> {
  const found = await rows<ListVersionRow & { readonly in_force: boolean }>(
    tx,
    `select ${listVersionColumns},
       not l.invented or not exists (select 1 from sanction_list other where not other.invented) as in_force
     from sanction_list l
     join lateral (select * from sanction_list_version n where n.list_id = l.id order by n.number desc limit 1) v on true
     where (:after::text is null or l.id > :after) order by l.id limit :limit`,
    { after: after ?? null, limit },
  );
  return found.map((row) => ({ ...listVersionFromRow(row), inForce: row.in_force }));
}

export const entryChanges = ['added', 'changed', 'removed'] as const;
export type EntryChange = (typeof entryChanges)[number];

/** An entry that a version says otherwise; `before` is null of one that is new, `after` of one that is gone. */
export interface ChangedEntry {
  readonly entryId: string;
  readonly before: ListedEntry | null;
  readonly after: ListedEntry | null;
}

/** What a version added, changed or removed, by the entries' ids. */
export async function changesOfVersion(
  tx: Tx,
  { listId, number }: Pick<StoredListVersion, 'listId' | 'number'>,
  filter: { readonly what: EntryChange; readonly after?: string; readonly limit: number },
): Promise<ChangedEntry[]> {
  return rows<ChangedEntry>(
    tx,
    `select entry_id as "entryId", gone.body as before, come.body as after
     from (select entry_id, body from sanction_entry where list_id = :listId and from_number = :number) come
     full join (select entry_id, body from sanction_entry where list_id = :listId and until_number = :number) gone
       using (entry_id)
     where case :what when 'added' then gone.body is null when 'removed' then come.body is null
         else come.body is not null and gone.body is not null end
       and (:after::text is null or entry_id > :after)
     order by entry_id limit :limit`,
    { listId, number, what: filter.what, after: filter.after ?? null, limit: filter.limit },
  );
}
