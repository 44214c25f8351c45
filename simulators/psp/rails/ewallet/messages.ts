import { createHash } from 'node:crypto';
import { type Change } from '../../../journal/journal';
import { announce, type Psp } from '../../psp';
import { wireId } from '../../cards/objects';
import { major } from '../amounts';
import { type Happening, type PayIn } from '../book';

export const merchant = { email: 'merchant@wallet.example', id: '4637827' };

/** Over merchant_id, transaction_id, the secret word's MD5 in capitals, mb_amount, mb_currency and status. */
export function signaturesOf(
  body: string,
  secretWord: string,
): { md5sig: string; sha2sig: string } {
  const form = new URLSearchParams(body);
  const field = (name: string) => form.get(name) ?? '';
  const word = createHash('md5').update(secretWord).digest('hex').toUpperCase();
  const text = `${field('merchant_id')}${field('transaction_id')}${word}${field('mb_amount')}${field('mb_currency')}${field('status')}`;
  return {
    md5sig: createHash('md5').update(text).digest('hex').toUpperCase(),
    sha2sig: createHash('sha256').update(text).digest('hex'),
  };
}

export const statusCodes = {
  processed: '2',
  pending: '0',
  cancelled: '-1',
  failed: '-2',
  chargeback: '-3',
};

/** A transfer to a customer is told of by nobody: the query interface knows. */
export function tell(psp: Psp, happening: Happening): Change[] {
  switch (happening.kind) {
    case 'payin':
      return message(psp, happening.row, {
        url: happening.row.facts.statusUrl,
        status: happening.row.status === 'paid' ? statusCodes.processed : statusCodes.cancelled,
      });
    case 'chargeback':
      return message(psp, happening.row, {
        url: happening.row.facts.statusUrl,
        status: statusCodes.chargeback,
      });
    case 'payout':
      return [];
    case 'refund': {
      const { row, payin } = happening;
      const { pending, processed, failed } = statusCodes;
      return message(psp, payin, {
        url: row.facts.statusUrl,
        status: { pending, succeeded: processed, failed }[row.status],
        amountMinor: row.amountMinor,
        extra: {
          operation_id: row.facts.operationId ?? '',
          operation_seal: row.facts.operationSeal ?? '',
          mb_transaction_id: row.id,
        },
      });
    }
    default:
      return happening satisfies never;
  }
}

function message(
  psp: Psp,
  payin: PayIn,
  told: {
    readonly url: string | undefined;
    readonly status: string;
    readonly amountMinor?: string;
    readonly extra?: Readonly<Record<string, string>>;
  },
): Change[] {
  const { currency } = payin;
  const amount = major(told.amountMinor ?? amountOf(payin), currency);
  const form = new URLSearchParams({
    pay_to_email: merchant.email,
    pay_from_email: payin.payer,
    merchant_id: merchant.id,
    transaction_id: payin.reference,
    mb_transaction_id: payin.id,
    mb_amount: amount,
    mb_currency: currency,
    amount,
    currency,
    status: told.status,
    payment_type: 'WLT',
    ...told.extra,
  });
  return announce(psp, {
    side: 'ewallet',
    id: wireId('sk'),
    type: `status.${told.status}`,
    body: form.toString(),
    contentType: 'application/x-www-form-urlencoded',
    ...(told.url ? { url: told.url } : {}),
  });
}

function amountOf({ status, paidMinor, amountMinor }: PayIn): string {
  return status === 'paid' ? paidMinor : amountMinor;
}
