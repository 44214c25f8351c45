import { type Mt4Server } from '../../registry';
import * as simulator from '../../testing/spawn-simulator';

/** For tests only: the MT4 simulator as a process of its own, spoken to over the wire. */
export type SimulatorProcess = simulator.SimulatorProcess<Mt4Server, Partial<Mt4Server>>;

interface Announcement {
  readonly rest: string;
  readonly control: string;
  readonly ca: string;
  readonly authority: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly platform: string;
  readonly groups: readonly string[];
}

export async function startSimulator(options: readonly string[] = []): Promise<SimulatorProcess> {
  return await simulator.spawnSimulator('mt4', {
    options,
    serverOf: (
      { rest, ca, authority, clientId, clientSecret, platform }: Announcement,
      change: Partial<Mt4Server> = {},
    ) => ({
      id: 'mt4-test',
      kind: 'mt4',
      rest,
      authority,
      caPath: ca,
      platform,
      clientId,
      clientSecret,
      timeouts: { connectMs: 5_000, readMs: 5_000, writeMs: 1_000, marginMs: 500 },
      ...change,
    }),
  });
}
