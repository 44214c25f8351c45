import { type ScreeningList, screeningListFrom } from '../activities/screening-list';
import type { PaymentProvider } from '../connectors/psp/port';
import { providersOf } from '../connectors/psp/registry';
import { createSmtpSender } from '../connectors/mail/smtp';
import type { MailSender } from '../connectors/mail/port';
import type { TradingPlatform } from '../connectors/trading/port';
import type { PictureReader } from '../connectors/reading/port';
import { createTesseractReader } from '../connectors/reading/tesseract';
import { verifiersOf } from '../connectors/verifier/configured';
import type { IdentityVerifier } from '../connectors/verifier/port';
import { outsideMatchersOf } from '../connectors/screening/outside/configured';
import { platformsOf, readTradingServers } from '../connectors/trading/servers';
import { openKeys } from '../connectors/keys/file-keys';
import { openAddressBook } from '../db/chain-addresses';
import { openDatabase, type Database, type DatabaseOptions } from '../db/connection';
import { requireVariable, type Environment } from '../temporal-config/environment.schema';

/** What activities are given: every connection to the world, made once per process. */
export interface Dependencies {
  readonly db: Database;
  readonly platformFor: (serverId: string) => TradingPlatform;
  readonly providerFor: (name: string) => PaymentProvider;
  readonly providers: readonly PaymentProvider[];
  readonly verifiers: readonly IdentityVerifier[];
  readonly reader: PictureReader;
  readonly mailSender: MailSender;
  readonly publicUrl: string;
  readonly screeningList: () => Promise<ScreeningList>;
  readonly dataDir: string;
}

/** The server that the environment describes; more servers become rows of configuration later. */

export function createDependencies(
  environment: Environment,
  { onTrouble }: Pick<DatabaseOptions, 'onTrouble'> = {},
): Dependencies {
  const db = openDatabase({
    url: requireVariable(environment, 'KEELSON_DATABASE_URL'),
    keys: openKeys(environment.KEELSON_SECRETS_DIR),
    connectionsMax: 12,
    applicationName: 'keelson worker',
    ...(onTrouble ? { onTrouble } : {}),
  });
  return {
    db,
    platformFor: platforms(environment),
    ...configured(environment, db),
    verifiers: verifiersOf(environment),
    reader: createTesseractReader(),
    mailSender: createSmtpSender({
      url: requireVariable(environment, 'KEELSON_SMTP_URL'),
      messageIdDomain: 'keelson.example',
    }),
    publicUrl: requireVariable(environment, 'KEELSON_PUBLIC_URL'),
    screeningList: screeningListFrom(db, outsideMatchersOf(environment)),
    dataDir: environment.KEELSON_DATA,
  };
}

function platforms(environment: Environment): (serverId: string) => TradingPlatform {
  const file = environment.KEELSON_TRADING_SERVERS;
  const platformFor = platformsOf(file === undefined ? [] : readTradingServers(file));
  return (serverId) => {
    const platform = platformFor(serverId);
    if (!platform) throw new Error(`the trading server ${serverId} is not configured`);
    return platform;
  };
}

/** A worker carries out what was asked of the card and bank providers, so it does not begin without them. */
const needed = [
  'KEELSON_STRIPE_SECRET',
  'KEELSON_STRIPE_WEBHOOK_SECRET',
  'KEELSON_BANK_URL',
  'KEELSON_BANK_KEY',
] as const;

function configured(
  environment: Environment,
  db: Database,
): Pick<Dependencies, 'providerFor' | 'providers'> {
  for (const name of needed) requireVariable(environment, name);
  const providers = providersOf(environment, {
    timeoutMs: 8_000,
    bookOf: (provider) => openAddressBook(db, provider),
  });
  const providerFor = (name: string): PaymentProvider => {
    const provider = providers.find((each) => each.name === name);
    if (!provider) throw new Error(`the payment provider ${name} is not configured`);
    return provider;
  };
  return { providerFor, providers };
}
