import { type Mt5Raw, type Mt5Rest, type Mt5Server } from '../../registry';
import * as simulator from '../../testing/spawn-simulator';

/** The ways to reach it, each of which must do for everything. */
export const wires = ['REST', 'raw', 'raw in cipher'] as const;
export type WireName = (typeof wires)[number];

/** For tests only: the MT5 simulator as a process of its own, spoken to over one of its wires. */
export type SimulatorProcess = simulator.SimulatorProcess<Mt5Server, Change>;

interface Change {
  readonly password?: string;
  /** REST only. */
  readonly contentType?: 'application/x-www-form-urlencoded';
}

interface Announcement {
  readonly rest: string;
  readonly raw: string;
  readonly control: string;
  readonly ca: string;
  readonly login: string;
  readonly password: string;
  readonly groups: readonly string[];
}

export async function startSimulator(
  options: readonly string[] = [],
  wire: WireName = 'REST',
): Promise<SimulatorProcess> {
  return await simulator.spawnSimulator('mt5', {
    options,
    serverOf: (said: Announcement, change: Change = {}) => ({
      id: 'mt5-test',
      kind: 'mt5',
      ...wayTo(wire, said),
      login: said.login,
      password: said.password,
      timeouts: { connectMs: 5_000, readMs: 5_000, writeMs: 1_000 },
      ...change,
    }),
  });
}

function wayTo(wire: WireName, { rest, raw, ca }: Announcement): Mt5Rest | Mt5Raw {
  switch (wire) {
    case 'REST':
      return { transport: 'rest', rest, caPath: ca };
    case 'raw':
      return { transport: 'raw', raw, crypt: 'none' };
    case 'raw in cipher':
      return { transport: 'raw', raw, crypt: 'aes256ofb' };
    default:
      return wire satisfies never;
  }
}
