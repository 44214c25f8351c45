import { minorInMessage } from '../amounts';
import { parseJson } from '../http';
import { paidBy, sameSecret } from '../paid-by';
import { WebhookRejected, type WebhookMessage } from '../messages';
import { signatureOf, type FawrySettings } from './client';
import { currency, noticeSchema, type Notice } from './wire';

/** FawryPay's server notification V2: the fields in this order, amounts with two digits after the point. */
export function verifyMessage(settings: FawrySettings, rawBody: Buffer): WebhookMessage {
  const notice = noticeOf(rawBody);
  const fields = [
    notice.fawryRefNumber,
    notice.merchantRefNumber,
    notice.paymentAmount.toFixed(2),
    notice.orderAmount.toFixed(2),
    notice.orderStatus,
    notice.paymentMethod,
    notice.paymentRefrenceNumber ?? '',
  ];
  if (!sameSecret(notice.messageSignature ?? '', signatureOf(fields, settings.secureKey))) {
    throw new WebhookRejected('bad_signature', 'the signature does not hold');
  }
  return messageOf(settings, notice);
}

export function readMessage(settings: FawrySettings, rawBody: Buffer): WebhookMessage {
  return messageOf(settings, noticeOf(rawBody));
}

function noticeOf(rawBody: Buffer): Notice {
  const parsed = noticeSchema.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw new WebhookRejected('bad_body', 'the notification cannot be read');
  return parsed.data;
}

/**
 * What the signature does not cover (the request's id, the time) decides nothing: a notification is known by the
 * order and its status, so that one sent again under another id is still the same.
 */
function messageOf(settings: FawrySettings, notice: Notice): WebhookMessage {
  const base = {
    provider: 'fawry',
    eventId: `${notice.fawryRefNumber}/${notice.orderStatus}`,
    occurredAt: notice.paymentTime ? new Date(notice.paymentTime) : new Date(),
  };
  const payment = {
    ...base,
    operationId: notice.merchantRefNumber,
    providerRef: notice.fawryRefNumber,
    currency,
  };
  switch (notice.orderStatus) {
    case 'PAID':
      return {
        ...payment,
        type: 'payment_succeeded',
        amountMinor: minorInMessage(notice.paymentAmount, currency),
        ...(notice.customerMobile
          ? { paidBy: paidBy('msisdn', notice.customerMobile, settings.secureKey) }
          : {}),
      };
    case 'EXPIRED':
    case 'CANCELED':
    case 'CANCELLED':
    case 'FAILED':
      return {
        ...payment,
        type: 'payment_failed',
        amountMinor: minorInMessage(notice.orderAmount, currency),
        failureCode: notice.orderStatus.toLowerCase(),
        final: true,
      };
    default:
      return { ...base, type: 'ignored', providerType: notice.orderStatus };
  }
}
