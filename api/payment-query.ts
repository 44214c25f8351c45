import { z } from 'zod';
import { InvalidAmount, parseAmount } from '../domain/money';
import { paymentRails, rails } from '../domain/payments/rails';
import { malformed } from '../domain/problem';
import { paymentKinds, paymentStates, type PaymentsFilter } from '../db/payments';
import { endOf, moment, startOf } from './period';
import { currency, entityId, idOf, line } from './schemas';

const allStates = [
  ...new Set([
    ...paymentStates.deposit,
    ...paymentStates.withdrawal,
    ...paymentStates.transfer,
    ...paymentStates.exchange,
  ]),
] as const;

const amount = z
  .string()
  .regex(/^\d{1,20}(\.\d{1,18})?$/, 'is not a decimal amount such as 12.34')
  .meta({ example: '100.00' });

/** What payments can be filtered by, the same on the page, in the API, in a file and in a saved filter. */
export const paymentQuery = {
  kind: z.enum(paymentKinds).optional(),
  state: z.enum(allStates).optional(),
  entityId: entityId.optional(),
  clientId: idOf('client').optional(),
  currency: currency.optional(),
  provider: z
    .enum(paymentRails)
    .optional()
    .meta({ description: 'Who takes it now, or takes a part of it.', example: 'stripe' }),
  rail: z
    .enum(rails)
    .optional()
    .meta({ description: 'The way of paying; of a withdrawal that of any part.', example: 'card' }),
  amountFrom: amount.optional().meta({ description: 'At least; needs `currency`.' }),
  amountTo: amount.optional().meta({ description: 'At most; needs `currency`.' }),
  from: moment
    .optional()
    .meta({ description: 'A day in UTC, or an instant.', example: '2026-11-01' }),
  to: moment.optional().meta({
    description: 'A day, which belongs to the range, or an instant, which does not.',
    example: '2026-11-30',
  }),
  times: z
    .enum(['asked', 'ended'])
    .optional()
    .meta({ description: 'What `from` and `to` are about: when it was asked for, unless said.' }),
  needsPerson: z
    .enum(['yes'])
    .optional()
    .meta({ description: 'Only what waits for a person to decide.' }),
  reference: line(120)
    .optional()
    .meta({ description: 'Its id, its number at a provider, or its ticket at a server; exactly.' }),
};

export type PaymentQuery = z.output<z.ZodObject<typeof paymentQuery>>;

/** Throws 400 for filters that do not go together. */
export function paymentFilterOf(query: PaymentQuery): PaymentsFilter {
  const { amountFrom, amountTo, from, to, needsPerson, ...rest } = query;
  assertStateOfKind(rest);
  return {
    ...rest,
    amountFromMinor: minorOf('amountFrom', amountFrom, query.currency),
    amountToMinor: minorOf('amountTo', amountTo, query.currency),
    from: from === undefined ? undefined : startOf(from),
    to: to === undefined ? undefined : endOf(to),
    needsPerson: needsPerson && true,
  };
}

function assertStateOfKind({ kind, state }: Pick<PaymentQuery, 'kind' | 'state'>): void {
  if (kind === undefined || state === undefined) return;
  const known: readonly string[] = paymentStates[kind];
  if (known.includes(state)) return;
  throw malformed(`A ${kind} has no state “${state}”.`, [
    { pointer: '/query/state', detail: `is one of ${known.join(', ')}` },
  ]);
}

function minorOf(
  name: string,
  text: string | undefined,
  of: string | undefined,
): bigint | undefined {
  if (text === undefined) return undefined;
  const refuse = (detail: string) =>
    malformed('An amount is looked for in its currency.', [{ pointer: `/query/${name}`, detail }]);
  if (of === undefined) throw refuse('needs a currency');
  try {
    return parseAmount(text, of);
  } catch (error) {
    if (error instanceof InvalidAmount) throw refuse(error.message);
    throw error;
  }
}
