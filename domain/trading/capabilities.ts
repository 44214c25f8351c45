import { type AccountRight } from './account';

/** The makes of trading servers that have a connector. */
export const platformKinds = ['mt5', 'mt4', 'ctrader'] as const;
export type PlatformKind = (typeof platformKinds)[number];

/** What a make of trading server can and cannot do, as its connector declares it. */
export interface PlatformCapabilities {
  readonly kind: PlatformKind;
  /** The name that people know it by: `MetaTrader 5`. */
  readonly name: string;
  /**
   * How a balance operation whose answer was lost is found again: by the token in its comment, by the
   * bridge's idempotency key (with the comment behind it), or by the external id that the server keeps.
   */
  readonly balanceRecovery: 'comment' | 'idempotency_key' | 'external_id';
  /** Longer comments are cut by the server without a word; our token must fit. */
  readonly commentCharactersMax: number;
  /** The server itself refuses a debit, of money or credit, that free margin does not cover; where false, we look first. */
  readonly marginCheckedDebits: boolean;
  /** Keeps a second, looking-only password. */
  readonly investorPassword: boolean;
  /** Moves a log-in to another group of the same currency. */
  readonly groupMove: boolean;
  /** Money lent to the account that counts as equity and cannot be withdrawn. */
  readonly credit: boolean;
  /** Rights that can be denied to one log-in; the others its group decides. */
  readonly rights: readonly AccountRight[];
  /**
   * How a log-in is kept from opening positions while it may close those it has: told so by itself, or moved to a
   * group of the house's in which only closing is allowed.
   */
  readonly closeOnly: 'login' | 'group';
  /** Whether a log-in is swap-free by its group or by itself. */
  readonly swapFree: 'group' | 'login';
  /** `deals`: each fill by itself; `closed_trades`: one record per trade, written when it closes. */
  readonly history: 'deals' | 'closed_trades';
}
