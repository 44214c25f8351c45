import { z } from 'zod';
import { minorOf } from '../amounts';
import { parseJson } from '../http';
import { WebhookRejected, type WebhookMessage } from '../messages';
import type { Payout } from '../port';

export const transferSchema = z
  .object({
    id: z.string().min(1),
    reference: z.string().min(1),
    token: z.string().min(1),
    amount: z.string(),
    status: z.enum(['queued', 'confirmed', 'failed']),
    reason: z.string().nullable(),
  })
  .transform((row, context) => {
    const amountMinor = minorOf(row.amount, row.token);
    if (amountMinor !== undefined) return { ...row, amountMinor };
    context.addIssue({ code: 'custom', message: 'the amount cannot be read' });
    return z.NEVER;
  });
type Transfer = z.output<typeof transferSchema>;

export const listSchema = z.object({ transfers: z.array(transferSchema) });

const eventSchema = z.object({
  id: z.string().min(1),
  createdAt: z.iso.datetime(),
  transfer: transferSchema,
});

/** A transfer is paid when the custodian calls it confirmed: depth of confirmation is its business. */
export function payoutOf(transfer: Transfer): Payout {
  return {
    providerRef: transfer.id,
    amountMinor: transfer.amountMinor,
    currency: transfer.token,
    status: ({ queued: 'accepted', confirmed: 'paid', failed: 'returned' } as const)[
      transfer.status
    ],
    ...(transfer.reason === null ? {} : { failureCode: transfer.reason }),
  };
}

/** Throws WebhookRejected. */
export function messageOf(rawBody: Buffer): WebhookMessage {
  const parsed = eventSchema.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw new WebhookRejected('bad_body', 'the event cannot be read');
  const { id, createdAt, transfer } = parsed.data;
  return {
    type: 'payout_updated',
    provider: 'custodian',
    eventId: id,
    occurredAt: new Date(createdAt),
    operationId: transfer.reference,
    ...payoutOf(transfer),
  };
}
