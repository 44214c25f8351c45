import fc from 'fast-check';
import { house, type LedgerAccount, tradingLedger, wallet } from '../../domain/ledger/account';
import { move, type Posting, reversed } from '../../domain/ledger/posting';
import { newId } from '../../domain/ids';
import { Problem } from '../../domain/problem';
import {
  expireHolds,
  LedgerRefusal,
  placeHold,
  postTransactions,
  readBalance,
  voidHold,
} from '../../db/ledger';
import { rows } from '../../db/connection';
import type { Scratch } from '../proofs/scratch';
import { LedgerModel } from './ledger-model';

const entities = ['cy', 'off'] as const;

/** Two entities, with a client of their own for each run, so that runs do not touch each other. */
export function accountsOfRun(): readonly LedgerAccount[] {
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
  | { readonly op: 'hold'; readonly of: number; readonly amount: number; readonly isDue: boolean }
  | { readonly op: 'hold again'; readonly which: number; readonly changed: boolean }
  | { readonly op: 'void'; readonly which: number }
  | { readonly op: 'expire' }
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
export const step: fc.Arbitrary<Step> = fc.oneof(
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
    arbitrary: fc.record({
      op: fc.constant('hold' as const),
      of: fc.nat({ max: 3 }),
      amount,
      isDue: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('hold again' as const), which, changed: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('void' as const), which }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('expire' as const) }) },
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

const withoutFloor = fc.integer({ min: 4, max: 7 });

/** Steps between accounts that have no floor: batches of these are written as a set. */
export const stepOfSet: fc.Arbitrary<Step> = fc.oneof(
  ...[
    { weight: 6, op: 'post' as const },
    { weight: 1, op: 'uneven' as const },
  ].map(({ weight, op }) => ({
    weight,
    arbitrary: fc.record({ op: fc.constant(op), from: withoutFloor, to: withoutFloor, amount }),
  })),
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('again' as const), which, changed: fc.boolean() }),
  },
);

/** Sets that touch wallets: where one would fall short, the ledger halves the set until it stands alone. */
export const stepOfWallets: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constant('post' as const), from: index, to: index, amount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('uneven' as const), from: index, to: index, amount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('again' as const), which, changed: fc.boolean() }),
  },
);

/** A posting of these legs under a key of its own. */
export function postingOf(legs: Posting['legs'], change: Partial<Posting> = {}): Posting {
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

/** One run: the ledger and the model side by side. */
export class Run {
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
    ].map(([from = 0, to = 0]) => postingOf(move(this.at(from), this.at(to), 120n)));
  }

  /** The posting that a step asks for; undefined when it has nothing to work on yet. */
  posting(step: Step): Posting | undefined {
    switch (step.op) {
      case 'post':
      case 'uneven': {
        if (step.from === step.to) return undefined;
        const legs = move(this.at(step.from), this.at(step.to), BigInt(step.amount));
        const [first, second] = legs;
        return postingOf(
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
          ...postingOf(reversed(posting.legs)),
          entityId: posting.entityId,
          kind: 'reversal',
          reversesId: id,
        };
      }
      case 'take': {
        const hold = this.holds[step.which % Math.max(1, this.holds.length)];
        if (!hold || hold.account.id === this.at(step.to).id) return undefined;
        return {
          ...postingOf(move(hold.account, this.at(step.to), BigInt(step.amount))),
          hold: { id: hold.id, final: step.final },
        };
      }
      default:
        return undefined;
    }
  }
}

/** The verdict of a posting or a hold, as one word; anything else that goes wrong is thrown. */
export async function saying(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof LedgerRefusal) return error.verdict;
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

export const accepted = (verdict: string) =>
  verdict === 'posted' || verdict === 'replayed' ? 'accepted' : verdict;

/** Posts in the ledger and on paper, and compares what both say. */
export async function postAlike(
  scratch: Scratch,
  run: Run,
  postings: readonly Posting[],
): Promise<void> {
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

export async function takeStep(scratch: Scratch, run: Run, step: Step): Promise<void> {
  if (step.op === 'hold' || step.op === 'hold again') {
    const request =
      step.op === 'hold'
        ? {
            id: newId('hold'),
            account: run.at(step.of),
            amountMinor: BigInt(step.amount),
            cause: 'law',
            ...(step.isDue ? { expiresAt: '2020-01-01T00:00:00Z' } : {}),
          }
        : holdAgain(run, step);
    if (!request) return;
    const expected = run.model.placeHold(request);
    expect(await saying(scratch.asSystem((tx) => placeHold(tx, request)))).toBe(accepted(expected));
    if (expected === 'posted') run.holds.push(request);
    return;
  }
  if (step.op === 'expire') {
    run.model.expireHolds();
    await scratch.asSystem((tx) => expireHolds(tx));
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

export async function assertAlike(scratch: Scratch, run: Run): Promise<void> {
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

/** Of what was refused there is no transaction, entry or hold. */
export async function assertNoTrace(scratch: Scratch, run: Run): Promise<void> {
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
