import { z } from 'zod';
import { parseJson } from '../http';
import { WebhookRejected, type WebhookMessage } from '../messages';
import type { Payout } from '../port';

const minor = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform((text) => BigInt(text));

const payoutSchema = z.object({
  id: z.string().min(1),
  reference: z.string().min(1),
  amountMinor: minor,
  currency: z.string().regex(/^[A-Z]{3}$/),
  status: z.enum(['accepted', 'paid', 'returned']),
  reasonCode: z.string().nullable(),
});

type WirePayout = z.infer<typeof payoutSchema>;

export const payoutListSchema = z.object({ payouts: z.array(payoutSchema) });
export const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export { payoutSchema };

const eventSchema = z.object({
  id: z.string().min(1),
  type: z.string(),
  createdAt: z.iso.datetime(),
  payout: payoutSchema.optional(),
});

export function payoutOf(wire: WirePayout): Payout {
  return {
    providerRef: wire.id,
    amountMinor: wire.amountMinor,
    currency: wire.currency,
    status: wire.status,
    ...(wire.reasonCode === null ? {} : { failureCode: wire.reasonCode }),
  };
}

/** The bank's event as one of ours. Throws WebhookRejected. */
export function messageOf(rawBody: Buffer): WebhookMessage {
  const parsed = eventSchema.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw new WebhookRejected('bad_body', 'the event cannot be read');
  const { id, type, createdAt, payout } = parsed.data;
  const base = { provider: 'bank', eventId: id, occurredAt: new Date(createdAt) };
  if (!payout || !type.startsWith('payout.')) {
    return { ...base, type: 'ignored', providerType: type };
  }
  return { ...base, type: 'payout_updated', operationId: payout.reference, ...payoutOf(payout) };
}
