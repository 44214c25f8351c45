import { type RefusalCode } from '../../../domain/trading/outcome';

/** What a return code says about a write. */
export type RetcodeVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly code: RefusalCode }
  | { readonly kind: 'unknown' };

/** The only codes after which a write certainly did nothing. */
const refusals: ReadonlyMap<number, RefusalCode> = new Map<number, RefusalCode>([
  [3, 'INVALID_PARAMETERS'],
  [8, 'PERMISSION_DENIED'],
  [13, 'NOT_FOUND'],
  [3002, 'LOGIN_RANGE_EXHAUSTED'],
  [3004, 'ALREADY_EXISTS'],
  [3006, 'PASSWORD_REJECTED'],
  [3007, 'USERS_LIMIT'],
  [3008, 'HAS_TRADES'],
  [3009, 'OTHER_SERVER'],
  [3010, 'OTHER_CURRENCY'],
  [4005, 'MAXIMUM_AMOUNT'],
  [10019, 'NOT_ENOUGH_MONEY'],
]);

/**
 * Classifies the return code of a write. What is not listed is unknown, 1 ("nothing to do"),
 * 12 ("too frequent") and 17 ("duplicate") too: a wrong "refused" pays twice, a wrong "unknown"
 * costs one look.
 */
export function classifyRetcode(code: number): RetcodeVerdict {
  if (code === 0) return { kind: 'done' };
  const refusal = refusals.get(code);
  if (refusal !== undefined) return { kind: 'refused', code: refusal };
  if (code >= 3000 && code <= 3999) return { kind: 'refused', code: 'PLATFORM_REFUSED' };
  return { kind: 'unknown' };
}

/** Our own words for a return code: what a server writes there may hold anything. */
export function describeRetcode(code: number): string {
  return `${names.get(code) ?? 'not a known return code'} (MT5 ${code})`;
}

const names: ReadonlyMap<number, string> = new Map([
  [0, 'done'],
  [1, 'nothing to do'],
  [2, 'error'],
  [3, 'invalid parameters'],
  [7, 'network error'],
  [8, 'not enough permissions'],
  [9, 'timed out'],
  [10, 'no connection'],
  [12, 'too frequent requests'],
  [13, 'not found'],
  [17, 'duplicate'],
  [1001, "invalid manager's account"],
  [1002, "manager's account disabled"],
  [1010, 'client too old'],
  [1012, 'address not allowed'],
  [1018, 'server busy'],
  [3002, 'log-in range exhausted'],
  [3004, 'log-in exists'],
  [3006, 'password refused'],
  [3007, 'limit of users reached'],
  [3008, 'log-in has trades'],
  [3009, 'log-in of another server'],
  [3010, 'group has another currency'],
  [4005, 'over the maximum amount'],
  [10019, 'not enough money'],
  [12001, 'not the main server'],
  [12004, 'locked'],
]);
