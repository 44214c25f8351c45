import { z } from 'zod';
import { may, type Scope } from '../../domain/access/scope';
import { entryDifferences } from '../../domain/screening/delta';
import type { ListedEntry } from '../../domain/screening/entry';
import { notFound } from '../../domain/problem';
import type { Tx } from '../../db/connection';
import {
  listRescreenings,
  matchCounts,
  matchesOfRescreening,
  matchOutcomes,
  readRescreening,
  type Rescreening,
} from '../../db/rescreenings';
import {
  changesOfVersion,
  entryChanges,
  listListVersions,
  listLists,
  loadList,
  readListVersion,
  type ChangedEntry,
  type StoredListVersion,
} from '../../db/sanction-lists';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { listUpload, readUploadedList } from '../list-upload';
import { defineRoute } from '../route';
import { civilDate, exampleId, idOf, time } from '../schemas';

const version = z
  .object({
    id: idOf('listVersion'),
    listId: z.string(),
    listName: z.string(),
    number: z.int().meta({ description: 'From 1, in the order they came into force.' }),
    publishedOn: civilDate,
    fileHash: z.string().meta({ description: 'SHA-256 over the files, in hex.' }),
    contentHash: z.string().meta({ description: 'SHA-256 over the entries, in hex.' }),
    files: z.array(z.object({ name: z.string(), sha256: z.string() })),
    entries: z.int(),
    added: z.int().meta({ description: 'Against the version before.' }),
    changed: z.int(),
    removed: z.int(),
    loadedBy: z.string(),
    loadedAt: time,
  })
  .meta({ id: 'ScreeningListVersion' });

const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const versionExample = {
  id: exampleId('listVersion'),
  listId: 'ofac-sdn',
  listName: 'OFAC SDN',
  number: 7,
  publishedOn: '2026-11-27',
  fileHash: hash,
  contentHash: hash,
  files: [{ name: 'SDN.XML', sha256: hash }],
  entries: 17_431,
  added: 12,
  changed: 3,
  removed: 1,
  loadedBy: 'user:usr_01936f2a-7c1e-7000-8000-0000000000a1',
  loadedAt: '2026-11-28T06:00:00.000000Z',
};

function showVersion(found: StoredListVersion): z.input<typeof version> {
  return { ...found, files: found.files.map((file) => ({ ...file })) };
}

const listed = version.extend({ inForce: z.boolean() }).meta({ id: 'ScreeningList' });

const lists = defineRoute({
  method: 'GET',
  path: '/api/v1/screening-lists',
  operationId: 'listScreeningLists',
  summary: 'List the sanctions lists, each with its latest version',
  description:
    'People are screened against those in force. The invented list that ships is in force while there is no other.',
  tags: ['Screening'],
  auth: { permission: 'list.read' },
  query: pageQuery,
  responses: { 200: pageOf(listed) },
  example: {
    answer: {
      status: 200,
      body: { data: [{ ...versionExample, inForce: true }], nextCursor: null },
    },
  },
  handle: async ({ tx, query }) => {
    const found = await listLists(tx, { ...after(query.cursor), limit: query.limit + 1 });
    const show = ({ inForce, ...rest }: (typeof found)[number]) => ({
      ...showVersion(rest),
      inForce,
    });
    const body = pageFrom(found, query.limit, { after: ({ listId }) => listId, show });
    return { status: 200, body };
  },
});

const load = defineRoute({
  method: 'POST',
  path: '/api/v1/screening-lists',
  operationId: 'loadScreeningList',
  summary: 'Bring a version of a list into force',
  description:
    'The XML of OFAC (SDN), the United Nations or the European Union, told by its content, in the field `file`. Everybody is screened again where entries were added or changed. The very file of the version in force is answered with 200 and changes nothing; of a broken file nothing is loaded.',
  tags: ['Screening'],
  auth: { permission: 'list.load' },
  idempotency: 'required',
  upload: listUpload,
  responses: { 200: version, 201: version },
  problems: { 422: '`list_broken` (with `line`) or `list_older`.' },
  example: { answer: { status: 201, body: versionExample } },
  handle: async ({ tx, file }) => {
    const loaded = await loadList(tx, await readUploadedList(file));
    return { status: loaded.isNew ? 201 : 200, body: showVersion(loaded.version) };
  },
});

