import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { searchAttributes } from '../../temporal-config/search-attributes';
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
  const command = path.join(dir, 'server');
  // It skips by itself, from the machine's own time on: the moved clock is not for it.
  writeFileSync(
    command,
    `#!/bin/sh\nunset LD_PRELOAD\nexec java -cp '${jars}/*' io.temporal.testserver.TestServer "$@"\n`,
  );
  chmodSync(command, 0o755);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: command } },
  });
  const { connection, nativeConnection, address } = environment;
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
    // A client of the environment would skip time by itself whenever a result is waited for.
    client: new Client({ connection, namespace }),
    taskQueue: 'skipping',
    nowMs: () => environment.currentTimeMs(),
    skip: (ms) => environment.sleep(ms),
    close: async () => {
      await environment.teardown();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
