import { z } from 'zod';
import {
  checkPartnerPlan,
  groupsMax,
  levelsMax,
  type PartnerPlan,
  PlanInvalid,
  type PlanProblem,
  symbolsPerGroupMax,
} from './plan';

/** At most 10 digits before and 6 after the point: products of them stay exact in PostgreSQL. */
const rate = z.string().regex(/^\d{1,10}(\.\d{1,6})?$/, 'a decimal in a string, such as "7.50"');
const percent = z
  .string()
  .regex(/^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/, 'a percentage in a string, such as "20"');

const group = z.strictObject({
  name: z.string().min(1).max(60),
  symbols: z
    .array(
      z.string().regex(/^([A-Za-z0-9._#&-]{1,31}\*?|\*)$/, 'a symbol, or its beginning and "*"'),
    )
    .min(1)
    .max(symbolsPerGroupMax),
  ratesPerLot: z.array(rate).min(1).max(levelsMax),
  minMovePoints: z.number().int().min(0).max(1_000_000).nullable(),
});

export const partnerPlanSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z0-9]{3,6}$/),
  payOn: z.literal('close'),
  groups: z.array(group).min(1).max(groupsMax),
  minHoldSeconds: z.number().int().min(0).max(31_536_000).nullable(),
  override: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('difference') }),
    z.strictObject({ by: z.literal('fixed'), perLot: rate }),
    z.strictObject({ by: z.literal('percent_of_child'), percent }),
  ]),
  tiersMax: z.number().int().min(1).max(levelsMax),
  capAtRevenue: z.boolean(),
  minimumPayout: z
    .string()
    .regex(/^\d{1,10}(\.\d{1,2})?$/, 'an amount in a string, such as "50.00"'),
  latenessMinutes: z.number().int().min(0).max(20_160),
});

/** Reads a plan from outside. Throws PlanInvalid with every error found. */
export function parsePartnerPlan(value: unknown): PartnerPlan {
  const parsed = partnerPlanSchema.safeParse(value);
  if (!parsed.success) {
    throw new PlanInvalid(
      parsed.error.issues.map((issue): PlanProblem => ({
        pointer: `/${issue.path.map(String).join('/')}`,
        detail: issue.message,
        severity: 'error',
      })),
    );
  }
  const errors = checkPartnerPlan(parsed.data).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new PlanInvalid(errors);
  return parsed.data;
}
