import fc from 'fast-check';
import { house, type LedgerAccount, tradingLedger, wallet } from '../../domain/ledger/account';
import { move, type Posting, reversed } from '../../domain/ledger/posting';
import { newId } from '../../domain/ids';
import { Problem } from '../../domain/problem';
import {
  LedgerRefusal,
  placeHold,
  postTransaction,
  postTransactions,
  readBalance,
  voidHold,
} from '../../db/ledger';
import { rows } from '../../db/connection';
import { proveLedger } from '../../db/proofs/ledger';
import type { Scratch } from '../proofs/scratch';
import { LedgerModel } from './ledger-model';
import { together, type Tries } from './tries';

/** A law of the ledger; it throws when the ledger of the database does not keep it. */
export type LedgerLaw = (scratch: Scratch) => Promise<void>;

const entities = ['cy', 'off'] as const;

/** Two entities, with a client of their own for each run, so that runs do not touch each other. */
function accountsOfRun(): readonly LedgerAccount[] {
  const run = newId('client');
  const [cy, off] = entities;
  const of = (entityId: string, n: number, currency = 'USD') => ({
    entityId,
    clientId: `${run}-${n}`,
    currency,
  });
  return [
    wallet(of(cy, 1)),
    wallet(of(cy, 2)),
    wallet(of(off, 3)),
    wallet(of(cy, 1, 'EUR')),
    tradingLedger({ ...of(cy, 1), accountId: `${run}-account` }),
    house('psp_clearing', of(cy, 1), run),
    house('psp_clearing', of(off, 3), run),
    house('psp_clearing', of(cy, 1, 'EUR'), run),
  ];
}

type Step =
  | { readonly op: 'post'; readonly from: number; readonly to: number; readonly amount: number }
  | { readonly op: 'uneven'; readonly from: number; readonly to: number; readonly amount: number }
  | { readonly op: 'again'; readonly which: number; readonly changed: boolean }
  | { readonly op: 'reverse'; readonly which: number }
  | { readonly op: 'hold'; readonly of: number; readonly amount: number }
  | { readonly op: 'hold again'; readonly which: number; readonly changed: boolean }
  | { readonly op: 'void'; readonly which: number }
  | {
      readonly op: 'take';
      readonly which: number;
      readonly to: number;
      readonly amount: number;
      readonly final: boolean;
    };

const index = fc.nat({ max: 7 });
const which = fc.nat({ max: 30 });
const amount = fc.integer({ min: 1, max: 100 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('post' as const), from: index, to: index, amount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('uneven' as const), from: index, to: index, amount }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('again' as const), which, changed: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('reverse' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('hold' as const), of: fc.nat({ max: 3 }), amount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('hold again' as const), which, changed: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('void' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('take' as const),
      which,
      to: index,
      amount,
      final: fc.boolean(),
    }),
  },
);

/** One run: the ledger and the model side by side. */
class Run {
  readonly accounts = accountsOfRun();
  readonly model = new LedgerModel();
  readonly posted: { readonly posting: Posting; readonly id: string }[] = [];
  readonly holds: { id: string; account: LedgerAccount; amountMinor: bigint }[] = [];

  at(position: number): LedgerAccount {
    const account = this.accounts[position];
    if (!account) throw new Error('no such account');
    return account;
  }

  /** Something in each wallet to begin with. */
  gifts(): Posting[] {
    return [
      [5, 0],
      [5, 1],
      [6, 2],
      [7, 3],
    ].map(([from = 0, to = 0]) => this.#fresh(move(this.at(from), this.at(to), 120n)));
  }

  /** The posting that a step asks for; undefined when it has nothing to work on yet. */
  posting(step: Step): Posting | undefined {
    switch (step.op) {
      case 'post':
      case 'uneven': {
        if (step.from === step.to) return undefined;
        const legs = move(this.at(step.from), this.at(step.to), BigInt(step.amount));
        const [first, second] = legs;
        return this.#fresh(
          step.op === 'uneven' && first && second
            ? [first, { ...second, amountMinor: second.amountMinor + 1n }]
            : legs,
        );
      }
      case 'again': {
        const known = this.posted[step.which % Math.max(1, this.posted.length)]?.posting;
        if (!known || !step.changed) return known;
        return {
          ...known,
          legs: known.legs.map((leg) => ({ ...leg, amountMinor: leg.amountMinor * 2n })),
        };
      }
      case 'reverse': {
        const known = this.posted[step.which % Math.max(1, this.posted.length)];
        if (!known) return undefined;
        const { posting, id } = known;
        return {
          ...this.#fresh(reversed(posting.legs)),
          entityId: posting.entityId,
          kind: 'reversal',
          reversesId: id,
        };
      }
      case 'take': {
        const hold = this.holds[step.which % Math.max(1, this.holds.length)];
        if (!hold || hold.account.id === this.at(step.to).id) return undefined;
        return {
          ...this.#fresh(move(hold.account, this.at(step.to), BigInt(step.amount))),
          hold: { id: hold.id, final: step.final },
        };
      }
      default:
        return undefined;
    }
  }

