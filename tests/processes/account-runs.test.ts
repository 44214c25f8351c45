import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Supervisor } from '../../cli/stack/supervisor';
import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount, type AccountRequest, type WordedAsk } from '../../db/account-requests';
import { readAccount, wakeAccount } from '../../db/accounts';
import { inScope } from '../../db/connection';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { readProcess } from '../../db/processes';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { startOwnTemporal } from '../setup/servers';
import {
  colleague,
  decide,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
  type TestClient,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

/** An account lives for years, in many runs: this server suggests a new one after sixty events, not 4,096. */
describe('the runs of an account', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'keelson-runs-'));
  const supervisor = new Supervisor();
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    const temporalAddress = await startOwnTemporal(supervisor, dir, { newRunAfterEvents: 60 });
    stage = await openStage({ temporalAddress });
    client = await seedClient(stage);
    account = await openAccount(stage, client);
  }, 180_000);

  afterEach(() => stage.mt5.clearFaults());
  afterAll(async () => {
    await stage.close();
    await supervisor.stopAll();
    rmSync(dir, { recursive: true, force: true });
  });

  const handle = (runId?: string) =>
    stage.temporal.client.workflow.getHandle(workflowIds.account(account.id), runId);
  /** How many runs there have been, from the present one back to the first. */
  async function runs(): Promise<number> {
    let count = 0;
    for (
      let runId: string | undefined = (await handle().describe()).runId;
      runId;
      runId = await before(runId)
    )
      count += 1;
    return count;
  }
  /** Which run another one continues never changes, so each history is fetched once. */
  const continued = new Map<string, string | undefined>();
  const before = async (runId: string): Promise<string | undefined> => {
    if (!continued.has(runId)) {
      const { events } = await handle(runId).fetchHistory();
      const started = events?.[0]?.workflowExecutionStartedEventAttributes;
      continued.set(runId, started?.continuedExecutionRunId || undefined);
    }
    return continued.get(runId);
  };
  const moreRuns = async (count: number) => {
    const before = await runs();
    return () => until(`${count} more runs`, async () => (await runs()) >= before + count);
  };
  /** Signals that nothing was committed for, all at once. */
  const noise = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => handle().signal('changed', { what: `${index}` })),
    );
  const noiseFor = async (passed: () => Promise<unknown>) => {
    let isOver = false;
    const over = passed().finally(() => {
      isOver = true;
    });
    while (!isOver) await noise(5);
    await over;
  };
  const read = () => stage.system((tx) => readAccount(tx, account.id));
  const ask = (what: WordedAsk, reason?: string) =>
    inScope(stage.db, reason === undefined ? client.scope : colleague('operations'), (tx) =>
      askOfAccount(tx, account.id, what, { reason }),
    );
  const ended = (request: AccountRequest) =>
    until(`the end of ${request.ask.kind}`, async () => {
      const found = await stage.system((tx) =>
        listAccountRequests(tx, { accountId: account.id, limit: 50 }),
      );
      const now = found.find(({ id }) => id === request.id);
      return (now?.state === 'done' || now?.state === 'refused') && now;
    });
  const settings = async () => {
    const intents = await stage.system((tx) =>
      intentsOfWorkflow(tx, workflowIds.account(account.id)),
    );
    return intents.filter(({ step }) => step.startsWith('settings/'));
  };
  const waitsFor = async () =>
    (await stage.system((tx) => readProcess(tx, workflowIds.account(account.id))))?.waitsFor;

  it('lose no request, and carry none out twice, while signals come in between', async () => {
    const enough = await moreRuns(4);
    const leverages = [400, 300, 200, 100, 90, 80];
    for (const leverage of leverages) {
      const request = await ask({ kind: 'change_leverage', leverage });
      await noise(12);
      expect(await ended(request)).toMatchObject({ state: 'done' });
    }
    await noiseFor(enough);
    expect(await settings()).toHaveLength(leverages.length);
    expect(
      (await settings()).every(({ state, attempt }) => state === 'done' && attempt === 1),
    ).toBe(true);
    expect(await read()).toMatchObject({ state: 'active', leverage: 80 });
  });

  it('go on waiting for the person who was asked in an earlier one', async () => {
    const { dueAt } = await read();
    const request = await ask({ kind: 'override', leverage: 600 }, 'a promise kept');
    const task = await openTaskOf(stage, request.id, 'account_request');
    await noiseFor(await moreRuns(3));
    expect(await read()).toMatchObject({ state: 'active', dueAt });
    await until('it waits', async () => (await waitsFor())?.includes('a person to decide'));
    await decide(stage, colleague('operations'), task, 'approve');
    expect(await ended(request)).toMatchObject({ state: 'done' });
    expect(await read()).toMatchObject({ leverage: 600 });
  });

  it('go on trying what an earlier one could not do', async () => {
    await stage.mt5.fault('maintenance', { times: 'forever' });
    const passed = await moreRuns(2);
    const request = await ask({ kind: 'change_leverage', leverage: 50 });
    await noiseFor(passed);
    // A new run tries once before it says again what stands in the way.
    await until('it says so', async () => (await waitsFor())?.startsWith('the trading server'));
    await stage.mt5.clearFaults();
    expect(await ended(request)).toMatchObject({ state: 'done' });
  });

  it('keep the day on which a closed account is archived', async () => {
    await ended(await ask({ kind: 'close' }));
    const { dueAt, state } = await read();
    expect(state).toBe('closed');
    await noiseFor(await moreRuns(2));
    expect(await read()).toMatchObject({ state: 'closed', dueAt });
    await stage.system((tx) => wakeAccount(tx, account.id));
    await until('the archive', async () => (await read()).state === 'archived');
    await until('the last run to end', async () => {
      const { status } = await handle().describe();
      return status.name === 'COMPLETED';
    });
  });

  it('are many, and leave nothing that the proofs complain about', async () => {
    expect(await stage.faults()).toEqual([]);
    expect(await runs()).toBeGreaterThan(11);
  });
});
