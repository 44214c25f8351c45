import path from 'node:path';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { addSignal, counter } from './sample/counter';
import {
  allHistories,
  assertTellsOfNobody,
  openTestTemporal,
  replayAll,
  replayHistories,
  type TestTemporal,
  workflowBundle,
} from './temporal';

const workflowsPath = path.join(__dirname, 'sample', 'counter.ts');
const changedPath = path.join(__dirname, 'sample', 'counter-changed.ts');

describe('the Temporal of a test run', () => {
  let temporal: TestTemporal;

  beforeAll(async () => {
    temporal = await openTestTemporal();
    const worker = await Worker.create({
      connection: temporal.nativeConnection,
      namespace: temporal.namespace,
      taskQueue: temporal.taskQueue,
      workflowBundle: await workflowBundle(workflowsPath),
    });
    const sum = await worker.runUntil(async () => {
      const handle = await temporal.client.workflow.start(counter, {
        workflowId: 'counter/1',
        taskQueue: temporal.taskQueue,
        args: [0, false],
        memo: { note: 'for Ada Planted' },
      });
      const runId = handle.firstExecutionRunId;
      for (const amount of [1, 2, 3]) await handle.signal(addSignal, amount);
      while ((await handle.describe()).runId === runId) await new Promise((r) => setTimeout(r, 20));
      const second = temporal.client.workflow.getHandle('counter/1');
      for (const amount of [4, 5, 6]) await second.signal(addSignal, amount);
      return await handle.result();
    });
    expect(sum).toBe(21);
  });

  afterAll(() => temporal.close());

  it('replays every run of a workflow that continued as new', async () => {
    const bundle = await workflowBundle(workflowsPath);
    await expect(replayAll(temporal, bundle, { workflowIds: ['counter/1'] })).resolves.toBe(2);
  });

  it('names the workflow that a change of its code has broken', async () => {
    const changed = await workflowBundle(changedPath);
    await expect(replayAll(temporal, changed, { workflowIds: ['counter/1'] })).rejects.toThrow(
      /counter\/1.*Nondeterminism/s,
    );
  });

  it('refuses to call nothing a success', async () => {
    const bundle = await workflowBundle(workflowsPath);
    await expect(replayAll(temporal, bundle, { workflowIds: [] })).rejects.toThrow(/no history/);
  });

  it('finds a person in any payload of a history', async () => {
    const [run] = await allHistories(temporal.client);
    if (!run) throw new Error('no run is listed');
    expect(() => assertTellsOfNobody(run, ['Ada Planted'])).toThrow('counter/1 tells of a person');
    expect(() => assertTellsOfNobody(run, ['Ida Planted'])).not.toThrow();
  });

  // With protobufjs 7 hoisted to the top, reading a history from JSON throws.
  it('carries a history through JSON and replays it', async () => {
    const handle = temporal.client.workflow.getHandle('counter/1');
    const text = historyToJSON(await handle.fetchHistory());
    const history = historyFromJSON(JSON.parse(text));
    const bundle = await workflowBundle(workflowsPath);
    await expect(replayHistories([{ workflowId: 'counter/1', history }], bundle)).resolves.toBe(1);
  });

  it('keeps namespaces apart', async () => {
    const other = await openTestTemporal();
    try {
      await expect(other.client.workflow.getHandle('counter/1').describe()).rejects.toThrow(
        /not found/i,
      );
    } finally {
      await other.close();
    }
  });
});
