import { z } from 'zod';
import { SettleFault } from './settle-fault';

const decimal = z.string().regex(/^-?\d{1,30}(\.\d{1,60})?$/, 'a decimal in a string');
const maybe = z.string().nullable();

/** A line as \`settle --json\` prints it, as far as the next period looks at it. */
const line = z.looseObject({
  event: z.enum(['open', 'close', 'period', 'adjustment']),
  component: z.enum(['per_lot', 'spread', 'revenue', 'cpa', 'volume_bonus']),
  partner: z.string(),
  client: maybe,
  server: maybe,
  login: maybe,
  position: maybe,
  tickets: z.array(z.string().regex(/^\d{1,18}$/)).max(2),
  symbol: maybe,
  lots: decimal,
  tier: z.number().int().min(1).max(10),
  sourcePartner: z.string(),
  plan: z.string(),
  rate: z.string(),
  rateCurrency: z.string(),
  conversion: z.string(),
  amount: decimal,
  closedAt: z.iso.datetime(),
});

const conversion = z.strictObject({ from: z.string(), rate: decimal, source: z.string() });

/** What \`settle --json\` prints. */
const previousSchema = z.looseObject({
  planSet: z.string(),
  period: z.string(),
  currency: z.string(),
  rates: z.array(conversion).max(500),
  lines: z.array(line),
  closing: z.strictObject({
    carried: z.array(z.strictObject({ partner: z.string(), amount: decimal })),
    qualified: z.array(z.strictObject({ client: z.string(), at: z.iso.datetime() })),
    clients: z.array(z.strictObject({ client: z.string(), revenue: decimal, paid: decimal })),
    before: z.strictObject({
      qualified: z.array(z.strictObject({ client: z.string(), at: z.iso.datetime() })),
      clients: z.array(z.strictObject({ client: z.string(), revenue: decimal, paid: decimal })),
    }),
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
  const parsed = previousSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new SettleFault(file, `/${path.join('/')}`, path.at(-1) ?? 'file', issue?.message ?? '');
}
