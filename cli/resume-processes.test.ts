import { enqueueStart } from '../db/dispatch';
import { finishProcess } from '../db/processes';
import { proveProcesses } from '../db/proofs/processes';
import { describeRun } from '../temporal-config/server/describe-run';
import { startProcess } from '../temporal-config/server/start-process';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { openTestTemporal, type TestTemporal } from '../tests/setup/temporal';
import { resumeProcesses } from './resume-processes';

describe('keelson resume', () => {
  let scratch: Scratch;
  let temporal: TestTemporal;

  beforeAll(async () => {
    scratch = await openScratch();
    temporal = await openTestTemporal();
  });

  afterAll(async () => {
    await temporal.close();
    await scratch.close();
  });

  const start = (id: string) =>
    scratch.asSystem((tx) =>
      enqueueStart(tx, {
        workflow: 'anything',
        workflowId: `thing/${id}`,
        taskQueue: temporal.taskQueue,
        args: { id },
        subject: id,
        entityId: null,
        state: 'waiting',
        waitsFor: 'a person',
      }),
    );
  const resume = () => resumeProcesses(scratch.db, temporal.client, { actor: 'os:tester' });
  const runOf = (id: string) => describeRun(temporal.client, `thing/${id}`);

  it('starts what Temporal lost or closed, leaves what runs, and says who did it', async () => {
    for (const id of ['lost', 'runs', 'closed', 'ended']) await start(id);
    const process = { workflow: 'anything', taskQueue: temporal.taskQueue, args: { id: 'x' } };
    for (const id of ['runs', 'closed']) {
      await startProcess(temporal.client, { ...process, workflowId: `thing/${id}` });
    }
    await temporal.client.workflow.getHandle('thing/closed').terminate('lost its worker');
    await scratch.asSystem((tx) =>
      finishProcess(tx, 'thing/ended', { state: 'done', outcome: 'done' }),
    );
    await scratch.asOwner(`update outbox set dispatched_at = now(), result = 'started'`);
    const ask = (workflowId: string) => describeRun(temporal.client, workflowId);
    const before = await proveProcesses(scratch.db, { describe: ask });
    expect(before.faults.map(({ thing, detail }) => `${thing}: ${detail}`)).toEqual([
      'thing/closed: its workflow is closed; keelson resume starts it',
      'thing/lost: its workflow is missing; keelson resume starts it',
    ]);

    expect(await resume()).toEqual({ running: 1, resumed: ['thing/closed', 'thing/lost'] });

    expect(await Promise.all(['lost', 'runs', 'closed', 'ended'].map(runOf))).toEqual([
      'running',
      'running',
      'running',
      'missing',
    ]);
    const events = await scratch.asSystem((tx) =>
      tx
        .sql('event')
        .where({ type: 'process.resumed' })
        .orderBy('subject')
        .select('subject', 'actor', 'payload'),
    );
    expect(events).toEqual([
      {
        subject: 'thing/closed',
        actor: 'os:tester',
        payload: '{"state":"waiting","waitsFor":"a person","workflowWas":"closed"}',
      },
      {
        subject: 'thing/lost',
        actor: 'os:tester',
        payload: '{"state":"waiting","waitsFor":"a person","workflowWas":"missing"}',
      },
    ]);
    expect((await proveProcesses(scratch.db, { describe: ask })).faults).toEqual([]);
  });

  it('changes nothing when it is repeated', async () => {
    expect(await resume()).toEqual({ running: 3, resumed: [] });
  });

  it('hands the workflow the arguments of its row', async () => {
    const history = await temporal.client.workflow.getHandle('thing/lost').fetchHistory();
    const [payload] =
      history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(Buffer.from(payload?.data ?? []).toString('utf8')).toBe('{"id":"lost"}');
  });
});
