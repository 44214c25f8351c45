import { readQr } from '../../../domain/payments/emv/qr';
import { InvalidQr } from '../../../domain/payments/emv/tlv';
import { majorNumber } from '../../../domain/wire-number';
import {
  doneAsAsked,
  lacking,
  onlyOne,
  payoutRefusedBefore,
  refusedBefore,
  unknown,
  withoutRefunds,
} from '../answers';
import {
  type Capabilities,
  type Creditor,
  type LookUp,
  type Payment,
  type PaymentLookUp,
  type PaymentOutcome,
  type PaymentProvider,
  type PaymentRequest,
  type Payout,
  type PayoutLookUp,
  type PayoutOutcome,
  type PayoutRequest,
  type Refused,
  type Unknown,
} from '../port';
import { callXendit, type XenditSettings } from './client';
import { readMessage, verifyMessage } from './messages';
import {
  paymentOf,
  payoutListSchema,
  payoutOf,
  payoutSchema,
  requestListSchema,
  requestSchema,
  type PaymentRequestObject,
} from './wire';

const countries: Readonly<Record<string, string>> = { IDR: 'ID', THB: 'TH', MYR: 'MY' };
const qrChannels: Readonly<Record<string, string>> = {
  IDR: 'QRIS',
  THB: 'PROMPTPAY',
  MYR: 'DUITNOW',
};

/** Xendit's codes of the banks at which it opens virtual accounts. */
const bankCodes = ['BCA', 'BNI', 'BRI', 'MANDIRI', 'PERMATA', 'BSI', 'CIMB'];

const capabilities: Capabilities = {
  // Payouts go to banks; what it takes comes by codes and accounts of its own.
  rails: ['qr', 'virtual_account', 'bank'],
  operations: {
    payment: {
      limits: {
        IDR: { minMinor: 1_000_000n, maxMinor: 1_000_000_000n },
        THB: { minMinor: 2_000n, maxMinor: 15_000_000n },
        MYR: { minMinor: 100n, maxMinor: 5_000_000n },
      },
      countries: ['ID', 'TH', 'MY'],
      lookUp: 'reference',
    },
    payout: {
      limits: {
        IDR: { minMinor: 1_000_000n, maxMinor: 50_000_000_000n },
        THB: { minMinor: 2_000n, maxMinor: 200_000_000n },
        MYR: { minMinor: 100n, maxMinor: 100_000_000n },
      },
      countries: ['ID', 'TH', 'MY'],
      lookUp: 'reference',
      destinations: ['bank_account'],
    },
  },
  railCurrencies: { virtual_account: ['IDR'] },
  localAccounts: {
    ID: { currency: 'IDR', digitsMin: 8, digitsMax: 18, bankCodes },
    TH: {
      ...{ currency: 'THB', digitsMin: 10, digitsMax: 12 },
      bankCodes: ['BBL', 'KBANK', 'KTB', 'SCB', 'BAY', 'TTB', 'GSB'],
    },
    MY: {
      ...{ currency: 'MYR', digitsMin: 8, digitsMax: 17 },
      bankCodes: ['MAYBANK', 'CIMB', 'PUBLIC_BANK', 'RHB', 'HONG_LEONG', 'AMBANK'],
    },
  },
  payer: { virtual_account: { bankCodes, record: ['name'] } },
  keyHours: 24,
};

/** South-East Asia through Xendit: QRIS, PromptPay and DuitNow codes, virtual accounts, payouts to banks. */
export function createXenditProvider(settings: XenditSettings): PaymentProvider {
  return {
    name: 'xendit',
    capabilities,
    createPayment: (request) => createPayment(settings, request),
    cancelPayment: ({ providerRef }) => cancelPayment(settings, providerRef),
    ...withoutRefunds('xendit'),
    payout: (request) => payout(settings, request),
    lookUpPayment: (request) => lookUpPayment(settings, request),
    lookUpPayout: (request) => lookUpPayout(settings, request),
    verifyWebhook: (rawBody, headers) => verifyMessage(settings, rawBody, headers),
    readWebhook: (rawBody) => readMessage(rawBody),
  };
}

