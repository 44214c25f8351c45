import { platformKinds } from '../../trading/capabilities';
import { type OverlayChange, type Rule } from '../body';
import { type Condition } from '../condition';
import { type AccountProvisioningThen } from '../kinds/account-provisioning';
import { accountTypeNames, cysecGroups, type GroupRow, offshoreGroups } from './account-groups';
import { type Installation, type ShippedPolicy } from './shipped';

/** Platform, server, group, leverage and rights per entity, account type, category, currency and platform. */
export function accountProvisioningPolicy(
  installation: Installation,
): ShippedPolicy<'account.provisioning'> {
  const add = (entity: string) => (row: GroupRow) =>
    ({
      target: 'rule',
      mode: 'add',
      before: 'otherwise',
      with: provisionRule(row, { entity, server: installation.servers[row.platform] }),
    }) satisfies OverlayChange<AccountProvisioningThen>;
  return {
    base: {
      title: 'Account provisioning',
      parameters: {
        accountTypes: accountTypeNames,
        currencies: ['USD', 'EUR'],
        platforms: platformKinds,
        accountsPerClientMax: 5,
        demoAccountsPerClientMax: 3,
        demoBalance: '10000.00',
      },
      rules: [
        {
          id: 'not-approved',
          title: 'KYC comes first, except for play money',
          when: {
            all: [
              { fact: 'client.approved', operator: 'equal', value: false },
              { fact: 'account.type', operator: 'notEqual', value: 'demo' },
            ],
          },
          then: { decision: 'refuse' },
          reason: 'KYC_NOT_APPROVED',
          source: 'AMLR 2024/1624 art. 23',
          mandatory: true,
        },
        {
          id: 'too-many',
          title: 'More accounts than a client may have',
          when: tooMany('client.accounts', 'accountsPerClientMax', 'notEqual'),
          then: { decision: 'review' },
          reason: 'TOO_MANY_ACCOUNTS',
          source: 'house rule',
        },
        {
          id: 'too-many-demo',
          title: 'More demo accounts than a client may have',
          when: tooMany('client.demoAccounts', 'demoAccountsPerClientMax', 'equal'),
          then: { decision: 'refuse' },
          reason: 'TOO_MANY_ACCOUNTS',
          source: 'house rule',
        },
        {
          id: 'otherwise',
          title: 'No group fits',
          when: { all: [] },
          then: { decision: 'review' },
          reason: 'NO_GROUP_FITS',
          source: 'house rule',
        },
      ],
    },
    cysecEntity: {
      title: 'Groups of the CySEC entity',
      changes: cysecGroups.map(add(installation.cysecEntity)),
    },
    offshoreEntity: {
      title: 'Groups of the offshore entity',
      changes: offshoreGroups.map(add(installation.offshoreEntity)),
    },
  };
}

function tooMany(fact: string, parameter: string, operator: 'equal' | 'notEqual'): Condition {
  return {
    all: [
      { fact: 'account.type', operator, value: 'demo' },
      { fact, operator: 'greaterThanInclusive', value: { parameter } },
    ],
  };
}

/** The row of an entity's table that gives a group of a server. */
export function provisionRule(
  row: GroupRow,
  { entity, server }: { readonly entity: string; readonly server: string },
): Rule<AccountProvisioningThen> {
  const category: Condition[] =
    row.category === undefined
      ? []
      : [{ fact: 'client.category', operator: 'equal', value: row.category }];
  const residents: Condition[] =
    row.residents === undefined
      ? []
      : [{ fact: 'client.jurisdiction', operator: 'in', value: { list: row.residents } }];
  return {
    id: row.id,
    title: `${row.type}, ${row.currency}: ${row.group}`,
    when: {
      all: [
        { fact: 'client.entity', operator: 'equal', value: entity },
        { fact: 'account.platform', operator: 'equal', value: row.platform },
        { fact: 'account.type', operator: 'equal', value: row.type },
        { fact: 'account.currency', operator: 'equal', value: row.currency },
        ...category,
        ...residents,
      ],
    },
    then: {
      decision: 'provision',
      platform: row.platform,
      server,
      group: row.group,
      leverage: row.leverage,
      ...(row.rights === undefined ? {} : { rights: row.rights }),
      swapFree: row.swapFree,
      demo: row.demo,
    },
    reason: 'GROUP_BY_POLICY',
    source: row.source,
  };
}
