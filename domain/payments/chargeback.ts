import type { LedgerAccount } from '../ledger/account';
import type { Leg } from '../ledger/posting';

/** Where the money of a chargeback is: minor units, neither below zero. Nothing of both while the provider has not taken it. */
export interface ChargebackPosition {
  /** Taken out of the client's wallet. */
  readonly takenMinor: bigint;
  /** What the wallet did not have: the client owes it. */
  readonly owedMinor: bigint;
  /** What two people have given up of what was owed: a cost of the house. */
  readonly writtenOffMinor: bigint;
}

export const nothingTaken: ChargebackPosition = {
  ...{ takenMinor: 0n, owedMinor: 0n, writtenOffMinor: 0n },
};

/** The provider has taken the sum back: the wallet gives what is free in it, the rest is owed. */
export function takeDisputed(amountMinor: bigint, freeMinor: bigint): ChargebackPosition {
  if (amountMinor <= 0n) throw new RangeError('a chargeback needs a positive amount');
  return repayOwed({ ...nothingTaken, owedMinor: amountMinor }, freeMinor);
}

/** What is free in the wallet pays what is owed, as far as it goes. */
export function repayOwed(
  { takenMinor, owedMinor, writtenOffMinor }: ChargebackPosition,
  freeMinor: bigint,
): ChargebackPosition {
  const free = freeMinor > 0n ? freeMinor : 0n;
  const paid = free < owedMinor ? free : owedMinor;
  return { takenMinor: takenMinor + paid, owedMinor: owedMinor - paid, writtenOffMinor };
}

/** The house gives up what is owed: nobody pays it any more, and a dispute that is won after all brings it back. */
export function writeOffOwed(position: ChargebackPosition): ChargebackPosition {
  const { owedMinor, writtenOffMinor } = position;
  return { ...position, owedMinor: 0n, writtenOffMinor: writtenOffMinor + owedMinor };
}

/** All that the provider has taken back, whoever bears it. */
export function chargedMinor({ takenMinor, owedMinor, writtenOffMinor }: ChargebackPosition) {
  return takenMinor + owedMinor + writtenOffMinor;
}

export interface ChargebackAccounts {
  readonly wallet: LedgerAccount;
  readonly receivable: LedgerAccount;
  /** Of the entity, for what it has given up. */
  readonly badDebt: LedgerAccount;
  /** Of the provider that took the money back. */
  readonly clearing: LedgerAccount;
}

/**
 * What brings the books from one position to the next; it sums to zero, and what does not change has no leg. The same
 * for taking, repaying, writing off and giving back: the provider's account stands against all of it.
 */
export function chargebackLegs(
  accounts: ChargebackAccounts,
  before: ChargebackPosition,
  after: ChargebackPosition,
): readonly Leg[] {
  const taken = after.takenMinor - before.takenMinor;
  const owed = after.owedMinor - before.owedMinor;
  const writtenOff = after.writtenOffMinor - before.writtenOffMinor;
  return [
    { account: accounts.wallet, amountMinor: -taken },
    { account: accounts.receivable, amountMinor: -owed },
    { account: accounts.badDebt, amountMinor: -writtenOff },
    { account: accounts.clearing, amountMinor: taken + owed + writtenOff },
  ].filter(({ amountMinor }) => amountMinor !== 0n);
}

/** What a provider says of a dispute; money moves with it: `won` gives it back, the others take it. */
export const toldOfDisputes = ['open', 'won', 'lost'] as const;
export type ToldOfDispute = (typeof toldOfDisputes)[number];

/** The provider's word, and when it was said by its clock (RFC 3339, of one precision). */
export interface DisputeWord {
  readonly told: ToldOfDispute;
  readonly at: string;
}

/**
 * Whether a message says more than what is known. The provider's clock decides, whatever order messages come in; of one
 * and the same second an end is later than what went before it.
 */
export function saysMore(message: DisputeWord, known: DisputeWord): boolean {
  if (message.at !== known.at) return message.at > known.at;
  return message.told !== 'open' && known.told === 'open';
}
