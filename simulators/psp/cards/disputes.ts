import { commit, type Psp } from '../psp';
import { put } from '../state';
import { cardEvent } from './events';
import { seconds, wireId, type Charge, type Dispute, type DisputeMovement } from './objects';

/** What a dispute costs its merchant, in minor units. */
const disputeFee = 1_500;

/** The cardholder's bank takes the money back, as it says `daysLater` from now. */
export function openDispute(
  psp: Psp,
  charge: Charge,
  { reason, daysLater }: { readonly reason: string; readonly daysLater: number },
): Dispute {
  const created = seconds(Date.now()) + daysLater * 24 * 3600;
  const amount = charge.amount - charge.amount_refunded;
  const dispute: Dispute = {
    id: wireId('dp'),
    object: 'dispute',
    amount,
    balance_transactions: [movement(charge.currency, -amount, disputeFee)],
    charge: charge.id,
    created,
    currency: charge.currency,
    evidence_details: { due_by: created + 7 * 24 * 3600, has_evidence: false },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: 'needs_response',
  };
  commit(psp, [
    put('disputes', dispute.id, dispute),
    put('charges', charge.id, { ...charge, disputed: true }),
    ...cardEvent(psp, 'charge.dispute.created', dispute, created),
  ]);
  return dispute;
}

/** The merchant's evidence is looked at. */
export function reviewDispute(psp: Psp, dispute: Dispute): Dispute {
  const evidence_details = { ...dispute.evidence_details, has_evidence: true };
  return tell(psp, 'charge.dispute.updated', {
    ...dispute,
    evidence_details,
    status: 'under_review',
  });
}

/** The bank decides; what was won is given back, its fee is not. */
export function closeDispute(psp: Psp, dispute: Dispute, status: 'won' | 'lost'): Dispute {
  const back = status === 'won' ? [movement(dispute.currency, dispute.amount, 0)] : [];
  return tell(psp, 'charge.dispute.closed', {
    ...dispute,
    balance_transactions: [...dispute.balance_transactions, ...back],
    status,
  });
}

/** A word on a dispute is never older than the dispute. */
function tell(psp: Psp, type: string, dispute: Dispute): Dispute {
  const created = Math.max(seconds(Date.now()), dispute.created);
  commit(psp, [put('disputes', dispute.id, dispute), ...cardEvent(psp, type, dispute, created)]);
  return dispute;
}

function movement(currency: string, amount: number, fee: number): DisputeMovement {
  return {
    id: wireId('txn'),
    object: 'balance_transaction',
    amount,
    currency,
    fee,
    net: amount - fee,
    reporting_category: amount < 0 ? 'dispute' : 'dispute_reversal',
  };
}
