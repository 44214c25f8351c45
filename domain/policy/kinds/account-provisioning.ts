import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories } from './kyc-approval';

export type AccountProvisioningThen =
  | {
      readonly decision: 'provision';
      /** Id of the trading server (`server.id`). */
      readonly server: string;
      /** Group on that server, in the server's own spelling: `real\eu\std-eur`. */
      readonly group: string;
      /** Account leverage 1:n. */
      readonly leverage: number;
    }
  | { readonly decision: 'review' }
  | { readonly decision: 'refuse' };

export interface AccountProvisioningParameters {
  /** Account types and currencies the client room offers. */
  readonly accountTypes: readonly string[];
  readonly currencies: readonly string[];
  readonly accountsPerClientMax: number;
}

export type AccountProvisioningOutcome = AccountProvisioningThen & {
  readonly reasons: readonly string[];
};

/** Chooses server, group and leverage of a new trading account; the first rule that holds decides. */
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
      label: 'open trading accounts',
      type: 'number',
      source: 'client record',
    },
    'account.type': { label: 'account type', type: 'text', source: 'request' },
    'account.currency': { label: 'currency', type: 'currency', source: 'request' },
    'account.platform': {
      label: 'platform',
      type: 'text',
      values: ['mt5', 'mt4', 'ctrader'],
      source: 'request',
    },
  },
  required: ['client.entity', 'client.approved', 'account.type', 'account.currency'],
  conclude: (findings) => {
    const hit = findings.hits[0];
    if (needsPerson(findings) || hit === undefined)
      return { decision: 'review', reasons: routedReasons(findings) };
    return { ...hit.then, reasons: [hit.reason] };
  },
};
