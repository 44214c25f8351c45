import { install } from './installation';
import { openDatabase, inScope, rows, type Database, type Tx } from './connection';
import { throwawayKeys } from '../connectors/keys/file-keys';
import { readSampleList } from '../connectors/screening/ofac';
import { systemScope } from '../domain/access/scope';
import type { ListedEntry, PublishedList } from '../domain/screening/entry';
import { screeningListFrom } from '../activities/screening-list';
import { colleague } from '../tests/processes/people';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import { eventsOfSubject } from './events';
import { loadList, readListVersions, versionsInForce } from './sanction-lists';

function entry(id: string, version: string, name = `NAME ${id}`): ListedEntry {
  return {
    ...{ id, kind: 'individual', name, aliases: [], version, programmes: [] },
    ...{ datesOfBirth: [], nationalities: [], countries: [], gender: null, idNumbers: [] },
  };
}

function published(on: string, entries: readonly ListedEntry[], hash = on): PublishedList {
  return {
    version: { name: 'Test list', hash, publishedOn: on },
    entries,
    files: [{ name: 'test.xml', sha256: hash }],
  };
}

describe('versions of a list', () => {
  let database: FreshDatabase;
  let db: Database;

  beforeAll(async () => {
    database = await freshDatabase();
    db = openDatabase({ url: database.appUrl, keys: throwawayKeys() });
  });
  afterAll(async () => {
    await db.pool.destroy();
    await database.drop();
  });

  const system = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, systemScope('os:test'), work);
  const load = (list: PublishedList) => system((tx) => loadList(tx, list));
  const namesInForce = async () =>
    (await system((tx) => versionsInForce(tx))).map(
      ({ listName, number }) => `${listName} ${number}`,
    );

  it('begin with the invented list, once, which a published list takes out of force', async () => {
    await expect(screeningListFrom(db)()).rejects.toThrow('no sanctions list is in force');
    const options = { actor: 'os:test', settleWindowMs: 1_000, servers: [] };
    for (const _again of [1, 2])
      await install(db, { ...options, sampleList: await readSampleList() });
    expect(await namesInForce()).toEqual(['Keelson sample list 1']);
    await load(published('2026-02-01', [entry('t:1', 'a'), entry('t:2', 'a'), entry('t:3', 'a')]));
    expect(await namesInForce()).toEqual(['Test list 1']);
  });

  it('say what was added, changed and removed, and each keeps what it said', async () => {
    const { version, isNew } = await load(
      published('2026-02-02', [entry('t:4', 'a'), entry('t:2', 'b', 'RENAMED'), entry('t:1', 'a')]),
    );
    expect(isNew).toBe(true);
    expect(version).toMatchObject({ number: 2, entries: 3, added: 1, changed: 1, removed: 1 });
    const [now] = await system((tx) => readListVersions(tx, [version]));
    expect(now?.entries.map(({ id, name }) => `${id} ${name}`)).toEqual([
      't:1 NAME t:1',
      't:2 RENAMED',
      't:4 NAME t:4',
    ]);
    const [before] = await system((tx) => readListVersions(tx, [{ ...version, number: 1 }]));
    expect(before?.entries.map(({ id, name }) => `${id} ${name}`)).toEqual([
      't:1 NAME t:1',
      't:2 NAME t:2',
      't:3 NAME t:3',
    ]);
  });

  it('do not change by the same files again, nor by an older list', async () => {
    const same = published('2026-02-02', [entry('t:9', 'z')]);
    expect(await load(same)).toMatchObject({ isNew: false, version: { number: 2 } });
    await expect(load(published('2026-02-01', [entry('t:1', 'a')]))).rejects.toMatchObject({
      status: 422,
      code: 'list_older',
    });
    expect(await namesInForce()).toEqual(['Test list 2']);
    const events = await system((tx) => eventsOfSubject(tx, 'list/test-list'));
    expect(events.map(({ type }) => type)).toEqual(['list.loaded', 'list.loaded']);
  });

  it('are loaded by whoever may, and by nobody else', async () => {
    const next = published('2026-02-03', [entry('t:1', 'a')]);
    for (const role of ['senior_approver', 'operations', 'auditor'] as const)
      await expect(inScope(db, colleague(role), (tx) => loadList(tx, next))).rejects.toMatchObject({
        status: 403,
        extra: { permission: 'list.load' },
      });
    const officer = colleague('compliance');
    const { version } = await inScope(db, officer, (tx) => loadList(tx, next));
    expect(version).toMatchObject({ number: 3, loadedBy: officer.actor, removed: 2 });
  });

  it('cannot be rewritten, not even by the owner of the tables', async () => {
    for (const statement of [
      `update sanction_entry set body = '{}'`,
      `update sanction_entry set until_number = null`,
      'delete from sanction_entry',
      'update sanction_list_version set entries = 1',
    ])
      await expect(system((tx) => rows(tx, statement))).rejects.toThrow();
    const owner = openDatabase({ url: database.ownerUrl, keys: throwawayKeys() });
    try {
      for (const statement of [
        `update sanction_entry set entry_hash = 'x'`,
        'update sanction_entry set until_number = 99 where until_number is not null',
        'delete from sanction_list_version',
      ])
        await expect(
          inScope(owner, systemScope('os:test'), (tx) => rows(tx, statement)),
        ).rejects.toThrow(/refused|append-only/);
    } finally {
      await owner.pool.destroy();
    }
  });

  it('are noticed by a worker that is running', async () => {
    const lists = screeningListFrom(db);
    const before = await lists();
    expect(await lists()).toBe(before);
    expect(before.entryCount).toBe(1);
    const { version } = await load(published('2026-02-04', [entry('t:1', 'a'), entry('t:7', 'a')]));
    const after = await lists();
    expect(after.entryCount).toBe(2);
    expect(after.lists).toEqual([
      { id: version.id, name: 'Test list', hash: '2026-02-04', publishedOn: '2026-02-04' },
    ]);
  });
});
