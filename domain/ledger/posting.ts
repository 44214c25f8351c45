import type { LedgerAccount } from './account';

/** One leg: credit positive, debit negative, in minor units of the account's currency. */
export interface Leg {
  readonly account: LedgerAccount;
  readonly amountMinor: bigint;
}

export type TransactionKind =
  | 'receipt'
  | 'receipt_returned'
  | 'deposit_held'
  | 'deposit'
  | 'payout'
  | 'refund'
  | 'transfer_to_account'
  | 'transfer_to_wallet'
  | 'deal_result'
  | 'deal_correction'
  | 'foreign_balance_change'
  | 'partner_payout'
  | 'dormancy_fee'
  | 'negative_balance'
  | 'exchange'
  | 'chargeback'
  | 'chargeback_fee'
  | 'bonus'
  | 'bonus_removed'
  | 'correction'
  | 'fee'
  | 'reversal';

/**
 * A transaction to post. `key` is its idempotency key for ever: the same key and body is answered with
 * the stored transaction, another body with `key_reused`.
 */
export interface Posting {
  readonly key: string;
  readonly kind: TransactionKind;
  readonly entityId: string;
  readonly clientId: string | null;
  /** What it is for: an id or a workflow id. */
  readonly cause: string;
  readonly legs: readonly Leg[];
  readonly effectiveAt?: string;
  /** What is effective in a closed period is refused, or posted to the first moment of the open one. */
  readonly whenSealed?: 'refuse' | 'post_to_open';
  readonly reversesId?: string;
  readonly meta?: { readonly [key: string]: string };
  /** The hold the debit is taken from; `final` releases what is left of it. */
  readonly hold?: { readonly id: string; readonly final: boolean };
}

export interface HoldRequest {
  readonly id: string;
  readonly account: LedgerAccount;
  readonly amountMinor: bigint;
  readonly cause: string;
  /** From then on it cannot be posted, and what it holds is given back. Without one it holds until it is ended. */
  readonly expiresAt?: string;
}

export type PostingVerdict =
  | 'posted'
  | 'replayed'
  | 'key_reused'
  | 'unbalanced'
  | 'cross_entity'
  | 'insufficient_funds'
  | 'unknown_hold'
  | 'hold_ended'
  | 'hold_exceeded'
  | 'hold_expired'
  | 'already_reversed'
  | 'unknown_reversal'
  | 'period_sealed';

export interface PostingResult {
  readonly verdict: PostingVerdict;
  readonly transactionId: string;
}

/** Moves `amountMinor` (> 0) from one account to another. */
export function move(from: LedgerAccount, to: LedgerAccount, amountMinor: bigint): readonly Leg[] {
  if (amountMinor <= 0n) throw new Error('a movement needs a positive amount');
  return [
    { account: from, amountMinor: -amountMinor },
    { account: to, amountMinor },
  ];
}

/** The entries that undo a transaction's legs. */
export function reversed(legs: readonly Leg[]): readonly Leg[] {
  return legs.map((leg) => ({ ...leg, amountMinor: -leg.amountMinor }));
}
