import { z } from 'zod';
import { paymentRails } from '../../payments/rails';
import { retryDecisions } from '../../payments/retry';
import { percent } from '../fields.schema';

/** A list in order: choices to tick would lose it, so names are written and checked. */
const providers = z
  .array(z.string().refine(isProvider, `is none of ${paymentRails.join(', ')}`))
  .min(1)
  .max(paymentRails.length);

function isProvider(text: string): boolean {
  return paymentRails.some((name) => name === text);
}

const only = { only: z.boolean().exactOptional() };

export const route = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('one'), provider: z.enum(paymentRails), ...only }),
  z.strictObject({ decision: z.literal('priority'), providers, ...only }),
  z.strictObject({
    decision: z.literal('split'),
    shares: z
      .array(
        z.strictObject({
          provider: z.enum(paymentRails),
          percent: z.number().min(0.01).max(100),
        }),
      )
      .min(1)
      .max(20)
      .refine(
        (shares) => Math.abs(shares.reduce((sum, { percent }) => sum + percent, 0) - 100) < 0.001,
        'the shares must come to 100 percent',
      ),
    ...only,
  }),
  z.strictObject({ decision: z.literal('default') }),
  z.strictObject({ decision: z.literal('none') }),
]);

export const routes = z.strictObject({
  fallback: providers,
  retry: z
    .array(
      z.strictObject({
        provider: z.enum(['*', ...paymentRails]),
        code: z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/, 'a code as the provider tells it'),
        decision: z.enum(retryDecisions),
      }),
    )
    .max(200),
  health: z.strictObject({
    windowMinutes: z.number().int().min(1).max(1440),
    failuresMin: z.number().int().min(1).max(1000),
    failurePercent: percent,
    failuresInARow: z.number().int().min(1).max(1000),
    slowSeconds: z.number().int().min(1).max(600),
    coolDownSeconds: z.number().int().min(1).max(3600),
    probes: z.number().int().min(1).max(100),
    lastResort: z.boolean(),
  }),
});
