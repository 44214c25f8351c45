import { type ScreeningList, screeningListFrom } from '../activities/screening-list';
import { createBankProvider } from '../connectors/psp/bank/bank';
import type { PaymentProvider } from '../connectors/psp/port';
import { createStripeProvider } from '../connectors/psp/stripe/stripe';
import { createSmtpSender } from '../connectors/mail/smtp';
import type { MailSender } from '../connectors/mail/port';
import type { TradingPlatform } from '../connectors/trading/port';
import { tradingPlatformFor } from '../connectors/trading/registry';
import { openKeys } from '../connectors/keys/file-keys';
import { demoInstallation } from '../domain/policy/defaults/shipped';
import { openDatabase, type Database, type DatabaseOptions } from '../db/connection';
import { requireVariable, type Environment } from '../temporal-config/environment.schema';

/** What activities are given: every connection to the world, made once per process. */
export interface Dependencies {
  readonly db: Database;
  readonly platformFor: (serverId: string) => TradingPlatform;
  readonly providerFor: (name: string) => PaymentProvider;
  readonly mailSender: MailSender;
  readonly publicUrl: string;
  readonly screeningList: () => Promise<ScreeningList>;
  readonly dataDir: string;
}

/** The server that the environment describes; more servers become rows of configuration later. */
const mt5ServerId = demoInstallation.server;

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
    providerFor: providers(environment),
    mailSender: createSmtpSender({
      url: requireVariable(environment, 'KEELSON_SMTP_URL'),
      messageIdDomain: 'keelson.example',
    }),
    publicUrl: requireVariable(environment, 'KEELSON_PUBLIC_URL'),
    screeningList: screeningListFrom(environment.KEELSON_SANCTIONS_DIR),
    dataDir: environment.KEELSON_DATA,
  };
}

function platforms(environment: Environment): (serverId: string) => TradingPlatform {
  return (serverId) => {
    if (serverId !== mt5ServerId)
      throw new Error(`the trading server ${serverId} is not configured`);
    return tradingPlatformFor({
      id: mt5ServerId,
      kind: 'mt5',
      rest: requireVariable(environment, 'KEELSON_MT5_REST'),
      caPath: environment.KEELSON_MT5_CA ?? null,
      login: requireVariable(environment, 'KEELSON_MT5_LOGIN'),
      password: requireVariable(environment, 'KEELSON_MT5_PASSWORD'),
      timeouts: { readMs: 10_000, writeMs: 10_000, connectMs: 3_000 },
    });
  };
}

function providers(environment: Environment): (name: string) => PaymentProvider {
  const known: Readonly<Record<string, PaymentProvider>> = {
    stripe: createStripeProvider({
      secretKey: requireVariable(environment, 'KEELSON_STRIPE_SECRET'),
      webhookSecret: requireVariable(environment, 'KEELSON_STRIPE_WEBHOOK_SECRET'),
      checkoutUrl: requireVariable(environment, 'KEELSON_STRIPE_CHECKOUT_URL'),
      ...(environment.KEELSON_STRIPE_URL ? { apiUrl: environment.KEELSON_STRIPE_URL } : {}),
      timeoutMs: 8_000,
    }),
    bank: createBankProvider({
      apiUrl: requireVariable(environment, 'KEELSON_BANK_URL'),
      key: requireVariable(environment, 'KEELSON_BANK_KEY'),
      timeoutMs: 8_000,
    }),
  };
  return (name) => {
    const provider = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!provider) throw new Error(`the payment provider ${name} is not configured`);
    return provider;
  };
}
