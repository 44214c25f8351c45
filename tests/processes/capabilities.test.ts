import { createAccountActivities } from '../../activities/account';
import { createAccountWriteActivities } from '../../activities/account-writes';
import { performBalanceOperation } from '../../activities/balance-operation';
import type { TradingPlatform } from '../../connectors/trading/port';
import { placeAccount, requestAccount } from '../../db/account-opening';
import { allowRequest, askOfAccount, readAccountRequest } from '../../db/account-requests';
import { insertAccount, moveAccount, readAccount, type TradingAccount } from '../../db/accounts';
import { inScope, rows, type Tx } from '../../db/connection';
import { saveServer } from '../../db/servers';
import { accountRights } from '../../domain/trading/account';
import type { PlatformCapabilities } from '../../domain/trading/capabilities';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { seedClient, type TestClient } from './people';
import { openStage, type Stage } from './stage';

/** A newer version of the entity's provisioning, by which a wish for the server gets it. */
async function serveSecond(tx: Tx, server: string): Promise<void> {
  const rule = {
    id: 'second-server',
    title: 'The second server, for who wishes for it',
    when: {
      all: [
        { fact: 'account.server', operator: 'equal', value: server },
        { fact: 'account.platform', operator: 'equal', value: 'mt4' },
      ],
    },
    then: { decision: 'provision', platform: 'mt4', server, group: 'off-usd-std', leverage: 100 },
    reason: 'GROUP_BY_POLICY',
    source: 'house rule',
  };
  await rows(
    tx,
    `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
     select 'pol_second', kind, layer, layer_key, 2, jsonb_set(body, '{changes}', (:change::jsonb) || (body -> 'changes')), 'x', 'published',
       edited_by, 'system:test', now() - interval '1 minute'
     from policy_version where kind = 'account.provisioning' and layer_key = 'off'`,
    {
      change: JSON.stringify([{ target: 'rule', mode: 'add', before: 'otherwise', with: rule }]),
    },
  );
}

