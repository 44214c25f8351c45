import type { Stack } from '../stack/start-stack';
import { seededNumbers } from './seeded-numbers';
import { workInFlight } from './work-in-flight';

export interface Chaos {
  /** Kills so far that hit work in flight. */
  kills(): number;
  /** Ends the killing; answers how many kills hit work in flight. */
  stop(): Promise<number>;
}

const shortestPauseMs = 300;
const longestPauseMs = 900;

/** Workers (each with its relay), the API and the simulators. */
const usualVictims = /^(worker-|api$|simulator-)/;

export interface ChaosOptions {
  readonly seed: number;
  readonly print: (line: string) => void;
  /** Children that may be killed, by name. */
  readonly victims?: RegExp;
}

/** Kills children of the stack with SIGKILL, again and again, until told to stop. */
export function startChaos(
  stack: Stack,
  { seed, print, victims: mayBeKilled = usualVictims }: ChaosOptions,
): Chaos {
  const random = seededNumbers(seed);
  const victims = stack.supervisor.names().filter((name) => mayBeKilled.test(name));
  let stopping = false;
  let kills = 0;
  const running = (async () => {
    while (!stopping) {
      await new Promise((resolve) =>
        setTimeout(resolve, shortestPauseMs + random() * (longestPauseMs - shortestPauseMs)),
      );
      const inFlight = await workInFlight(stack.ownerUrl).catch(() => 0);
      const victim = victims[Math.floor(random() * victims.length)];
      if (stopping || inFlight === 0 || victim === undefined) continue;
      try {
        await stack.supervisor.kill(victim);
      } catch {
        continue; // It is only just coming up again from the last kill.
      }
      kills += 1;
      print(
        `           ✂ kill ${String(kills).padStart(2)}: ${victim}, ${inFlight} processes with work in flight`,
      );
      // What never comes up again proves nothing: the next kill waits for it.
      await stack.supervisor.whenReady(victim, 30_000).catch(() => undefined);
    }
  })();
  return {
    kills: () => kills,
    async stop() {
      stopping = true;
      await running;
      return kills;
    },
  };
}
