import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../stack/start-stack';
import { seededNumbers } from './seeded-numbers';
import { workInFlight } from './work-in-flight';

const run = promisify(execFile);
const program = path.resolve(__dirname, '..', '..', 'scripts', 'run.js');

const lossesMax = 3;
const shortestPauseMs = 1_500;
const longestPauseMs = 5_000;
const lookEveryMs = 50;

export interface Losses {
  /** Ends it; answers how often Temporal was lost with work in flight. Throws when it did not come back. */
  stop(): Promise<number>;
}

/**
 * Ends Temporal while processes have work in flight, deletes its database, starts it empty and has the command
 * `keelson resume` give every unfinished process its workflow back: what happened stands in PostgreSQL alone.
 */
export function startLosses(
  stack: Stack,
  { seed, print }: { seed: number; print: (line: string) => void },
): Losses {
  const random = seededNumbers(seed);
  let stopping = false;
  let losses = 0;
  const running = (async () => {
    while (!stopping && losses < lossesMax) {
      await pause(shortestPauseMs + random() * (longestPauseMs - shortestPauseMs));
      const inFlight = await untilWorkIsInFlight(stack.ownerUrl, () => stopping);
      if (inFlight === 0) continue;
      await stack.restartTemporal({ empty: true });
      losses += 1;
      const resumed = await resume(stack);
      print(
        `           ✂ Temporal's database deleted with ${inFlight} processes in flight; keelson resume: ${resumed}`,
      );
    }
  })();
  // A failure is told by `stop`; until then it is nobody's unhandled rejection.
  running.catch(() => undefined);
  return {
    async stop() {
      stopping = true;
      await running;
      return losses;
    },
  };
}

async function untilWorkIsInFlight(ownerUrl: string, isOver: () => boolean): Promise<number> {
  for (;;) {
    const inFlight = isOver() ? 0 : await workInFlight(ownerUrl);
    if (inFlight > 0 || isOver()) return inFlight;
    await pause(lookEveryMs);
  }
}

/** The command as its user runs it; answers its last line. */
async function resume(stack: Stack): Promise<string> {
  const { stdout } = await run(process.execPath, [program, 'keelson', 'resume'], {
    env: { ...process.env, KEELSON_DATA: stack.folder.root },
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
