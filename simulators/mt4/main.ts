import { randomBytes, randomUUID } from 'node:crypto';
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

const FIRST_RANGE = { from: 2_000_001, to: 2_999_999 };

const OPTIONS = {
  'rest-port': { type: 'string', default: '0' },
  'control-port': { type: 'string', default: '0' },
  data: { type: 'string' },
  seed: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  platform: { type: 'string' },
  'clock-offset': { type: 'string' },
  'login-range': { type: 'string' },
  ...MARKET_OPTIONS,
} as const;

/** What a data folder remembers of its first start; an option given later replaces it. */
interface Settings extends MarketSettings {
  seed: number;
  clientId: string;
  clientSecret: string;
  platform: string;
  clockOffset: number;
}

/**
 * `mt4 [--rest-port N] [--control-port N] [--data DIR] [--seed N] [--client-id TEXT] [--client-secret TEXT]
 * [--platform UUID] [--clock-offset SECONDS] [--login-range FROM-TO] [--calendar market|always] [--bars FILE.csv]
 * [--bars-speed N] [--bars-from INSTANT]`. Prints one JSON line on stdout, logs on stderr, runs until SIGTERM or
 * SIGINT.
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({ args: argv, options: OPTIONS, strict: true });
  const dataDir = resolve(values.data ?? mkdtempSync(join(tmpdir(), 'mt4-simulator-')));
  mkdirSync(dataDir, { recursive: true });
  const settings = loadSettings(dataDir, {
    ...(values.seed === undefined ? {} : { seed: whole(values.seed) }),
    ...(values['client-id'] === undefined ? {} : { clientId: values['client-id'] }),
    ...(values['client-secret'] === undefined ? {} : { clientSecret: values['client-secret'] }),
    ...(values.platform === undefined ? {} : { platform: uuid(values.platform) }),
    ...(values['clock-offset'] === undefined ? {} : { clockOffset: whole(values['clock-offset']) }),
    ...marketSettings(values, Date.now()),
  });
  const { seed, clientId, clientSecret, platform, clockOffset } = settings;
  const server = await startServer({
    dataDir,
    restPort: whole(values['rest-port']),
    controlPort: whole(values['control-port']),
    seed,
    clientId,
    clientSecret,
    platform,
    clockOffsetSeconds: clockOffset,
    calendar: settings.calendar,
    ...openReplay(settings),
    loginRange: parseRange(values['login-range']),
    now: Date.now,
    log: (line) => void process.stderr.write(`mt4: ${line}\n`),
  });
  const stop = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { rest, control, ca, groups } = server;
  const at = {
    rest,
    control,
    ca,
    authority: rest,
    tokenUrl: `${rest}/connect/token`,
    clientId,
    clientSecret,
    platform,
    groups,
  };
  process.stdout.write(`${JSON.stringify(at)}\n`);
}

function loadSettings(dataDir: string, given: Partial<Settings>): Settings {
  const path = join(dataDir, 'settings.json');
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Settings) : null;
  const fresh: Settings = {
    ...walkingMarket(Date.now()),
    seed: 1,
    clientId: 'back-office',
    clientSecret: randomBytes(24).toString('base64url'),
    platform: randomUUID(),
    clockOffset: 10_800,
  };
  const settings: Settings = { ...fresh, ...kept, ...given };
  writeFileSync(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return settings;
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

function uuid(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new Error(`--platform wants a UUID, not ${text}`);
  }
  return text.toLowerCase();
}
