import { Client } from 'pg';
import { house, wallet, type LedgerAccount } from '../domain/ledger/account';
import { exchangedOf, exchangePosting } from '../domain/ledger/exchange';
import { move } from '../domain/ledger/posting';
import { newId } from '../domain/ids';
import { systemScope } from '../domain/access/scope';
import { openScratch, past, type Scratch } from '../tests/proofs/scratch';
import { seedEntities } from '../tests/proofs/seed';
import { postingOf, saying } from '../tests/laws/ledger-run';
import { inScope, rows } from './connection';
import { balancesAt } from './ledger-instants';
import { postTransaction, postTransactions, readBalance } from './ledger';
import { keepLedger } from './ledger-keeping';
import { closePeriod, listPeriods, sealPeriod } from './ledger-periods';
import { proveLedger } from './proofs/ledger';

/** Folds, blocks, periods and balances at instants: what is kept behind the postings. */
describe('the books', () => {
  let scratch: Scratch;
  const of = { entityId: 'cy', currency: 'USD' };
  const clearing = house('psp_clearing', of, 'stripe');
  let purse: LedgerAccount;

  beforeEach(async () => {
    scratch = await openScratch();
    purse = wallet({ ...of, clientId: newId('client') });
    await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      for (const [minor, effectiveAt] of [
        [100n, '2026-01-10T00:00:00Z'],
        [20n, '2026-01-20T00:00:00Z'],
        [3n, '2026-02-10T00:00:00Z'],
      ] as const)
        await postTransaction(tx, postingOf(move(clearing, purse, minor), { effectiveAt }));
    });
  });

  afterEach(() => scratch.close());

  const keep = () => keepLedger(scratch.db, { entriesMin: 1 });
  const post = (minor: bigint, effectiveAt?: string, more = {}) =>
    scratch.asSystem((tx) =>
      postTransaction(
        tx,
        postingOf(move(clearing, purse, minor), {
          ...(effectiveAt === undefined ? {} : { effectiveAt }),
          ...more,
        }),
      ),
    );
  const balance = async (account: LedgerAccount) =>
    (await scratch.asSystem((tx) => readBalance(tx, account))).balanceMinor;
  const as = <T>(
    actor: `user:${string}`,
    work: (tx: Parameters<typeof closePeriod>[0]) => Promise<T>,
  ) => inScope(scratch.db, systemScope(actor), work);
  const january = { entityId: 'cy', endsAt: '2026-02-01T00:00:00Z' };
  async function seal(period = january): Promise<void> {
    await as('user:usr_1', (tx) => closePeriod(tx, period));
    await as('user:usr_2', (tx) => sealPeriod(tx, period));
  }
  async function faults(): Promise<string[]> {
    const { faults: found } = await proveLedger(scratch.db);
    return found.map(({ thing, rule }) => `${thing} | ${rule}`);
  }

  /** A posting that has not committed when this answers. */
  function postAndStayOpen(
    movement: ReturnType<typeof move>,
  ): Promise<{ commit: () => void; ended: Promise<unknown> }> {
    return new Promise((resolve) => {
      const ended: Promise<unknown> = scratch.asSystem(async (tx) => {
        await postTransaction(tx, postingOf(movement));
        await new Promise<void>((commit) => resolve({ commit, ended }));
      });
    });
  }

  it('folds house accounts and counts what came later on top', async () => {
    expect(await keep()).toMatchObject({ settled: { folds: 1, blocks: 1 } });
    await post(7n);
    expect(await balance(clearing)).toBe(-130n);
    expect(await keep()).toMatchObject({ settled: { folds: 1, blocks: 1 } });
    expect(await keep()).toMatchObject({ settled: { folds: 0, blocks: 0 } });
    expect(await balance(clearing)).toBe(-130n);
    expect(await faults()).toEqual([]);
  });

  it('refuses a fold past the newest transaction', async () => {
    await expect(
      scratch.asSystem((tx) => tx.sql.raw('select fold_house_accounts(1000000, 1)')),
    ).rejects.toMatchObject({ code: 'P0001' });
    expect(await keep()).toMatchObject({ settled: { folds: 1 } });
  });

  it('folds and chains nothing past a posting that has not committed, and blocks no writer', async () => {
    const suspense = house('suspense', of, 'mt5');
    // Accounts that are made by the first posting would make the others wait for it.
    await scratch.asSystem((tx) => postTransaction(tx, postingOf(move(clearing, suspense, 1n))));
    const opened = await postAndStayOpen(move(clearing, suspense, 5n));
    await scratch.asSystem((tx) => postTransaction(tx, postingOf(move(clearing, suspense, 7n))));
    expect(await keepLedger(scratch.db, { entriesMin: 1, waitMsMax: 200 })).toMatchObject({
      settled: undefined,
    });
    opened.commit();
    await opened.ended;
    expect(await keep()).toMatchObject({ settled: { folds: 2, blocks: 1 } });
    expect(await balance(clearing)).toBe(-136n);
    expect(await balance(suspense)).toBe(13n);
    expect(await faults()).toEqual([]);
  });

  it('waits for a posting younger than every transaction that has ended', async () => {
    const suspense = house('suspense', of, 'mt5');
    await scratch.asSystem((tx) => postTransaction(tx, postingOf(move(clearing, suspense, 1n))));
    const opened = await scratch.asSystem(async (older) => {
      await rows(older, 'select pg_current_xact_id()');
      const younger = await postAndStayOpen(move(clearing, suspense, 5n));
      await postTransaction(older, postingOf(move(clearing, suspense, 7n)));
      return younger;
    });
    expect(await keepLedger(scratch.db, { entriesMin: 1, waitMsMax: 200 })).toMatchObject({
      settled: undefined,
    });
    opened.commit();
    await opened.ended;
    expect(await keep()).toMatchObject({ settled: { blocks: 1 } });
    expect(await faults()).toEqual([]);
  });

  it('says what an account stood at at an instant, as it happened and as it was on record', async () => {
    const at = async (instant: string, by: 'effective' | 'recorded') =>
      (
        await scratch.asSystem((tx) => balancesAt(tx, [purse.id, clearing.id], { instant, by }))
      ).get(purse.id);
    const before = new Date(Date.now() - 3_600_000).toISOString();
    expect(await at('2026-01-09T23:59:59Z', 'effective')).toBe(0n);
    expect(await at('2026-01-15T00:00:00Z', 'effective')).toBe(100n);
    expect(await at('2026-02-10T00:00:00Z', 'effective')).toBe(123n);
    expect(await at('2026-02-10T00:00:00Z', 'recorded')).toBe(0n);
    expect(await at(before, 'recorded')).toBe(0n);
    expect(await at(new Date(Date.now() + 1_000).toISOString(), 'recorded')).toBe(123n);
    await seal();
    expect(await at('2026-01-15T00:00:00Z', 'effective')).toBe(100n);
    expect(await at('2026-02-15T00:00:00Z', 'effective')).toBe(123n);
  });

  it('posts nothing into a period from its closing on, or to the open one where it may', async () => {
    await as('user:usr_1', (tx) => closePeriod(tx, january));
    await expect(post(1n, '2026-01-31T23:59:59Z')).rejects.toThrow('period_sealed');
    const sets = await scratch.asSystem((tx) =>
      postTransactions(tx, [
        postingOf(move(clearing, purse, 1n), { effectiveAt: '2026-01-31T00:00:00Z' }),
        postingOf(move(clearing, purse, 1n), { effectiveAt: '2026-02-01T00:00:00Z' }),
        postingOf(move(clearing, purse, 4n), {
          effectiveAt: '2026-01-31T00:00:00Z',
          whenSealed: 'post_to_open',
        }),
      ]),
    );
    expect(sets.map(({ verdict }) => verdict)).toEqual(['period_sealed', 'posted', 'posted']);
    await post(9n, '2026-01-05T00:00:00Z', { whenSealed: 'post_to_open' });
    await as('user:usr_2', (tx) => sealPeriod(tx, january));
    const [period] = await scratch.asSystem((tx) => listPeriods(tx, { limit: 5 }));
    expect(period).toMatchObject({ state: 'sealed', transactions: 2n, startsAt: null });
    expect(await faults()).toEqual([]);
  });

  it('is sealed by another than who closed it, once, and only what is over', async () => {
    const close = (endsAt: string) =>
      saying(as('user:usr_1', (tx) => closePeriod(tx, { entityId: 'cy', endsAt })));
    expect(await close('2999-01-01T00:00:00Z')).toBe('not_over');
    expect(await close(january.endsAt)).toBe('accepted');
    expect(await close('2026-03-01T00:00:00Z')).toBe('still_closing');
    expect(await saying(as('user:usr_1', (tx) => sealPeriod(tx, january)))).toBe('same_person');
    expect(await saying(as('user:usr_2', (tx) => sealPeriod(tx, january)))).toBe('accepted');
    expect(await saying(as('user:usr_2', (tx) => sealPeriod(tx, january)))).toBe('not_closing');
    expect(await close('2026-01-15T00:00:00Z')).toBe('not_later');
    await seal({ entityId: 'cy', endsAt: '2026-03-01T00:00:00Z' });
    expect(await faults()).toEqual([]);
    await expect(scratch.asOwner(`update ledger_period set hash = ''`)).rejects.toThrow('for good');
  });

  it('waits with the seal for a posting that began before', async () => {
    const writer = new Client({ connectionString: scratch.ownerUrl });
    await writer.connect();
    await writer.query('begin; select pg_current_xact_id()');
    await as('user:usr_1', (tx) => closePeriod(tx, january));
    const sealing = as('user:usr_2', (tx) => sealPeriod(tx, january));
    const first = await Promise.race([
      sealing.then(() => 'sealed'),
      new Promise((resolve) => setTimeout(() => resolve('waits'), 300)),
    ]);
    expect(first).toBe('waits');
    await writer.query('commit');
    expect(await sealing).toMatchObject({ state: 'sealed' });
    await writer.end();
  });

  it('exchanges from one wallet into another through liquidity, once, and only what is there', async () => {
    const clientId = purse.clientId ?? '';
    const euros = wallet({ entityId: 'cy', clientId, currency: 'EUR' });
    const rate = { from: 'USD', to: 'EUR', rate: '0.9', source: 'ECB', at: '2026-02-27T15:00:00Z' };
    const terms = { rate, spreadBasisPoints: 100 };
    const asked = { cause: 'x', from: purse, to: euros, ...terms };
    const exchange = (key: string, amountMinor: bigint) =>
      scratch.asSystem((tx) =>
        postTransaction(
          tx,
          exchangePosting({ ...asked, key, exchanged: exchangedOf(amountMinor, terms) }),
        ),
      );
    expect((await exchange('exchange/1', 100n)).verdict).toBe('posted');
    expect((await exchange('exchange/1', 100n)).verdict).toBe('replayed');
    await expect(exchange('exchange/2', 100n)).rejects.toThrow(/free money/);
    expect(await balance(purse)).toBe(23n);
    expect(await balance(euros)).toBe(89n);
    expect(await balance(house('fx_spread', euros))).toBe(1n);
    expect(await faults()).toEqual([]);
    await scratch.asOwner(
      past(
        'ledger_transaction',
        `update ledger_transaction set meta = meta - 'rateSource' where kind = 'exchange'`,
      ),
    );
    expect(await faults()).toEqual([
      expect.stringMatching(/^ltx_.* \| every exchange says its rate/),
    ]);
  });

  describe('name a fault that its owner plants', () => {
    const chained = 'every transaction stands as the chain of blocks has it';
    const named = async (statements: string) => {
      await keep();
      await seal();
      await scratch.asOwner(statements);
      return faults();
    };
    const january10 = `(select id from ledger_transaction where effective_at = '2026-01-10')`;

    it('an actor that was changed', async () => {
      const found = await named(
        past(
          'ledger_transaction',
          `update ledger_transaction set actor = 'somebody' where id = ${january10}`,
        ),
      );
      expect(found).toEqual([
        expect.stringMatching(new RegExp(`^ltx_.* \\| ${chained}$`)),
        expect.stringMatching(/^cy until 2026-02-01.* \| every sealed period holds/),
      ]);
    });

    it('a transaction that was taken out', async () => {
      const found = await named(
        `${past('ledger_entry', `delete from ledger_entry where transaction_id = ${january10}`)}
         ${past('ledger_transaction', `delete from ledger_transaction where id = ${january10}`)}`,
      );
      expect(found).toContainEqual(
        expect.stringMatching(new RegExp(`^order \\d+ \\| ${chained}$`)),
      );
      expect(found).toContainEqual(
        expect.stringMatching(/psp_clearing.* \| every fold of a house account/),
      );
      expect(found).toContainEqual(
        expect.stringMatching(/wallet.* \| every balance of a sealed period/),
      );
    });

    it('one that was slipped in among the chained', async () => {
      await post(1n);
      const found = await named(
        past(
          'ledger_transaction',
          `insert into ledger_transaction (id, key, body_hash, entity_id, kind, cause, actor, effective_at, recorded_order)
           values ('ltx_slipped', 'k', 'h', 'cy', 'correction', 'x', 'somebody', '2026-01-11', -1)`,
        ),
      );
      expect(found).toContain(`ltx_slipped | ${chained}`);
      expect(found).toContain(
        'ltx_slipped | nothing is effective in a period that was sealed before it came on record',
      );
    });

    it('a fold that was changed among others', async () => {
      await keep();
      for (const minor of [5n, 7n]) {
        await post(minor);
        await keep();
      }
      const found = await named(
        past(
          'ledger_fold',
          `update ledger_fold set balance = balance + 1
           where up_to = (select max(up_to) from ledger_fold)`,
        ),
      );
      expect(found).toEqual([
        expect.stringMatching(
          /psp_clearing.* up to \d+ \| every fold of a house account is the sum of the entries up to it$/,
        ),
      ]);
    });

    it('a block that was written anew', async () => {
      const found = await named(
        past(
          'ledger_block',
          `update ledger_block set leaves = leaves, hash = sha256('another') where number = 1`,
        ),
      );
      expect(found).toEqual([
        'block 1 | every block follows from the one before it',
        'block 1 | every block is the one that the log of events tells of',
      ]);
    });

    it('a balance of a sealed period', async () => {
      const found = await named(
        past(
          'ledger_period_balance',
          `update ledger_period_balance set balance = balance + 1 where account_id = '${purse.id}'`,
        ),
      );
      expect(found.sort()).toEqual([
        'cy until 2026-02-01T00:00:00.000000Z | every sealed period holds the transactions and balances that it was sealed with',
        `${purse.id} until 2026-02-01T00:00:00.000000Z | every balance of a sealed period is the sum of what was effective before its end`,
      ]);
    });
  });
});
