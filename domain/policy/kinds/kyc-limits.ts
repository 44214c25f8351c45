import { type LimitRate } from '../../payments/limit-rates';
import { compareDecimals, isDecimal, type FactDefinition, type Facts } from '../fact';
import { type KindDefinition, type RuleHit } from '../kind';
import { clientCategories, riskLevels } from './kyc-approval';

/** How far back the sum of a limit goes; without one, to the client's beginning. */
export const limitPeriods = ['24h', '7d', '30d', '365d'] as const;
export type LimitPeriod = (typeof limitPeriods)[number];

/** Sums of money that a level limits. `trading`: what went to trading accounts, less what came back. */
export const limitedSums = ['deposit', 'withdrawal', 'trading'] as const;
export type LimitedSum = (typeof limitedSums)[number];

export type KycLimitsThen =
  | {
      readonly limit: LimitedSum;
      /** Decimal string, in `currency`, else in the policy's reference currency. */
      readonly max: string;
      /** What moves in this currency alone; all currencies together without one. */
      readonly currency?: string;
      readonly period?: LimitPeriod;
    }
  /** What may stand in the client's wallets after a deposit. */
  | { readonly limit: 'balance'; readonly max: string; readonly currency?: string }
  /** Live trading accounts at a time. */
  | { readonly limit: 'accounts'; readonly most: number }
  /** The highest leverage, below what `account.leverage` gives. */
  | { readonly limit: 'leverage'; readonly leverage: number };

export interface KycLimitsParameters {
  readonly referenceCurrency: string;
  /** What other currencies count for in it; what has no rate is not known, and is not within a limit. */
  readonly limitRates?: readonly LimitRate[];
}

/** What is asked for: `look` asks only what the limits are. */
export const limitedMovements = [...limitedSums, 'account', 'look'] as const;

/** A limit with the row that sets it. */
export type AppliedLimit = KycLimitsThen & {
  readonly rule: string;
  readonly title: string;
  readonly reason: string;
  readonly source: string;
  readonly layer: string;
};

export interface KycLimitsOutcome {
  /** `above`: what is asked for passes a limit; `review`: it is not known whether it does. */
  readonly decision: 'within' | 'above' | 'review';
  readonly limits: readonly AppliedLimit[];
  /** Ids of the rows whose limit is passed, or may be. */
  readonly passed: readonly string[];
  readonly reasons: readonly string[];
}

const reference = 'reference currency';
const sum = (label: string, unit?: string): FactDefinition => ({
  ...{ label, type: 'money', source: 'payments and transfers, this one included' },
  ...(unit === undefined ? {} : { unit }),
});

/** The fact in which the sum of a limit stands. */
export function sumFact({
  currency,
  period,
}: {
  readonly currency?: string | undefined;
  readonly period?: LimitPeriod | undefined;
}): string {
  const over = period === undefined ? 'ever' : period;
  return currency === undefined ? `sum.${over}` : `sum.own.${over}`;
}

const periodWords = { '24h': '24 hours', '7d': '7 days', '30d': '30 days', '365d': '365 days' };

const sums = Object.fromEntries(
  [undefined, ...limitPeriods].flatMap((period) => {
    const words = period === undefined ? 'in all' : `in ${periodWords[period]}`;
    return [
      [sumFact({ period }), sum(`moved so ${words}`, reference)],
      [sumFact({ period, currency: 'own' }), sum(`moved so ${words}, in its currency`)],
    ];
  }),
);

/**
 * Says what a client may do by their level, and whether what they ask for is within it. Every row that holds counts, and
 * one whose facts are not known counts, too: the strictest limit is always meant.
 */
export const kycLimits: KindDefinition<KycLimitsThen, KycLimitsOutcome, KycLimitsParameters> = {
  kind: 'kyc.limits',
  title: 'Limits by level',
  hitPolicy: 'all',
  facts: {
    'client.level': { label: 'level of verification', type: 'number', source: 'kyc.levels' },
    'client.verified': { label: 'verified', type: 'boolean', source: 'KYC case' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'risk.level': { label: 'risk level', type: 'text', values: riskLevels, source: 'kyc.risk' },
    'movement.kind': {
      label: 'what is asked for',
      type: 'text',
      values: limitedMovements,
      source: 'request',
    },
    'movement.currency': { label: 'currency', type: 'currency', source: 'request' },
    ...sums,
    'balance.after': sum('in the wallets afterwards', reference),
    'balance.own.after': sum('in the wallet of its currency afterwards'),
    'accounts.after': {
      label: 'live accounts, this one included',
      type: 'number',
      source: 'trading accounts',
    },
  },
  required: ['client.level', 'movement.kind'],
  conclude: ({ hits, undecided, errors, facts }) => {
    const limits = [...hits, ...undecided].map(appliedLimit);
    const stands = limits.map((limit) => ({ limit, state: stateOf(limit, facts) }));
    const passed = stands.filter(({ state }) => state === 'above');
    const unknown = stands.filter(({ state }) => state === 'unknown');
    const isUnknown = unknown.length > 0 || errors.length > 0;
    const decision = passed.length > 0 ? 'above' : isUnknown ? 'review' : 'within';
    const named = passed.length > 0 ? passed : unknown;
    return {
      decision,
      limits,
      passed: named.map(({ limit }) => limit.rule),
      reasons: [
        ...new Set([
          ...named.map(({ limit }) => limit.reason),
          ...(errors.length > 0 ? ['POLICY_ERROR'] : []),
          ...(unknown.length > 0 ? ['DATA_MISSING'] : []),
        ]),
      ],
    };
  },
};

function appliedLimit({
  ruleId: rule,
  title,
  reason,
  source,
  layer,
  then,
}: RuleHit<KycLimitsThen>): AppliedLimit {
  return { ...then, rule, title, reason, source, layer };
}

/** Where what is asked for stands to a limit; `free` of one that it does not touch. */
function stateOf(limit: AppliedLimit, facts: Facts): 'free' | 'within' | 'above' | 'unknown' {
  const movement = facts['movement.kind'];
  switch (limit.limit) {
    case 'deposit':
    case 'withdrawal':
    case 'trading':
      if (movement !== limit.limit || isOtherCurrency(limit, facts)) return 'free';
      return against(facts[sumFact(limit)], limit.max);
    case 'balance':
      if (movement !== 'deposit' || isOtherCurrency(limit, facts)) return 'free';
      return against(
        facts[limit.currency === undefined ? 'balance.after' : 'balance.own.after'],
        limit.max,
      );
    case 'accounts': {
      if (movement !== 'account') return 'free';
      const after = facts['accounts.after'];
      if (typeof after !== 'number') return 'unknown';
      return after > limit.most ? 'above' : 'within';
    }
    // Leverage is given within the limit, never refused for it.
    case 'leverage':
      return 'free';
  }
}

function isOtherCurrency({ currency }: { readonly currency?: string }, facts: Facts): boolean {
  return currency !== undefined && facts['movement.currency'] !== currency;
}

function against(value: unknown, max: string): 'within' | 'above' | 'unknown' {
  if (typeof value !== 'string' || !isDecimal(value)) return 'unknown';
  return compareDecimals(value, max) > 0 ? 'above' : 'within';
}

/** The leverage that the limits leave. */
export function leverageWithin(leverage: number, limits: readonly AppliedLimit[]): number {
  return limits.reduce(
    (least, each) => (each.limit === 'leverage' ? Math.min(least, each.leverage) : least),
    leverage,
  );
}
