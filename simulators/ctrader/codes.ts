import { Refusal, type RefusalReason } from '../brokerage/refusal';

/** `accessRights`, in the order of their numbers on the Manager API. */
export const ACCESS_RIGHTS = ['FULL_ACCESS', 'CLOSE_ONLY', 'NO_TRADING', 'NO_LOGIN'] as const;
export type AccessRights = (typeof ACCESS_RIGHTS)[number];

const ENABLED = 0x1;
const TRADE_DISABLED = 0x4;
const READ_ONLY = 0x200;
const DEFAULT_RIGHTS = 0x163;

/** The book keeps rights as bits; an account that may only close has two of them. */
export function rightsOf(access: AccessRights): number {
  switch (access) {
    case 'FULL_ACCESS':
      return DEFAULT_RIGHTS;
    case 'CLOSE_ONLY':
      return DEFAULT_RIGHTS | TRADE_DISABLED | READ_ONLY;
    case 'NO_TRADING':
      return DEFAULT_RIGHTS | TRADE_DISABLED;
    case 'NO_LOGIN':
      return (DEFAULT_RIGHTS | TRADE_DISABLED) & ~ENABLED;
  }
}

export function accessOf(rights: number): AccessRights {
  if ((rights & ENABLED) === 0) return 'NO_LOGIN';
  if ((rights & READ_ONLY) !== 0) return 'CLOSE_ONLY';
  return (rights & TRADE_DISABLED) !== 0 ? 'NO_TRADING' : 'FULL_ACCESS';
}

export const CHANGE_BALANCE = { deposit: 0, withdraw: 1, depositBonus: 19, withdrawBonus: 20 };
export const EXECUTION = { orderFilled: 3, depositWithdraw: 10 };
export const DEAL_STATUS = { filled: 2, error: 6 };

/** An error that this server answers with, on either wire. */
export class CtraderError extends Error {
  constructor(
    readonly code: string,
    description: string,
    readonly status = 400,
  ) {
    super(description);
  }
}

const REFUSALS: Readonly<Record<RefusalReason, readonly [code: string, status: number]>> = {
  parameters: ['INVALID_REQUEST', 400],
  permissions: ['NOT_ENOUGH_RIGHTS', 403],
  not_found: ['TRADER_NOT_FOUND', 404],
  logins_exhausted: ['LOGINS_EXHAUSTED', 400],
  exists: ['INVALID_REQUEST', 400],
  password: ['INVALID_REQUEST', 400],
  has_trades: ['TRADER_HAS_POSITIONS', 400],
  other_currency: ['DEPOSIT_CURRENCY_NOT_ALLOWED', 400],
  maximum_amount: ['CHANGE_BALANCE_BAD_AMOUNT', 400],
  no_money: ['NOT_ENOUGH_MONEY', 400],
  market_closed: ['MARKET_CLOSED', 400],
};

export function refusalCode({ reason }: Refusal): string {
  return REFUSALS[reason][0];
}

/** A refusal of the book in cTrader's words; anything else is this server's own fault. */
export function ctraderError(error: unknown): CtraderError {
  if (error instanceof CtraderError) return error;
  if (error instanceof Refusal) {
    const [code, status] = REFUSALS[error.reason];
    return new CtraderError(code, error.message, status);
  }
  throw error;
}
