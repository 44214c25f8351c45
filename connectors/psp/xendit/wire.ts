import { z } from 'zod';
import { minorOf } from '../amounts';
import { type NextAction, type Payment, type Payout, type PayoutStatus } from '../port';

const instant = z.iso.datetime().transform((text) => new Date(text));
const currency = z.string().regex(/^[A-Z]{3}$/);

const qrCode = z.object({
  type: z.literal('QR_CODE'),
  id: z.string().min(1),
  qr_code: z.object({
    channel_properties: z.object({ qr_string: z.string().min(1), expires_at: instant.optional() }),
  }),
});

const virtualAccount = z.object({
  type: z.literal('VIRTUAL_ACCOUNT'),
  id: z.string().min(1),
  virtual_account: z.object({
    channel_code: z.string().min(1),
    channel_properties: z.object({
      customer_name: z.string(),
      virtual_account_number: z.string().min(1),
      expires_at: instant.optional(),
    }),
  }),
});

export const methodSchema = z.discriminatedUnion('type', [qrCode, virtualAccount]);
export type Method = z.output<typeof methodSchema>;

/** Amounts are JSON numbers of major units. */
function withMinor<T extends { readonly amount: number; readonly currency: string }>(
  row: T,
  context: z.RefinementCtx<T>,
): T & { readonly amountMinor: bigint } {
  const amountMinor = minorOf(row.amount, row.currency);
  if (amountMinor !== undefined) return { ...row, amountMinor };
  context.addIssue({ code: 'custom', message: 'the amount cannot be read' });
  return z.NEVER;
}

export const requestSchema = z
  .object({
    id: z.string().min(1),
    reference_id: z.string().min(1),
    amount: z.number().positive(),
    currency,
    status: z.string(),
    payment_method: methodSchema,
  })
  .transform(withMinor);
export type PaymentRequestObject = z.output<typeof requestSchema>;
export const requestListSchema = z.object({ data: z.array(requestSchema), has_more: z.boolean() });

export const payoutSchema = z
  .object({
    id: z.string().min(1),
    reference_id: z.string().min(1),
    amount: z.number().positive(),
    currency,
    status: z.string(),
    failure_code: z.string().optional(),
  })
  .transform(withMinor);
export type PayoutObject = z.output<typeof payoutSchema>;
export const payoutListSchema = z.object({ data: z.array(payoutSchema), has_more: z.boolean() });

export const paymentEventSchema = z
  .object({
    id: z.string().min(1),
    reference_id: z.string().min(1),
    payment_request_id: z.string().min(1),
    amount: z.number().positive(),
    currency,
    failure_code: z.string().nullish(),
  })
  .transform(withMinor);

export const eventSchema = z.object({
  event: z.string().min(1),
  created: instant,
  data: z.looseObject({ id: z.string().min(1) }),
});

export function paymentOf(request: PaymentRequestObject): Payment {
  const status = paymentStatusOf(request.status);
  return {
    providerRef: request.id,
    amountMinor: request.amountMinor,
    currency: request.currency,
    status,
    nextAction: status === 'open' ? nextActionOf(request.payment_method) : { kind: 'none' },
  };
}

function paymentStatusOf(status: string): Payment['status'] {
  if (status === 'SUCCEEDED') return 'succeeded';
  if (status === 'EXPIRED' || status === 'FAILED' || status === 'CANCELED') return 'cancelled';
  if (status === 'PENDING' || status === 'REQUIRES_ACTION') return 'open';
  return 'processing';
}

function nextActionOf(method: Method): NextAction {
  switch (method.type) {
    case 'QR_CODE': {
      const { qr_string: payload, expires_at } = method.qr_code.channel_properties;
      return { kind: 'qr', payload, expiresAt: expires_at ?? null };
    }
    case 'VIRTUAL_ACCOUNT': {
      const { channel_code: bankCode, channel_properties: account } = method.virtual_account;
      return {
        kind: 'virtual_account',
        bankCode,
        accountNumber: account.virtual_account_number,
        accountName: account.customer_name,
        expiresAt: account.expires_at ?? null,
      };
    }
    default:
      return method satisfies never;
  }
}

export function payoutOf(payout: PayoutObject): Payout {
  return {
    providerRef: payout.id,
    amountMinor: payout.amountMinor,
    currency: payout.currency,
    status: payoutStatusOf(payout.status),
    ...(payout.failure_code ? { failureCode: payout.failure_code } : {}),
  };
}

/** A payout that succeeded may still be reversed by the payee's bank. */
export function payoutStatusOf(status: string): PayoutStatus {
  if (status === 'SUCCEEDED') return 'paid';
  const back = ['FAILED', 'CANCELLED', 'REVERSED', 'EXPIRED', 'COMPLIANCE_REJECTED'];
  return back.includes(status) ? 'returned' : 'accepted';
}
