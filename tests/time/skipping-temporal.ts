import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { InternalConnectionOptionsSymbol } from '@temporalio/client/lib/connection';
import { msToTs, tsToMs } from '@temporalio/common/lib/time';
import { NativeConnection } from '@temporalio/worker';
import { freePort } from '../../cli/stack/ports';
import { Supervisor } from '../../cli/stack/supervisor';
import { searchAttributes } from '../../temporal-config/search-attributes';
import { temporalAnswers } from '../../temporal-config/server/dev-server';
import type { TestTemporal } from '../setup/temporal';

const namespace = 'default';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const keywordType = 2;

/** Temporal's time-skipping server: its time passes as ever, and jumps when it is told to sleep. */
export interface SkippingTemporal extends TestTemporal {
  /** Its own time, in milliseconds of UTC. */
  nowMs(): Promise<number>;
  /** Lets its time jump; a timer on the way goes off in its turn, and what it wakes ends before time goes on. */
  skip(ms: number): Promise<void>;
}

export async function openSkippingTemporal(): Promise<SkippingTemporal> {
  const jars = process.env['KEELSON_TIME_SKIPPING_SERVER'];
  if (!jars) throw new Error('Run this test as npm run test:time: it brings the server.');
  const dir = mkdtempSync(path.join(tmpdir(), 'keelson-skipping-'));
  const supervisor = new Supervisor();
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await supervisor.start({
    name: 'time-skipping',
    command: 'java',
    args: ['-cp', path.join(jars, '*'), 'io.temporal.testserver.TestServer', String(port)],
    // It skips by itself, from the machine's own time on: the moved clock is not for it.
    env: { LD_PRELOAD: '' },
    readiness: { kind: 'probe', probe: () => temporalAnswers(address) },
    readyMsMax: 60_000,
    logFile: path.join(dir, 'server.log'),
    stopMsMax: 8_000,
  });
  // What `@temporalio/testing` connects with, which would wait five seconds and no longer for the server.
  const options = { address, [InternalConnectionOptionsSymbol]: { supportsTestService: true } };
  const [connection, nativeConnection] = await Promise.all([
    Connection.connect(options),
    NativeConnection.connect({ address }),
  ]);
  const { testService } = connection;
  if (!testService) throw new Error('the server cannot skip time');
  // It has one namespace, and forgets a workflow whose attributes it does not know.
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name }) => [name, keywordType]),
    ),
  });
  return {
    address,
    namespace,
    connection,
    nativeConnection,
    client: new Client({ connection, namespace }),
    taskQueue: 'skipping',
    nowMs: async () => tsToMs((await testService.getCurrentTime({})).time),
    skip: async (ms) => {
      await testService.unlockTimeSkippingWithSleep({ duration: msToTs(ms) });
    },
    close: async () => {
      await connection.close();
      await nativeConnection.close();
      await supervisor.stopAll();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
