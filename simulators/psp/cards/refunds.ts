import { type Change } from '../../journal/journal';
import { commit, settlementOf, settlementRow, type Psp } from '../psp';
import { put, type Settlement } from '../state';
import { invalidRequest, missing } from './errors';
import { cardEvent } from './events';
import { field, textMap, type Form } from './form';
import { intentOf, readAmount } from './intents';
import { seconds, wireId, type Charge, type Refund } from './objects';

export interface Refunded {
  readonly refund: Refund;
  readonly changes: Change[];
}

/** Gives money of a charge back; never more than the charge has left. */
export function refundCharge(psp: Psp, form: Form, content: string): Refunded {
  const charge = chargeOfForm(psp, form);
  if (charge.status !== 'succeeded') {
    throw invalidRequest('charge_not_refundable', `Charge ${charge.id} was not successful.`);
  }
  if (charge.disputed) {
    throw invalidRequest('charge_disputed', `Charge ${charge.id} has been charged back.`);
  }
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) {
    throw invalidRequest(
      'charge_already_refunded',
      `Charge ${charge.id} has already been refunded.`,
    );
  }
  const amount = field(form, 'amount') === undefined ? left : readAmount(form);
  if (amount > left) {
    throw invalidRequest(
      'charge_already_refunded',
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`,
      'amount',
    );
  }
  const id = wireId('re');
  const settlement = settlementOf(psp, id, 'refund', content);
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    charge: charge.id,
    created: seconds(Date.now()),
    currency: charge.currency,
    metadata: textMap(form, 'metadata'),
    payment_intent: charge.payment_intent,
    reason: field(form, 'reason') ?? null,
    status: settlement === undefined ? 'succeeded' : 'pending',
  };
  const after = withRefunded(charge, charge.amount_refunded + amount);
  const changes = [
    put('charges', charge.id, after),
    put('refunds', id, refund),
    ...(typeof settlement === 'object' ? [settlementRow(settlement)] : []),
    ...cardEvent(psp, 'refund.created', refund),
    ...cardEvent(psp, 'charge.refunded', after),
    ...(settlement === undefined ? cardEvent(psp, 'refund.updated', refund) : []),
  ];
  return { refund, changes };
}

/** Ends a pending refund. A failed one gives the charge its amount back. */
export function settleRefund(psp: Psp, refund: Refund, settlement: Settlement): void {
  const ended = put('settlements', settlement.id, null);
  if (refund.status !== 'pending') {
    commit(psp, [ended]);
    return;
  }
  if (settlement.to === 'done') {
    const done: Refund = { ...refund, status: 'succeeded' };
    commit(psp, [
      ended,
      put('refunds', refund.id, done),
      ...cardEvent(psp, 'refund.updated', done),
    ]);
    return;
  }
  const failed: Refund = {
    ...refund,
    status: 'failed',
    failure_reason: settlement.code || 'lost_or_stolen_card',
  };
  const charge = psp.state.get('charges', refund.charge);
  commit(psp, [
    ended,
    put('refunds', refund.id, failed),
    ...(charge
      ? [put('charges', charge.id, withRefunded(charge, charge.amount_refunded - refund.amount))]
      : []),
    ...cardEvent(psp, 'refund.updated', failed),
    ...cardEvent(psp, 'refund.failed', failed),
  ]);
}

function withRefunded(charge: Charge, refundedAmount: number): Charge {
  return {
    ...charge,
    amount_refunded: refundedAmount,
    refunded: refundedAmount === charge.amount,
  };
}

function chargeOfForm(psp: Psp, form: Form): Charge {
  const intentId = field(form, 'payment_intent');
  const chargeId = field(form, 'charge') ?? (intentId && intentOf(psp, intentId).latest_charge);
  if (!chargeId) {
    throw invalidRequest(
      intentId ? 'charge_not_refundable' : 'parameter_missing',
      intentId
        ? 'This PaymentIntent does not have a successful charge to refund.'
        : 'One of the following params should be provided for this request: payment_intent or charge.',
    );
  }
  const charge = psp.state.get('charges', chargeId);
  if (!charge) throw missing('charge', chargeId);
  return charge;
}
