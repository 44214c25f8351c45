import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  MARKET_OPTIONS,
  marketSettings,
  type MarketSettings,
  openReplay,
  walkingMarket,
} from '../market/options';
import { startServer } from './server';

const SILENCE_MS = 60_000;
const DEFAULTS = { seed: 1, login: '30000', clockOffset: 0 };
const FIRST_RANGE = { from: 2_000_001, to: 2_999_999 };
/** What the Manager API and new accounts are asked to name. */
const PLACE = { plantId: 'simulator', environmentName: 'live', brokerName: 'SIMULATOR' };

const OPTIONS = {
  'rest-port': { type: 'string', default: '0' },
  'manager-port': { type: 'string', default: '0' },
  'control-port': { type: 'string', default: '0' },
  data: { type: 'string' },
  seed: { type: 'string' },
  login: { type: 'string' },
  password: { type: 'string' },
  'clock-offset': { type: 'string' },
  'login-range': { type: 'string' },
  ...MARKET_OPTIONS,
} as const;

/** What a data folder remembers of its first start; an option given later replaces it. */
interface Settings extends MarketSettings {
  seed: number;
  login: string;
  password: string;
  clockOffset: number;
}

/**
 * `ctrader [--rest-port N] [--manager-port N] [--control-port N] [--data DIR] [--seed N] [--login N]
 * [--password TEXT] [--clock-offset SECONDS] [--login-range FROM-TO] [--calendar market|always] [--bars FILE.csv]
 * [--bars-speed N] [--bars-from INSTANT]`. Prints one JSON line on stdout, logs on stderr, runs until SIGTERM or
 * SIGINT.
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({ args: argv, options: OPTIONS, strict: true });
  const dataDir = resolve(values.data ?? mkdtempSync(join(tmpdir(), 'ctrader-simulator-')));
  mkdirSync(dataDir, { recursive: true });
  const settings = loadSettings(dataDir, {
    ...(values.seed === undefined ? {} : { seed: whole(values.seed) }),
    ...(values.login === undefined ? {} : { login: String(whole(values.login)) }),
    ...(values.password === undefined ? {} : { password: values.password }),
    ...(values['clock-offset'] === undefined ? {} : { clockOffset: whole(values['clock-offset']) }),
    ...marketSettings(values, Date.now()),
  });
  const server = await startServer({
    dataDir,
    restPort: whole(values['rest-port']),
    managerPort: whole(values['manager-port']),
    controlPort: whole(values['control-port']),
    seed: settings.seed,
    login: settings.login,
    password: settings.password,
    plantId: PLACE.plantId,
    environmentName: PLACE.environmentName,
    clockOffsetSeconds: settings.clockOffset,
    calendar: settings.calendar,
    ...openReplay(settings),
    loginRange: parseRange(values['login-range']),
    silenceMs: SILENCE_MS,
    now: Date.now,
    log: (line) => void process.stderr.write(`ctrader: ${line}\n`),
  });
  const stop = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { rest, manager, control, ca, groups } = server;
  const { login, password } = settings;
  const line = { rest, manager, control, ca, login, password, ...PLACE, groups };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function loadSettings(dataDir: string, given: Partial<Settings>): Settings {
  const path = join(dataDir, 'settings.json');
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Settings) : null;
  const fresh = { ...walkingMarket(Date.now()), ...DEFAULTS, password: makePassword() };
  const settings: Settings = { ...fresh, ...kept, ...given };
  writeFileSync(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return settings;
}

/** Sixteen characters of all four classes. */
function makePassword(): string {
  return `Cm-${randomBytes(6).toString('hex')}7`;
}

function parseRange(text: string | undefined): { from: number; to: number } {
  if (text === undefined) return FIRST_RANGE;
  const match = /^(\d{1,12})-(\d{1,12})$/.exec(text);
  if (!match) throw new Error(`--login-range wants FROM-TO, not ${text}`);
  return { from: Number(match[1]), to: Number(match[2]) };
}

function whole(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new Error(`not a whole number: ${text}`);
  return Number(text);
}