async function createPayment(
  settings: XenditSettings,
  request: PaymentRequest,
): Promise<PaymentOutcome> {
  const { operationId, amountMinor, currency } = request;
  const refusal = refusedBefore('xendit', capabilities, { operation: 'payment', ...request });
  if (refusal) return refusal;
  const method = methodFor(request);
  if ('kind' in method) return method;
  const reply = await callXendit(settings, {
    method: 'POST',
    path: '/payment_requests',
    key: operationId,
    payload: {
      reference_id: operationId,
      amount: majorNumber(amountMinor, currency),
      currency,
      country: countries[currency],
      payment_method: { ...method, reusability: 'ONE_TIME_USE', reference_id: operationId },
      description: request.description,
    },
  });
  if (reply.kind !== 'read') return reply;
  const parsed = requestSchema.safeParse(reply.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  const payment = paymentOf(parsed.data);
  const done = doneAsAsked(payment, request);
  if (done.kind !== 'done') return done;
  const flaw = codeFlaw(payment);
  return flaw === undefined ? done : unknown(flaw);
}

function methodFor(request: PaymentRequest): object | Refused {
  const { currency, payer, expiresAt } = request;
  const until = expiresAt ? { expires_at: expiresAt.toISOString() } : {};
  if (request.rail !== 'virtual_account') {
    const channel_code = qrChannels[currency];
    return { type: 'QR_CODE', qr_code: { channel_code, channel_properties: until } };
  }
  // A virtual account stands at a bank of the payer's choice, in their name.
  if (!payer?.bankCode || !payer.name || currency !== 'IDR') {
    return lacking('xendit', 'payer_required');
  }
  const channel_properties = { customer_name: payer.name, ...until };
  return {
    type: 'VIRTUAL_ACCOUNT',
    virtual_account: { channel_code: payer.bankCode, channel_properties },
  };
}

/** A code is shown to a payer only when it reads, and asks for this money. */
function codeFlaw(payment: Payment): string | undefined {
  if (payment.nextAction.kind !== 'qr') return undefined;
  try {
    const qr = readQr(payment.nextAction.payload);
    const same = qr.currency === payment.currency && qr.amountMinor === payment.amountMinor;
    return same ? undefined : 'the code asks for other money';
  } catch (error) {
    if (error instanceof InvalidQr) return `the code cannot be read: ${error.code}`;
    throw error;
  }
}

async function lookUpPayment(
  settings: XenditSettings,
  { operationId, providerRef }: PaymentLookUp,
): Promise<LookUp<Payment>> {
  const found = await requestsOf(settings, operationId, providerRef);
  if ('kind' in found) return found;
  return onlyOne(found, paymentOf);
}

async function requestsOf(
  settings: XenditSettings,
  operationId: string,
  providerRef: string | undefined,
): Promise<readonly PaymentRequestObject[] | Unknown> {
  const path =
    providerRef === undefined
      ? `/payment_requests?reference_id=${encodeURIComponent(operationId)}`
      : `/payment_requests/${encodeURIComponent(providerRef)}`;
  const reply = await callXendit(settings, { method: 'GET', path });
  if (reply.kind !== 'read') return unknown(`look-up failed: ${reply.reason}`);
  if (providerRef !== undefined) {
    const one = requestSchema.safeParse(reply.body);
    return one.success ? [one.data] : unknown('the answer cannot be read');
  }
  const list = requestListSchema.safeParse(reply.body);
  if (!list.success) return unknown('the answer cannot be read');
  return list.data.data.filter((row) => row.reference_id === operationId);
}

/** Its method is ended; a payment that was quicker says so itself. */
async function cancelPayment(
  settings: XenditSettings,
  providerRef: string,
): Promise<LookUp<Payment>> {
  const found = await requestsOf(settings, '', providerRef);
  if ('kind' in found) return found;
  const [request] = found;
  if (!request) return { kind: 'absent' };
  const path = `/payment_methods/${encodeURIComponent(request.payment_method.id)}/expire`;
  const reply = await callXendit(settings, { method: 'POST', path });
  if (reply.kind === 'unknown') return reply;
  return lookUpPayment(settings, { operationId: '', providerRef, notBefore: new Date(0) });
}

async function payout(settings: XenditSettings, request: PayoutRequest): Promise<PayoutOutcome> {
  const { operationId, amountMinor, currency, destination, remittance } = request;
  const refusal = payoutRefusedBefore('xendit', capabilities, request);
  if (refusal) return refusal;
  const channel =
    destination.kind === 'bank_account' ? channelOf(destination, currency) : undefined;
  if (channel === undefined) return lacking('xendit', 'destination_unsupported');
  const reply = await callXendit(settings, {
    method: 'POST',
    path: '/v2/payouts',
    key: operationId,
    payload: {
      reference_id: operationId,
      ...channel,
      amount: majorNumber(amountMinor, currency),
      currency,
      description: remittance,
    },
  });
  if (reply.kind !== 'read') return reply;
  const parsed = payoutSchema.safeParse(reply.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  return doneAsAsked(payoutOf(parsed.data), request);
}

/** Xendit's channels are a country and a bank: `ID_BCA`. */
function channelOf({ accountNumber, bankCode, name }: Creditor, currency: string) {
  if (!accountNumber || !bankCode) return undefined;
  return {
    channel_code: `${countries[currency] ?? ''}_${bankCode}`,
    channel_properties: { account_number: accountNumber, account_holder_name: name },
  };
}

async function lookUpPayout(
  settings: XenditSettings,
  { operationId }: PayoutLookUp,
): Promise<LookUp<Payout>> {
  const path = `/v2/payouts?reference_id=${encodeURIComponent(operationId)}`;
  const reply = await callXendit(settings, { method: 'GET', path });
  if (reply.kind !== 'read') return unknown(`look-up failed: ${reply.reason}`);
  const parsed = payoutListSchema.safeParse(reply.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  const found = parsed.data.data.filter((row) => row.reference_id === operationId);
  return onlyOne(found, payoutOf);
}
