import { liftRestriction, setRestriction } from '../../db/client-restrictions';
import { inScope, rows } from '../../db/connection';
import { liftHalt, setHalt } from '../../db/halts';
import { decide as decideGuarded } from '../../db/task-decisions';
import { cancelWithdrawal } from '../../db/withdrawal-end';
import { latestTaskOfProcess, type Task } from '../../db/tasks';
import type { StaffScope } from '../../domain/access/scope';
import { ScreeningIndex } from '../../domain/screening/candidate-index';
import type { ListedEntry } from '../../domain/screening/entry';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { askWithdrawal, depositor, watch } from './payments';
import { colleague, decide, openTaskOf, type TestClient, walletOf } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('the gate before money leaves', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  /** Restricts withdrawals; answers how to lift it again. */
  async function restrict(
    client: TestClient,
    kind: 'takeover' | 'restricted_hold',
  ): Promise<() => Promise<void>> {
    const role = kind === 'restricted_hold' ? 'mlro' : 'compliance';
    const { id } = await inScope(stage.db, colleague(role), (tx) =>
      setRestriction(tx, {
        clientId: client.id,
        kind,
        scopes: ['withdraw'],
        reason: 'for this test',
      }),
    );
    return async () => {
      await inScope(stage.db, colleague(role), (tx) =>
        liftRestriction(tx, client.id, id, 'cleared up'),
      );
    };
  }

  /** Decides as the API does, with what must hold of the subject. */
  const decideAsApi = (who: StaffScope, task: Task, decision: string) =>
    inScope(stage.db, who, (tx) =>
      decideGuarded(tx, {
        taskId: task.id,
        expectedVersion: task.version,
        contentHash: task.contentHash,
        decision,
        reason: 'TEST',
      }),
    );

  it.each(['takeover', 'restricted_hold'] as const)(
    'refuses an approval, and pays nothing, while a %s is in force',
    async (kind) => {
      const { client } = await depositor(stage, '6000.00');
      const asked = await askWithdrawal(stage, client, '5500.00');
      const watched = watch(stage, asked);
      const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
      const lift = await restrict(client, kind);
      await expect(decideAsApi(colleague('finance'), task, 'approve')).rejects.toMatchObject({
        status: 409,
        code: 'routine_review',
      });
      // As if the restriction had been set just after the approval.
      await decide(stage, colleague('finance'), task, 'approve');
      await watched.waitsFor('a routine review');
      expect(await watched.row()).toMatchObject({ state: 'approved' });
      expect(await watched.intents()).toEqual([]);
      await lift();
      expect(await watched.ended()).toMatchObject({ state: 'paid' });
    },
    60_000,
  );

  it('is passed again before each request, in the transaction that marks it as sent', async () => {
    const { client } = await depositor(stage, '40.00');
    const halt = await inScope(stage.db, colleague('finance'), (tx) =>
      setHalt(tx, { scope: 'rail', key: 'stripe', reason: 'for this test' }),
    );
    const watched = watch(stage, await askWithdrawal(stage, client, '40.00'));
    await watched.waitsFor('a halt switch to be lifted');
    const lift = await restrict(client, 'restricted_hold');
    await inScope(stage.db, colleague('finance'), (tx) => liftHalt(tx, halt.id));
    await watched.waitsFor('a routine review');
    expect(await watched.intents()).toMatchObject([{ state: 'planned', sentAt: null }]);
    await lift();
    expect(await watched.ended()).toMatchObject({ state: 'paid' });
  }, 60_000);

  it('finds a withdrawal under a hidden hold assessed like any other', async () => {
    const { client } = await depositor(stage, '40.00');
    const lift = await restrict(client, 'restricted_hold');
    const watched = watch(stage, await askWithdrawal(stage, client, '40.00'));
    await watched.waitsFor('a routine review');
    expect(await watched.row()).toMatchObject({ state: 'approved' });
    const tasks = await stage.system((tx) =>
      rows(tx, 'select kind from task where client_id = :id', { id: client.id }),
    );
    expect(tasks).toEqual([]);
    await lift();
    expect(await watched.ended()).toMatchObject({ state: 'paid' });
  }, 60_000);

  it('lets the client cancel what waits before it', async () => {
    const { client } = await depositor(stage, '6000.00');
    const asked = await askWithdrawal(stage, client, '5500.00');
    const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
    await restrict(client, 'takeover');
    await decide(stage, colleague('finance'), task, 'approve');
    const watched = watch(stage, asked);
    await watched.waitsFor('a routine review');
    await inScope(stage.db, client.scope, (tx) => cancelWithdrawal(tx, asked.id));
    expect(await watched.ended()).toMatchObject({ state: 'cancelled' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 600_000n, heldMinor: 0n });
  }, 60_000);

  it('screens with the list of now, and pays when two people dismissed what it found', async () => {
    const { client } = await depositor(stage, '6000.00', { name: 'Zebulon Quartermain' });
    const asked = await askWithdrawal(stage, client, '5500.00');
    const watched = watch(stage, asked);
    const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
    const before = stage.deps.screeningList;
    const entry: ListedEntry = {
      id: 'test:1',
      kind: 'individual',
      name: 'Zebulon Quartermain',
      aliases: [],
      datesOfBirth: [],
      nationalities: [],
      countries: [],
      gender: null,
      idNumbers: [],
      programmes: ['TEST'],
      version: 'v1',
    };
    const version = { name: 'test', hash: 'h2', publishedOn: '2026-11-24' };
    const list = new ScreeningIndex([{ version, entries: [entry] }]);
    Object.assign(stage.deps, { screeningList: () => Promise.resolve(list) });
    try {
      await decide(stage, colleague('finance'), task, 'approve');
      await watched.waitsFor('a routine review');
      const match = await until('the screening task', () =>
        stage.system((tx) =>
          latestTaskOfProcess(tx, workflowIds.withdrawal(asked.id), 'screening_match'),
        ),
      );
      expect(match).toMatchObject({ approvalsRequired: 2, clientId: null });
      expect(await watched.intents()).toEqual([]);
      const once = await decide(stage, colleague('compliance'), match, 'dismiss');
      await decide(stage, colleague('mlro'), once, 'dismiss');
      expect(await watched.ended()).toMatchObject({ state: 'paid' });
    } finally {
      Object.assign(stage.deps, { screeningList: before });
    }
  }, 60_000);

  it('leaves books that agree', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
