import { Client as PgClient } from 'pg';
import type { Stack } from '../stack/start-stack';

/** A generator of numbers in [0, 1) from a seed (mulberry32), so that a run can be repeated. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Chaos {
  /** Kills so far that hit work in flight. */
  kills(): number;
  /** Ends the killing; answers how many kills hit work in flight. */
  stop(): Promise<number>;
}

const shortestPauseMs = 300;
const longestPauseMs = 900;

/** Kills workers (each with its relay), the API and the simulators with SIGKILL, again and again, until told to stop. */
export function startChaos(
  stack: Stack,
  { seed, print }: { seed: number; print: (line: string) => void },
): Chaos {
  const random = generator(seed);
  const victims = stack.supervisor
    .names()
    .filter((name) => /^(worker-|api$|simulator-)/.test(name));
  let stopping = false;
  let kills = 0;
  const running = (async () => {
    while (!stopping) {
      await new Promise((resolve) =>
        setTimeout(resolve, shortestPauseMs + random() * (longestPauseMs - shortestPauseMs)),
      );
      const inFlight = await workInFlight(stack.ownerUrl);
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

/** Processes that are neither ended nor waiting for a person, a client or the next deal. */
async function workInFlight(ownerUrl: string): Promise<number> {
  const client = new PgClient({ connectionString: ownerUrl });
  try {
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from process where finished_at is null and workflow <> 'dealFeed'
         and (waits_for is null or waits_for in ('a worker', 'proof of what happened outside', 'the other side to be reachable')
           or waits_for like 'the payer%' or waits_for like 'payment by%')`,
    );
    return rows[0]?.n ?? 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}
