import { createHash } from 'node:crypto';
import { paidBy, sameSecret } from '../paid-by';
import { WebhookRejected, type ProviderEvent, type WebhookMessage } from '../messages';
import { md5, sealOf, type EwalletSettings } from './client';
import { transactionSchema, type Transaction } from './wire';

/**
 * Both signatures that a message may carry; the stronger one decides. They cover ids, amount, currency and status:
 * Skrill Quick Checkout guide, annex III (MD5) and IV (SHA-2).
 */
export function verifyMessage(settings: EwalletSettings, rawBody: Buffer): WebhookMessage {
  const form = new URLSearchParams(rawBody.toString('utf8'));
  const field = (name: string) => form.get(name) ?? '';
  const word = md5(settings.secretWord).toUpperCase();
  const signed = `${settings.merchantId}${field('transaction_id')}${word}${field('mb_amount')}${field('mb_currency')}${field('status')}`;
  const sha2 = createHash('sha256').update(signed, 'utf8').digest('hex');
  const holds = form.has('sha2sig')
    ? sameSecret(field('sha2sig').toLowerCase(), sha2)
    : sameSecret(field('md5sig'), md5(signed).toUpperCase());
  if (!holds) throw new WebhookRejected('bad_signature', 'the signature does not hold');
  const operationId = form.get('operation_id');
  if (operationId && !sameSecret(field('operation_seal'), sealOf(settings, operationId))) {
    throw new WebhookRejected('bad_signature', 'the refund is not one of ours');
  }
  return readMessage(settings, rawBody);
}

export function readMessage(settings: EwalletSettings, rawBody: Buffer): WebhookMessage {
  const form = Object.fromEntries(new URLSearchParams(rawBody.toString('utf8')));
  const parsed = transactionSchema.safeParse(form);
  if (!parsed.success) throw new WebhookRejected('bad_body', 'the message cannot be read');
  return messageOf(settings, parsed.data);
}

/**
 * Messages have no id and no time of their own: each status of a payment, and of a refund, is told once. They are known
 * by what is signed or sealed, so that one that is altered elsewhere and sent again is still the same.
 */
function messageOf(settings: EwalletSettings, row: Transaction): WebhookMessage {
  const base = {
    provider: 'ewallet',
    eventId: row.operation_id
      ? `refund/${row.operation_id}/${row.status}`
      : `${row.transaction_id}/${row.status}`,
    occurredAt: new Date(),
    amountMinor: row.amountMinor,
    currency: row.currency,
  };
  if (row.operation_id) return refundUpdated(base, row, row.operation_id);
  const payment = { ...base, providerRef: row.transaction_id, operationId: row.transaction_id };
  switch (row.status) {
    case '2':
      return {
        ...payment,
        type: 'payment_succeeded',
        ...(row.pay_from_email
          ? { paidBy: paidBy('wallet', row.pay_from_email, settings.secretWord) }
          : {}),
      };
    case '-1':
    case '-2':
      return {
        ...payment,
        type: 'payment_failed',
        failureCode: row.failed_reason_code ?? (row.status === '-1' ? 'cancelled' : 'failed'),
        // After a failure the payer may try again on the same page.
        final: row.status === '-1',
      };
    case '-3':
      return {
        ...base,
        type: 'dispute_opened',
        operationId: null,
        providerRef: row.mb_transaction_id,
        paymentRef: row.transaction_id,
        reason: 'chargeback',
        evidenceDueAt: null,
      };
    case '0': {
      const { provider, eventId, occurredAt } = base;
      return { provider, eventId, occurredAt, type: 'ignored', providerType: 'pending' };
    }
    default:
      return row.status satisfies never;
  }
}

function refundUpdated(
  base: Pick<ProviderEvent, 'provider' | 'eventId' | 'occurredAt' | 'amountMinor' | 'currency'>,
  row: Transaction,
  operationId: string,
): WebhookMessage {
  const status = row.status === '2' ? 'succeeded' : row.status === '0' ? 'pending' : 'failed';
  return {
    ...base,
    type: 'refund_updated',
    operationId,
    providerRef: row.mb_transaction_id,
    paymentRef: row.transaction_id,
    status,
    ...(status === 'failed' ? { failureCode: row.failed_reason_code ?? 'failed' } : {}),
  };
}
