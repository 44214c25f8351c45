import { inScope, rows } from './connection';
import { eventsOfSubject } from './events';
import { recordCheck, type Differences, type DueCheck } from './feed-checks';
import { askAboutGap } from './feed-gaps';
import { decideTask } from './task-inbox';
import { latestTask, type Task } from './tasks';
import { colleague } from '../tests/processes/people';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { seedAccount, seedClient, seedEntities, serverId } from '../tests/proofs/seed';

const offByOne: Differences = { balance: { here: '100', server: '101' } };

describe('a gap between a log-in and its server', () => {
  let scratch: Scratch;
  let accountId: string;
  let logins = 7_000;
  let check: DueCheck;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(seedEntities);
  });
  afterAll(() => scratch.close());

  beforeEach(async () => {
    logins += 1;
    const login = String(logins);
    await scratch.asSystem(async (tx) => {
      const client = await seedClient(tx, 'cy');
      accountId = await seedAccount(tx, client, login);
      const { entityId, clientId, currency } = client;
      check = { login, accountId, entityId, clientId, currency, agreedAt: null, attempts: 2 };
      await rows(
        tx,
        `insert into feed_check (server_id, login, account_id, entity_id, client_id, attempts)
         values (:serverId, :login, :accountId, :entityId, :clientId, 2)`,
        { serverId, login, accountId, entityId, clientId },
      );
    });
  });

  const latest = () => scratch.asSystem((tx) => latestTask(tx, accountId, 'feed_gap'));
  /** One look at the log-in that finds what is given, as a reader of the feed makes it. */
  async function look(differences: Differences, deleted: readonly string[] = []) {
    const startedAt = new Date().toISOString();
    const verdict = await scratch.asSystem(async (tx) => {
      const found = await recordCheck(tx, serverId, check, { differences, startedAt });
      if (found === 'gap')
        await askAboutGap(tx, serverId, check, { differences, deleted, startedAt });
      return found;
    });
    check = { ...check, attempts: verdict === 'agrees' ? 0 : check.attempts + 1 };
    return latest();
  }
  const lastsFor = (minutes: number) =>
    scratch.asSystem((tx) =>
      rows(
        tx,
        `update feed_check set differs_since = clock_timestamp() - :minutes * interval '1 minute' where login = :login`,
        { minutes, login: check.login },
      ),
    );
  const decide = ({ id, version, contentHash }: Task, decision: string) => {
    const officer = colleague('operations');
    const entities = [...officer.entities, 'cy'];
    return inScope(scratch.db, { ...officer, entities }, (tx) =>
      decideTask(tx, { taskId: id, expectedVersion: version, contentHash, decision, reason: 'x' }),
    );
  };
  const lasting = async () => {
    await look(offByOne);
    await lastsFor(31);
    const task = await look(offByOne);
    if (!task) throw new Error('nobody was asked');
    return task;
  };

  it('is asked about once, when it has lasted', async () => {
    expect(await look(offByOne)).toBeUndefined();
    await lastsFor(29);
    expect(await look(offByOne)).toBeUndefined();
    await lastsFor(31);
    const task = await look(offByOne);
    expect(task).toMatchObject({
      state: 'open',
      issue: [{ code: 'FEED_GAP', detail: 'balance: 1.00 here, 1.01 at the server' }],
      content: { login: check.login, offBy: 'balance 1', deleted: [] },
    });
    expect(await look(offByOne)).toMatchObject({ id: task?.id });
  });

  it('is no question any more when they agree', async () => {
    await lasting();
    expect(await look({})).toMatchObject({ state: 'cancelled', reason: 'GAP_CLOSED' });
  });

  it('is left as people have said, while it is off by the same', async () => {
    const task = await lasting();
    await decide(task, 'leave');
    const traded = { balance: { here: '350', server: '351' } };
    expect(await look(traded)).toMatchObject({ id: task.id });
    const more = await look({ balance: { here: '350', server: '390' } });
    expect(more).toMatchObject({ state: 'open', content: { offBy: 'balance 40' } });
  });

  it('is asked about anew when another look finds it again', async () => {
    const task = await lasting();
    await decide(task, 'look_again');
    const again = await look(offByOne);
    expect(again?.id).not.toBe(task.id);
    expect(again).toMatchObject({ state: 'open' });
  });

  it('is asked about at once when deals are gone at the server, and the record says which', async () => {
    const task = await look({ deals: { here: '2', server: '1' } }, ['41']);
    expect(task).toMatchObject({
      issue: [{ code: 'DEALS_GONE', detail: '1: 41' }, { code: 'FEED_GAP' }],
    });
    const told = await scratch.asSystem((tx) => eventsOfSubject(tx, accountId));
    const gone = told.filter(({ type }) => type === 'feed.deals_gone');
    expect(gone.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual([
      { server: serverId, login: check.login, tickets: ['41'] },
    ]);
  });
});
