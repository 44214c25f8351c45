import { parseArgs } from 'node:util';
import {
  announce,
  brokerageOptions,
  freshSettings,
  givenManager,
  givenSettings,
  keepSettings,
  makePassword,
  MANAGER_OPTIONS,
  type ManagerSettings,
  openDataDir,
  SERVER_OPTIONS,
  type ServerSettings,
  whole,
} from '../brokerage/command-line';
import { startServer } from './server';

const SILENCE_MS = 60_000;
const CLOCK_OFFSET = 0;
const FIRST_RANGE = { from: 2_000_001, to: 2_999_999 };
/** What the Manager API and new accounts are asked to name. */
const PLACE = { plantId: 'simulator', environmentName: 'live', brokerName: 'SIMULATOR' };

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...MANAGER_OPTIONS,
  'manager-port': { type: 'string', default: '0' },
} as const;

type Settings = ServerSettings & ManagerSettings;

/**
 * `ctrader [--rest-port N] [--manager-port N] [--control-port N] [--data DIR] [--seed N] [--login N]
 * [--password TEXT] [--clock-offset SECONDS] [--login-range FROM-TO] [--calendar market|always] [--bars FILE.csv]
 * [--bars-speed N] [--bars-from INSTANT]`. Prints one JSON line on stdout, logs on stderr, runs until SIGTERM or
 * SIGINT.
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({ args: argv, options: OPTIONS, strict: true });
  const dataDir = openDataDir('ctrader', values.data);
  const settings = keepSettings<Settings>(
    dataDir,
    { ...freshSettings(CLOCK_OFFSET), login: '30000', password: makePassword('Cm') },
    { ...givenSettings(values), ...givenManager(values) },
  );
  const { login, password } = settings;
  const server = await startServer({
    ...brokerageOptions(values, { name: 'ctrader', dataDir, settings, firstRange: FIRST_RANGE }),
    managerPort: whole(values['manager-port']),
    login,
    password,
    plantId: PLACE.plantId,
    environmentName: PLACE.environmentName,
    silenceMs: SILENCE_MS,
  });
  const { rest, manager, control, ca, groups } = server;
  announce(server, { rest, manager, control, ca, login, password, ...PLACE, groups });
}
