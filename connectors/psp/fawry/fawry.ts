import { formatAmount } from '../../../domain/money';
import { majorNumber } from '../../../domain/wire-number';
import { minorOf } from '../amounts';
import {
  doneAsAsked,
  lacking,
  refusedBefore,
  unknown,
  withoutPayouts,
  withoutRefunds,
} from '../answers';
import {
  type Capabilities,
  type LookUp,
  type Payment,
  type PaymentCancel,
  type PaymentOutcome,
  type PaymentProvider,
  type PaymentRequest,
} from '../port';
import { callFawry, refusedByFawry, signatureOf, type FawrySettings } from './client';
import { readMessage, verifyMessage } from './messages';
import { chargeSchema, currency, statusSchema } from './wire';

const capabilities: Capabilities = {
  rails: ['reference_number'],
  operations: {
    payment: {
      limits: { EGP: { minMinor: 500n, maxMinor: 10_000_000n } },
      countries: ['EG'],
      lookUp: 'reference',
    },
  },
  payer: { reference_number: { phonePrefix: '+20', record: ['email'] } },
  // A used reference is refused for ever.
  keyHours: null,
};

/** FawryPay's code for "there is no such payment". */
const notFound = 9938;

/**
 * Cash in Egypt through FawryPay: the payer gives a number at a shop. Its refunds carry no id of ours, so that one
 * whose answer was lost could never be found: money goes back by another rail.
 */
export function createFawryProvider(settings: FawrySettings): PaymentProvider {
  return {
    name: 'fawry',
    capabilities,
    createPayment: (request) => createPayment(settings, request),
    cancelPayment: (request) => cancelPayment(settings, request),
    ...withoutRefunds('fawry'),
    ...withoutPayouts('fawry'),
    lookUpPayment: ({ operationId }) => lookUp(settings, operationId),
    verifyWebhook: (rawBody) => verifyMessage(settings, rawBody),
    readWebhook: (rawBody) => readMessage(settings, rawBody),
  };
}

async function createPayment(
  settings: FawrySettings,
  request: PaymentRequest,
): Promise<PaymentOutcome> {
  const { operationId, amountMinor, description, payer, expiresAt } = request;
  const refusal = refusedBefore('fawry', capabilities, { operation: 'payment', ...request });
  if (refusal) return refusal;
  const mobile = payer?.phone?.replaceAll(/\D/g, '').replace(/^20/, '0');
  if (!mobile || !/^01\d{9}$/.test(mobile)) return lacking('fawry', 'payer_required');
  const amount = formatAmount(amountMinor, currency);
  const { merchantCode, secureKey } = settings;
  const profile = '';
  const reply = await callFawry(settings, {
    method: 'POST',
    path: '/ECommerceWeb/Fawry/payments/charge',
    payload: {
      merchantCode,
      merchantRefNum: operationId,
      customerProfileId: profile,
      customerMobile: mobile,
      ...(payer?.email ? { customerEmail: payer.email } : {}),
      paymentMethod: 'PAYATFAWRY',
      amount: majorNumber(amountMinor, currency),
      currencyCode: currency,
      description,
      ...(expiresAt ? { paymentExpiry: expiresAt.getTime() } : {}),
      chargeItems: [
        {
          itemId: operationId,
          description,
          price: majorNumber(amountMinor, currency),
          quantity: 1,
        },
      ],
      signature: signatureOf([merchantCode, operationId, profile, 'PAYATFAWRY', amount], secureKey),
    },
  });
  if (reply.kind === 'refused' || reply.kind === 'unknown') return reply;
  if (reply.kind === 'no') return refusedOrKnown(settings, request, reply.code);
  const parsed = chargeSchema.safeParse(reply.body);
  if (!parsed.success || parsed.data.merchantRefNumber !== operationId) {
    return unknown('the answer cannot be read');
  }
  const { referenceNumber: number, expirationTime } = parsed.data;
  return {
    kind: 'done',
    providerRef: number,
    amountMinor,
    currency,
    status: 'open',
    nextAction: { kind: 'reference', number, expiresAt: instant(expirationTime) },
  };
}

/** A refusal may mean that this very payment is there already, and its answer was lost. */
async function refusedOrKnown(
  settings: FawrySettings,
  request: PaymentRequest,
  code: number,
): Promise<PaymentOutcome> {
  const found = await lookUp(settings, request.operationId);
  if (found.kind === 'absent') return refusedByFawry(code);
  if (found.kind !== 'found') return unknown(`refused with ${code}, and not found out`);
  const { kind: _kind, ...payment } = found;
  return doneAsAsked(payment, request);
}

function instant(ms: number | undefined): Date | null {
  return ms === undefined ? null : new Date(ms);
}

async function lookUp(settings: FawrySettings, operationId: string): Promise<LookUp<Payment>> {
  const { merchantCode, secureKey } = settings;
  const query = new URLSearchParams({
    merchantCode,
    merchantRefNumber: operationId,
    signature: signatureOf([merchantCode, operationId], secureKey),
  });
  const path = `/ECommerceWeb/Fawry/payments/status/v2?${query.toString()}`;
  const reply = await callFawry(settings, { method: 'GET', path });
  if (reply.kind === 'refused' || reply.kind === 'unknown') {
    return unknown(`look-up failed: ${reply.reason}`);
  }
  if (reply.kind === 'no') {
    return reply.code === notFound ? { kind: 'absent' } : unknown(`look-up failed: ${reply.code}`);
  }
  const parsed = statusSchema.safeParse(reply.body);
  const amountMinor = parsed.success ? minorOf(parsed.data.paymentAmount, currency) : undefined;
  if (!parsed.success || amountMinor === undefined || parsed.data.reference === '') {
    return unknown('the answer cannot be read');
  }
  const { reference: number, expirationTime } = parsed.data;
  const status = statusOf(parsed.data.status);
  return {
    kind: 'found',
    providerRef: number,
    amountMinor,
    currency,
    status,
    nextAction:
      status === 'open'
        ? { kind: 'reference', number, expiresAt: instant(expirationTime) }
        : { kind: 'none' },
  };
}

function statusOf(status: string): Payment['status'] {
  if (status === 'PAID' || status === 'DELIVERED' || status === 'REFUNDED') return 'succeeded';
  if (status === 'UNPAID' || status === 'NEW') return 'open';
  return status === 'EXPIRED' || status === 'CANCELED' || status === 'CANCELLED'
    ? 'cancelled'
    : 'processing';
}

/** The number is taken back. One that was paid or has expired meanwhile is not, and is looked up. */
async function cancelPayment(
  settings: FawrySettings,
  { providerRef, operationId }: PaymentCancel,
): Promise<LookUp<Payment>> {
  const { merchantCode, secureKey } = settings;
  const reply = await callFawry(settings, {
    method: 'POST',
    path: '/ECommerceWeb/api/orders/cancel-unpaid-order',
    payload: {
      orderRefNo: providerRef,
      merchantAccount: merchantCode,
      lang: 'en-gb',
      signature: signatureOf([providerRef, merchantCode, 'en-gb'], secureKey),
    },
  });
  if (reply.kind === 'refused' || reply.kind === 'unknown') return unknown(reply.reason);
  if (reply.kind === 'no') {
    return operationId === undefined
      ? unknown(`fawry says ${reply.code}; its message tells`)
      : lookUp(settings, operationId);
  }
  const nothing = { providerRef, amountMinor: 0n, currency: 'XXX' };
  return { kind: 'found', ...nothing, status: 'cancelled', nextAction: { kind: 'none' } };
}
