import { z } from 'zod';
import { InvalidAmount, isCurrency, parseAmount } from '../../domain/money';
import { parsePeriod } from '../../domain/partners/period';
import { Problem } from '../../domain/problem';
import { SettleFault } from './settle-fault';

const decimal = z.string().regex(/^-?\d{1,30}(\.\d{1,60})?$/, 'a decimal in a string');
const maybe = z.string().max(200).nullable();
const whole = z.string().regex(/^-?\d{1,38}$/, 'a whole number in a string');
const time = z.iso.datetime().regex(/^[12]/, 'a time after the year 1000');
const conversionRate = z
  .string()
  .regex(/^(\d{1,30}(\.\d{1,60})?)?$/, 'a decimal in a string, or empty');

/** What stands twice would count twice. */
const once =
  <T>(keyOf: (each: T) => string) =>
  (all: readonly T[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [at, each] of all.entries()) {
      if (seen.has(keyOf(each)))
        context.addIssue({ code: 'custom', path: [at], message: `${keyOf(each)} stands twice` });
      seen.add(keyOf(each));
    }
  };

/** A line as \`settle --json\` prints it, as far as the next period looks at it. */
const line = z.looseObject({
  event: z.enum(['open', 'close', 'period', 'adjustment']),
  component: z.enum(['per_lot', 'spread', 'revenue', 'cpa', 'volume_bonus']),
  partner: z.string(),
  client: maybe,
  server: maybe,
  login: maybe,
  position: z
    .string()
    .regex(/^\d{1,18}$/)
    .nullable(),
  tickets: z.array(z.string().regex(/^\d{1,18}$/)).max(2),
  symbol: maybe,
  lots: z.string().regex(/^\d{1,20}(\.\d{1,8})?$/, 'lots in a string'),
  tier: z.number().int().min(1).max(10),
  sourcePartner: z.string(),
  plan: z.string(),
  rate: z.string(),
  rateCurrency: z.string(),
  conversion: conversionRate,
  amount: decimal,
  closedAt: time,
});

const conversion = z.strictObject({
  from: z.string().refine(isCurrency, 'is not a currency known here'),
  rate: decimal.refine((rate) => /[1-9]/.test(rate) && !rate.startsWith('-'), 'is not above zero'),
  source: z.string(),
});

const closing = {
  qualified: z
    .array(z.strictObject({ client: z.string(), at: time }))
    .superRefine(once(({ client }) => client)),
  clients: z
    .array(z.strictObject({ client: z.string(), revenue: decimal, paid: whole }))
    .superRefine(once(({ client }) => client)),
};

/** What `settle --json` prints. */
const previousSchema = z.looseObject({
  planSet: z.string(),
  period: z.string(),
  currency: z.string(),
  rates: z
    .array(conversion)
    .max(500)
    .superRefine(once(({ from }) => from)),
  lines: z.array(line),
  closing: z.strictObject({
    carried: z
      .array(z.strictObject({ partner: z.string(), amount: decimal }))
      .superRefine(once(({ partner }) => partner)),
    ...closing,
    before: z.strictObject(closing),
  }),
});

export type PreviousRun = z.infer<typeof previousSchema>;
export type PreviousLine = PreviousRun['lines'][number];

/** Reads the answer of the run before. Throws SettleFault. */
export function readPreviousRun(file: string, text: string): PreviousRun {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SettleFault(file, '/', 'file', 'is not JSON');
  }
  // PostgreSQL keeps neither NUL nor half a character.
  if (/[^\\]\\u(0000|d[89a-f])/.test(JSON.stringify(value)))
    throw new SettleFault(file, '/', 'file', 'has a character that cannot be kept');
  const parsed = previousSchema.safeParse(value);
  if (parsed.success) {
    checkAmounts(file, parsed.data);
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new SettleFault(file, `/${path.join('/')}`, path.at(-1) ?? 'file', issue?.message ?? '');
}

function checkAmounts(file: string, run: PreviousRun): void {
  const { currency, period } = run;
  if (!isCurrency(currency))
    throw new SettleFault(file, '/currency', 'currency', 'is not a currency known here');
  try {
    parsePeriod(period);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new SettleFault(file, '/period', 'period', 'is not a month, a week or a day');
  }
  const check = (place: string, amount: string) => {
    try {
      parseAmount(amount, currency);
    } catch (error) {
      if (!(error instanceof InvalidAmount)) throw error;
      throw new SettleFault(file, place, 'amount', `is not an amount in ${currency}`);
    }
  };
  for (const [at, { amount }] of run.lines.entries()) check(`/lines/${at}/amount`, amount);
  for (const [at, { amount }] of run.closing.carried.entries())
    check(`/closing/carried/${at}/amount`, amount);
}
