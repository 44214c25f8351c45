import { type Refused, type RefusalCode, type Unknown } from '../../../domain/trading/outcome';
import { notSent, unknown } from '../outcomes';
import { type BridgeError } from './wire';

/** Results of MT4's manager interface by number, with their names there. */
const names: ReadonlyMap<number, string> = new Map([
  [0, 'OK'],
  [1, 'OK_NONE'],
  [2, 'ERROR'],
  [3, 'INVALID_DATA'],
  [4, 'TECH_PROBLEM'],
  [5, 'OLD_VERSION'],
  [6, 'NO_CONNECT'],
  [7, 'NOT_ENOUGH_RIGHTS'],
  [8, 'TOO_FREQUENT'],
  [9, 'MALFUNCTION'],
  [64, 'ACCOUNT_DISABLED'],
  [65, 'BAD_ACCOUNT_INFO'],
  [128, 'TRADE_TIMEOUT'],
  [129, 'TRADE_BAD_PRICES'],
  [130, 'TRADE_BAD_STOPS'],
  [131, 'TRADE_BAD_VOLUME'],
  [132, 'TRADE_MARKET_CLOSED'],
  [133, 'TRADE_DISABLE'],
  [134, 'TRADE_NO_MONEY'],
  [137, 'TRADE_BROKER_BUSY'],
  [139, 'TRADE_ORDER_LOCKED'],
  [141, 'TRADE_TOO_MANY_REQ'],
]);
const numbers = new Map([...names].map(([number, name]) => [plain(name), number]));

/** The number of a result, which the bridge gives by name (`TradeNoMoney`, `RET_TRADE_NO_MONEY`) or number. */
export function resultOf(managerCode: string | number | null): number | null {
  if (managerCode === null) return null;
  if (typeof managerCode === 'number') return managerCode;
  if (/^\d{1,6}$/.test(managerCode)) return Number(managerCode);
  return numbers.get(plain(managerCode)) ?? null;
}

function plain(name: string): string {
  return name
    .replace(/^RET_?/i, '')
    .replaceAll('_', '')
    .toLowerCase();
}

/** The only results after which a write certainly did nothing. */
const refusals: ReadonlyMap<number, RefusalCode> = new Map<number, RefusalCode>([
  [3, 'INVALID_PARAMETERS'],
  [7, 'PERMISSION_DENIED'],
  [64, 'PERMISSION_DENIED'],
  [65, 'NOT_FOUND'],
  [129, 'INVALID_PARAMETERS'],
  [130, 'INVALID_PARAMETERS'],
  [131, 'INVALID_PARAMETERS'],
  [133, 'PERMISSION_DENIED'],
  [134, 'NOT_ENOUGH_MONEY'],
]);

/** Results of a read that say "not now", and not "no". */
const passing: ReadonlySet<number> = new Set([2, 4, 6, 8, 9, 128, 137, 139, 141]);

export function passes(error: BridgeError): boolean {
  const result = resultOf(error.managerCode);
  return error.code === 'MT4Error' && (result === null || passing.has(result));
}

/** Our own words for a failure: what a server writes there may hold anything. */
export function describe(error: BridgeError): string {
  const result = resultOf(error.managerCode);
  const code = /^[A-Za-z0-9]{1,32}$/.test(error.code) ? error.code : 'unknown code';
  if (result === null) return `the bridge says ${code}`;
  const name = names.get(result)?.toLowerCase().replaceAll('_', ' ') ?? 'not a known result';
  return `${name} (MT4 ${result})`;
}

/** What the answer to a write says: only listed codes are a refusal, everything else is unknown. */
export function classifyFailure(error: BridgeError, outcome: string | null): Refused | Unknown {
  const result = resultOf(error.managerCode);
  const reason = describe(error);
  // The header is the only word on what has happened, whatever the code beside it.
  if (outcome === 'not-started') return notSent('SERVER_UNAVAILABLE', reason);
  if (outcome !== null) return unknown(`${reason}, outcome ${tame(outcome)}`, result);
  const code = codeOf(error, result);
  return code === null
    ? unknown(reason, result)
    : { kind: 'refused', code, reason, platformCode: result, notSent: false };
}

function codeOf(error: BridgeError, result: number | null): RefusalCode | null {
  switch (error.code) {
    case 'Validation':
      return 'INVALID_PARAMETERS';
    case 'Forbidden':
      return 'PERMISSION_DENIED';
    case 'NotFound':
      return 'NOT_FOUND';
    case 'MT4Error':
      return result === null ? null : (refusals.get(result) ?? null);
    default:
      return null;
  }
}

function tame(outcome: string): string {
  return /^[a-z-]{1,32}$/.test(outcome) ? outcome : 'not known';
}
