import { type CtraderServer } from '../../registry';
import * as simulator from '../../testing/spawn-simulator';

/** For tests only: the cTrader simulator as a process of its own, spoken to over the wire. */
export type SimulatorProcess = simulator.SimulatorProcess<CtraderServer, Partial<CtraderServer>>;

interface Announcement {
  readonly rest: string;
  readonly control: string;
  readonly ca: string;
  readonly manager: string;
  readonly login: string;
  readonly password: string;
  readonly plantId: string;
  readonly environmentName: string;
  readonly brokerName: string;
  readonly groups: readonly string[];
}

export async function startSimulator(options: readonly string[] = []): Promise<SimulatorProcess> {
  return await simulator.spawnSimulator('ctrader', {
    options,
    serverOf: (said: Announcement, change: Partial<CtraderServer> = {}) => ({
      id: 'ctrader-test',
      kind: 'ctrader',
      rest: said.rest,
      manager: said.manager,
      caPath: said.ca,
      login: said.login,
      password: said.password,
      plantId: said.plantId,
      environmentName: said.environmentName,
      brokerName: said.brokerName,
      timeouts: { connectMs: 5_000, readMs: 5_000, writeMs: 1_000 },
      ...change,
    }),
  });
}