  #fresh(legs: Posting['legs']): Posting {
    return {
      key: newId('command'),
      kind: 'correction',
      entityId: legs[0]?.account.entityId ?? '',
      clientId: null,
      cause: 'law',
      legs,
    };
  }
}

async function saying(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof LedgerRefusal) return error.verdict;
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

const accepted = (verdict: string) =>
  verdict === 'posted' || verdict === 'replayed' ? 'accepted' : verdict;

/** Posts in the ledger and on paper, and compares what both say. */
async function postAlike(scratch: Scratch, run: Run, postings: readonly Posting[]): Promise<void> {
  const expected = postings.map((posting) => run.model.post(posting));
  const answers = await scratch.asSystem((tx) => postTransactions(tx, postings));
  expect(answers.map(({ verdict }) => verdict)).toEqual(expected);
  for (const [position, posting] of postings.entries()) {
    const id = answers[position]?.transactionId;
    if (expected[position] !== 'posted' || id === undefined) continue;
    run.model.learn(id);
    run.posted.push({ posting, id });
  }
}

async function takeStep(scratch: Scratch, run: Run, step: Step): Promise<void> {
  if (step.op === 'hold' || step.op === 'hold again') {
    const request =
      step.op === 'hold'
        ? {
            id: newId('hold'),
            account: run.at(step.of),
            amountMinor: BigInt(step.amount),
            cause: 'law',
          }
        : holdAgain(run, step);
    if (!request) return;
    const expected = run.model.placeHold(request);
    expect(await saying(scratch.asSystem((tx) => placeHold(tx, request)))).toBe(accepted(expected));
    if (expected === 'posted') run.holds.push(request);
    return;
  }
  if (step.op === 'void') {
    const hold = run.holds[step.which % Math.max(1, run.holds.length)];
    if (!hold) return;
    const expected = run.model.voidHold(hold.id);
    expect(await saying(scratch.asSystem((tx) => voidHold(tx, hold.id)))).toBe(accepted(expected));
  }
}

function holdAgain(run: Run, step: { which: number; changed: boolean }) {
  const hold = run.holds[step.which % Math.max(1, run.holds.length)];
  return (
    hold && { ...hold, amountMinor: hold.amountMinor + (step.changed ? 1n : 0n), cause: 'law' }
  );
}

async function assertAlike(scratch: Scratch, run: Run): Promise<void> {
  await scratch.asSystem(async (tx) => {
    for (const account of run.accounts) {
      const { balanceMinor, heldMinor } = await readBalance(tx, account);
      const model = run.model.account(account);
      expect({ account: account.id, balanceMinor, heldMinor }).toEqual({
        account: account.id,
        balanceMinor: model.balanceMinor,
        heldMinor: model.heldMinor,
      });
    }
  });
}

export async function assertBooks(scratch: Scratch): Promise<void> {
  expect((await proveLedger(scratch.db)).faults).toEqual([]);
}

/** Money from outside, so that a wallet has something to give. */
async function give(scratch: Scratch, to: LedgerAccount, amountMinor: bigint): Promise<void> {
  const from = house('psp_clearing', to, 'law');
  await scratch.asSystem((tx) => postTransaction(tx, postingOf(move(from, to, amountMinor))));
}

function postingOf(legs: Posting['legs'], change: Partial<Posting> = {}): Posting {
  return {
    key: newId('command'),
    kind: 'correction',
    entityId: legs[0]?.account.entityId ?? '',
    clientId: null,
    cause: 'law',
    legs,
    ...change,
  };
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
  };
}

/** Of what was refused there is no transaction, entry or hold. */
async function assertNoTrace(scratch: Scratch, run: Run): Promise<void> {
  const ids = new Set(run.accounts.map((account) => account.id));
  const found = await scratch.asSystem((tx) =>
    rows<{ key: string }>(
      tx,
      `select distinct t.key from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
       where e.account_id = any (:ids)`,
      { ids: [...ids] },
    ),
  );
  expect(new Set(found.map(({ key }) => key))).toEqual(
    new Set(run.posted.map(({ posting }) => posting.key)),
  );
  const holds = await scratch.asSystem((tx) =>
    rows<{ id: string }>(tx, 'select id from ledger_hold where account_id = any (:ids)', {
      ids: [...ids],
    }),
  );
  expect(new Set(holds.map(({ id }) => id))).toEqual(new Set(run.holds.map(({ id }) => id)));
}
