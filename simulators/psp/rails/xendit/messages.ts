import { type Change } from '../../../journal/journal';
import { announce, type Psp } from '../../psp';
import { wireId } from '../../cards/objects';
import { type Happening, type PayIn, type Sending } from '../book';
import { amountNumber, methodOf, sendingObject } from './objects';

/** What the provider tells its merchant of. */
export function tell(psp: Psp, happening: Happening): Change[] {
  switch (happening.kind) {
    case 'payin':
      return paymentEvent(psp, happening.row);
    case 'payout':
      return happening.row.status === 'accepted' ? [] : payoutEvent(psp, happening.row);
    // A transfer into an account and a scanned code are final.
    case 'chargeback':
    case 'refund':
      return [];
    default:
      return happening satisfies never;
  }
}

function paymentEvent(psp: Psp, payin: PayIn): Change[] {
  const paid = payin.status === 'paid';
  const now = new Date().toISOString();
  return event(psp, paid ? 'payment.succeeded' : 'payment_method.expired', {
    id: paid ? (payin.facts.paymentId ?? '') : (payin.facts.methodId ?? ''),
    amount: amountNumber(paid ? payin.paidMinor : payin.amountMinor, payin.currency),
    currency: payin.currency,
    country: payin.facts.country,
    status: paid ? 'SUCCEEDED' : 'EXPIRED',
    reference_id: payin.reference,
    payment_request_id: payin.id,
    payment_method: methodOf(payin),
    failure_code: null,
    created: now,
    updated: now,
    metadata: null,
  });
}

function payoutEvent(psp: Psp, sending: Sending): Change[] {
  const name = sending.status === 'paid' ? 'payout.succeeded' : 'payout.failed';
  return event(psp, name, sendingObject(sending));
}

function event(psp: Psp, name: string, data: object): Change[] {
  return announce(psp, {
    side: 'xendit',
    id: wireId('we'),
    type: name,
    body: { event: name, business_id: 'simulator', created: new Date().toISOString(), data },
  });
}
