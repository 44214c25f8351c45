import { accountRights } from '../../trading/account';
import { platformKinds } from '../../trading/capabilities';
import { compilePolicy } from '../compile';
import { parseLayers } from '../check';
import { evaluate } from '../evaluate';
import { provisioningFacts } from '../kinds/account-provisioning';
import { GROUPS as ctraderGroups } from '../../../simulators/ctrader/groups';
import { GROUPS as mt4Groups } from '../../../simulators/mt4/groups';
import { GROUPS as mt5Groups } from '../../../simulators/mt5/groups';
import { cysecGroups, type GroupRow, offshoreGroups } from './account-groups';
import { shippedPolicies } from './all';
import { shippedLists } from './lists';
import { demoInstallation } from './shipped';

const compiled = (entity: 'cy' | 'off') =>
  compilePolicy(
    'account.provisioning',
    parseLayers(
      'account.provisioning',
      shippedPolicies().filter(
        ({ kind, layer, layerKey }) =>
          kind === 'account.provisioning' && (layer === 'base' || layerKey === entity),
      ),
      shippedLists,
    ),
  );
const policies = { cy: compiled('cy'), off: compiled('off') };

interface Asked {
  readonly category?: 'retail' | 'professional';
  readonly residence?: string;
  readonly approved?: boolean;
  readonly accounts?: number;
  readonly demoAccounts?: number;
}

const ask = (
  entity: 'cy' | 'off',
  wish: Pick<GroupRow, 'type' | 'currency' | 'platform'>,
  asked: Asked = {},
) =>
  evaluate(
    policies[entity],
    provisioningFacts(
      {
        entityId: entity,
        category: 'retail',
        residence: entity === 'cy' ? 'DE' : 'AE',
        approved: true,
        accounts: 0,
        demoAccounts: 0,
        ...asked,
      },
      { accountType: wish.type, currency: wish.currency, platform: wish.platform },
    ),
  ).outcome;

const table = [
  ...cysecGroups.map((row) => ['cy', row.id, row] as const),
  ...offshoreGroups.map((row) => ['off', row.id, row] as const),
];

const groupsOf = {
  mt5: mt5Groups,
  mt4: mt4Groups,
  ctrader: ctraderGroups,
};

describe('the shipped table of groups', () => {
  it('has rows for both entities on every platform', () => {
    expect(table.length).toBeGreaterThanOrEqual(30);
    for (const platform of platformKinds)
      for (const entity of ['cy', 'off'])
        expect(
          table.filter(([of, , row]) => of === entity && row.platform === platform),
        ).not.toEqual([]);
    expect(new Set(table.map(([, id]) => id)).size).toBe(table.length);
  });

  it.each(table)('%s: %s is what such a client gets', (entity, _id, row) => {
    const outcome = ask(entity, row, row.category === undefined ? {} : { category: row.category });
    expect(outcome).toEqual({
      decision: 'provision',
      platform: row.platform,
      server: demoInstallation.servers[row.platform],
      group: row.group,
      leverage: row.leverage,
      rights: row.rights,
      swapFree: row.type === 'swap_free',
      demo: row.type === 'demo',
      reasons: ['GROUP_BY_POLICY'],
    });
  });

  it.each(table)(
    '%s: %s names a group that the server has, in its currency',
    (_entity, _id, row) => {
      const group = groupsOf[row.platform].find(({ name }) => name === row.group);
      expect(group?.currency).toBe(row.currency);
    },
  );

  it.each(table.filter(([entity]) => entity === 'cy'))(
    '%s: %s gives no retail client more than 30',
    (_entity, _id, row) => {
      expect(row.category === 'professional' || row.leverage <= 30).toBe(true);
    },
  );

  it('keeps robots off swap-free log-ins where a single log-in can be told so', () => {
    const swapFree = { type: 'swap_free', currency: 'USD' } as const;
    const rightsOn = (platform: 'mt5' | 'mt4') => {
      const outcome = ask('off', { ...swapFree, platform });
      return outcome.decision === 'provision' ? outcome.rights : [];
    };
    expect(rightsOn('mt5')).not.toContain('experts');
    expect(rightsOn('mt4')).toEqual(accountRights);
  });

  it('gives swap-free accounts offshore by residence', () => {
    const wish = { type: 'swap_free', currency: 'USD', platform: 'mt5' } as const;
    expect(ask('off', wish, { residence: 'MU' })).toEqual({
      decision: 'review',
      reasons: ['NO_GROUP_FITS'],
    });
  });

  it('gives pro accounts of the CySEC entity to professionals alone', () => {
    const wish = { type: 'pro', currency: 'EUR', platform: 'ctrader' } as const;
    expect(ask('cy', wish).decision).toBe('review');
    expect(ask('cy', wish, { category: 'professional' }).decision).toBe('provision');
  });

  it('lets play money come before KYC, and counts it by itself', () => {
    const demo = { type: 'demo', currency: 'USD', platform: 'mt4' } as const;
    const live = { ...demo, type: 'standard' } as const;
    expect(ask('off', demo, { approved: false }).decision).toBe('provision');
    expect(ask('off', live, { approved: false }).decision).toBe('refuse');
    expect(ask('off', demo, { accounts: 5, demoAccounts: 2 }).decision).toBe('provision');
    expect(ask('off', demo, { demoAccounts: 3 })).toEqual({
      decision: 'refuse',
      reasons: ['TOO_MANY_ACCOUNTS'],
    });
    expect(ask('off', live, { accounts: 4, demoAccounts: 3 }).decision).toBe('provision');
  });
});
