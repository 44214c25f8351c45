import type { Refusal, RefusalReason } from '../brokerage/refusal';

/** MT5 return codes this server gives, with the text that follows the number on the wire. */
const TEXT: Record<number, string> = {
  0: 'Done',
  1: 'OK, nothing to do',
  2: 'Common error',
  3: 'Invalid parameters',
  7: 'Network error',
  8: 'Not enough permissions',
  9: 'Timeout',
  10: 'No connection',
  12: 'Too frequent requests',
  13: 'Not found',
  17: 'Duplicate',
  1001: 'Invalid account',
  1002: 'Account disabled',
  1010: 'Client version is old',
  1012: 'Address is not allowed',
  1018: 'Server is busy',
  3002: 'No free logins on the server',
  3004: 'Account already exists',
  3006: 'Invalid account password',
  3007: 'Users limit reached',
  3008: 'Account has trades',
  3009: 'Account belongs to another server',
  3010: 'Currency differs',
  4005: 'Maximum amount of money exceeded',
  10018: 'Market is closed',
  10019: 'Not enough money',
  12001: 'Not the main server',
  12004: 'Server is locked',
};

/** `retcodeText(13)` is `"13 Not found"`, as the wire has it. */
export function retcodeText(code: number): string {
  return `${code} ${TEXT[code] ?? 'Error'}`;
}

const CODES: Record<RefusalReason, number> = {
  parameters: 3,
  permissions: 8,
  not_found: 13,
  logins_exhausted: 3002,
  exists: 3004,
  password: 3006,
  has_trades: 3008,
  other_currency: 3010,
  maximum_amount: 4005,
  no_money: 10019,
  market_closed: 10018,
};

export function refusalText(refusal: Refusal): string {
  return retcodeText(refusalCode(refusal));
}

export function refusalCode({ reason }: Refusal): number {
  return CODES[reason];
}
