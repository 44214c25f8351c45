import { z } from 'zod';
import { may, type Scope } from '../../../domain/access/scope';
import { entryDifferences, shrinkage } from '../../../domain/screening/delta';
import type { ListedEntry } from '../../../domain/screening/entry';
import { malformed, Problem } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import {
  matchCounts,
  matchesOfRescreening,
  rescreeningOfVersion,
  type Rescreening,
} from '../../../db/rescreenings';
import {
  changesOfVersion,
  entryChanges,
  listListVersions,
  listLists,
  loadList,
  readListVersion,
  type ChangedEntry,
} from '../../../db/sanction-lists';
import { listUpload, readUploadedList } from '../../list-upload';
import { idOf } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/screening-lists';
/** Earlier versions and people found that are shown on the page of a version; the API lists all. */
const shownMax = 20;

/** How far a re-screening is and, for who may know, whom it found. */
async function showRescreening(tx: Tx, scope: Scope, found: Rescreening | undefined) {
  if (!found) return undefined;
  const counts = may(scope, 'screening.decide')
    ? (await matchCounts(tx, [found.id])).get(found.id)
    : undefined;
  return {
    ...found,
    isRunning: found.state === 'running',
    percent:
      found.parties === 0 ? 100 : Math.min(100, Math.round((found.looked / found.parties) * 100)),
    counts,
  };
}

const listsPage = definePage({
  path,
  auth: { permission: 'list.read' },
  query: { ...liveQuery, cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listLists(tx, { ...afterOf(query.cursor), limit: rowsPerPage + 1 });
    const { rows, next } = pageOfRows(found, { path, query: {}, after: ({ listId }) => listId });
    const who = await actorWords(
      tx,
      rows.map(({ loadedBy }) => loadedBy),
    );
    const lists = [];
    for (const version of rows) {
      const rescreening = await rescreeningOfVersion(tx, version.id);
      lists.push({
        ...version,
        by: who(version.loadedBy),
        rescreening: await showRescreening(tx, scope, rescreening),
      });
    }
    const running = lists.flatMap(({ rescreening }) =>
      rescreening?.isRunning ? [rescreening] : [],
    );
    const view = {
      view: 'staff/screening-lists',
      title: 'Screening lists',
      data: {
        lists,
        next,
        nobodyInForce: !found.some(({ inForce }) => inForce),
        mayLoad: may(scope, 'list.load'),
        megabytesMax: listUpload.bytesMax / 1024 / 1024,
      },
    };
    return follow(view, movingOf(path, running), query.seen);
  },
});

function movingOf(at: string, running: readonly Rescreening[]) {
  return {
    path: at,
    mark: running.map(({ id, looked }) => `${id.slice(-6)}${looked}`).join('/') || 'still',
    since: running[0]?.startedAt ?? '2000-01-01T00:00:00Z',
    isMoving: running.length > 0,
  };
}

const versionPage = definePage({
  path: `${path}/:id`,
  auth: { permission: 'list.read' },
  params: { id: idOf('listVersion') },
  query: { ...liveQuery, cursor: cursorQuery, what: z.enum(entryChanges).optional() },
  handle: async ({ tx, scope, params, query }) => {
    const version = await readListVersion(tx, params.id);
    const what = query.what ?? entryChanges.find((each) => version[each] > 0) ?? 'added';
    const found = await changesOfVersion(tx, version, {
      what,
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const here = `${path}/${version.id}`;
    const { rows, next } = pageOfRows(found, {
      path: here,
      query: { what },
      after: ({ entryId }) => entryId,
    });
    const others = await listListVersions(tx, { listId: version.listId, limit: shownMax });
    const who = await actorWords(tx, [version.loadedBy]);
    const rescreening = await rescreeningOfVersion(tx, version.id);
    const view = {
      view: 'staff/screening-list-version',
      title: `${version.listName}, version ${version.number}`,
      data: {
        version,
        by: who(version.loadedBy),
        lostPercent: percentLost(version),
        isLatest: others[0]?.id === version.id,
        rescreening: await showRescreening(tx, scope, rescreening),
        matches:
          rescreening && may(scope, 'screening.decide')
            ? await matchesOfRescreening(tx, rescreening.id, { limit: shownMax })
            : undefined,
        chips: chipsOf(
          here,
          { what },
          {
            name: 'what',
            all: '',
            options: [...entryChanges],
            counts: { added: version.added, changed: version.changed, removed: version.removed },
          },
        ).slice(1),
        what,
        changes: rows.map(showChange),
        others: others.filter(({ id }) => id !== version.id),
        next,
      },
    };
    const running = rescreening?.state === 'running' ? [rescreening] : [];
    return follow(view, movingOf(here, running), query.seen);
  },
});

function showChange({ entryId, before, after }: ChangedEntry) {
  const said = after ?? before;
  return {
    entryId,
    name: said?.name ?? '',
    kind: said?.kind ?? '',
    facts: said ? factsOf(said) : [],
    differences: before && after ? entryDifferences(before, after) : undefined,
  };
}

function factsOf(entry: ListedEntry): string[] {
  const aliases = entry.aliases.map(({ name }) => name);
  const born = entry.datesOfBirth.map(({ from, to }) => (from === to ? from : `${from} to ${to}`));
  return [
    ...(aliases.length > 0 ? [`also ${aliases.slice(0, 5).join('; ')}`] : []),
    ...(born.length > 0 ? [`born ${born.join(', ')}`] : []),
    ...(entry.nationalities.length > 0 ? [entry.nationalities.join(', ')] : []),
  ];
}

/** What share a version has taken away, where that is more than news. */
function percentLost(version: Parameters<typeof shrinkage>[0]): number | undefined {
  const share = shrinkage(version);
  return share === undefined ? undefined : Math.round(share * 100);
}

const loadForm = defineForm({
  path,
  auth: { permission: 'list.load' },
  upload: listUpload,
  page: listsPage,
  handle: async ({ tx, file }) => {
    const { version, isNew } = await atField(async () =>
      loadList(tx, await readUploadedList(file)),
    );
    const { listName, number, added, changed, removed } = version;
    return {
      to: isNew ? `${path}/${version.id}` : path,
      flash: isNew
        ? `${listName}, version ${number}: ${added} added, ${changed} changed, ${removed} removed.${percentLost(version) === undefined ? '' : ' That is a lot: compare with its publisher.'}`
        : 'This very file is in force: nothing has changed.',
    };
  },
});

/** What is wrong with the file is wrong with its field of the form. */
async function atField<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    throw malformed('The list was not loaded; the version in force stays.', [
      { pointer: '/body/file', detail: `cannot be used: ${error.detail}` },
    ]);
  }
}

export const screeningListPages = [listsPage, versionPage, loadForm];