/** What the product does about what a platform says it cannot. No workers: each step is called by itself. */
describe('what a platform cannot do', () => {
  let stage: Stage;
  let client: TestClient;

  beforeAll(async () => {
    stage = await openStage({ workers: false, platforms: ['mt4'] });
    client = await seedClient(stage);
  }, 120_000);

  afterAll(() => stage.close());

  /** The platform with other capabilities than it has. */
  const saying = (change: Partial<PlatformCapabilities>): TradingPlatform => {
    const real = stage.deps.platformFor('mt4');
    return new Proxy(real, {
      get: (target, name) => {
        if (name === 'capabilities') return { ...target.capabilities, ...change };
        const found: unknown = Reflect.get(target, name);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
  };

  const newAccount = (rights: TradingAccount['rights']): Promise<TradingAccount> =>
    stage.system((tx) =>
      insertAccount(tx, {
        entityId: client.entityId,
        clientId: client.id,
        serverId: 'mt4',
        group: 'off-usd-std',
        accountType: 'standard',
        currency: 'USD',
        leverage: 100,
        policyPins: [],
        rights,
      }),
    );

  const wish = (platform?: 'mt5' | 'mt4') =>
    inScope(stage.db, client.scope, (tx) =>
      requestAccount(tx, {
        clientId: client.id,
        accountType: 'standard',
        currency: 'USD',
        platform,
      }),
    );

  async function activated(): Promise<TradingAccount & { readonly login: string }> {
    const { id } = await newAccount(accountRights);
    const made = await createAccountActivities(stage.deps).createLogin(id, 1);
    if (made.kind !== 'done') throw new Error(JSON.stringify(made));
    await stage.system((tx) =>
      moveAccount(tx, id, { from: ['requested'], to: 'active', login: made.externalId }),
    );
    return { ...(await stage.system((tx) => readAccount(tx, id))), login: made.externalId };
  }

  it('is no place for an account when its server is not installed', async () => {
    const { id: clientId } = client;
    const asked = { clientId, accountType: 'standard', currency: 'USD', platform: 'mt5' } as const;
    await expect(wish('mt5')).rejects.toMatchObject({ status: 422, code: 'account_refused' });
    await expect(stage.system((tx) => requestAccount(tx, asked))).rejects.toMatchObject({
      extra: { reasons: ['SERVER_NOT_INSTALLED'], decision: 'review' },
    });
  });

  it('is not chosen for who has no wish: the next on offer is', async () => {
    expect(await wish()).toMatchObject({ serverId: 'mt4', group: 'off-usd-std' });
  });

  it('is chosen by its server where policy gives one of several, and by no other', async () => {
    const placed = (server?: string) =>
      stage.system(async (tx) => {
        const { outcome } = await placeAccount(tx, {
          clientId: client.id,
          accountType: 'standard',
          currency: 'USD',
          platform: 'mt4',
          server,
        });
        return outcome.decision === 'provision' ? outcome.server : outcome.reasons;
      });
    await stage.system(async (tx) => {
      const server = { id: 'mt4-b', platform: 'mt4', name: 'Live 2', settleWindowMs: 1 } as const;
      await saveServer(tx, server);
      await serveSecond(tx, 'mt4-b');
    });
    expect(await placed()).toBe('mt4');
    expect(await placed('mt4')).toBe('mt4');
    expect(await placed('mt4-b')).toBe('mt4-b');
    expect(await placed('mt4-c')).toEqual(['SERVER_NOT_OFFERED']);
  });

  it('denies no right in silence: provisioning stops at a person', async () => {
    const withoutRobots = accountRights.filter((right) => right !== 'experts');
    const { id } = await newAccount(withoutRobots);
    expect(await createAccountActivities(stage.deps).createLogin(id, 1)).toMatchObject({
      kind: 'refused',
      code: 'RIGHT_OF_THE_GROUP',
    });
    const withoutMail = accountRights.filter((right) => right !== 'reports');
    const other = await newAccount(withoutMail);
    expect(await createAccountActivities(stage.deps).createLogin(other.id, 1)).toMatchObject({
      kind: 'done',
    });
  });

  it('is sent no money whose mark it would cut, and no credit that it does not know', async () => {
    const account = await activated();
    const deps = { ...stage.deps, platformFor: () => saying({ commentCharactersMax: 8 }) };
    const operation = {
      workflowId: workflowIds.transfer('trf_capabilities'),
      step: 'platform',
      subject: 'trf_capabilities',
      serverId: 'mt4',
      login: account.login,
      entityId: account.entityId,
      clientId: account.clientId,
      amountMinor: 1_000n,
      currency: 'USD',
      kind: 'balance' as const,
    };
    expect(await performBalanceOperation(deps, operation)).toMatchObject({
      kind: 'refused',
      code: 'TOKEN_TOO_LONG',
    });
    const withoutCredit = { ...stage.deps, platformFor: () => saying({ credit: false }) };
    const bonus = {
      ...operation,
      ...{ workflowId: workflowIds.bonus('bon_capabilities'), subject: 'bon_capabilities' },
      kind: 'credit' as const,
    };
    expect(await performBalanceOperation(withoutCredit, bonus)).toMatchObject({
      kind: 'refused',
      code: 'CREDIT_NOT_SUPPORTED',
    });
    expect((await stage.server('mt4').account(account.login)).deals).toBe(0);
  });

  it('keeps a log-in in its group, and the request says so', async () => {
    const account = await activated();
    const request = await inScope(stage.db, client.scope, (tx) =>
      askOfAccount(tx, account.id, { kind: 'change_type', accountType: 'pro' }),
    );
    await stage.system((tx) =>
      allowRequest(tx, request.id, {
        reasons: [],
        settings: { group: 'off-usd-pro', leverage: 100, accountType: 'pro' },
        evaluationId: null,
        at: new Date().toISOString(),
      }),
    );
    const apply = (platform: TradingPlatform) =>
      createAccountWriteActivities({
        ...stage.deps,
        platformFor: () => platform,
      }).applySettings(account.id, request.id);
    await apply(saying({ groupMove: false }));
    expect(await stage.system((tx) => readAccountRequest(tx, request.id))).toMatchObject({
      state: 'refused',
      reasons: ['GROUP_STAYS'],
    });
    expect((await stage.server('mt4').account(account.login)).group).toBe('off-usd-std');
  });
});
