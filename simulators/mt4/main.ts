import { randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import {
  announce,
  brokerageOptions,
  freshSettings,
  givenSettings,
  keepSettings,
  openDataDir,
  SERVER_OPTIONS,
  type ServerSettings,
} from '../brokerage/command-line';
import { startServer } from './server';

const CLOCK_OFFSET = 10_800;
const FIRST_RANGE = { from: 2_000_001, to: 2_999_999 };

const OPTIONS = {
  ...SERVER_OPTIONS,
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  platform: { type: 'string' },
} as const;

interface Settings extends ServerSettings {
  clientId: string;
  clientSecret: string;
  platform: string;
}

/**
 * `mt4 [--rest-port N] [--control-port N] [--data DIR] [--seed N] [--client-id TEXT] [--client-secret TEXT]
 * [--platform UUID] [--clock-offset SECONDS] [--login-range FROM-TO] [--calendar market|always] [--bars FILE.csv]
 * [--bars-speed N] [--bars-from INSTANT]`. Prints one JSON line on stdout, logs on stderr, runs until SIGTERM or
 * SIGINT.
 */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({ args: argv, options: OPTIONS, strict: true });
  const dataDir = openDataDir('mt4', values.data);
  const settings = keepSettings<Settings>(
    dataDir,
    {
      ...freshSettings(CLOCK_OFFSET),
      clientId: 'back-office',
      clientSecret: randomBytes(24).toString('base64url'),
      platform: randomUUID(),
    },
    {
      ...givenSettings(values),
      ...(values['client-id'] === undefined ? {} : { clientId: values['client-id'] }),
      ...(values['client-secret'] === undefined ? {} : { clientSecret: values['client-secret'] }),
      ...(values.platform === undefined ? {} : { platform: uuid(values.platform) }),
    },
  );
  const { clientId, clientSecret, platform } = settings;
  const server = await startServer({
    ...brokerageOptions(values, { name: 'mt4', dataDir, settings, firstRange: FIRST_RANGE }),
    clientId,
    clientSecret,
    platform,
  });
  const { rest, control, ca, groups } = server;
  announce(server, {
    rest,
    control,
    ca,
    authority: rest,
    tokenUrl: `${rest}/connect/token`,
    clientId,
    clientSecret,
    platform,
    groups,
  });
}

function uuid(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new Error(`--platform wants a UUID, not ${text}`);
  }
  return text.toLowerCase();
}
