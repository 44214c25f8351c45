import { type Money } from '../money';

/**
 * The three ends of a write to a server without idempotency keys.
 * `refused` is said only when the server gave a definite refusal, or when no byte of the request
 * left this machine (`notSent`). Everything else is `unknown`, and is resolved by looking.
 */
export type WriteOutcome<Done extends object = object> =
  ({ readonly kind: 'done' } & Done) | Refused | Unknown;

export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly reason: string;
  /** The server's own number, when it gave one. */
  readonly platformCode: number | null;
  /** True when the request never left: the same request may be sent again without looking. */
  readonly notSent: boolean;
}

export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
  readonly platformCode: number | null;
}

export type RefusalCode =
  | 'INVALID_PARAMETERS'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'LOGIN_RANGE_EXHAUSTED'
  | 'ALREADY_EXISTS'
  | 'PASSWORD_REJECTED'
  | 'USERS_LIMIT'
  | 'HAS_TRADES'
  | 'OTHER_SERVER'
  | 'OTHER_CURRENCY'
  | 'MAXIMUM_AMOUNT'
  | 'NOT_ENOUGH_MONEY'
  | 'PLATFORM_REFUSED'
  /** No session could be opened, or the account could not be read first. Nothing was sent. */
  | 'SERVER_UNAVAILABLE';

export type BalanceOutcome = WriteOutcome<{ readonly ticket: string }>;
export type CreateAccountOutcome = WriteOutcome<{ readonly login: string }>;

/** What looking for a balance operation of unknown outcome finds. */
export type BalanceLookup =
  | {
      readonly kind: 'found';
      readonly ticket: string;
      readonly amount: Money;
      /** UTC. */
      readonly time: string;
      /** The comment had lost its end; what was left was long enough. */
      readonly cut: boolean;
    }
  /** Not there *now*; a proof of absence needs more (architecture.md). */
  | { readonly kind: 'absent' }
  /** Something is there that a person must judge. */
  | {
      readonly kind: 'ambiguous';
      readonly doubt: BalanceDoubt;
      readonly reason: string;
      readonly tickets: readonly string[];
    }
  | { readonly kind: 'error'; readonly reason: string };

/**
 * Why a person must judge. `comment_cut`: a deal of this amount may or may not be ours. `token_repeated` and
 * `other_amount`: the operation was certainly applied, and not as ordered, so it must never be sent again.
 */
export type BalanceDoubt = 'comment_cut' | 'token_repeated' | 'other_amount';

/** What looking for a log-in of unknown outcome finds. */
export type AccountLookup =
  | { readonly kind: 'found'; readonly login: string; readonly group: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'ambiguous'; readonly reason: string; readonly logins: readonly string[] }
  | { readonly kind: 'error'; readonly reason: string };

/** The server's own comparison of what it stores with what its history adds up to. */
export interface BalanceCheck {
  readonly login: string;
  readonly agrees: boolean;
  readonly balance: Money;
  readonly balanceByHistory: Money;
  readonly credit: Money;
  readonly creditByHistory: Money;
}
