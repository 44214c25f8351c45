import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { seedClient, seedEntities, type SeededClient } from '../tests/proofs/seed';
import { inScope, rows } from './connection';
import { saveSource } from './payment-sources';
import { hasOtherSources, returnSources } from './return-sources';
import { isKnownOfAnother, looksLikeAnothers } from './shared-instruments';
import { tokenPayer } from './token-addresses';
import { planLegs, legsOf, supersedeLegs } from './withdrawal-legs';
import { requestWithdrawal, type Withdrawal } from './withdrawals';
import { house, wallet } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import { postTransaction } from './ledger';
import { systemScope } from '../domain/access/scope';
import { newId } from '../domain/ids';

describe('what goes back to its source', () => {
  let scratch: Scratch;
  let client: SeededClient;

  beforeAll(async () => {
    scratch = await openScratch();
    client = await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      return seedClient(tx, 'cy');
    });
  });

  afterAll(() => scratch.close());

  it('sees another client’s card at another account of the provider, and no look-alike at the same', async () => {
    const other = await scratch.asSystem((tx) => seedClient(tx, 'cy'));
    const card = { last4: '0042', brand: 'Visa', expMonth: 7, expYear: 2032 };
    const alike = (of: SeededClient, provider: string, look = {}) =>
      scratch.asSystem((tx) =>
        looksLikeAnothers(tx, of.clientId, {
          ...{ provider, card: { ...card, fingerprint: 'of the other account', ...look } },
        }),
      );
    await scratch.asSystem((tx) =>
      saveSource(tx, client, {
        ...{ kind: 'card', provider: 'stripe', card: { ...card, fingerprint: 'of this account' } },
      }),
    );
    expect(await alike(other, 'stripe_2')).toBe(true);
    expect(await alike(other, 'stripe_2', { brand: 'visa' })).toBe(true);
    expect(await alike(other, 'stripe_2', { expYear: 2033 })).toBe(false);
    expect(await alike(other, 'stripe_2', { last4: '0043' })).toBe(false);
    // Its fingerprint would have told.
    expect(await alike(other, 'stripe')).toBe(false);
    expect(await alike(client, 'stripe_2')).toBe(false);
    // People have looked at it, and it was kept as the other's, too.
    await scratch.asSystem((tx) =>
      saveSource(tx, other, {
        ...{ kind: 'card', provider: 'stripe_2', card: { ...card, fingerprint: 'x' } },
      }),
    );
    expect(await alike(other, 'stripe_2')).toBe(false);
  });

  it('knows another client’s address on every network where it is the same person’s, and on no other', async () => {
    const other = await scratch.asSystem((tx) => seedClient(tx, 'cy'));
    const named = (of: SeededClient, network: string, address: string) =>
      scratch.asSystem((tx) =>
        saveSource(tx, of, {
          ...{ kind: 'address', provider: tokenPayer },
          address: { network, address, vasp: null, holderName: null },
        }),
      );
    const isShared = (network: string, address: string) =>
      scratch.asSystem((tx) => isKnownOfAnother(tx, client.clientId, { network, address }));
    const evm = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    await named(other, 'polygon', evm);
    await named(other, 'tron', 'TJRabPrwbZy45sbavfcjinPJC18kjpRTv8');
    await named(client, 'ethereum', '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359');
    expect(await isShared('ethereum', evm)).toBe(true);
    expect(await isShared('polygon', evm)).toBe(true);
    expect(await isShared('tron', evm)).toBe(false);
    expect(await isShared('tron', 'TJRabPrwbZy45sbavfcjinPJC18kjpRTv8')).toBe(true);
    expect(await isShared('bitcoin', 'TJRabPrwbZy45sbavfcjinPJC18kjpRTv8')).toBe(false);
    // One's own is no other's.
    expect(await isShared('base', '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359')).toBe(false);
  });

  /** A card, or another instrument, and a deposit with it; answers the deposit's id. */
  async function deposited(
    amountMinor: number,
    {
      kind = 'card',
      currency = 'USD',
      expiresOn = '2039-12-31',
      state = 'active',
      deposit = 'credited',
      gone = [0, 0, 0],
      of = client,
    }: {
      kind?: string;
      currency?: string;
      expiresOn?: string | null;
      state?: string;
      deposit?: string;
      /** Refunded, on its way back, charged back. */
      gone?: readonly [number, number, number];
      of?: SeededClient;
    } = {},
  ): Promise<string> {
    const id = newId('deposit');
    const bound = { id, source: newId('source'), ...of, kind, expiresOn, state };
    const [refunded, refunding, chargedBack] = gone;
    await scratch.asSystem(async (tx) => {
      await rows(
        tx,
        `insert into payment_source (id, entity_id, client_id, kind, provider, fingerprint_index, label_ct, details_ct, expires_on, state)
         values (:source, :entityId, :clientId, :kind, 'stripe', :source, '-', '-', :expiresOn, :state)`,
        bound,
      );
      await rows(
        tx,
        `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, source_id, state, credited_at,
           refunded_minor, refunding_minor, charged_back_minor)
         values (:id, :entityId, :clientId, :amountMinor, :currency, 'stripe', :source, :deposit, now(), :refunded, :refunding, :chargedBack)`,
        { ...bound, currency, deposit, amountMinor, refunded, refunding, chargedBack },
      );
    });
    return id;
  }

  it('is kept of each deposit in its own currency, less refunds, those on their way, and chargebacks', async () => {
    const whole = await deposited(10_000);
    const less = await deposited(10_000, { gone: [1_000, 2_000, 3_000] });
    const euros = await deposited(7_000, { currency: 'EUR' });
    await deposited(9_000, { deposit: 'held' });
    const sources = (currency: string) =>
      scratch.asSystem((tx) => returnSources(tx, client, currency));
    expect((await sources('USD')).map((each) => [each.depositId, each.capacityMinor])).toEqual([
      [whole, 10_000n],
      [less, 4_000n],
    ]);
    expect((await sources('EUR')).map((each) => [each.depositId, each.capacityMinor])).toEqual([
      [euros, 7_000n],
    ]);
  });

  it('is known to be in another currency than what leaves, as long as it has not gone back', async () => {
    const elsewhere = await scratch.asSystem((tx) => seedClient(tx, 'cy'));
    const knows = (currency: string, windowDays: number | null = 90) =>
      scratch.asSystem((tx) => hasOtherSources(tx, elsewhere, { currency, windowDays }));
    await deposited(1_000, { currency: 'EUR', gone: [400, 100, 0], of: elsewhere });
    expect([await knows('USD'), await knows('EUR'), await knows('USD', null)]).toEqual([
      true,
      false,
      true,
    ]);
    await scratch.asSystem((tx) =>
      rows(tx, 'update deposit set charged_back_minor = 500 where client_id = :clientId', {
        clientId: elsewhere.clientId,
      }),
    );
    expect(await knows('USD')).toBe(false);
  });

  it.each([
    ['a card past its month', { expiresOn: '2020-01-31' }, true],
    ['a card that its provider has blocked', { state: 'blocked' }, true],
    ['a card in its month', {}, false],
    ['a bank account', { kind: 'bank', expiresOn: null }, false],
  ])('knows whether %s takes anything back', async (_what, instrument, expired) => {
    const id = await deposited(100, instrument);
    const sources = await scratch.asSystem((tx) => returnSources(tx, client, 'USD'));
    expect(sources.find(({ depositId }) => depositId === id)).toMatchObject({ expired });
  });

  it('is set aside by a plan, free again when an edit puts another in its place, and planned anew beside it', async () => {
    const depositId = await deposited(5_000);
    const aside = async () =>
      scratch.asSystem(async (tx) => {
        const [row] = await rows<{ aside: string }>(
          tx,
          'select refunding_minor as aside from deposit where id = :depositId',
          { depositId },
        );
        return BigInt(row?.aside ?? '-1');
      });
    const withdrawal = await requested(5_000n);
    const leg = (amountMinor: bigint) =>
      ({
        kind: 'card_refund',
        depositId,
        sourceId: null,
        provider: 'stripe',
        amountMinor,
        evaluationId: null,
      }) as const;
    await scratch.asSystem((tx) => planLegs(tx, withdrawal, [leg(5_000n)]));
    expect(await aside()).toBe(5_000n);
    await scratch.asSystem((tx) => supersedeLegs(tx, withdrawal.id));
    expect(await aside()).toBe(0n);
    expect(await scratch.asSystem((tx) => legsOf(tx, withdrawal.id))).toEqual([]);
    await scratch.asSystem((tx) => planLegs(tx, withdrawal, [leg(3_000n)]));
    expect(await aside()).toBe(3_000n);
    expect(await scratch.asSystem((tx) => legsOf(tx, withdrawal.id))).toMatchObject([
      { leg: 2, amountMinor: 3_000n, state: 'planned' },
    ]);
  });

  async function requested(amountMinor: bigint): Promise<Withdrawal> {
    await scratch.asSystem((tx) =>
      postTransaction(tx, {
        ...{ key: newId('command'), kind: 'correction', cause: 'seed' },
        ...{ entityId: client.entityId, clientId: client.clientId },
        legs: move(house('psp_clearing', client, 'seed'), wallet(client), amountMinor),
      }),
    );
    return inScope(scratch.db, systemScope('os:test'), (tx) =>
      requestWithdrawal(tx, {
        ...{ entityId: client.entityId, clientId: client.clientId, userId: newId('user') },
        ...{ amount: { amountMinor, currency: 'USD' }, bankSourceId: null },
      }),
    );
  }
});
