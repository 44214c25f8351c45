import { randomBytes } from 'node:crypto';
import { type Refusal, type RefusalReason } from '../brokerage/refusal';

export type Outcome = 'timeout' | 'not-started' | 'unknown' | 'in-progress';

export interface Paging {
  nextCursor: string | null;
  hasMore: boolean;
}

/** What a call answers, always with HTTP 200. `outcome` goes into `X-Request-Outcome`. */
export interface Answer {
  data: unknown;
  error: { code: string; managerCode: string | number | null; message: string } | null;
  paging: Paging | null;
  outcome: Outcome | null;
}

export function answered(data: unknown, paging: Paging | null = null): Answer {
  return { data, error: null, paging, outcome: null };
}

export function failed(
  code: string,
  message: string,
  more: { managerCode?: string | number | null; outcome?: Outcome | null } = {},
): Answer {
  const { managerCode = null, outcome = null } = more;
  return { data: null, error: { code, managerCode, message }, paging: null, outcome };
}

/** The envelope on the wire. */
export function envelope(answer: Answer): string {
  const { data, error, paging } = answer;
  const activityId = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  return JSON.stringify({ data, error, meta: { activityId, paging } });
}

/** Results of the MT4 manager interface by their names in the bridge; a number without a name stays a number. */
const RESULTS = new Map<number, string>([
  [1, 'OkNone'],
  [2, 'Error'],
  [3, 'InvalidData'],
  [4, 'TechProblem'],
  [6, 'NoConnect'],
  [7, 'NotEnoughRights'],
  [8, 'TooFrequent'],
  [9, 'Malfunction'],
  [64, 'AccountDisabled'],
  [65, 'BadAccountInfo'],
  [128, 'TradeTimeout'],
  [132, 'TradeMarketClosed'],
  [133, 'TradeDisable'],
  [134, 'TradeNoMoney'],
  [137, 'TradeBrokerBusy'],
  [141, 'TradeTooManyReq'],
]);

export function managerCode(result: number): string | number {
  return RESULTS.get(result) ?? result;
}

/** MT4 has few results: most of what it does not like is "invalid data". */
const CODES: Record<RefusalReason, number> = {
  parameters: 3,
  permissions: 7,
  not_found: 65,
  logins_exhausted: 3,
  exists: 3,
  password: 3,
  has_trades: 3,
  other_currency: 3,
  maximum_amount: 3,
  no_money: 134,
  market_closed: 132,
};

/** How the bridge tells of a refusal of the trade server. */
export function refusalAnswer(refusal: Refusal): Answer {
  return failed('MT4Error', refusal.message, { managerCode: refusalCode(refusal) });
}

export function refusalCode({ reason }: Refusal): string | number {
  return managerCode(CODES[reason]);
}

/** What the bridge finds wrong before it asks the trade server. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
}

/** There is no such record. */
export class Missing extends Error {
  override readonly name = 'Missing';
}
