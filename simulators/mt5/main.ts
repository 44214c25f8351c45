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

const SILENCE_MS = 180_000;
const PING_MS = 20_000;
const CLOCK_OFFSET = 10_800;
const FIRST_RANGE = { from: 100_001, to: 999_999 };

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...MANAGER_OPTIONS,
  'raw-port': { type: 'string', default: '0' },
} as const;

type Settings = ServerSettings & ManagerSettings;

/**
 * `mt5 [--rest-port N] [--raw-port N] [--control-port N] [--data DIR] [--seed N] [--login N] [--password TEXT]
 * [--clock-offset SECONDS] [--login-range FROM-TO] [--calendar market|always] [--bars FILE.csv] [--bars-speed N]
 * [--bars-from INSTANT]`. Prints one JSON line on stdout, logs on stderr, runs until SIGTERM or SIGINT.
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({ args: argv, options: OPTIONS, strict: true });
  const dataDir = openDataDir('mt5', values.data);
  const settings = keepSettings<Settings>(
    dataDir,
    { ...freshSettings(CLOCK_OFFSET), login: '1000', password: makePassword('Mg') },
    { ...givenSettings(values), ...givenManager(values) },
  );
  const { login, password } = settings;
  const server = await startServer({
    ...brokerageOptions(values, { name: 'mt5', dataDir, settings, firstRange: FIRST_RANGE }),
    rawPort: whole(values['raw-port']),
    login,
    password,
    silenceMs: SILENCE_MS,
    pingMs: PING_MS,
  });
  const { rest, raw, control, ca, groups } = server;
  announce(server, { rest, raw, control, ca, login, password, groups });
}
