import { openScratch, past, type Scratch } from '../../tests/proofs/scratch';
import {
  seedAccount,
  seedClient,
  seedDeposit,
  seedEntities,
  seedLimits,
  seedPaidWithdrawal,
} from '../../tests/proofs/seed';
import { requestTransfer } from '../transfer-requests';
import { completeTransfer } from '../transfer-end';
import { requestWithdrawal } from '../withdrawals';
import { proveLedger } from './ledger';

const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });

/** A wallet of 1,000.00: 200.00 moved to an account, 300.00 paid out, 50.00 and 10.00 on their way. */
async function keepBooks(scratch: Scratch) {
  return scratch.asSystem(async (tx) => {
    await seedEntities(tx);
    await seedLimits(tx);
    const client = await seedClient(tx, 'cy');
    const deposit = await seedDeposit(tx, client, 100_000n);
    const account = await seedAccount(tx, client, '1001');
    const move = { accountId: account, direction: 'to_account' } as const;
    const transfer = (await requestTransfer(tx, { ...move, amount: usd(20_000n) })).id;
    await completeTransfer(tx, transfer, '77');
    const withdrawal = await seedPaidWithdrawal(tx, client, {
      amountMinor: 30_000n,
      depositId: deposit,
    });
    const asked = { ...client, userId: 'usr_1', bankSourceId: null };
    const open = await requestWithdrawal(tx, { ...asked, amount: usd(5_000n) });
    await requestTransfer(tx, { ...move, amount: usd(1_000n) });
    const wallet = `cy/wallet/${client.clientId}/USD`;
    return { deposit, account, transfer, withdrawal, open, wallet };
  });
}

