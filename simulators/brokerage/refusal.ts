/** Why the server refuses; each platform has codes of its own for these. */
const TEXT = {
  parameters: 'invalid parameters',
  permissions: 'not enough permissions',
  not_found: 'not found',
  logins_exhausted: 'no free log-in in the range',
  exists: 'the log-in exists',
  password: 'the password is too weak, or wrong',
  has_trades: 'the account has trades',
  other_currency: 'the group has another currency',
  maximum_amount: 'the amount is over the maximum',
  no_money: 'not enough money',
  market_closed: 'the market is closed',
} as const;

export type RefusalReason = keyof typeof TEXT;

/** A refusal of a command: nothing was changed. */
export class Refusal extends Error {
  constructor(readonly reason: RefusalReason) {
    super(TEXT[reason]);
  }
}
