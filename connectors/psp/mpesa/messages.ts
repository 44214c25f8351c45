import { minorInMessage } from '../amounts';
import { parseJson } from '../http';
import { paidBy } from '../paid-by';
import { WebhookRejected, type WebhookMessage } from '../messages';
import { readCallback, type Callback } from './callback';
import { type MpesaSettings } from './client';
import { itemOf, parameterOf, pushResultSchema, resultSchema, type Result } from './wire';

export const currency = 'KES';

/** Reads a result whose address is one of ours. Throws WebhookRejected. */
export function verifyMessage(
  settings: MpesaSettings,
  rawBody: Buffer,
  target: string | undefined,
): WebhookMessage {
  const callback = readCallback(settings, target);
  return callback.kind === 'stk'
    ? pushMessage(settings, callback, rawBody)
    : resultMessage(callback, resultOf(rawBody));
}

function pushMessage(settings: MpesaSettings, callback: Callback, rawBody: Buffer): WebhookMessage {
  const parsed = pushResultSchema.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw unreadable();
  const result = parsed.data.Body.stkCallback;
  const base = {
    provider: 'mpesa',
    eventId: `${result.CheckoutRequestID}/${result.ResultCode}`,
    occurredAt: new Date(),
    providerRef: result.CheckoutRequestID,
    operationId: callback.operationId,
    currency,
  };
  if (result.ResultCode !== '0') {
    const { amountMinor } = callback;
    // The prompt is gone: a payer who wants to try again needs another one.
    const failed = { failureCode: `mpesa_${result.ResultCode}`, final: true };
    return { ...base, type: 'payment_failed', amountMinor, ...failed };
  }
  const amount = itemOf(result, 'Amount');
  if (amount === undefined) throw unreadable();
  const phone = itemOf(result, 'PhoneNumber');
  return {
    ...base,
    type: 'payment_succeeded',
    amountMinor: minorInMessage(amount, currency),
    ...(phone === undefined
      ? {}
      : { paidBy: paidBy('msisdn', `${phone}`, settings.callbackSecret) }),
  };
}

function resultOf(rawBody: Buffer): Result {
  const parsed = resultSchema.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw unreadable();
  return parsed.data.Result;
}

/** Of a payment to a phone; it goes by our id there. A question about one that finds none proves nothing. */
function resultMessage(callback: Callback, result: Result): WebhookMessage {
  const base = {
    provider: 'mpesa',
    eventId: `${callback.kind}/${result.ConversationID}/${result.ResultCode}`,
    occurredAt: new Date(),
  };
  const status = statusOf(callback, result);
  const told = parameterOf(result, callback.kind === 'b2c' ? 'TransactionAmount' : 'Amount');
  // A payment that was not carried out has no amount; a question does not know what was asked for.
  const amount = told ?? (callback.kind === 'b2c' ? undefined : '');
  if (status === undefined || amount === '') {
    return { ...base, type: 'ignored', providerType: `${callback.kind}_${result.ResultCode}` };
  }
  return {
    ...base,
    type: 'payout_updated',
    operationId: callback.operationId,
    providerRef: callback.operationId,
    amountMinor: amount === undefined ? callback.amountMinor : minorInMessage(amount, currency),
    currency,
    status,
    ...(status === 'returned' ? { failureCode: `mpesa_${result.ResultCode}` } : {}),
  };
}

function statusOf({ kind, operationId }: Callback, result: Result) {
  if (kind === 'b2c') return result.ResultCode === '0' ? 'paid' : 'returned';
  if (result.ResultCode !== '0') return undefined;
  // A question by our id that is answered about another payment is no answer.
  const about = parameterOf(result, 'OriginatorConversationID');
  if (about !== undefined && about !== operationId) return undefined;
  switch (parameterOf(result, 'TransactionStatus')) {
    case 'Completed':
      return 'paid';
    case 'Declined':
    case 'Cancelled':
    case 'Expired':
      return 'returned';
    case 'Authorized':
      return 'accepted';
    default:
      return undefined;
  }
}

function unreadable(): WebhookRejected {
  return new WebhookRejected('bad_body', 'the result cannot be read');
}