const versions = defineRoute({
  method: 'GET',
  path: '/api/v1/screening-list-versions',
  operationId: 'listScreeningListVersions',
  summary: 'List versions of the lists, the newest first',
  tags: ['Screening'],
  auth: { permission: 'list.read' },
  query: {
    ...pageQuery,
    list: z
      .string()
      .regex(/^[a-z0-9-]{2,60}$/, 'is not the id of a list')
      .optional()
      .meta({ description: 'Of one list.', example: 'ofac-sdn' }),
  },
  responses: { 200: pageOf(version) },
  example: { answer: { status: 200, body: { data: [versionExample], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const found = await listListVersions(tx, {
      ...after(query.cursor),
      ...(query.list !== undefined && { listId: query.list }),
      limit: query.limit + 1,
    });
    if (query.list !== undefined && query.cursor === undefined && found.length === 0)
      throw notFound('list');
    const show = showVersion;
    return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
  },
});

const versionParams = { id: idOf('listVersion') };

const readVersion = defineRoute({
  method: 'GET',
  path: '/api/v1/screening-list-versions/:id',
  operationId: 'readScreeningListVersion',
  summary: 'Read a version of a list',
  tags: ['Screening'],
  auth: { permission: 'list.read' },
  params: versionParams,
  responses: { 200: version },
  example: { answer: { status: 200, body: versionExample } },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: showVersion(await readListVersion(tx, params.id)),
  }),
});

const entry = z.object({
  name: z.string(),
  kind: z.enum(['individual', 'organisation', 'vessel', 'aircraft']),
  aliases: z.array(z.string()),
  datesOfBirth: z.array(z.object({ from: civilDate, to: civilDate })),
  nationalities: z.array(z.string()),
  programmes: z.array(z.string()),
});

const change = z.object({
  entryId: z.string(),
  before: entry.nullable(),
  after: entry.nullable(),
  differences: z.array(z.object({ field: z.string(), was: z.string(), becomes: z.string() })),
});

function showEntry(found: ListedEntry | null): z.input<typeof entry> | null {
  return (
    found && {
      name: found.name,
      kind: found.kind,
      aliases: found.aliases.map(({ name }) => name),
      datesOfBirth: found.datesOfBirth.map((range) => ({ ...range })),
      nationalities: [...found.nationalities],
      programmes: [...found.programmes],
    }
  );
}

function showChange({ entryId, before, after: becomes }: ChangedEntry): z.input<typeof change> {
  return {
    entryId,
    before: showEntry(before),
    after: showEntry(becomes),
    differences: before && becomes ? entryDifferences(before, becomes) : [],
  };
}

const changes = defineRoute({
  method: 'GET',
  path: '/api/v1/screening-list-versions/:id/changes',
  operationId: 'listScreeningListChanges',
  summary: 'List what a version added, changed or removed',
  description: 'By the entries’ ids, against the version before.',
  tags: ['Screening'],
  auth: { permission: 'list.read' },
  params: versionParams,
  query: { ...pageQuery, what: z.enum(entryChanges).default('added') },
  responses: { 200: pageOf(change) },
  example: {
    answer: {
      status: 200,
      body: {
        data: [
          {
            entryId: 'sdn:900001',
            before: null,
            after: {
              name: 'VARDANOSK, Orelin Tasmir',
              kind: 'individual' as const,
              aliases: ['WARDANOSK, Aurelin'],
              datesOfBirth: [{ from: '1968-03-12', to: '1968-03-12' }],
              nationalities: ['IR'],
              programmes: ['SDGT'],
            },
            differences: [],
          },
        ],
        nextCursor: null,
      },
    },
  },
  handle: async ({ tx, params, query }) => {
    const found = await changesOfVersion(tx, await readListVersion(tx, params.id), {
      ...after(query.cursor),
      what: query.what,
      limit: query.limit + 1,
    });
    const body = pageFrom(found, query.limit, {
      after: ({ entryId }) => entryId,
      show: showChange,
    });
    return { status: 200, body };
  },
});

const counts = z.object({ opened: z.int(), judged: z.int(), held: z.int(), in_case: z.int() });

