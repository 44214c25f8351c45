import { newId } from '../domain/ids';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { rows, type Tx } from './connection';
import {
  enqueueSignal,
  enqueueStart,
  markDispatched,
  outboxWaiting,
  postponeOutbox,
  takeOutbox,
} from './dispatch';
import { finishProcess, readProcess, setProcess } from './processes';

describe('dispatch', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openScratch();
  });

  afterEach(() => scratch.close());

  const start = (tx: Tx, workflowId: string) =>
    enqueueStart(tx, {
      workflow: 'transfer',
      workflowId,
      taskQueue: 'workflows',
      args: { id: workflowId },
      subject: workflowId,
      entityId: 'off',
    });
  const signal = (tx: Tx, workflowId: string) =>
    enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: newId('command') } });
  const taken = () =>
    scratch.asSystem(async (tx) =>
      (await takeOutbox(tx, 50)).map(({ workflowId, kind }) => `${kind} ${workflowId}`),
    );

  it('leaves nothing behind of a command that was rolled back', async () => {
    await expect(
      scratch.asSystem(async (tx) => {
        await start(tx, 'transfer/1');
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    expect(await scratch.asSystem(outboxWaiting)).toBe(0);
    expect(await scratch.asSystem((tx) => readProcess(tx, 'transfer/1'))).toBeUndefined();
  });

  it('starts a workflow id once', async () => {
    await scratch.asSystem((tx) => start(tx, 'transfer/1'));
    await scratch.asSystem((tx) => start(tx, 'transfer/1'));
    expect(await taken()).toEqual(['start transfer/1']);
  });

  it('takes the oldest row of each workflow first, and its next one only after that', async () => {
    await scratch.asSystem(async (tx) => {
      await start(tx, 'transfer/1');
      await signal(tx, 'transfer/1');
      await start(tx, 'transfer/2');
    });
    expect(await taken()).toEqual(['start transfer/1', 'start transfer/2']);
    await scratch.asSystem(async (tx) => {
      const [first] = await takeOutbox(tx, 1);
      expect(await markDispatched(tx, [{ id: first?.id ?? '', result: 'started' }])).toBe(true);
    });
    expect(await taken()).toEqual(['signal transfer/1', 'start transfer/2']);
  });

  it('hands no row to two relays at once', async () => {
    await scratch.asSystem(async (tx) => {
      for (let n = 0; n < 20; n += 1) await start(tx, `transfer/${n}`);
      for (let n = 0; n < 20; n += 1) await signal(tx, `transfer/${n}`);
    });
    await scratch.asSystem(async (one) => {
      const first = await takeOutbox(one, 12);
      await scratch.asSystem(async (other) => {
        const second = await takeOutbox(other, 50);
        expect(first).toHaveLength(12);
        expect(second).toHaveLength(8);
        expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(20);
      });
    });
  });

  it('puts off what failed, longer each time, with its followers behind it', async () => {
    await scratch.asSystem(async (tx) => {
      await start(tx, 'transfer/1');
      await signal(tx, 'transfer/1');
    });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const [row] = await scratch.asSystem(async (tx) => {
        const [first] = await takeOutbox(tx, 50);
        await postponeOutbox(tx, first?.id ?? '', 'ServiceError');
        return rows<{ wait: number }>(
          tx,
          `select extract(epoch from next_at - now())::float8 as wait from outbox order by id limit 1`,
        );
      });
      waits.push(row?.wait ?? 0);
      expect(await taken()).toEqual([]);
      await scratch.asSystem((tx) => rows(tx, 'update outbox set next_at = now()'));
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBeCloseTo(0.2);
    expect(waits[3]).toBeCloseTo(1.6);
    expect(await taken()).toEqual(['start transfer/1']);
  });

  it('keeps where a process stands, and since when', async () => {
    const set = (state: string, waitsFor: string | null) =>
      scratch.asSystem((tx) => setProcess(tx, 'transfer/1', { state, waitsFor }));
    const read = () => scratch.asSystem((tx) => readProcess(tx, 'transfer/1'));
    await scratch.asSystem((tx) => start(tx, 'transfer/1'));
    await set('sending', null);
    const since = (await read())?.since;
    await set('sending', null);
    expect((await read())?.since).toBe(since);
    await set('sending', 'task 1');
    expect((await read())?.since).not.toBe(since);
    await scratch.asSystem((tx) =>
      finishProcess(tx, 'transfer/1', { state: 'done', outcome: 'done' }),
    );
    await set('sending', 'task 2');
    expect(await read()).toMatchObject({ state: 'done', waitsFor: null, outcome: 'done' });
  });
});
