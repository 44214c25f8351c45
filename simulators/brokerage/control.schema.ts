import { z } from 'zod';
import { parseMinor } from './amounts';
import { FAULT_KINDS, type FaultKind } from './faults';
import { HOURS } from './records';
import { Refusal } from './refusal';

/** Bodies of the control port. Unknown keys are refused: a fault with a misspelt field would silently not strike. */
const kinds = Object.keys(FAULT_KINDS) as [FaultKind, ...FaultKind[]];
const login = z.int().positive();
const amount = z.union([z.string(), z.number()]);
const lots = z.union([z.string().regex(/^\d+(\.\d{1,4})?$/), z.number().positive()]);
/** A number is seconds of server time, a string an ISO instant with its zone. */
const instant = z.union([z.int(), z.iso.datetime({ offset: true })]);
const durationMs = z.int().min(0).max(86_400_000);

export const faultBody = z.strictObject({
  kind: z.enum(kinds),
  command: z.string().min(1).optional(),
  login: login.optional(),
  times: z.union([z.int().min(0), z.literal('forever')]).optional(),
  ms: durationMs.optional(),
  chars: z.int().min(0).max(31).optional(),
  retcode: z.int().min(1).optional(),
  code: z.string().optional(),
  outcome: z.enum(['timeout', 'not-started', 'unknown', 'in-progress']).optional(),
  applied: z.boolean().optional(),
  seconds: z.int().min(-86_400).max(86_400).optional(),
});

export const rangeBody = z
  .strictObject({
    group: z.string().nullish(),
    from: login,
    to: login,
  })
  .refine(({ from, to }) => to - from < 10_000_000, { error: 'a range holds 10 million at most' });

export const tradeBody = z.strictObject({
  login,
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  volume: lots,
  holdSeconds: z.number().positive().optional(),
  openAt: instant.optional(),
  closeAt: instant.optional(),
  comment: z.string().default(''),
});

/** The password in the spelling in which the platform's wire sends it. */
export const passwordBody = z.strictObject({ login, password: z.string().min(1).max(200) });

export const closeBody = z.strictObject({ position: z.int().positive(), lots: lots.optional() });

export const reverseBody = z.strictObject({ position: z.int().positive(), lots });

export const backfillBody = z.strictObject({
  login: login.optional(),
  logins: z.array(login).max(10_000).default([]),
  from: instant,
  to: instant,
  trades: z.int().min(1).max(20_000),
  seed: z.int().default(1),
});

export const botsBody = z.strictObject({ logins: z.array(login).min(1), on: z.boolean() });

export const balanceBody = z.strictObject({
  login,
  amount,
  comment: z.string().default(''),
  type: z.int().min(2).max(6).default(2),
});

export const tamperBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('balance'), login, amount }),
  z.strictObject({ kind: z.literal('delete_deal'), ticket: z.int().positive() }),
  z.strictObject({
    kind: z.literal('edit_deal'),
    ticket: z.int().positive(),
    profit: amount.optional(),
    commission: amount.optional(),
    lots: lots.optional(),
    comment: z.string().optional(),
    /** What the account holds is edited too, so that balance and history still agree. */
    balanceFollows: z.boolean().default(false),
  }),
]);

/** All symbols unless one is named. */
export const hoursBody = z.strictObject({ symbol: z.string().optional(), hours: z.enum(HOURS) });

export const marginBody = z.strictObject({ symbol: z.string(), rate: z.number().positive() });

/** The trading day that ends; all log-ins unless one is named. */
export const rolloverBody = z.strictObject({
  day: z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']),
  login: login.optional(),
});

export const cancelBody = z.strictObject({ ticket: z.int().positive() });

/** Lots of a body in the book's 1/10,000 lot. */
export function volumeOf(lots: number | string): number {
  return Math.round(Number(lots) * 10_000);
}

/** An amount of a body in minor units. */
export function minorOf(given: number | string): bigint {
  const minor = parseMinor(String(given));
  if (minor === null) throw new Refusal('parameters');
  return minor;
}
