import { ownerOf } from './cards/accounts';
import { type Psp } from './psp';
import { type ProviderSide } from './state';

/** Money that a provider has moved, or is about to: one line an operation, alike for all of them. */
export interface Effect {
  readonly side: ProviderSide;
  readonly operation: 'payment' | 'refund' | 'payout';
  /** The provider's id of it. */
  readonly id: string;
  /** The merchant's. */
  readonly reference: string;
  readonly amountMinor: string;
  readonly currency: string;
  /** What came back, or was never paid, has no effect and is not here. */
  readonly state: 'pending' | 'done';
}

export function effectsOf(psp: Psp): Effect[] {
  const { state } = psp;
  return [
    ...state
      .all('charges')
      .filter((charge) => charge.status === 'succeeded')
      .map((charge): Effect => ({
        side: ownerOf(psp, charge.payment_intent),
        operation: 'payment',
        id: charge.payment_intent,
        reference: charge.metadata.operation_id ?? '',
        amountMinor: String(charge.amount_captured),
        currency: charge.currency.toUpperCase(),
        state: 'done',
      })),
    ...state
      .all('refunds')
      .filter((refund) => refund.status !== 'failed')
      .map((refund): Effect => ({
        side: ownerOf(psp, refund.payment_intent),
        operation: 'refund',
        id: refund.id,
        reference: refund.metadata.operation_id ?? '',
        amountMinor: String(refund.amount),
        currency: refund.currency.toUpperCase(),
        state: refund.status === 'pending' ? 'pending' : 'done',
      })),
    ...state
      .all('payouts')
      .filter((payout) => payout.status !== 'returned')
      .map((payout) => sent('bank', payout)),
    ...state
      .all('payins')
      .filter((payin) => payin.status === 'paid')
      .map((payin): Effect => ({
        side: payin.side,
        operation: 'payment',
        id: payin.id,
        reference: payin.reference,
        amountMinor: payin.paidMinor,
        currency: payin.currency,
        state: 'done',
      })),
    ...state
      .all('givebacks')
      .filter((refund) => refund.status !== 'failed')
      .map((refund): Effect => ({
        side: refund.side,
        operation: 'refund',
        id: refund.id,
        reference: refund.reference,
        amountMinor: refund.amountMinor,
        currency: refund.currency,
        state: refund.status === 'pending' ? 'pending' : 'done',
      })),
    ...state
      .all('sendings')
      .filter((sending) => sending.status !== 'returned')
      .map((sending) => sent(sending.side, sending)),
  ];
}

function sent(
  side: ProviderSide,
  row: {
    readonly id: string;
    readonly reference: string;
    readonly amountMinor: string;
    readonly currency: string;
    readonly status: string;
  },
): Effect {
  const { id, reference, amountMinor, currency, status } = row;
  const state = status === 'paid' ? 'done' : 'pending';
  return { side, operation: 'payout', id, reference, amountMinor, currency, state };
}
