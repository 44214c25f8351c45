import { systemScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import type { Keys } from '../domain/keys';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import { inScope, type Database } from '../db/connection';
import { install } from '../db/installation';
import { changeParty, holderOf } from '../db/parties';
import { latestScreening, type Screening } from '../db/screening';
import { cancelTask, openTask } from '../db/tasks';
import { workflowIds } from '../temporal-config/workflow-ids';
import { passport, register, type Applicant, type Ground } from '../tests/processes/applicants';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { screenPayee } from './payout-screening';

describe('the screening of whom money is paid to', () => {
  let scratch: Scratch;
  let ground: Ground;

  beforeAll(async () => {
    scratch = await openScratch();
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
    ground = { db: scratch.db, system: (work) => scratch.asSystem(work) };
  });

  afterAll(() => scratch.close());

  const listOf = (hash: string) =>
    new ScreeningIndex([
      { version: { name: 'test', hash, publishedOn: '2026-01-01' }, entries: [] },
    ]);

  async function payee(): Promise<Applicant> {
    const who = await register(ground);
    await passport(ground, who);
    return who;
  }

  /**
   * Screens for a payment of the client's; answers whether it read their data, whether it looked beyond their standing at
   * all, and the latest screening then.
   */
  async function screen(
    { clientId, entityId }: Applicant,
    {
      list = listOf('h1'),
      payment = newId('withdrawal'),
      now = new Date(),
      db = scratch.db,
    }: Partial<{ list: ScreeningIndex; payment: string; now: Date; db: Database }> = {},
  ): Promise<{ opened: boolean; closer: boolean; latest: Screening | undefined }> {
    const sent: string[] = [];
    const keep = ({ sql }: { sql: string }) => void sent.push(sql);
    const { pool } = scratch.db;
    pool.on('query', keep);
    try {
      const workflowId = workflowIds.withdrawal(payment);
      await inScope(db, systemScope('os:test'), (tx) =>
        screenPayee(tx, { workflowId, subject: payment, entityId, clientId }, list, now),
      );
    } finally {
      pool.removeListener('query', keep);
    }
    return {
      opened: sent.some((sql) => sql.includes('name_ct as name')),
      closer: sent.some((sql) => sql.includes('from kyc_case where client_id')),
      latest: await ground.system(async (tx) =>
        latestScreening(tx, (await holderOf(tx, clientId)).id),
      ),
    };
  }

  const nothing = { opened: false, closer: false };
  const change = (who: Applicant, changes: Parameters<typeof changeParty>[2]) =>
    ground.system(async (tx) => changeParty(tx, (await holderOf(tx, who.clientId)).id, changes));

  it('opens nothing of a client whose clear screening rests on what lies there unchanged', async () => {
    const who = await payee();
    const first = await screen(who);
    expect(first).toMatchObject({ opened: true, latest: { verdict: 'clear' } });
    expect(await screen(who)).toEqual({ ...nothing, latest: first.latest });
  });

  it('reads the data again where it was screened elsewhere, and knows it from then on', async () => {
    const who = await payee();
    const { latest } = await screen(who);
    // As another process sees the same database.
    const db = { ...scratch.db, keys: Object.create(scratch.db.keys) as Keys };
    expect(await screen(who, { db })).toEqual({ opened: true, closer: true, latest });
    expect(await screen(who, { db })).toEqual({ ...nothing, latest });
  });

  it.each<[what: string, change: (who: Applicant) => Promise<unknown>]>([
    ['the name', (who) => change(who, { name: 'Another Name' })],
    ['a birth date that no document says', (who) => change(who, { birth_date: '1970-01-01' })],
    ['a nationality that no document says', (who) => change(who, { nationality: 'DE' })],
    ['the identity document', (who) => passport(ground, who, { sex: 'M' })],
  ])('screens anew after %s has changed', async (what, happens) => {
    const who = what.includes('no document') ? await register(ground) : await payee();
    const { latest } = await screen(who);
    await happens(who);
    const again = await screen(who);
    expect(again.opened).toBe(true);
    expect(again.latest?.id).not.toBe(latest?.id);
  });

  it.each<[what: string, statement: string]>([
    ['for another algorithm', `update screening_result set algorithm = 'older' where id = :id`],
    [
      'with other thresholds',
      `update screening_result set thresholds = '{"reviewScore": 1, "strongScore": 2}' where id = :id`,
    ],
    ['too long ago', `update screening_result set at = at - interval '73 hours' where id = :id`],
    ['and was not clear', `update screening_result set verdict = 'possible' where id = :id`],
  ])('screens anew what was screened %s', async (_what, statement) => {
    const who = await payee();
    const { latest } = await screen(who);
    await scratch.asOwner(statement.replace(':id', `'${latest?.id ?? ''}'`));
    const again = await screen(who);
    expect(again.latest?.id).not.toBe(latest?.id);
  });

  it('screens anew with each list', async () => {
    const who = await payee();
    const { latest } = await screen(who);
    const again = await screen(who, { list: listOf('h2') });
    expect(again.latest?.id).not.toBe(latest?.id);
  });

  it('reads the data again each day, and when the key is gone', async () => {
    const who = await payee();
    const { latest } = await screen(who);
    const now = new Date(Date.now() + 86_400_000);
    expect(await screen(who, { now })).toEqual({ opened: true, closer: true, latest });
    expect(await screen(who, { now })).toEqual({ ...nothing, latest });
    await scratch.asOwner('update data_key set wrapped_key = null');
    await expect(screen(who, { now })).rejects.toThrow();
  });

  it('looks closer while a match of the client is judged, and where the payment has asked about one', async () => {
    const who = await payee();
    const payment = newId('withdrawal');
    const { latest } = await screen(who);
    const task = await ground.system((tx) =>
      openTask(tx, {
        ...{ kind: 'screening_match', subject: payment, key: payment, issue: [] },
        ...{ workflowId: workflowIds.withdrawal(payment), entityId: who.entityId, clientId: null },
        title: 'A match',
        content: { screening: latest?.id ?? '', party: latest?.partyId ?? '' },
      }),
    );
    expect(await screen(who)).toEqual({ opened: false, closer: true, latest });
    await ground.system((tx) => cancelTask(tx, task.id, 'not needed'));
    expect(await screen(who)).toEqual({ ...nothing, latest });
    expect(await screen(who, { payment })).toEqual({ opened: true, closer: true, latest });
  });
});
