import { newId } from '../../../domain/ids';
import type { PlatformKind } from '../../../domain/trading/capabilities';
import { readClient } from '../../../db/clients';
import { rows } from '../../../db/connection';
import { install } from '../../../db/installation';
import { openScratch, type Scratch } from '../../../tests/proofs/scratch';
import { accountOffers, offerName, offerOptions } from './offers';

const server = (platform: PlatformKind) => ({ id: platform, platform, name: platform });

describe('the accounts that a client is offered', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    const servers = [server('mt5'), server('ctrader')];
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000, servers });
  }, 60_000);

  afterAll(() => scratch.close());

  const offersTo = (entityId: 'cy' | 'off', residence: string) =>
    scratch.asSystem(async (tx) => {
      const id = newId('client');
      await rows(
        tx,
        `insert into client (id, entity_id, residence, state, currency) values (:id, :entityId, :residence, 'approved', 'USD')`,
        { id, entityId, residence },
      );
      return accountOffers(tx, await readClient(tx, id));
    });

  it('are those of policy, on servers that there are', async () => {
    const offers = await offersTo('cy', 'DE');
    expect(offers.map(offerName)).toEqual([
      'standard/USD/mt5',
      'standard/USD/ctrader',
      'standard/EUR/mt5',
      'standard/EUR/ctrader',
      'swap_free/USD/mt5',
      'swap_free/USD/ctrader',
      'swap_free/EUR/mt5',
      'swap_free/EUR/ctrader',
      'demo/USD/mt5',
      'demo/USD/ctrader',
      'demo/EUR/mt5',
      'demo/EUR/ctrader',
    ]);
    expect(new Set(offers.map(({ leverage }) => leverage))).toEqual(new Set([30]));
  });

  it('depend on where the client lives', async () => {
    const types = async (residence: string) =>
      new Set((await offersTo('off', residence)).map(({ accountType }) => accountType));
    expect(await types('AE')).toContain('swap_free');
    expect(await types('MU')).not.toContain('swap_free');
  });

  it('say platform, leverage and what is play money', async () => {
    const labels = offerOptions(await offersTo('off', 'AE')).map(({ label }) => label);
    expect(labels).toContain('Standard, USD, MetaTrader 5, leverage up to 1:500');
    expect(labels).toContain('Swap-free, USD, cTrader, leverage up to 1:200');
    expect(labels).toContain('Demo, EUR, cTrader, play money, leverage up to 1:500');
  });
});