const rescreening = z
  .object({
    id: idOf('rescreening'),
    versionId: idOf('listVersion').nullable().meta({
      description: 'Null, as list and number are, where an outside matcher is the cause.',
    }),
    listId: z.string().nullable(),
    listName: z.string().nullable(),
    number: z.int().nullable(),
    matcher: z
      .string()
      .nullable()
      .meta({ description: 'The outside matcher that is new, or set up otherwise than before.' }),
    state: z.enum(['running', 'done']),
    parties: z.int().meta({ description: 'People there were when it began.' }),
    looked: z.int(),
    startedAt: time,
    finishedAt: time.nullable(),
    matches: counts.nullable().meta({
      description:
        'In your entities: people are asked (`opened`), are asked already (`judged`), the client is frozen already (`held`), or the application is not decided yet (`in_case`). Null for whoever may not judge screenings.',
    }),
  })
  .meta({ id: 'Rescreening' });

const rescreeningExample = {
  id: exampleId('rescreening'),
  versionId: exampleId('listVersion'),
  listId: 'ofac-sdn',
  listName: 'OFAC SDN',
  number: 7,
  matcher: null,
  state: 'done' as const,
  parties: 41_200,
  looked: 41_200,
  startedAt: '2026-11-28T06:00:00.000000Z',
  finishedAt: '2026-11-28T06:01:10.000000Z',
  matches: { opened: 1, judged: 0, held: 0, in_case: 0 },
};

async function showRescreenings(
  tx: Tx,
  scope: Scope,
  found: readonly Rescreening[],
): Promise<z.input<typeof rescreening>[]> {
  const ids = found.map(({ id }) => id);
  const counted = may(scope, 'screening.decide') ? await matchCounts(tx, ids) : undefined;
  return found.map((each) => ({ ...each, matches: counted?.get(each.id) ?? null }));
}

const rescreenings = defineRoute({
  method: 'GET',
  path: '/api/v1/rescreenings',
  operationId: 'listRescreenings',
  summary: 'List when everybody was screened again, the newest first',
  tags: ['Screening'],
  auth: { permission: 'list.read' },
  query: pageQuery,
  responses: { 200: pageOf(rescreening) },
  example: { answer: { status: 200, body: { data: [rescreeningExample], nextCursor: null } } },
  handle: async ({ tx, scope, query }) => {
    const found = await listRescreenings(tx, { ...after(query.cursor), limit: query.limit + 1 });
    const shown = await showRescreenings(tx, scope, found);
    const body = pageFrom(shown, query.limit, { after: ({ id }) => id, show: (each) => each });
    return { status: 200, body };
  },
});

const readOne = defineRoute({
  method: 'GET',
  path: '/api/v1/rescreenings/:id',
  operationId: 'readRescreening',
  summary: 'Read how far a re-screening is and how many it found',
  tags: ['Screening'],
  auth: { permission: 'list.read' },
  params: { id: idOf('rescreening') },
  responses: { 200: rescreening },
  example: { answer: { status: 200, body: rescreeningExample } },
  handle: async ({ tx, scope, params }) => {
    const [body] = await showRescreenings(tx, scope, [await readRescreening(tx, params.id)]);
    if (!body) throw notFound('re-screening');
    return { status: 200, body };
  },
});

const match = z.object({
  partyId: idOf('party'),
  clientId: idOf('client'),
  entityId: z.string(),
  outcome: z.enum(matchOutcomes),
  screeningId: idOf('screening').nullable(),
  at: time,
});

const matches = defineRoute({
  method: 'GET',
  path: '/api/v1/rescreenings/:id/matches',
  operationId: 'listRescreeningMatches',
  summary: 'List whom a re-screening found',
  description: 'In your entities. `screeningId` is what people are asked about.',
  tags: ['Screening'],
  auth: { permission: 'screening.decide' },
  params: { id: idOf('rescreening') },
  query: pageQuery,
  responses: { 200: pageOf(match) },
  example: {
    answer: {
      status: 200,
      body: {
        data: [
          {
            partyId: exampleId('party'),
            clientId: exampleId('client'),
            entityId: 'cy',
            outcome: 'opened',
            screeningId: exampleId('screening'),
            at: '2026-11-28T06:00:40.000000Z',
          },
        ],
        nextCursor: null,
      },
    },
  },
  handle: async ({ tx, params, query }) => {
    const { id } = await readRescreening(tx, params.id);
    const found = await matchesOfRescreening(tx, id, {
      ...after(query.cursor),
      limit: query.limit + 1,
    });
    const body = pageFrom(found, query.limit, {
      after: ({ partyId }) => partyId,
      show: (each) => ({ ...each }),
    });
    return { status: 200, body };
  },
});

export const screeningListRoutes = [
  lists,
  load,
  versions,
  readVersion,
  changes,
  rescreenings,
  readOne,
  matches,
];
