import { throwawayKeys } from '../connectors/keys/file-keys';
import { systemScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import type { OutsideMatcher } from '../domain/screening/outside';
import { inScope, openDatabase, rows, type Database } from '../db/connection';
import { install } from '../db/installation';
import { latestCase } from '../db/kyc';
import { addParty } from '../db/parties';
import { readProcess } from '../db/processes';
import { noteMatchers } from '../db/outside-matchers';
import { listRescreenings, matchesOfRescreening, rescreeningOfVersion } from '../db/rescreenings';
import { loadList } from '../db/sanction-lists';
import { letters, register } from '../tests/processes/applicants';
import { listOf, publishedList } from '../tests/processes/listed';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import { createRescreeningActivities } from './rescreening';

describe('screening everybody again', () => {
  let database: FreshDatabase;
  let db: Database;

  beforeAll(async () => {
    database = await freshDatabase();
    db = openDatabase({ url: database.appUrl, keys: throwawayKeys() });
    await install(db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  afterAll(async () => {
    await db.pool.destroy();
    await database.drop();
  });

  const system = <T>(work: Parameters<typeof inScope<T>>[2]) =>
    inScope(db, systemScope('os:test'), work);

  /** A client whom somebody brought over from elsewhere: approved, and never in a case. */
  async function brought(name: string): Promise<string> {
    const id = newId('client');
    await system(async (tx) => {
      await rows(
        tx,
        `insert into client (id, entity_id, residence, state, currency, approved_at)
         values (:id, 'cy', 'CY', 'approved', 'EUR', now())`,
        { id },
      );
      const email = `${letters()}@clients.example`;
      await addParty(tx, { entityId: 'cy', clientId: id, role: 'holder' }, { name, email });
    });
    return id;
  }

  it('looks at clients who never were in a case, and has people judge who comes near', async () => {
    const name = `Quorena ${letters()}`;
    const [near, far] = [await brought(name), await brought(`Wilbert ${letters()}`)];
    const { version } = await system((tx) =>
      loadList(tx, publishedList([{ id: 'test:1', name, version: 'v1' }])),
    );
    const run = await system((tx) => rescreeningOfVersion(tx, version.id));
    if (!run) throw new Error('nobody is screened again');
    const screeningList = () => Promise.resolve(listOf('1', name));
    const activities = createRescreeningActivities({ db, screeningList });
    while ((await activities.rescreenPage(run.id)) === 'more');
    const matches = await system((tx) => matchesOfRescreening(tx, run.id, { limit: 10 }));
    expect(matches).toMatchObject([{ clientId: near, outcome: 'opened' }]);
    const tasks = await system((tx) =>
      rows(tx, `select content ->> 'client' as client from task where kind = 'screening_match'`),
    );
    expect(tasks).toEqual([{ client: near }]);
    const of = await system((tx) => latestCase(tx, near));
    expect(of).toMatchObject({ state: 'collecting' });
    // The case is carried by a process, as every other is.
    const process = await system((tx) => readProcess(tx, `onboarding/${near}`));
    expect(process).toMatchObject({ finishedAt: null });
    expect(await system((tx) => latestCase(tx, far))).toBeUndefined();
  });

  it('looks at applicants who are still collecting papers, and asks once about each', async () => {
    const family = letters();
    const who = await register({ db, system }, { given: 'Quorena', family });
    expect(await system((tx) => latestCase(tx, who.clientId))).toMatchObject({
      state: 'collecting',
    });
    const listed = { id: 'test:2', name: `Quorena ${family}` };
    for (const [version, outcome] of [
      ['v1', 'opened'],
      ['v2', 'judged'],
    ] as const) {
      const { version: loaded } = await system((tx) =>
        loadList(tx, publishedList([{ ...listed, version }])),
      );
      const run = await system((tx) => rescreeningOfVersion(tx, loaded.id));
      if (!run) throw new Error('nobody is screened again');
      const screeningList = () => Promise.resolve(listOf(version, listed.name));
      const activities = createRescreeningActivities({ db, screeningList });
      while ((await activities.rescreenPage(run.id)) === 'more');
      const matches = await system((tx) => matchesOfRescreening(tx, run.id, { limit: 10 }));
      expect(matches).toContainEqual(expect.objectContaining({ clientId: who.clientId, outcome }));
    }
    const tasks = await system((tx) =>
      rows(
        tx,
        `select 1 from task where kind = 'screening_match' and content ->> 'client' = :client`,
        { client: who.clientId },
      ),
    );
    expect(tasks).toHaveLength(1);
  });

  it('looks at everybody again when an outside matcher is new or set up otherwise, and only then', async () => {
    const name = `Quorena ${letters()}`;
    const near = await brought(name);
    const note = (settingsHash: string) =>
      system((tx) => noteMatchers(tx, [{ name: 'yente', settingsHash }]));
    const running = async () => {
      const all = await system((tx) => listRescreenings(tx, { limit: 50 }));
      return all.filter(({ matcher, state }) => matcher === 'yente' && state === 'running');
    };
    expect(await note('a')).toEqual(['yente']);
    expect(await note('a')).toEqual([]);
    const [run] = await running();
    if (!run) throw new Error('nobody is screened again');
    expect(run).toMatchObject({ versionId: null, listName: null });
    const answering = (outside: OutsideMatcher) => () =>
      Promise.resolve(Object.assign(listOf('1', 'Nobody Listed'), { outside: [outside] }));
    const silent = { name: 'yente', ask: () => Promise.resolve({ kind: 'unknown' as const }) };
    const waiting = createRescreeningActivities({ db, screeningList: answering(silent) });
    await expect(waiting.rescreenPage(run.id)).rejects.toThrow('silent');
    const knowing: OutsideMatcher = {
      name: 'yente',
      ask: (subject) =>
        Promise.resolve({
          kind: 'answered',
          threshold: 0.7,
          matches:
            subject.name === name
              ? [
                  {
                    ...{ entryId: 'yente:NK-1', entryVersion: '1', kind: 'individual', name },
                    ...{ programmes: ['test'], score: 0.9 },
                  },
                ]
              : [],
        }),
    };
    const activities = createRescreeningActivities({ db, screeningList: answering(knowing) });
    while ((await activities.rescreenPage(run.id)) === 'more');
    const matches = await system((tx) => matchesOfRescreening(tx, run.id, { limit: 10 }));
    expect(matches).toMatchObject([{ clientId: near, outcome: 'opened' }]);
    expect(await running()).toEqual([]);
    expect(await note('b')).toEqual(['yente']);
    expect(await running()).toHaveLength(1);
    expect(await system((tx) => noteMatchers(tx, []))).toEqual([]);
  });
});
