import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { PaymentProvider } from '../connectors/psp/port';
import type { IdentityVerifier } from '../connectors/verifier/port';
import type { Database } from '../db/connection';
import type { HouseAccount } from '../domain/payments/house-account';

/** What the API is given; nothing here is read from the environment. */
export interface ApiDeps {
  readonly db: Database;
  /** Connections of the session store (the app's role, as `db`). */
  readonly sessionPool: Pool;
  /** Signs session cookies. */
  readonly sessionSecret: string;
  /** Where people reach the API; `https:` makes cookies secure. */
  readonly publicUrl: string;
  /** Their webhooks are taken at `/webhooks/<name>`. */
  readonly providers: readonly PaymentProvider[];
  /** Their webhooks are taken at `/webhooks/<name>`, too. */
  readonly verifiers: readonly IdentityVerifier[];
  /** The bank accounts that clients pay to, and whose statements are read. */
  readonly bankAccounts: readonly HouseAccount[];
  readonly log: Logger;
  /** Which proxies may say who the caller is (Express `trust proxy`); default loopback. */
  readonly trustProxy?: string;
  /** Opens /metrics to others than this machine. */
  readonly metricsToken?: string;
  readonly limits?: Partial<Limits>;
}

/** Per address (and account) in 15 minutes. */
export interface Limits {
  /** Failed log-ins of one account. */
  readonly logInFailuresMax: number;
  /** Anonymous commands of one address: log-ins, registrations, forgotten passwords. */
  readonly publicCommandsMax: number;
  /** Requests of one address. */
  readonly requestsMax: number;
  /** Files that one person has written out. */
  readonly exportsMax: number;
}

export const defaultLimits: Limits = {
  logInFailuresMax: 10,
  publicCommandsMax: 600,
  requestsMax: 60_000,
  exportsMax: 60,
};
