import fc from 'fast-check';
import { house, type LedgerAccount } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { newId } from '../../domain/ids';
import {
  expireHolds,
  placeHold,
  postTransaction,
  postTransactions,
  readBalance,
  voidHold,
} from '../../db/ledger';
import { proveLedger } from '../../db/proofs/ledger';
import type { Scratch } from '../proofs/scratch';
import {
  accountsOfRun,
  assertAlike,
  assertNoTrace,
  postAlike,
  postingOf,
  Run,
  saying,
  step,
  stepOfSet,
  stepOfWallets,
  takeStep,
} from './ledger-run';
import { together, type Tries } from './tries';

/** A law of the ledger; it throws when the ledger of the database does not keep it. */
export type LedgerLaw = (scratch: Scratch) => Promise<void>;

export async function assertBooks(scratch: Scratch): Promise<void> {
  expect((await proveLedger(scratch.db)).faults).toEqual([]);
}

/** Money from outside, so that a wallet has something to give. */
async function give(scratch: Scratch, to: LedgerAccount, amountMinor: bigint): Promise<void> {
  const from = house('psp_clearing', to, 'law');
  await scratch.asSystem((tx) => postTransaction(tx, postingOf(move(from, to, amountMinor))));
}

export function ledgerLaws(tries: Tries): Readonly<Record<string, LedgerLaw>> {
  return {
    'says and keeps what the books on paper say and keep': (scratch) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 5, maxLength: 12 }),
          async (batches) => {
            const run = new Run();
            const gifts = run.gifts();
            await postAlike(scratch, run, gifts);
            for (const batch of batches) {
              const postings = batch.flatMap((one) => run.posting(one) ?? []);
              await postAlike(scratch, run, postings);
              for (const one of batch) await takeStep(scratch, run, one);
            }
            await assertAlike(scratch, run);
            await assertNoTrace(scratch, run);
          },
        ),
        tries,
      ),

    'says of sets what the books on paper say of each': (scratch) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(stepOfSet, { minLength: 3, maxLength: 8 }), {
            minLength: 3,
            maxLength: 6,
          }),
          async (batches) => {
            const run = new Run();
            for (const batch of batches) {
              const postings = batch.flatMap((one) => run.posting(one) ?? []);
              await postAlike(scratch, run, postings);
            }
            await assertAlike(scratch, run);
            await assertNoTrace(scratch, run);
          },
        ),
        tries,
      ),

    'says of sets with wallets what the books on paper say of each': (scratch) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(stepOfWallets, { minLength: 4, maxLength: 20 }), {
            minLength: 2,
            maxLength: 4,
          }),
          async (batches) => {
            const run = new Run();
            await postAlike(scratch, run, run.gifts());
            for (const batch of batches) {
              const postings = batch.flatMap((one) => run.posting(one) ?? []);
              await postAlike(scratch, run, postings);
            }
            await assertAlike(scratch, run);
            await assertNoTrace(scratch, run);
          },
        ),
        tries,
      ),

    'keeps its books when sets are written at once, each key once': async (scratch) => {
      const [, , , , trading, clearing] = accountsOfRun();
      if (!trading || !clearing) throw new Error('no accounts');
      const setOf = (n: number) =>
        Array.from({ length: n }, () => postingOf(move(clearing, trading, 10n)));
      // Accounts that are made by the first posting would make the others wait for it.
      await scratch.asSystem((tx) => postTransactions(tx, setOf(1)));
      const shared = setOf(5);
      const words = await together(
        Array.from({ length: 10 }, (_, writer) =>
          scratch.asSystem((tx) =>
            postTransactions(tx, writer % 2 === 0 ? [...shared, ...setOf(5)] : setOf(10)),
          ),
        ),
      );
      const said = words.flat().map(({ verdict }) => verdict);
      expect(said.filter((word) => word === 'replayed')).toHaveLength(20);
      expect(said.filter((word) => word === 'posted')).toHaveLength(80);
      const { balanceMinor } = await scratch.asSystem((tx) => readBalance(tx, trading));
      expect(balanceMinor).toBe(810n);
      await assertBooks(scratch);
    },

    'writes sets of one key once between house accounts, which nothing locks': async (scratch) => {
      const of = { entityId: 'cy', currency: 'USD' };
      const [from, to] = [house('psp_clearing', of, 'law'), house('suspense', of, 'law')];
      const setOfTwo = () => [postingOf(move(from, to, 10n)), postingOf(move(from, to, 10n))];
      await scratch.asSystem((tx) => postTransactions(tx, setOfTwo()));
      for (let round = 0; round < 8; round += 1) {
        const postings = setOfTwo();
        const words = await together(
          Array.from({ length: 6 }, () => scratch.asSystem((tx) => postTransactions(tx, postings))),
        );
        const said = words.flat().map(({ verdict }) => verdict);
        expect(said.filter((word) => word === 'posted')).toHaveLength(2);
        expect(said.filter((word) => word === 'replayed')).toHaveLength(10);
      }
    },

    'keeps its books when many write at once': async (scratch) => {
      const [a, b, , , trading] = accountsOfRun();
      if (!a || !b || !trading) throw new Error('no accounts');
      for (const account of [a, b]) await give(scratch, account, 300n);
      const writers = Array.from({ length: 12 }, async (_, writer) => {
        for (let round = 0; round < 6; round += 1) {
          const from = (writer + round) % 2 === 0 ? a : b;
          const to = round % 3 === 0 ? trading : from === a ? b : a;
          const minor = BigInt(10 + ((writer * 7 + round * 13) % 60));
          const word = await saying(
            scratch.asSystem((tx) => postTransaction(tx, postingOf(move(from, to, minor)))),
          );
          expect(['accepted', 'insufficient_funds']).toContain(word);
        }
      });
      await together(writers);
      const sum = await scratch.asSystem(async (tx) => {
        const balances = [];
        for (const account of [a, b, trading])
          balances.push((await readBalance(tx, account)).balanceMinor);
        return balances.reduce((total, balance) => total + balance, 0n);
      });
      expect(sum).toBe(600n);
      await assertBooks(scratch);
    },

    'posts one key once, whoever else posts it at the same moment': async (scratch) => {
      for (let round = 0; round < 3; round += 1) {
        const [a, b] = accountsOfRun();
        if (!a || !b) throw new Error('no accounts');
        await give(scratch, a, 1_000n);
        const posting = postingOf(move(a, b, 10n));
        const other = { ...posting, legs: move(a, b, 11n) };
        const words = await together(
          [posting, posting, posting, posting, other, other, posting, posting].map((one) =>
            scratch.asSystem(async (tx) => (await postTransactions(tx, [one]))[0]?.verdict),
          ),
        );
        expect(words.filter((word) => word === 'posted')).toHaveLength(1);
        const { balanceMinor } = await scratch.asSystem((tx) => readBalance(tx, b));
        expect(words.filter((word) => word === 'key_reused')).toHaveLength(
          balanceMinor === 10n ? 2 : 6,
        );
      }
      await assertBooks(scratch);
    },

    'posts one key once between house accounts, which nothing locks': async (scratch) => {
      const of = { entityId: 'cy', currency: 'USD' };
      const [from, to] = [house('psp_clearing', of, 'law'), house('suspense', of, 'law')];
      // Accounts that are made by the first posting would make the others wait for it.
      await scratch.asSystem((tx) => postTransaction(tx, postingOf(move(from, to, 10n))));
      for (let round = 0; round < 8; round += 1) {
        const posting = postingOf(move(from, to, 10n));
        const words = await together(
          Array.from({ length: 8 }, () =>
            scratch.asSystem(async (tx) => (await postTransactions(tx, [posting]))[0]?.verdict),
          ),
        );
        expect(words.filter((word) => word === 'posted')).toHaveLength(1);
        expect(words.filter((word) => word === 'replayed')).toHaveLength(7);
      }
    },

    'takes a hold once, whoever else takes or voids it at the same moment': async (scratch) => {
      for (let round = 0; round < 3; round += 1) {
        const [a, b] = accountsOfRun();
        if (!a || !b) throw new Error('no accounts');
        await give(scratch, a, 100n);
        const id = newId('hold');
        await scratch.asSystem((tx) =>
          placeHold(tx, { id, account: a, amountMinor: 60n, cause: 'law' }),
        );
        const words = await together([
          ...Array.from({ length: 7 }, () =>
            saying(
              scratch.asSystem((tx) =>
                postTransaction(tx, postingOf(move(a, b, 60n), { hold: { id, final: true } })),
              ),
            ),
          ),
          saying(scratch.asSystem((tx) => voidHold(tx, id))),
        ]);
        expect(words.filter((word) => word === 'accepted')).toHaveLength(1);
        expect(words.filter((word) => word === 'hold_ended')).toHaveLength(7);
      }
      await assertBooks(scratch);
    },

    'holds no more than there is, whoever else holds at the same moment': async (scratch) => {
      const [a] = accountsOfRun();
      if (!a) throw new Error('no accounts');
      await give(scratch, a, 100n);
      const words = await together(
        Array.from({ length: 8 }, () =>
          saying(
            scratch.asSystem((tx) =>
              placeHold(tx, { id: newId('hold'), account: a, amountMinor: 30n, cause: 'law' }),
            ),
          ),
        ),
      );
      expect(words.filter((word) => word === 'accepted')).toHaveLength(3);
      await assertBooks(scratch);
    },

    'ends a hold once, whoever posts, voids or expires it at the same moment': async (scratch) => {
      for (let round = 0; round < 3; round += 1) {
        const [a, b] = accountsOfRun();
        if (!a || !b) throw new Error('no accounts');
        await give(scratch, a, 100n);
        const id = newId('hold');
        // Due within the round: some come before its time is over, some after.
        const expiresAt = new Date(Date.now() + 25).toISOString();
        await scratch.asSystem((tx) =>
          placeHold(tx, { id, account: a, amountMinor: 60n, cause: 'law', expiresAt }),
        );
        const take = () =>
          saying(
            scratch.asSystem((tx) =>
              postTransaction(tx, postingOf(move(a, b, 20n), { hold: { id, final: false } })),
            ),
          );
        const words: string[] = [];
        for (let turn = 0; turn < 8; turn += 1) {
          const [said] = await together<unknown>([
            take(),
            scratch.asSystem((tx) => expireHolds(tx)),
            scratch.asSystem((tx) => expireHolds(tx)),
          ]);
          words.push(String(said));
        }
        const taken = words.filter((word) => word === 'accepted').length;
        expect(new Set(words.slice(taken)).size).toBeLessThanOrEqual(1);
        expect(['hold_ended', 'hold_expired']).toContain(words.at(-1));
        const { balanceMinor, heldMinor } = await scratch.asSystem((tx) => readBalance(tx, a));
        expect({ balanceMinor, heldMinor }).toEqual({
          balanceMinor: 100n - 20n * BigInt(taken),
          heldMinor: 0n,
        });
      }
      await assertBooks(scratch);
    },

    'gives nothing back when the voiding transaction does not end': async (scratch) => {
      const [a] = accountsOfRun();
      if (!a) throw new Error('no accounts');
      await give(scratch, a, 100n);
      const id = newId('hold');
      await scratch.asSystem((tx) =>
        placeHold(tx, { id, account: a, amountMinor: 60n, cause: 'law' }),
      );
      const fallen = scratch.asSystem(async (tx) => {
        await voidHold(tx, id);
        throw new Error('the process died');
      });
      await expect(fallen).rejects.toThrow('the process died');
      const held = async () => (await scratch.asSystem((tx) => readBalance(tx, a))).heldMinor;
      expect(await held()).toBe(60n);
      await scratch.asSystem((tx) => voidHold(tx, id));
      await scratch.asSystem((tx) => voidHold(tx, id));
      expect(await held()).toBe(0n);
    },

    'cannot be altered, not even by its owner': async (scratch) => {
      const [a, b] = accountsOfRun();
      if (!a || !b) throw new Error('no accounts');
      await give(scratch, a, 10n);
      for (const statement of [
        'update ledger_entry set amount = amount + 1',
        'delete from ledger_entry',
        'truncate ledger_entry',
        `update ledger_transaction set kind = 'deposit'`,
        'delete from ledger_transaction',
        'truncate ledger_transaction cascade',
      ]) {
        await expect(scratch.asOwner(statement)).rejects.toThrow(/append-only/);
      }
    },

    'keeps no entry without its account and transaction, and no transaction without its entity':
      async (scratch) => {
        const [a, b] = accountsOfRun();
        if (!a || !b) throw new Error('no accounts');
        await give(scratch, a, 10n);
        const entry = (change: string) =>
          `insert into ledger_entry select (jsonb_populate_record(e, '${change}')).* from ledger_entry e limit 1`;
        for (const [statement, message] of [
          [
            entry('{"account_id": "nobody", "account_version": null, "line": 9}'),
            /needs its account/,
          ],
          [entry('{"transaction_id": "none", "account_version": null}'), /needs its account/],
          [
            `insert into ledger_transaction select (jsonb_populate_record(t,
             '{"id": "another", "key": "another", "entity_id": "none", "recorded_order": 0}')).* from ledger_transaction t limit 1`,
            /needs its entity/,
          ],
          [`delete from ledger_account`, /append-only/],
          [`update ledger_account set id = id || 'x'`, /append-only/],
          ['truncate ledger_account cascade', /append-only/],
        ] as const) {
          await expect(scratch.asOwner(statement)).rejects.toThrow(message);
        }
      },
  };
}
