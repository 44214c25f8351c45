import { leverageRegimes } from '../../leverage/regimes';
import { type OverlayChange, type Rule } from '../body';
import { type Condition } from '../condition';
import { type AccountProvisioningThen } from '../kinds/account-provisioning';
import { type Installation, type ShippedPolicy } from './shipped';

interface GroupRule {
  readonly id: string;
  readonly group: string;
  readonly leverage: number;
  readonly type: string;
  readonly currency: string;
  readonly category?: 'retail' | 'professional';
  readonly source: string;
}

/** Server, group and leverage per entity, account type, category and currency. */
export function accountProvisioningPolicy(
  installation: Installation,
): ShippedPolicy<'account.provisioning'> {
  const add = (rule: GroupRule, entity: string): OverlayChange<AccountProvisioningThen> => ({
    target: 'rule',
    mode: 'add',
    before: 'otherwise',
    with: provision(rule, entity, installation.server),
  });
  const cysec = 'CySEC PS-04-2019';
  const offshore = 'house limit; no cap by rule';
  const cysecGroups: GroupRule[] = ['USD', 'EUR'].flatMap((currency) => {
    const group = `real\\cy-${currency.toLowerCase()}-std`;
    const of = { group, type: 'standard', currency, source: cysec };
    const suffix = currency.toLowerCase();
    return [
      { ...of, id: `cy.standard-retail-${suffix}`, leverage: 30, category: 'retail' as const },
      {
        ...of,
        id: `cy.standard-professional-${suffix}`,
        leverage: 100,
        category: 'professional' as const,
      },
    ];
  });
  return {
    base: {
      title: 'Account provisioning',
      parameters: {
        accountTypes: ['standard', 'pro'],
        currencies: ['USD', 'EUR'],
        accountsPerClientMax: 5,
      },
      rules: [
        {
          id: 'not-approved',
          title: 'KYC comes first',
          when: { fact: 'client.approved', operator: 'equal', value: false },
          then: { decision: 'refuse' },
          reason: 'KYC_NOT_APPROVED',
          source: 'AMLR 2024/1624 art. 23',
          mandatory: true,
        },
        {
          id: 'too-many',
          title: 'More accounts than a client may have',
          when: {
            fact: 'client.accounts',
            operator: 'greaterThanInclusive',
            value: { parameter: 'accountsPerClientMax' },
          },
          then: { decision: 'review' },
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
      changes: [
        ...cysecGroups.map((rule) => add(rule, installation.cysecEntity)),
        add(
          {
            id: 'cy.pro-usd',
            group: 'real\\cy-usd-pro',
            leverage: 100,
            type: 'pro',
            currency: 'USD',
            category: 'professional',
            source: cysec,
          },
          installation.cysecEntity,
        ),
      ],
    },
    offshoreEntity: {
      title: 'Groups of the offshore entity',
      changes: [
        ...['USD', 'EUR'].map((currency) =>
          add(
            {
              id: `off.standard-${currency.toLowerCase()}`,
              group: `real\\off-${currency.toLowerCase()}-std`,
              leverage: 500,
              type: 'standard',
              currency,
              source: offshore,
            },
            installation.offshoreEntity,
          ),
        ),
        add(
          {
            id: 'off.pro-usd',
            group: 'real\\off-usd-pro',
            leverage: 500,
            type: 'pro',
            currency: 'USD',
            source: offshore,
          },
          installation.offshoreEntity,
        ),
      ],
    },
  };
}

function provision(rule: GroupRule, entity: string, server: string): Rule<AccountProvisioningThen> {
  const category: Condition[] =
    rule.category === undefined
      ? []
      : [{ fact: 'client.category', operator: 'equal', value: rule.category }];
  return {
    id: rule.id,
    title: `${rule.type}, ${rule.currency}: ${rule.group}`,
    when: {
      all: [
        { fact: 'client.entity', operator: 'equal', value: entity },
        { fact: 'account.type', operator: 'equal', value: rule.type },
        { fact: 'account.currency', operator: 'equal', value: rule.currency },
        ...category,
      ],
    },
    then: { decision: 'provision', server, group: rule.group, leverage: rule.leverage },
    reason: 'GROUP_BY_POLICY',
    source: rule.source,
  };
}

const { cysec, offshore } = leverageRegimes;

/** Leverage: the CySEC caps are the base, since they are the stricter; offshore overrides them. */
export const accountLeveragePolicy: ShippedPolicy<'account.leverage'> = {
  base: {
    title: 'Leverage',
    parameters: cysec,
    rules: [
      {
        id: 'above-cap',
        title: 'Above the cap',
        when: { fact: 'leverage.withinCap', operator: 'equal', value: false },
        then: { decision: 'refuse' },
        reason: 'LEVERAGE_ABOVE_CAP',
        source: 'CySEC PS-04-2019; ESMA 2018/796',
        mandatory: true,
      },
      {
        id: 'within-cap',
        title: 'Within the cap and no position is squeezed',
        when: {
          all: [
            { fact: 'leverage.withinCap', operator: 'equal', value: true },
            {
              any: [
                { fact: 'leverage.reduces', operator: 'equal', value: false },
                { fact: 'account.openPositions', operator: 'equal', value: 0 },
              ],
            },
          ],
        },
        then: { decision: 'approve' },
        reason: 'LEVERAGE_WITHIN_CAP',
        source: 'house rule',
      },
      {
        id: 'reduction-with-positions',
        title: 'A reduction while positions are open raises their margin',
        when: {
          all: [
            { fact: 'leverage.reduces', operator: 'equal', value: true },
            { fact: 'account.openPositions', operator: 'greaterThan', value: 0 },
          ],
        },
        then: { decision: 'review', queue: 'dealing', dueHours: 8 },
        reason: 'OPEN_POSITIONS',
        source: 'house rule: notice before a margin call',
      },
    ],
  },
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      ...(
        [
          'regime',
          'caps',
          'houseMax',
          'marginCloseOutPercent',
          'negativeBalanceProtection',
          'rebatesToRetailTraders',
          'source',
        ] as const
      ).map(
        (name) =>
          ({
            target: 'parameter',
            mode: 'override',
            name,
            value: offshore[name],
            reason: 'No cap by rule; the house allows 500.',
          }) as const,
      ),
    ],
  },
};
