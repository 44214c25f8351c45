import { minorNumber } from '../../../domain/wire-number';
import { parseJson, type Answered } from '../http';
import {
  lacking,
  payoutRefusedBefore,
  refusedBefore,
  refusedBy,
  unknown,
  withoutRefunds,
} from '../answers';
import {
  type Capabilities,
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
import { paidBy } from '../paid-by';
import { callbackUrl } from './callback';
import { MpesaClient, passwordOf, timestampOf, type MpesaSettings } from './client';
import { currency, verifyMessage } from './messages';
import { acceptedSchema, errorSchema, pushQuerySchema, pushSchema } from './wire';

const capabilities: Capabilities = {
  rails: ['mobile_money'],
  operations: {
    payment: {
      limits: { KES: { minMinor: 100n, maxMinor: 25_000_000n } },
      countries: ['KE'],
      lookUp: 'provider_ref',
    },
    payout: {
      limits: { KES: { minMinor: 1_000n, maxMinor: 25_000_000n } },
      countries: ['KE'],
      lookUp: 'message',
      destinations: ['msisdn'],
    },
  },
  payer: { mobile_money: { phonePrefix: '+254' } },
  // Daraja promises nothing of a repeated request.
  keyHours: 0,
};

/** The payer's prompt is over after a minute. */
const promptMs = 60_000;

/** M-Pesa through Safaricom's Daraja: a prompt on the payer's phone, and payments to phones. */
export function createMpesaProvider(settings: MpesaSettings): PaymentProvider {
  const client = new MpesaClient(settings);
  return {
    name: 'mpesa',
    capabilities,
    createPayment: (request) => push(client, settings, request),
    // A prompt cannot be taken back: it is over by the time anybody gives it up.
    cancelPayment: ({ providerRef, asked, payer }) =>
      lookUpPayment(client, settings, {
        operationId: '',
        providerRef,
        notBefore: new Date(0),
        ...(asked ? { asked } : {}),
        ...(payer ? { payer } : {}),
      }),
    ...withoutRefunds('mpesa'),
    payout: (request) => send(client, settings, request),
    lookUpPayment: (request) => lookUpPayment(client, settings, request),
    lookUpPayout: (request) => lookUpPayout(client, settings, request),
    verifyWebhook: (rawBody, _headers, target) => verifyMessage(settings, rawBody, target),
    readWebhook: () => {
      throw new Error('a result of M-Pesa is read with the address it came to');
    },
  };
}

/** Twelve digits from 254, without plus or zero. */
function msisdnOf(phone: string | undefined): string | undefined {
  const digits = (phone ?? '').replaceAll(/[^\d]/g, '').replace(/^0/, '254');
  return /^254[17]\d{8}$/.test(digits) ? digits : undefined;
}

/** M-Pesa moves whole shillings. */
function wholeShillings(amountMinor: bigint): number | Refused {
  if (amountMinor % 100n === 0n) return minorNumber(amountMinor / 100n);
  const reason = 'mpesa moves whole shillings';
  return { kind: 'refused', code: 'amount_not_whole', reason, notSent: false };
}

async function push(
  client: MpesaClient,
  settings: MpesaSettings,
  request: PaymentRequest,
): Promise<PaymentOutcome> {
  const { operationId, amountMinor, description, payer } = request;
  const refusal = refusedBefore('mpesa', capabilities, { operation: 'payment', ...request });
  if (refusal) return refusal;
  const phone = msisdnOf(payer?.phone);
  if (phone === undefined) return lacking('mpesa', 'payer_required');
  const amount = wholeShillings(amountMinor);
  if (typeof amount !== 'number') return amount;
  const timestamp = timestampOf(new Date());
  const reply = await client.post('/mpesa/stkpush/v1/processrequest', {
    BusinessShortCode: settings.shortCode,
    Password: passwordOf(settings, timestamp),
    Timestamp: timestamp,
    TransactionType: 'CustomerPayBillOnline',
    Amount: String(amount),
    PartyA: phone,
    PartyB: settings.shortCode,
    PhoneNumber: phone,
    CallBackURL: callbackUrl(settings, { kind: 'stk', operationId, amountMinor }),
    // 12 and 13 characters are what the payer's phone shows.
    AccountReference: operationId.slice(-12),
    TransactionDesc: description.slice(0, 13),
  });
  const read = answerOf(reply);
  if (read.kind !== 'answered') return read;
  const parsed = pushSchema.safeParse(read.body);
  if (!parsed.success) return unknown('the answer cannot be read');
  return {
    kind: 'done',
    providerRef: parsed.data.CheckoutRequestID,
    amountMinor,
    currency,
    status: 'open',
    nextAction: { kind: 'phone_prompt', expiresAt: new Date(Date.now() + promptMs) },
  };
}

/** An error that names its code is a refusal; anything else that is no success says nothing certain. */
function answerOf(
  reply: Answered | Refused | Unknown,
): { readonly kind: 'answered'; readonly body: unknown } | Refused | Unknown {
  if (reply.kind !== 'answered') return reply;
  const body = parseJson(reply.text);
  if (reply.status < 400) return { kind: 'answered', body };
  const error = errorSchema.safeParse(body);
  if (!error.success) return unknown(`status ${reply.status}`);
  return refusedBy('mpesa', error.data.errorCode);
}

/** By M-Pesa's own id alone, and its answer has no amount: a payer pays all of it or nothing. */
async function lookUpPayment(
  client: MpesaClient,
  settings: MpesaSettings,
  { providerRef, asked, payer }: PaymentLookUp,
): Promise<LookUp<Payment>> {
  if (providerRef === undefined) return unknown('mpesa is asked by its own id; its result tells');
  const timestamp = timestampOf(new Date());
  const reply = await client.post(
    '/mpesa/stkpushquery/v1/query',
    {
      BusinessShortCode: settings.shortCode,
      Password: passwordOf(settings, timestamp),
      Timestamp: timestamp,
      CheckoutRequestID: providerRef,
    },
    { reads500: true },
  );
  if (reply.kind !== 'answered') return unknown(`look-up failed: ${reply.reason}`);
  const body = parseJson(reply.text);
  // ISO 4217's "no currency" for one that nobody paid.
  const amount = asked ?? { amountMinor: 0n, currency: 'XXX' };
  const payment = { providerRef, ...amount, nextAction: { kind: 'none' } as const };
  const error = errorSchema.safeParse(body);
  // Daraja answers a prompt that is still on the phone with an error.
  if (error.success && error.data.errorCode === '500.001.1001' && reply.status === 500) {
    if (!asked) return unknown('it waits for the payer');
    return { kind: 'found', ...payment, status: 'open' };
  }
  const parsed = pushQuerySchema.safeParse(body);
  if (!parsed.success) return unknown(`look-up failed: status ${reply.status}`);
  const { ResultCode: code } = parsed.data;
  if (code !== '0') {
    return { kind: 'found', ...payment, status: 'cancelled', failureCode: `mpesa_${code}` };
  }
  // The prompt went to this phone and nowhere else.
  const phone = msisdnOf(payer?.phone);
  const by = phone ? { paidBy: paidBy('msisdn', phone, settings.callbackSecret) } : {};
  return asked
    ? { kind: 'found', ...payment, status: 'succeeded', ...by }
    : unknown('it was paid, and mpesa does not say how much; its result does');
}

async function send(
  client: MpesaClient,
  settings: MpesaSettings,
  request: PayoutRequest,
): Promise<PayoutOutcome> {
  const { operationId, amountMinor, destination, remittance } = request;
  const refusal = payoutRefusedBefore('mpesa', capabilities, request);
  if (refusal) return refusal;
  const phone = destination.kind === 'msisdn' ? msisdnOf(destination.phone) : undefined;
  if (phone === undefined) return lacking('mpesa', 'destination_unsupported');
  const amount = wholeShillings(amountMinor);
  if (typeof amount !== 'number') return amount;
  const resultUrl = callbackUrl(settings, { kind: 'b2c', operationId, amountMinor });
  const reply = await client.post('/mpesa/b2c/v3/paymentrequest', {
    OriginatorConversationID: operationId,
    InitiatorName: settings.initiatorName,
    SecurityCredential: settings.securityCredential,
    CommandID: 'BusinessPayment',
    Amount: String(amount),
    PartyA: settings.shortCode,
    PartyB: phone,
    Remarks: remittance.slice(0, 100),
    QueueTimeOutURL: callbackUrl(settings, { kind: 'status', operationId, amountMinor }),
    ResultURL: resultUrl,
    Occasion: '',
  });
  const read = answerOf(reply);
  if (read.kind !== 'answered') return read;
  const parsed = acceptedSchema.safeParse(read.body);
  if (!parsed.success || parsed.data.OriginatorConversationID !== operationId) {
    return unknown('the answer cannot be read');
  }
  // It goes by our id: a status query answers under another conversation.
  return { kind: 'done', providerRef: operationId, amountMinor, currency, status: 'accepted' };
}

/** Asks about it; the answer is a message of its own, so the look-up itself never knows. */
async function lookUpPayout(
  client: MpesaClient,
  settings: MpesaSettings,
  { operationId }: PayoutLookUp,
): Promise<LookUp<Payout>> {
  const resultUrl = callbackUrl(settings, { kind: 'status', operationId, amountMinor: 0n });
  const reply = await client.post('/mpesa/transactionstatus/v1/query', {
    Initiator: settings.initiatorName,
    SecurityCredential: settings.securityCredential,
    CommandID: 'TransactionStatusQuery',
    OriginalConversationID: operationId,
    PartyA: settings.shortCode,
    IdentifierType: '4',
    ResultURL: resultUrl,
    QueueTimeOutURL: resultUrl,
    Remarks: 'status',
    Occasion: '',
  });
  const read = answerOf(reply);
  if (read.kind !== 'answered') return unknown(`look-up failed: ${read.reason}`);
  return unknown('asked; the answer comes as a message');
}
