/**
 * Why a line is what it is. A code stays what it means for ever: lines of closed periods carry it.
 * The texts are for partners and for those who answer them.
 */
export const lineReasons = {
  PAID: 'Paid at the rate of the plan.',
  CAPPED_BY_REVENUE:
    'Paid in part: all tiers together get no more than the deal brought in (spread and commission).',
  CAPPED_PER_DEAL: 'Paid in part: all tiers together get no more for one deal.',
  CAPPED_PER_CLIENT: 'Paid in part: the plan pays no more for one client in one period.',
  CAPPED_PER_PERIOD: 'Paid in part: the plan pays one partner no more in one period.',
  CAPPED_BY_LIFETIME:
    'Paid in part: the plan pays no more than a share of what the client ever brought in.',
  NOT_QUALIFIED_OPEN_EQUALS_CLOSE: 'Not paid: it closed at the price at which it was opened.',
  MIN_HOLD: 'Not paid: it was held for less time than the plan asks for.',
  MIN_MOVE: 'Not paid: the price moved by no more points than the plan asks for.',
  MOVE_UNKNOWN:
    'Not paid: the plan asks for a movement in points, and the digits of the symbol are not known.',
  HEDGED:
    'Not paid: opposite volume that was open at the same time is paid once, by its larger side.',
  BONUS_MONEY: 'Not paid: the account held no more than its bonus when it dealt.',
  NEGATIVE_STOP_OUT: 'Not paid: the account was stopped out and left below zero.',
  BEFORE_CPA: 'Not paid: the plan pays for deals after the client has qualified.',
  CANCELLED: 'Not paid: the trading server has cancelled the deal.',
  NO_OPENING: 'Not paid: the deal that opened the position is not in the record.',
  NO_PLAN: 'Not paid: no plan was in force when it was closed.',
  NO_RATE: 'Not paid: the plan has no rate for this symbol.',
  ZERO_RATE: 'Not paid: the rate of the plan is zero.',
  NO_DIFFERENCE: 'Not paid: a partner below has the same rate or a higher one.',
  BEYOND_TIERS: 'Not paid: the plan pays fewer tiers.',
  OWN_TRADES: 'Not paid: partners get nothing for their own trading.',
  PARTNER_TERMINATED: 'Not paid: the agreement with the partner had ended by then.',
  PARTNER_DECEASED: 'Not paid: the agreement ended with the death of the partner.',
  SPREAD_UNKNOWN: 'Not paid: a share of the spread, and nothing says what the spread was.',
  CPA_FIRST_DEPOSIT: 'No CPA: the first-time deposit was less than the plan asks for.',
  CPA_DEPOSITS: 'No CPA: within its days the client paid in less than the plan asks for.',
  CPA_LOTS: 'No CPA: within its days the client closed fewer lots than the plan asks for.',
  CPA_RELATED:
    'No CPA: the client is the partner, or shares family, device or a way of paying with the partner.',
  BONUS_NOT_REACHED: 'No volume bonus: fewer lots than its first step.',
  LATE_DEAL: 'Adjusts a closed period: a deal or a deposit came in after it had been computed.',
  CANCELLED_LATER: 'Adjusts a closed period: the trading server has cancelled the deal since.',
  EDITED_LATER: 'Adjusts a closed period: a deal or what it stands on has changed since.',
  NO_CONVERSION: 'Not paid: no deal of the period gives a rate between the currencies.',
  ROUNDS_TO_ZERO: 'Nothing to pay: less than half of the smallest unit of the currency.',
} as const;

export type LineReason = keyof typeof lineReasons;

/** Answers about a deal that has no line. */
export const noLineReasons = {
  NO_PARTNER: 'The client belonged to no partner when it was closed.',
  NOT_A_TRADE: 'It is no trade.',
  PAYS_ON_CLOSE: 'It opened a position; commission is paid for what is closed.',
  PAYS_ON_OPEN: 'It closed a position; commission is paid for what is opened.',
  NOT_SETTLED_YET: 'The period in which it was closed has not been computed yet.',
  CAME_LATE:
    'It came from the trading server after its period had been computed; the next period adjusts it.',
} as const;

export type NoLineReason = keyof typeof noLineReasons;

export function isLineReason(code: string): code is LineReason {
  return Object.hasOwn(lineReasons, code);
}

export function isNoLineReason(code: string): code is NoLineReason {
  return Object.hasOwn(noLineReasons, code);
}

export function reasonText(code: LineReason | NoLineReason): string {
  return isLineReason(code) ? lineReasons[code] : noLineReasons[code];
}

/** Reasons that someone can mend and then compute again: an approver is told of them first. */
export const mendableReasons: readonly LineReason[] = [
  'NO_CONVERSION',
  'NO_OPENING',
  'NO_PLAN',
  'NO_RATE',
  'MOVE_UNKNOWN',
  'SPREAD_UNKNOWN',
];
