import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { newId } from '../domain/ids';
import { freePort } from '../cli/stack/ports';
import { enqueueSignal, enqueueStart, outboxWaiting } from '../db/dispatch';
import { finishProcess } from '../db/processes';
import { rows } from '../db/connection';
import { searchAttributes } from '../temporal-config/search-attributes';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { openTestTemporal, type TestTemporal } from '../tests/setup/temporal';
import { until } from '../tests/processes/until';
import { relayOnce, startRelay, type Relay } from './relay';

/** No worker runs: what arrived at Temporal is read from the histories. */
describe('the relay', () => {
  let scratch: Scratch;
  let temporal: TestTemporal;

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: 12 });
    temporal = await openTestTemporal();
  });

  afterAll(async () => {
    await temporal.close();
    await scratch.close();
  });

  const log = pino({ level: 'silent' });
  const relay = (client: Client = temporal.client): Relay =>
    startRelay({ db: scratch.db, client, databaseUrl: scratch.ownerUrl, log });

  async function ask(workflowId: string, signals: number): Promise<void> {
    await scratch.asSystem(async (tx) => {
      await enqueueStart(tx, {
        workflow: 'transfer',
        workflowId,
        taskQueue: 'workflows',
        args: { id: workflowId },
        subject: workflowId,
        entityId: 'off',
      });
      for (let n = 0; n < signals; n += 1)
        await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: `${n}` } });
    });
  }

  const emptied = () =>
    until('the outbox to be empty', async () => (await scratch.asSystem(outboxWaiting)) === 0);

  /** The signals of a workflow as Temporal has them, in order. */
  async function signalsOf(workflowId: string): Promise<string[]> {
    const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap((event) => {
      const data = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
      if (!data) return [];
      const { what } = JSON.parse(Buffer.from(data).toString()) as { what: string };
      return [what];
    });
  }

  it('starts and signals in order, once each, with two copies running', async () => {
    const relays = [relay(), relay()];
    const ids = Array.from({ length: 12 }, () => `transfer/${newId('transfer')}`);
    await Promise.all(ids.map((id) => ask(id, 4)));
    await emptied();
    await Promise.all(relays.map((one) => one.stop()));
    for (const id of ids) expect(await signalsOf(id)).toEqual(['0', '1', '2', '3']);
    const { typedSearchAttributes } = await temporal.client.workflow
      .getHandle(ids[0] ?? '')
      .describe();
    expect(typedSearchAttributes.get(searchAttributes.kind)).toBe('transfer');
    expect(typedSearchAttributes.get(searchAttributes.entity)).toBe('off');
  });

  it('loses nothing while Temporal is away, and says why it waits', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const connection = Connection.lazy({ address, connectTimeout: 200 });
    const away = new Client({ connection, namespace: temporal.namespace });
    const id = `transfer/${newId('transfer')}`;
    await ask(id, 1);
    expect(await relayOnce({ db: scratch.db, client: away })).toMatchObject({ taken: 1 });
    const [row] = await scratch.asSystem((tx) =>
      rows<{ attempts: number; last_error: string | null }>(
        tx,
        'select attempts, last_error from outbox where workflow_id = :id order by id limit 1',
        { id },
      ),
    );
    expect(row).toMatchObject({ attempts: 1, last_error: expect.any(String) as string });
    await connection.close();
    const back = relay();
    await emptied();
    await back.stop();
    expect(await signalsOf(id)).toEqual(['0']);
  });

  it('dispatches again what it could not note as dispatched', async () => {
    const id = `transfer/${newId('transfer')}`;
    await ask(id, 1);
    await relayOnce({ db: scratch.db, client: temporal.client });
    await scratch.asSystem((tx) =>
      rows(tx, 'update outbox set dispatched_at = null where workflow_id = :id', { id }),
    );
    await relayOnce({ db: scratch.db, client: temporal.client });
    await relayOnce({ db: scratch.db, client: temporal.client });
    expect(await scratch.asSystem(outboxWaiting)).toBe(0);
    expect(await signalsOf(id)).toEqual(['0']);
    const { runId } = await temporal.client.workflow.getHandle(id).describe();
    const [first] = (await temporal.client.workflow.getHandle(id).fetchHistory()).events ?? [];
    expect(first?.workflowExecutionStartedEventAttributes?.firstExecutionRunId).toBe(runId);
  });

  it('gives an unfinished process that Temporal has lost its workflow back', async () => {
    const id = `transfer/${newId('transfer')}`;
    await ask(id, 0);
    await relayOnce({ db: scratch.db, client: temporal.client });
    await temporal.client.workflow.getHandle(id).terminate('lost');
    await scratch.asSystem((tx) => enqueueSignal(tx, { workflowId: id, signal: 'changed' }));
    await relayOnce({ db: scratch.db, client: temporal.client });
    const { status } = await temporal.client.workflow.getHandle(id).describe();
    expect(status.name).toBe('RUNNING');
  });

  it('tells a finished process nothing', async () => {
    const id = `transfer/${newId('transfer')}`;
    await ask(id, 0);
    await relayOnce({ db: scratch.db, client: temporal.client });
    await scratch.asSystem(async (tx) => {
      await finishProcess(tx, id, { state: 'done', outcome: 'done' });
      await enqueueSignal(tx, { workflowId: id, signal: 'changed', args: { what: 'late' } });
    });
    await relayOnce({ db: scratch.db, client: temporal.client });
    expect(await scratch.asSystem(outboxWaiting)).toBe(0);
    expect(await signalsOf(id)).toEqual([]);
  });
});
