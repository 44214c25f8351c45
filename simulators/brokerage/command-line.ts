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
import {
  MARKET_OPTIONS,
  marketSettings,
  type MarketSettings,
  type MarketValues,
  openReplay,
  walkingMarket,
} from '../market/options';
import type { BrokerageOptions, RunningBrokerage } from './brokerage';

/** Options of the command line that every trading server has. */
export const SERVER_OPTIONS = {
  'rest-port': { type: 'string', default: '0' },
  'control-port': { type: 'string', default: '0' },
  data: { type: 'string' },
  seed: { type: 'string' },
  'clock-offset': { type: 'string' },
  'login-range': { type: 'string' },
  ...MARKET_OPTIONS,
} as const;

export interface ServerValues extends MarketValues {
  'rest-port': string;
  'control-port': string;
  data?: string;
  seed?: string;
  'clock-offset'?: string;
  'login-range'?: string;
}

/** What a data folder remembers of its first start; an option given later replaces it. */
export interface ServerSettings extends MarketSettings {
  seed: number;
  clockOffset: number;
}

/** The folder to keep everything in, made when it is not there; a new one unless named. */
export function openDataDir(name: string, data: string | undefined): string {
  const dataDir = resolve(data ?? mkdtempSync(join(tmpdir(), `${name}-simulator-`)));
  mkdirSync(dataDir, { recursive: true });
  return dataDir;
}

export function freshSettings(clockOffset: number): ServerSettings {
  return { ...walkingMarket(Date.now()), seed: 1, clockOffset };
}

/** What the options change of the settings that every server has. */
export function givenSettings(values: ServerValues): Partial<ServerSettings> {
  const { seed, 'clock-offset': clockOffset } = values;
  return {
    ...(seed === undefined ? {} : { seed: whole(seed) }),
    ...(clockOffset === undefined ? {} : { clockOffset: whole(clockOffset) }),
    ...marketSettings(values, Date.now()),
  };
}

/** The settings of a folder: as kept, or else fresh, with what was given now. They are kept from here on. */
export function keepSettings<Settings extends ServerSettings>(
  dataDir: string,
  fresh: Settings,
  given: Partial<Settings>,
): Settings {
  const path = join(dataDir, 'settings.json');
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Settings) : null;
  const settings = { ...fresh, ...kept, ...given };
  writeFileSync(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return settings;
}

export function brokerageOptions(
  values: ServerValues,
  {
    name,
    dataDir,
    settings,
    firstRange,
  }: {
    name: string;
    dataDir: string;
    settings: ServerSettings;
    firstRange: BrokerageOptions['loginRange'];
  },
): BrokerageOptions {
  return {
    dataDir,
    restPort: whole(values['rest-port']),
    controlPort: whole(values['control-port']),
    seed: settings.seed,
    clockOffsetSeconds: settings.clockOffset,
    calendar: settings.calendar,
    ...openReplay(settings),
    loginRange: rangeOf(values['login-range']) ?? firstRange,
    now: Date.now,
    log: (line) => void process.stderr.write(`${name}: ${line}\n`),
  };
}

/** Options of a server that knows one manager by log-in and password. */
export const MANAGER_OPTIONS = {
  login: { type: 'string' },
  password: { type: 'string' },
} as const;

export interface ManagerSettings {
  login: string;
  password: string;
}

export function givenManager(values: {
  login?: string;
  password?: string;
}): Partial<ManagerSettings> {
  const { login, password } = values;
  return {
    ...(login === undefined ? {} : { login: String(whole(login)) }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Sixteen characters of all four classes. */
export function makePassword(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}7`;
}

/** Prints where the server is, as one JSON line, and lets it run until SIGTERM or SIGINT. */
export function announce(server: RunningBrokerage, at: object): void {
  const stop = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${JSON.stringify(at)}\n`);
}

function rangeOf(text: string | undefined): BrokerageOptions['loginRange'] | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,12})-(\d{1,12})$/.exec(text);
  if (!match) throw new Error(`--login-range wants FROM-TO, not ${text}`);
  return { from: Number(match[1]), to: Number(match[2]) };
}

export function whole(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new Error(`not a whole number: ${text}`);
  return Number(text);
}
