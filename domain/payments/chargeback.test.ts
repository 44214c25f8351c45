import fc from 'fast-check';
import { house, wallet } from '../ledger/account';
import type { Leg } from '../ledger/posting';
import {
  chargebackLegs,
  chargedMinor,
  nothingTaken,
  repayOwed,
  saysMore,
  takeDisputed,
  writeOffOwed,
  type ChargebackPosition,
} from './chargeback';

const of = { entityId: 'cy', clientId: 'cl_1', currency: 'EUR' };
const accounts = {
  wallet: wallet(of),
  receivable: house('receivable', of, of.clientId),
  badDebt: house('bad_debt', of),
  clearing: house('psp_clearing', of, 'stripe'),
};

function amountIn(legs: readonly Leg[], code: keyof typeof accounts): bigint {
  return legs.find(({ account }) => account.id === accounts[code].id)?.amountMinor ?? 0n;
}

describe('the money of a chargeback', () => {
  it.each([
    ['all in the wallet', 10_000n, 25_000n, 10_000n, 0n],
    ['just enough', 10_000n, 10_000n, 10_000n, 0n],
    ['a part in the wallet', 10_000n, 2_500n, 2_500n, 7_500n],
    ['nothing in the wallet', 10_000n, 0n, 0n, 10_000n],
    ['more held than there is free', 10_000n, -1n, 0n, 10_000n],
  ])('%s', (_name, amount, free, takenMinor, owedMinor) => {
    expect(takeDisputed(amount, free)).toEqual({ takenMinor, owedMinor, writtenOffMinor: 0n });
  });

  it('takes from the wallet, books what it lacks as owed, and owes the provider nothing', () => {
    const legs = chargebackLegs(accounts, nothingTaken, takeDisputed(10_000n, 2_500n));
    expect(legs.map(({ account, amountMinor }) => [account.code, amountMinor])).toEqual([
      ['wallet', -2_500n],
      ['receivable', -7_500n],
      ['psp_clearing', 10_000n],
    ]);
  });

  it('is repaid out of the wallet without the provider', () => {
    const before = { takenMinor: 2_500n, owedMinor: 7_500n, writtenOffMinor: 0n };
    const legs = chargebackLegs(accounts, before, repayOwed(before, 3_000n));
    expect(legs.map(({ account, amountMinor }) => [account.code, amountMinor])).toEqual([
      ['wallet', -3_000n],
      ['receivable', 3_000n],
    ]);
  });

  it('is written off without the wallet and the provider, and no more than is owed', () => {
    const before = { takenMinor: 2_500n, owedMinor: 7_500n, writtenOffMinor: 0n };
    const after = writeOffOwed(before);
    expect(after).toEqual({ takenMinor: 2_500n, owedMinor: 0n, writtenOffMinor: 7_500n });
    const legs = chargebackLegs(accounts, before, after);
    expect(legs.map(({ account, amountMinor }) => [account.code, amountMinor])).toEqual([
      ['receivable', 7_500n],
      ['bad_debt', -7_500n],
    ]);
    expect(repayOwed(after, 9_000n)).toEqual(after);
  });

  it('never takes more than is free or than was disputed, and comes back whole', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 12n });
    const free = fc.bigInt({ min: -(10n ** 6n), max: 10n ** 12n });
    fc.assert(
      fc.property(
        minor,
        free,
        fc.array(fc.option(free), { maxLength: 6 }),
        (amount, first, later) => {
          const balance = { wallet: 0n, receivable: 0n, badDebt: 0n, clearing: 0n };
          const step = (
            before: ChargebackPosition,
            after: ChargebackPosition,
            freeMinor: bigint,
          ) => {
            const legs = chargebackLegs(accounts, before, after);
            expect(legs.reduce((sum, leg) => sum + leg.amountMinor, 0n)).toBe(0n);
            const taken = -amountIn(legs, 'wallet');
            expect(taken).toBeGreaterThanOrEqual(0n);
            expect(taken <= (freeMinor > 0n ? freeMinor : 0n)).toBe(true);
            for (const code of ['wallet', 'receivable', 'badDebt', 'clearing'] as const)
              balance[code] += amountIn(legs, code);
            expect(chargedMinor(after)).toBe(amount);
            expect(after.owedMinor).toBeGreaterThanOrEqual(0n);
            expect(balance.receivable).toBe(-after.owedMinor);
            expect(balance.badDebt).toBe(-after.writtenOffMinor);
            expect(balance.clearing).toBe(amount);
          };
          let now = takeDisputed(amount, first);
          step(nothingTaken, now, first);
          for (const freeMinor of later) {
            // Null: two people give up what is owed.
            const after = freeMinor === null ? writeOffOwed(now) : repayOwed(now, freeMinor);
            step(now, after, freeMinor ?? 0n);
            now = after;
          }
          for (const { account, amountMinor } of chargebackLegs(accounts, now, nothingTaken)) {
            if (account.id === accounts.wallet.id) balance.wallet += amountMinor;
            if (account.id === accounts.receivable.id) balance.receivable += amountMinor;
            if (account.id === accounts.badDebt.id) balance.badDebt += amountMinor;
            if (account.id === accounts.clearing.id) balance.clearing += amountMinor;
          }
          expect(balance).toEqual({ wallet: 0n, receivable: 0n, badDebt: 0n, clearing: 0n });
        },
      ),
    );
  });
});

describe('what a provider says of a dispute', () => {
  const early = '2026-11-23T20:15:00.000Z';
  const late = '2026-11-23T20:15:01.000Z';

  it.each([
    ['a later word', { told: 'lost', at: late }, { told: 'open', at: early }, true],
    ['an earlier word', { told: 'open', at: early }, { told: 'won', at: late }, false],
    ['the same word again', { told: 'won', at: late }, { told: 'won', at: late }, false],
    ['the end in the same second', { told: 'won', at: late }, { told: 'open', at: late }, true],
    ['the opening after that', { told: 'open', at: late }, { told: 'won', at: late }, false],
    ['a second end in one second', { told: 'lost', at: late }, { told: 'won', at: late }, false],
  ] as const)('%s', (_name, message, known, more) => {
    expect(saysMore(message, known)).toBe(more);
  });
});