describe('the proof of the ledger', () => {
  let scratch: Scratch;
  let books: Awaited<ReturnType<typeof keepBooks>>;

  beforeEach(async () => {
    scratch = await openScratch();
    books = await keepBooks(scratch);
  });

  afterEach(() => scratch.close());

  /** Plants a fault as the owner and answers what the proof then names. */
  async function planted(statements: string): Promise<string[]> {
    await scratch.asOwner(statements);
    const { faults, faultCount } = await proveLedger(scratch.db);
    expect(faultCount).toBe(faults.length);
    return faults.map(({ thing, rule }) => `${thing} | ${rule}`);
  }
  const entry = (change: string, where: string) =>
    past('ledger_entry', `update ledger_entry set ${change} where ${where}`);

  it('holds for books that the posting function kept', async () => {
    const result = await proveLedger(scratch.db);
    expect(result.faults).toEqual([]);
    expect(Object.fromEntries(result.checks.map(({ rule, count }) => [rule, count]))).toMatchObject(
      {
        'every transaction has two entries or more and sums to zero in each currency': 3,
        'every balance is the sum of its entries': 2,
        'no hold has more left than it took, and an ended one has nothing left': 4,
      },
    );
  });

  it('names a transaction that does not sum to zero, and the balances that follow', async () => {
    const found = await planted(
      entry('amount = amount + 1', `account_id = '${books.wallet}' and account_version = 1`),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ltx_.* sums to zero in each currency$/),
        'cy USD | all entries of an entity sum to zero in each currency',
        `${books.wallet} | every balance is the sum of its entries`,
        `${books.wallet} version 1 | every entry knows the balance after it`,
        expect.stringContaining(`${books.deposit} | a deposit that was credited`),
      ]),
    );
  });

  it('names an account whose balance was changed behind the ledger', async () => {
    expect(
      await planted(
        `update ledger_account set balance = balance + 100 where id = '${books.wallet}'`,
      ),
    ).toEqual([`${books.wallet} | every balance is the sum of its entries`]);
  });

  it('names an account with a version missing', async () => {
    expect(
      await planted(
        entry('account_version = 9', `account_id = '${books.wallet}' and account_version = 3`),
      ),
    ).toEqual([
      `${books.wallet} | the versions of an account run from 1 to its version without a gap`,
    ]);
  });

  it('names an entry whose balance afterwards was changed', async () => {
    expect(
      await planted(
        entry('balance_after = 5', `account_id = '${books.wallet}' and account_version = 2`),
      ),
    ).toEqual([`${books.wallet} version 2 | every entry knows the balance after it`]);
  });

  it('names an account that holds more than its open holds', async () => {
    const [first] = await planted(
      `update ledger_account set held = held + 1 where id = '${books.wallet}'`,
    );
    expect(first).toBe(
      `${books.wallet} | what an account says is held is the sum of its open holds`,
    );
  });

  it('names a wallet below zero, even where the constraint was dropped', async () => {
    const found = await planted(
      `alter table ledger_account drop constraint ledger_account_check, drop constraint ledger_account_check1;
       update ledger_account set balance = -1 where id = '${books.wallet}'`,
    );
    expect(found).toContain(
      `${books.wallet} | no wallet is below zero, or below what is held of it`,
    );
  });

  it('names a house account that keeps a balance', async () => {
    const house = 'cy/psp_clearing/stripe/USD';
    expect(await planted(`update ledger_account set balance = 7 where id = '${house}'`)).toEqual([
      `${house} | house accounts are entries only, so that no row of theirs is hot`,
    ]);
  });

  it('names an entry in the books of another entity', async () => {
    const found = await planted(
      entry(`entity_id = 'sc'`, `account_id = '${books.wallet}' and account_version = 1`),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^ltx_.* line \d \| all accounts of a transaction belong to its entity/,
        ),
      ]),
    );
  });

  it('names a deposit that says credited and is not in the wallet', async () => {
    const id = 'dep_00000000-0000-7000-8000-000000000000';
    expect(
      await planted(
        `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state)
         select '${id}', entity_id, client_id, 500, 'USD', 'stripe', 'credited' from deposit limit 1`,
      ),
    ).toEqual([`${id} | a deposit that was credited is in the wallet once, any other is not`]);
  });

  it('names a payment that was told and has no deposit that took it', async () => {
    const told = (id: string, operation: string) =>
      `insert into provider_event (id, provider, provider_event_id, type, operation_id, normalised, occurred_at, received_at)
       values ('${id}', 'stripe', '${id}', 'payment_succeeded', '${operation}', '{"providerRef":"pi_${id}"}', now(), now() - interval '1 hour');`;
    const id = 'dep_00000000-0000-7000-8000-000000000000';
    const rule =
      'every payment that a provider tells of is credited, held or returned, or people are asked about it';
    expect(
      await planted(
        `${told('pev_nobodys', 'dep_nobodys')} ${told('pev_failed', id)}
         insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state)
         select '${id}', entity_id, client_id, 500, 'USD', 'stripe', 'failed' from deposit limit 1`,
      ),
    ).toEqual([`pev_failed | ${rule}`, `pev_nobodys | ${rule}`]);
  });

  it('names a withdrawal that says paid and was not', async () => {
    const found = await planted(
      `update withdrawal set state = 'paid' where id = '${books.open.id}'`,
    );
    expect(found).toEqual([
      `${books.open.id} | a withdrawal has left the wallet by just the legs that were paid`,
      `${books.open.id} | an unfinished withdrawal holds what is not paid yet, a finished one holds nothing`,
    ]);
  });

  it('names a leg that says paid at another amount than was posted', async () => {
    const found = await planted(
      `update withdrawal_leg set amount_minor = 29999 where withdrawal_id = '${books.withdrawal}'`,
    );
    expect(found).toEqual(
      expect.arrayContaining([
        `${books.withdrawal} leg 1 | every leg that was paid is posted once, at its amount`,
        `${books.withdrawal} | a withdrawal has left the wallet by just the legs that were paid`,
        `${books.deposit} | a deposit is refunded by just the legs and refunds that give it back`,
      ]),
    );
  });

  it('names a chargeback that says what no book knows', async () => {
    const found = await planted(
      `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state,
         told, told_at, taken_minor, owed_minor)
       select 'cb_planted', id, entity_id, client_id, provider, 'dp_1', 500, currency, 'fraudulent', 'open', 'open', now(), 200, 300
       from deposit where id = '${books.deposit}'`,
    );
    expect(found).toEqual([
      'cb_planted | a chargeback has taken from the wallet and is owed just what it says, and its provider has both and what was written off',
      `${books.deposit} | a deposit is charged back by just its chargebacks`,
    ]);
  });

  it('names a refund that says paid and was not', async () => {
    const found = await planted(
      `insert into deposit_refund (id, deposit_id, entity_id, client_id, amount_minor, currency, provider, hold_id, state, reason_ct,
         requested_by, finished_at)
       select 'rf_planted', id, entity_id, client_id, 500, currency, provider, 'hold_none', 'paid', '-', 'usr_1', now()
       from deposit where id = '${books.deposit}'`,
    );
    expect(found).toEqual([
      `${books.deposit} | a deposit is refunded by just the legs and refunds that give it back`,
      'rf_planted | a refund that was paid left the wallet once for its provider, any other did not',
      'rf_planted | an unfinished refund holds its amount, a finished one holds nothing',
    ]);
  });

  it('names a transfer that says refused and was posted', async () => {
    expect(
      await planted(`update transfer set state = 'refused' where id = '${books.transfer}'`),
    ).toEqual([
      `${books.transfer} | a transfer that is done moved its amount once between the account and who pays or is paid, any other nothing`,
    ]);
  });

  it('names a hold that has more left than it took', async () => {
    expect(
      await planted(
        `alter table ledger_hold drop constraint if exists ledger_hold_check;
         update ledger_hold set remaining = amount + 1 where id = '${books.open.holdId}'`,
      ),
    ).toContain(
      `${books.open.holdId} | no hold has more left than it took, and an ended one has nothing left`,
    );
  });

  it('names a reversal that does not undo what it names', async () => {
    const [found] = await planted(
      past(
        'ledger_transaction',
        `update ledger_transaction set kind = 'reversal', cause = 'x',
           reverses_id = (select id from ledger_transaction where cause = '${books.deposit}')
         where cause = '${books.transfer}'`,
      ),
    );
    expect(found).toMatch(/^ltx_.* \| a reversal undoes exactly the transaction it names$/);
  });

  it('names a posting for a payment that is not there', async () => {
    expect(
      await planted(
        past(
          'ledger_transaction',
          `update ledger_transaction set cause = 'wd_nobodys' where kind = 'payout'`,
        ),
      ),
    ).toContainEqual(
      expect.stringMatching(
        /^ltx_.* \| every posting of a deposit, payout, refund, chargeback or transfer has the payment it names$/,
      ),
    );
  });

  it('names a transfer that says refused and still holds its amount', async () => {
    expect(
      await planted(
        `update transfer set state = 'refused' where amount_minor = 1000 and direction = 'to_account'`,
      ),
    ).toEqual([
      expect.stringMatching(
        /^tr_.* \| an unfinished transfer to an account holds its amount, a finished one holds nothing$/,
      ),
    ]);
  });
});
