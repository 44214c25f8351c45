import path from 'node:path';
import { nodeProgram } from '../cli/stack/children';
import { workflowBundle } from '../temporal-config/server/workflow-bundle';
import type { Stage } from '../tests/processes/stage';
import { openTestTemporal, type TestTemporal } from '../tests/setup/temporal';

/** A namespace beside the product's on the same Temporal server, with a worker process of bare workflows. */
export interface BareSide {
  readonly temporal: TestTemporal;
  /** Starts its worker; the product's is stopped meanwhile, so that each has the machine for itself. */
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

const worker = 'bare-worker';

export async function openBareSide(stage: Stage, dir: string): Promise<BareSide> {
  const temporal = await openTestTemporal();
  const { codePath } = await workflowBundle(require.resolve('./bare-flow'));
  const { command, args } = nodeProgram('bench/bare-worker');
  return {
    temporal,
    start: async () => {
      await stage.supervisor.start({
        name: worker,
        command,
        args: [...args, temporal.address, temporal.namespace, codePath],
        readiness: { kind: 'json', accept: (line) => line['ready'] === true },
        readyMsMax: 60_000,
        logFile: path.join(dir, `${worker}.log`),
        stopMsMax: 25_000,
      });
    },
    stop: () => stage.supervisor.stop(worker),
    close: () => temporal.close(),
  };
}
