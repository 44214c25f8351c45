import { type RefusalCode } from '../../../domain/trading/outcome';

/** Error codes of cTrader that we know, with their numbers on the Manager API. */
const numbers: ReadonlyMap<string, number> = new Map([
  ['NOT_ENOUGH_MONEY', 1],
  ['NOT_ENOUGH_RIGHTS', 2],
  ['AUTHENTICATION_FAILED', 3],
  ['CHANGE_BALANCE_BAD_AMOUNT', 6],
  ['TRADER_NOT_FOUND', 11],
  ['TRADER_GROUP_NOT_FOUND', 12],
  ['ALREADY_LOGGED_IN', 14],
  ['WRONG_LEVERAGE', 20],
  ['REQUEST_FREQUENCY_EXCEEDED', 23],
  ['TRADER_HAS_POSITIONS', 28],
  ['INCORRECT_BOUNDARIES', 35],
  ['UNKNOWN_DEPOSIT_CURRENCY', 43],
  ['DEPOSIT_CURRENCY_NOT_ALLOWED', 44],
  ['SERVER_IS_UNDER_MAINTENANCE', 47],
  ['INVALID_DATA', 52],
  ['NO_SUCH_LOGIN', 53],
  ['CONNECTIONS_LIMIT_EXCEEDED', 67],
]);

/** The only codes after which a write certainly did nothing. */
const refusals: ReadonlyMap<string, RefusalCode> = new Map<string, RefusalCode>([
  ['INVALID_REQUEST', 'INVALID_PARAMETERS'],
  ['INVALID_DATA', 'INVALID_PARAMETERS'],
  ['WRONG_LEVERAGE', 'INVALID_PARAMETERS'],
  ['NOT_ENOUGH_RIGHTS', 'PERMISSION_DENIED'],
  ['TRADER_NOT_FOUND', 'NOT_FOUND'],
  ['NO_SUCH_LOGIN', 'NOT_FOUND'],
  ['TRADER_GROUP_NOT_FOUND', 'NOT_FOUND'],
  ['NOT_ENOUGH_MONEY', 'NOT_ENOUGH_MONEY'],
  ['CHANGE_BALANCE_BAD_AMOUNT', 'MAXIMUM_AMOUNT'],
  ['TRADER_HAS_POSITIONS', 'HAS_TRADES'],
  ['UNKNOWN_DEPOSIT_CURRENCY', 'OTHER_CURRENCY'],
  ['DEPOSIT_CURRENCY_NOT_ALLOWED', 'OTHER_CURRENCY'],
  ['LOGINS_EXHAUSTED', 'LOGIN_RANGE_EXHAUSTED'],
  ['CH_EMAIL_ALREADY_EXISTS', 'ALREADY_EXISTS'],
]);

/**
 * What a refusal means, null when it leaves open what was done: REQUEST_FREQUENCY_EXCEEDED and whatever is not
 * listed. A wrong "refused" pays twice, a wrong "unknown" costs one look.
 */
export function refusalOf(errorCode: string): RefusalCode | null {
  return refusals.get(errorCode) ?? null;
}

/** cTrader's number of a code; null for one that has none or that we do not know. */
export function errorNumber(errorCode: string): number | null {
  return numbers.get(errorCode) ?? null;
}

/** Our own words: what a server writes in a description may hold anything. */
export function describeError(errorCode: string): string {
  const known = numbers.has(errorCode) || refusals.has(errorCode);
  return known ? `cTrader answered ${errorCode}` : 'cTrader answered an error not known here';
}
