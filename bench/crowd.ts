import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../cli/stack/ports';
import type { ChildSpec } from '../cli/stack/child';
import { Supervisor } from '../cli/stack/supervisor';
import { namespaceName } from '../temporal-config/namespace';
import { devServerArguments, temporalAnswers } from '../temporal-config/server/dev-server';
import { findTemporalBinary } from '../temporal-config/server/find-binary';
import { median } from './bench';

/** A Temporal server that keeps its runs in a file, as `npm start` has it, with one worker process. */
export interface Crowd {
  readonly address: string;
  readonly client: Client;
  /** Starts the process that serves the workflows. */
  startWorker(spec: Pick<ChildSpec, 'command' | 'args' | 'env'>): Promise<void>;
  /** Resident memory of server and worker, in MB, when they have come to rest. */
  memory(): Promise<{ readonly temporal: number; readonly worker: number }>;
  stop(): Promise<void>;
}

/** One that is not under the bench's own servers, so that its memory is that of its workflows alone. */
export async function openCrowd(name: string, dir: string): Promise<Crowd> {
  const supervisor = new Supervisor();
  const address = `127.0.0.1:${await freePort()}`;
  await supervisor.start({
    name: 'temporal',
    command: await findTemporalBinary(),
    args: devServerArguments({
      port: Number(address.split(':')[1]),
      dbFilename: path.join(dir, `${name}.db`),
    }),
    readiness: { kind: 'probe', probe: () => temporalAnswers(address) },
    readyMsMax: 60_000,
    logFile: path.join(dir, `${name}-temporal.log`),
    stopMsMax: 10_000,
  });
  const connection = await Connection.connect({ address });
  return {
    address,
    client: new Client({ connection, namespace: namespaceName }),
    startWorker: async (spec) => {
      await supervisor.start({
        ...spec,
        name: 'worker',
        readiness: { kind: 'json', accept: (line) => line['ready'] === true },
        readyMsMax: 60_000,
        logFile: path.join(dir, `${name}-worker.log`),
        stopMsMax: 25_000,
      });
    },
    memory: async () => {
      const temporal: number[] = [];
      const worker: number[] = [];
      for (let reading = 0; reading < 10; reading += 1) {
        await sleep(1_000);
        temporal.push(residentMb(supervisor.pid('temporal')));
        worker.push(residentMb(supervisor.pid('worker')));
      }
      return { temporal: median(temporal), worker: median(worker) };
    },
    stop: async () => {
      await connection.close();
      await supervisor.stopAll([['worker'], ['temporal']]);
    },
  };
}

function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8');
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (!found) throw new Error(`process ${pid ?? '?'} says nothing of its memory`);
  return Number(found[1]) / 1_024;
}
