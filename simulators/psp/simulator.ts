import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FaultBook } from '../faults/faults';
import { Routes, serve } from '../http/server';
import { Journal } from '../journal/journal';
import { bankRoutes } from './bank/api';
import { settlePayout } from './bank/payout';
import { cardRoutes } from './cards/api';
import { settleRefund } from './cards/refunds';
import { checkoutRoutes } from './checkout';
import { controlRoutes } from './control';
import { payerRoutes } from './payers';
import { requestFaults } from './perform';
import { operations, Settlements, type Psp } from './psp';
import { settleRail, sides } from './rails/sides';
import { bankSigner, stripeSigner } from './signature';
import { put, railSides, State, type Settings, type Settlement } from './state';
import { Webhooks } from './webhooks';

export interface PspOptions {
  readonly data: string;
  readonly port?: number;
  readonly controlPort?: number;
  /** Base URL: card webhooks go to `<base>/stripe`, the bank's to `<base>/bank`, and so on. */
  readonly webhookUrl?: string;
  readonly stripeSecret?: string;
  readonly webhookSecret?: string;
  readonly bankKey?: string;
  readonly settleMs?: number;
}

/** What the simulator prints when it is up. */
export interface PspAddresses {
  readonly stripe: string;
  readonly bank: string;
  readonly checkout: string;
  /** Where payers of other rails confirm, for people who try it by hand. */
  readonly payers: string;
  readonly control: string;
  readonly stripeSecret: string;
  readonly webhookSecret: string;
  /** Of a second account at the card provider. */
  readonly stripe2Secret: string;
  readonly webhook2Secret: string;
  readonly bankKey: string;
  /** How to reach each of the other providers: objects for the product's file of providers. */
  readonly providers: readonly Readonly<Record<string, string>>[];
}

export interface PspSimulator {
  readonly addresses: PspAddresses;
  close(): Promise<void>;
}

const faultKinds = {
  kinds: [
    ...requestFaults,
    'webhook_twice',
    'webhook_out_of_order',
    'bad_signature',
    'hold_webhooks',
    'pending',
    'fail_later',
    'partial',
    'decline',
  ],
  operations,
  quiet: ['lookup'],
  lasting: ['hold_webhooks'],
};

/** Starts the provider; with the data of an earlier run it is as that run left it. */
export async function startPsp(options: PspOptions): Promise<PspSimulator> {
  const journal = new Journal(join(options.data, 'psp.jsonl'));
  const state = new State(journal);
  const settings = keepSettings(state, options);
  const faults = new FaultBook(journal, faultKinds);
  const cardSecrets = {
    stripe: { key: settings.stripeSecret, webhook: settings.webhookSecret },
    stripe_2: { key: settings.stripe2Secret, webhook: settings.webhook2Secret },
  };
  const webhookUrl = () => state.get('settings', 'all')?.webhookUrl?.replace(/\/+$/, '');
  const webhooks = new Webhooks(state, faults, {
    url: webhookUrl,
    signerOf: (side) => {
      if (side === 'stripe' || side === 'stripe_2') return stripeSigner(cardSecrets[side].webhook);
      if (side === 'bank') return bankSigner(settings.bankKey);
      return sides[side].sign(psp);
    },
  });
  const settlements = new Settlements(state, (settlement) => settle(psp, settlement));
  const psp: Psp = {
    state,
    faults,
    webhooks,
    settlements,
    cardSecrets,
    bankKey: settings.bankKey,
    secretOf: (name) => createHmac('sha256', settings.railsKey).update(name).digest('hex'),
    settleMs: options.settleMs ?? 300,
  };
  const routes = new Routes();
  cardRoutes(routes, psp);
  bankRoutes(routes, psp);
  checkoutRoutes(routes, psp);
  payerRoutes(routes, psp);
  for (const side of railSides) sides[side].routes(routes, psp);
  const controls = new Routes();
  controlRoutes(controls, psp);
  const server = await serve(routes, options.port ?? 0);
  const controlServer = await serve(controls, options.controlPort ?? 0);
  settlements.arm();
  webhooks.kick();
  return {
    addresses: {
      stripe: server.url,
      bank: server.url,
      checkout: `${server.url}/pay`,
      payers: `${server.url}/payers`,
      control: controlServer.url,
      stripeSecret: settings.stripeSecret,
      webhookSecret: settings.webhookSecret,
      stripe2Secret: settings.stripe2Secret,
      webhook2Secret: settings.webhook2Secret,
      bankKey: settings.bankKey,
      providers: railSides.map((side) =>
        sides[side].settings(psp, server.url, webhookUrl() ?? 'http://127.0.0.1/webhooks'),
      ),
    },
    close: async () => {
      settlements.stop();
      webhooks.stop();
      await Promise.all([server.close(), controlServer.close()]);
      journal.close();
    },
  };
}

function settle(psp: Psp, settlement: Settlement): void {
  const refund = psp.state.get('refunds', settlement.id);
  const payout = psp.state.get('payouts', settlement.id);
  if (refund) settleRefund(psp, refund, settlement);
  if (payout) settlePayout(psp, payout, settlement);
  settleRail(psp, settlement);
}

type Kept = Required<Omit<Settings, 'webhookUrl' | 'tokensExpired'>>;

/** Options win over what was kept; secrets that were never given are made once. */
function keepSettings(state: State, options: PspOptions): Kept {
  const kept = state.get('settings', 'all') ?? {};
  const made = (prefix: string) => `${prefix}${randomBytes(24).toString('hex')}`;
  const secrets: Kept = {
    stripeSecret: options.stripeSecret ?? kept.stripeSecret ?? made('sk_test_'),
    webhookSecret: options.webhookSecret ?? kept.webhookSecret ?? made('whsec_'),
    stripe2Secret: kept.stripe2Secret ?? made('sk_test_'),
    webhook2Secret: kept.webhook2Secret ?? made('whsec_'),
    bankKey: options.bankKey ?? kept.bankKey ?? made(''),
    railsKey: kept.railsKey ?? made(''),
  };
  const webhookUrl = options.webhookUrl ?? kept.webhookUrl;
  const settings: Settings = {
    ...kept,
    ...secrets,
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
  };
  state.journal.commit([put('settings', 'all', settings)]);
  return secrets;
}
