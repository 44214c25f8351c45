import { type AccountRight, accountRights } from '../../trading/account';
import { platformKinds, type PlatformKind } from '../../trading/capabilities';
import { type Facts } from '../fact';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories } from './kyc-approval';

export type AccountProvisioningThen =
  | {
      readonly decision: 'provision';
      /** Make of the server; left out, whatever the server is. */
      readonly platform?: PlatformKind;
      /** Id of the trading server (`server.id`). */
      readonly server: string;
      /** Group on that server, in the server's own spelling: `real\eu\std-eur`. */
      readonly group: string;
      /** Account leverage 1:n. */
      readonly leverage: number;
      /** What the holder may do there; left out, everything. */
      readonly rights?: readonly AccountRight[];
      /** No swap is charged or paid; where the group alone says so, the group must be such a one. */
      readonly swapFree?: boolean;
      /** Play money: nothing of it is ever client money. */
      readonly demo?: boolean;
    }
  | { readonly decision: 'review' }
  | { readonly decision: 'refuse' };

export interface AccountProvisioningParameters {
  /** Account types and currencies the client room offers. */
  readonly accountTypes: readonly string[];
  readonly currencies: readonly string[];
  readonly accountsPerClientMax: number;
  /** Platforms the client room offers; who names none gets the first that has the account. MetaTrader 5 when left out. */
  readonly platforms?: readonly PlatformKind[];
  readonly demoAccountsPerClientMax?: number;
  /** Play money that a demo account begins with, in its currency: a decimal string. None when left out. */
  readonly demoBalance?: string;
}

/** What a new log-in is to be. */
export interface Provision {
  readonly decision: 'provision';
  readonly platform: PlatformKind | null;
  readonly server: string;
  readonly group: string;
  readonly leverage: number;
  readonly rights: readonly AccountRight[];
  readonly swapFree: boolean;
  readonly demo: boolean;
}

export type AccountProvisioningOutcome = (
  Provision | { readonly decision: 'review' } | { readonly decision: 'refuse' }
) & {
  readonly reasons: readonly string[];
};

/** The fact `account.server` of a wish that names none. */
export const anyServer = 'any';

/** Chooses platform, server, group, leverage and rights of a new trading account; the first rule that holds decides. */
export const accountProvisioning: KindDefinition<
  AccountProvisioningThen,
  AccountProvisioningOutcome,
  AccountProvisioningParameters
> = {
  kind: 'account.provisioning',
  title: 'Account provisioning',
  hitPolicy: 'first',
  facts: {
    'client.jurisdiction': {
      label: 'country of residence',
      type: 'country',
      source: 'client record',
    },
    'client.entity': { label: 'entity', type: 'text', source: 'client record' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.approved': { label: 'KYC approved', type: 'boolean', source: 'KYC case' },
    'client.accounts': {
      label: 'open trading accounts that are no demo accounts',
      type: 'number',
      source: 'client record',
    },
    'client.demoAccounts': {
      label: 'open demo accounts',
      type: 'number',
      source: 'client record',
    },
    'account.type': { label: 'account type', type: 'text', source: 'request' },
    'account.currency': { label: 'currency', type: 'currency', source: 'request' },
    'account.platform': {
      label: 'platform',
      type: 'text',
      values: platformKinds,
      source: 'request',
    },
    'account.server': {
      label: `server wished for, or "${anyServer}"`,
      type: 'text',
      source: 'request',
    },
  },
  required: ['client.entity', 'client.approved', 'account.type', 'account.currency'],
  conclude: (findings) => {
    const hit = findings.hits[0];
    if (needsPerson(findings) || hit === undefined)
      return { decision: 'review', reasons: routedReasons(findings) };
    const { then, reason } = hit;
    if (then.decision !== 'provision') return { ...then, reasons: [reason] };
    return {
      decision: then.decision,
      platform: then.platform ?? null,
      server: then.server,
      group: then.group,
      leverage: then.leverage,
      rights: then.rights ?? accountRights,
      swapFree: then.swapFree ?? false,
      demo: then.demo ?? false,
      reasons: [reason],
    };
  },
};

/** What the policy asks about a client. */
export interface ClientAbout {
  readonly residence: string;
  readonly entityId: string;
  readonly category: string;
  readonly approved: boolean;
  readonly accounts: number;
  readonly demoAccounts: number;
}

/** The facts of a wish for an account. */
export function provisioningFacts(
  client: ClientAbout,
  wish: {
    readonly accountType: string;
    readonly currency: string;
    readonly platform: PlatformKind;
    readonly server?: string | undefined;
  },
): Facts {
  return {
    'client.jurisdiction': client.residence,
    'client.entity': client.entityId,
    'client.category': client.category,
    'client.approved': client.approved,
    'client.accounts': client.accounts,
    'client.demoAccounts': client.demoAccounts,
    'account.type': wish.accountType,
    'account.currency': wish.currency,
    'account.platform': wish.platform,
    'account.server': wish.server ?? anyServer,
  };
}

/** In the order in which the client room offers them. */
export function platformsOffered({
  platforms = ['mt5'],
}: Pick<AccountProvisioningParameters, 'platforms'>): readonly PlatformKind[] {
  return platforms;
}
