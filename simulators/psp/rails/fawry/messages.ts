import { createHash } from 'node:crypto';
import { type Change } from '../../../journal/journal';
import { announce, type Psp } from '../../psp';
import { wireId } from '../../cards/objects';
import { major } from '../amounts';
import { type Happening, type PayIn } from '../book';

export const merchantCode = '1tSa6uxz2nRbgY+b+cZGyA==';

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

export function signatureOf(
  notice: Readonly<Record<string, string | number>>,
  secureKey: string,
): string {
  const field = (name: string) => String(notice[name] ?? '');
  const amount = (name: string) => Number(notice[name] ?? 0).toFixed(2);
  return sha256(
    `${field('fawryRefNumber')}${field('merchantRefNumber')}${amount('paymentAmount')}${amount('orderAmount')}${field('orderStatus')}${field('paymentMethod')}${field('paymentRefrenceNumber')}${secureKey}`,
  );
}

/** What the provider tells its merchant of. */
export function tell(psp: Psp, happening: Happening): Change[] {
  switch (happening.kind) {
    case 'payin':
      return notice(psp, happening.row, happening.row.status === 'paid' ? 'PAID' : 'EXPIRED');
    // Cash at a shop is not charged back, and this account neither refunds nor sends money.
    case 'refund':
    case 'chargeback':
    case 'payout':
      return [];
    default:
      return happening satisfies never;
  }
}

function notice(psp: Psp, payin: PayIn, orderStatus: string): Change[] {
  const paidMinor = payin.status === 'paid' ? payin.paidMinor : payin.amountMinor;
  const id = wireId('fn');
  return announce(psp, {
    side: 'fawry',
    id,
    type: `order.${orderStatus}`,
    body: {
      requestId: id,
      fawryRefNumber: payin.id,
      merchantRefNumber: payin.reference,
      customerMobile: payin.payer,
      paymentAmount: Number(major(paidMinor, payin.currency)),
      orderAmount: Number(major(payin.amountMinor, payin.currency)),
      fawryFees: 0,
      orderStatus,
      paymentMethod: 'PAYATFAWRY',
      paymentTime: payin.paidMs,
      orderExpiryDate: payin.expiresMs,
    },
  });
}
