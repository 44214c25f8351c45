import path from 'node:path';
import { z } from 'zod';

/** Every environment variable of the product, in one place; each with what it means. */

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address');
const httpUrl = z.string().regex(/^https?:\/\//, 'must be an http:// or https:// address');
const smtpUrl = z.string().regex(/^smtps?:\/\//, 'must be an smtp:// or smtps:// address');
const limit = z.coerce.number().int().min(1);
const share = z.coerce.number().min(0).max(1);
const port = z.coerce.number().int().min(0).max(65_535);

export const environmentSchema = z.object({
  DATABASE_URL: postgresUrl
    .optional()
    .describe(
      'PostgreSQL as the owner of the schema; used to migrate and by the owner’s commands, never by workers or API. Without it npm start runs an embedded PostgreSQL.',
    ),
  KEELSON_DATABASE_URL: postgresUrl
    .optional()
    .describe('PostgreSQL as keelson_app, the role that row-level security binds.'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port')
    .optional()
    .describe('host:port of Temporal. Without it npm start runs a development server.'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('keelson').describe('Temporal namespace.'),
  KEELSON_DATA: z
    .string()
    .min(1)
    .default('.keelson')
    .describe('Folder of all state: database, keys, logs (mode 0700).'),
  KEELSON_SECRETS_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of keys and secrets, files of mode 0600; default <KEELSON_DATA>/secrets.'),
  KEELSON_API_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address the API listens on; 0.0.0.0 inside a container.'),
  KEELSON_API_PORT: port.default(0).describe('Port the API listens on; 0 takes a free one.'),
  KEELSON_PUBLIC_URL: httpUrl
    .optional()
    .describe('Address under which people reach the API; links in mails begin with it.'),
  KEELSON_SMTP_URL: smtpUrl.optional().describe('Mail server for outgoing mail.'),
  KEELSON_MAIL_FROM: z
    .string()
    .min(3)
    .default('Keelson <no-reply@keelson.example>')
    .describe('Sender of outgoing mail.'),
  KEELSON_STRIPE_URL: httpUrl
    .optional()
    .describe('Base address of Stripe’s API; a simulator in development.'),
  KEELSON_STRIPE_SECRET: z.string().min(1).optional().describe('Stripe secret key.'),
  KEELSON_STRIPE_WEBHOOK_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('Secret that signs Stripe’s webhooks.'),
  KEELSON_STRIPE_CHECKOUT_URL: httpUrl
    .optional()
    .describe('Page on which a payer completes a card payment; the simulator’s in development.'),
  KEELSON_STRIPE_2_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('Secret key of a second account at Stripe (`stripe_2`); without it there is none.'),
  KEELSON_STRIPE_2_WEBHOOK_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Secret that signs the webhooks of the second account, sent to `/webhooks/stripe_2`.',
    ),
  KEELSON_STRIPE_2_URL: httpUrl.optional().describe("Its API, if not `KEELSON_STRIPE_URL`'s."),
  KEELSON_STRIPE_2_CHECKOUT_URL: httpUrl
    .optional()
    .describe("Its page to pay on, if not `KEELSON_STRIPE_CHECKOUT_URL`'s."),
  KEELSON_BANK_URL: httpUrl.optional().describe('Base address of the bank’s payout API.'),
  KEELSON_BANK_KEY: z.string().min(1).optional().describe('Key that signs requests to the bank.'),
  KEELSON_PAYMENT_PROVIDERS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file (mode 0600) of the payment providers beside cards and the bank: see docs/providers.md.',
    ),
  KEELSON_IDENTITY_VERIFIERS: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file (mode 0600) of outside verifiers of identities: see docs/kyc.md.'),
  KEELSON_BANK_ACCOUNTS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file of the bank accounts that clients pay to and whose statements are read: see docs/bank-files.md.',
    ),
  KEELSON_TRADING_SERVERS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file (mode 0600) of the trading servers and how to reach them: see docs/trading-servers.md.',
    ),
  KEELSON_SETTLE_WINDOW_MS: z.coerce
    .number()
    .int()
    .min(1)
    .default(300_000)
    .describe(
      'Milliseconds after which a trading server no longer applies a request it was sent; at least its longest request life. 1000 in tests and the demo.',
    ),
  KEELSON_SANCTIONS_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of sanctions lists that an installation is given at its start; a small invented one without. Later versions: keelson lists load.',
    ),
  KEELSON_YENTE_URL: httpUrl
    .optional()
    .describe(
      'A yente (OpenSanctions) of your own that is asked at every screening besides: see docs/screening.md.',
    ),
  KEELSON_YENTE_DATASET: z
    .string()
    .min(1)
    .default('sanctions')
    .describe('Which of its datasets people are matched with.'),
  KEELSON_YENTE_ALGORITHM: z.string().min(1).default('logic-v2').describe('Its algorithm.'),
  KEELSON_YENTE_THRESHOLD: share
    .default(0.7)
    .describe('From which of its scores a result is a match, 0 to 1.'),
  KEELSON_YENTE_KEY: z.string().min(1).optional().describe('API key, where it asks for one.'),
  KEELSON_WATCHMAN_URL: httpUrl
    .optional()
    .describe(
      'A watchman (Moov) of your own that is asked at every screening besides: see docs/screening.md.',
    ),
  KEELSON_WATCHMAN_THRESHOLD: share.default(0.8).describe('Its least match (minMatch), 0 to 1.'),
  KEELSON_REQUESTS_MAX: limit
    .default(60_000)
    .describe('Requests that one address may send to one API process in 15 minutes.'),
  KEELSON_PUBLIC_COMMANDS_MAX: limit
    .default(600)
    .describe(
      'Commands without a log-in (log-ins, registrations, forgotten passwords) of one address in 15 minutes.',
    ),
  KEELSON_LOGIN_FAILURES_MAX: limit
    .default(10)
    .describe('Failed log-ins of one account, from wherever, in 15 minutes.'),
  KEELSON_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  KEELSON_WORKFLOW_BUNDLE: z
    .string()
    .min(1)
    .optional()
    .describe('File of a workflow bundle built ahead; without it a worker bundles at start.'),
});

export type EnvironmentVariable = keyof typeof environmentSchema.shape;

/** The parsed environment, folders made absolute. */
export type Environment = z.output<typeof environmentSchema> & {
  readonly KEELSON_SECRETS_DIR: string;
};

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads the configuration from environment variables; an empty variable counts as absent.
 * @param env usually `process.env`; variables the schema does not know are ignored.
 * @throws {EnvironmentError} naming each variable that is wrong, without its value.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new EnvironmentError(`The environment is not usable:\n  ${lines.join('\n  ')}`);
  }
  const data = path.resolve(parsed.data.KEELSON_DATA);
  return {
    ...parsed.data,
    KEELSON_DATA: data,
    KEELSON_SECRETS_DIR: path.resolve(
      parsed.data.KEELSON_SECRETS_DIR ?? path.join(data, 'secrets'),
    ),
  };
}

/**
 * The value of a variable this process cannot do without.
 * @throws {EnvironmentError} naming the variable when it is not set.
 */
export function requireVariable<Name extends EnvironmentVariable>(
  environment: Environment,
  name: Name,
): NonNullable<Environment[Name]> {
  const value = environment[name];
  if (value === undefined || value === null) {
    throw new EnvironmentError(
      `${name} is not set: ${environmentSchema.shape[name].description ?? ''}`,
    );
  }
  return value;
}
