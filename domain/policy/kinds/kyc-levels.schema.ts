import { z } from 'zod';
import { isCurrency } from '../../money';
import { currency, limitRates, money } from '../fields.schema';
import { limitPeriods } from './kyc-limits';

/** A level that a row gives; nobody needs a row for none. */
export const levelGiven = z.strictObject({ level: z.number().int().min(1).max(3) });

/** What the levels are called. */
export const levelParameters = z.strictObject({
  names: z
    .array(
      z.strictObject({
        level: z.number().int().min(0).max(3),
        name: z.string().min(1).max(80).meta({ description: 'as the client reads it' }),
      }),
    )
    .max(4)
    .refine(
      (names) => new Set(names.map(({ level }) => level)).size === names.length,
      'a level has two names',
    )
    .exactOptional(),
});

const limitMoney = money
  .refine((text) => !text.startsWith('-'), 'not below zero')
  .meta({ format: 'decimal', description: 'in its currency, else in the reference currency' });
const known = currency.refine(isCurrency, 'is no currency that money is kept in');
const only = known
  .exactOptional()
  .meta({ description: 'counts what moves in it alone; empty: all currencies together' });

function sumLimit<Limit extends string>(limit: Limit) {
  return z.strictObject({
    limit: z.literal(limit),
    max: limitMoney,
    currency: only,
    period: z
      .enum(limitPeriods)
      .exactOptional()
      .meta({ description: 'within so long; empty: since the client’s beginning' }),
  });
}

/** One thing that a row limits. */
export const limitSet = z.discriminatedUnion('limit', [
  sumLimit('deposit'),
  sumLimit('withdrawal'),
  sumLimit('trading'),
  z.strictObject({ limit: z.literal('balance'), max: limitMoney, currency: only }),
  z.strictObject({
    limit: z.literal('accounts'),
    most: z.number().int().min(0).max(100).meta({ description: 'live accounts at a time' }),
  }),
  z.strictObject({ limit: z.literal('leverage'), leverage: z.number().int().min(1).max(5000) }),
]);

export const limitParameters = z.strictObject({
  referenceCurrency: known,
  limitRates: limitRates.exactOptional(),
});
