import { z } from 'zod';
import {
  groupsMax,
  levelsMax,
  type PartnerPlan,
  PlanInvalid,
  type PlanProblem,
  stepsMax,
  symbolsPerGroupMax,
} from './plan';
import { checkPartnerPlan } from './plan-check';
import { unpaidRules } from './standing';

/** At most 10 digits before and 6 after the point: products of them stay exact in PostgreSQL. */
const rate = z.string().regex(/^\d{1,10}(\.\d{1,6})?$/, 'a decimal in a string, such as "7.50"');
const percent = z
  .string()
  .regex(/^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/, 'a percentage in a string, such as "20"');
/** Of a rate: 140 is two fifths more. */
const share = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,4})?$/, 'a percentage of the rate in a string, such as "120"');
const amount = z.string().regex(/^\d{1,10}(\.\d{1,2})?$/, 'an amount in a string, such as "50.00"');
const byLevel = <T extends z.ZodType>(each: T) => z.array(each).max(levelsMax);
const seconds = z.number().int().min(0).max(31_536_000);

const group = z.strictObject({
  name: z.string().min(1).max(60),
  symbols: z
    .array(
      z.string().regex(/^([A-Za-z0-9._#&-]{1,31}\*?|\*)$/, 'a symbol, or its beginning and "*"'),
    )
    .min(1)
    .max(symbolsPerGroupMax),
  ratesPerLot: byLevel(rate).default([]),
  spreadPercents: byLevel(percent).default([]),
  revenuePercents: byLevel(percent).default([]),
  lotModifier: rate.default('1'),
  minMovePoints: z.number().int().min(0).max(1_000_000).nullable(),
});

const revenue = z.strictObject({
  swapPercent: percent.default('0'),
  costPercent: percent.default('0'),
  clientLosses: z.boolean().default(false),
});

const caps = z.strictObject({
  perDeal: amount.nullable().default(null),
  perClient: amount.nullable().default(null),
  perPeriod: amount.nullable().default(null),
  lifetimePercent: percent.nullable().default(null),
});

const tiers = z.strictObject({
  by: z.enum(['lots', 'active_clients']),
  of: z.enum(['own_clients', 'network']),
  mode: z.enum(['prospective', 'retroactive']).default('prospective'),
  steps: z
    .array(z.strictObject({ from: rate, percent: share }))
    .min(1)
    .max(stepsMax),
});

const cpa = z.strictObject({
  amounts: byLevel(amount).min(1),
  firstDepositMin: amount,
  firstDepositHours: z.number().int().min(1).max(720).default(24),
  depositMin: amount,
  lotsMin: rate,
  qualifyWithinDays: z.number().int().min(1).max(365).default(60),
});

const paidOn = z.strictObject({
  ofMonth: z.number().int().min(1).max(28).nullable().default(null),
  ofWeek: z.number().int().min(1).max(7).nullable().default(null),
});

const ending = z.strictObject({
  suspendedLinks: z.enum(['attribute', 'stop']).default('stop'),
  unpaid: z.enum(unpaidRules).default('pay'),
  below: z.enum(['parent', 'house']).default('parent'),
  accessDays: z.number().int().min(0).max(3_650).default(30),
});

const checks = z.strictObject({
  jumpTimes: rate.default('3'),
  jumpAmount: amount.nullable().default('1000.00'),
  unassignedLots: rate.nullable().default('0.01'),
  cappedAmount: amount.nullable().default('0.01'),
});

const bonusStep = z.strictObject({ fromLots: rate, perLot: rate });

/** The shape of a plan. What came later than the first plans has a default: they mean what they meant. */
const shape = z.strictObject({
  currency: z.string().regex(/^[A-Z0-9]{3,6}$/),
  payOn: z.enum(['open', 'close', 'half']),
  groups: z.array(group).min(1).max(groupsMax),
  minHoldSeconds: seconds.nullable(),
  hedged: z.enum(['all', 'larger_side']).default('all'),
  bonusMoney: z.enum(['full', 'own_share']).default('full'),
  spikeTimes: rate.nullable().default(null),
  negativeStopOut: z.enum(['paid', 'unpaid']).default('unpaid'),
  ownTrades: z.enum(['paid', 'unpaid']).default('unpaid'),
  revenue: revenue.prefault({}),
  override: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('difference') }),
    z.strictObject({ by: z.literal('fixed'), perLot: rate }),
    z.strictObject({ by: z.literal('percent_of_child'), percent }),
  ]),
  tiersMax: z.number().int().min(1).max(levelsMax),
  capAtRevenue: z.boolean(),
  caps: caps.prefault({}),
  tiers: tiers.nullable().default(null),
  cpa: cpa.nullable().default(null),
  rebates: z.enum(['first_day', 'after_cpa']).default('first_day'),
  volumeBonus: z.array(bonusStep).min(1).max(stepsMax).nullable().default(null),
  paidOn: paidOn.prefault({}),
  ending: ending.prefault({}),
  checks: checks.prefault({}),
  minimumPayout: amount,
  negativeCarryOver: z.boolean().default(true),
  clawBackDays: z.number().int().min(0).max(3_650).default(180),
  latenessMinutes: z.number().int().min(0).max(20_160),
});

/** The shape and the sense of a plan: every error names its field. */
export const partnerPlanSchema = shape.superRefine((plan, context) => {
  for (const { pointer, detail, severity } of checkPartnerPlan(plan)) {
    if (severity === 'warning') continue;
    context.addIssue({
      code: 'custom',
      path: pointer
        .slice(1)
        .split('/')
        .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      message: detail,
    });
  }
});

/** A plan as it is written down: what has a default may be left out. */
export type WrittenPlan = z.input<typeof partnerPlanSchema>;

/** Reads a plan from outside. Throws PlanInvalid with every error found. */
export function parsePartnerPlan(value: unknown): PartnerPlan {
  const parsed = partnerPlanSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PlanInvalid(
    parsed.error.issues.map((issue): PlanProblem => ({
      pointer: `/${issue.path.map(String).join('/')}`,
      detail: issue.message,
      severity: 'error',
    })),
  );
}
