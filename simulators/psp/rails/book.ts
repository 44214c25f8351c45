import { type Change } from '../../journal/journal';
import { commit, settlementOf, settlementRow, type Operation, type Psp } from '../psp';
import { put, type RailSide, type Settlement } from '../state';

/** Money that somebody is to pay in. Amounts are decimal strings of minor units. */
export interface PayIn {
  readonly id: string;
  readonly side: RailSide;
  /** The merchant's own id of it. */
  readonly reference: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly status: 'open' | 'paid' | 'cancelled';
  readonly paidMinor: string;
  readonly refundedMinor: string;
  readonly disputed: boolean;
  /** Why it was not paid. */
  readonly code: string;
  readonly payer: string;
  readonly createdMs: number;
  readonly paidMs: number;
  readonly expiresMs: number;
  /** What the wire of this provider needs besides. */
  readonly facts: Facts;
}

export interface Sending {
  readonly id: string;
  readonly side: RailSide;
  readonly reference: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly status: 'accepted' | 'paid' | 'returned';
  readonly code: string;
  readonly createdMs: number;
  readonly facts: Facts;
}

/** Money of a pay-in on its way back. */
export interface GiveBack {
  readonly id: string;
  readonly side: RailSide;
  readonly reference: string;
  readonly payin: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly code: string;
  readonly createdMs: number;
  readonly facts: Facts;
}

export type Facts = Readonly<Record<string, string>>;

/** Something a provider tells its merchant. */
export type Happening =
  | { readonly kind: 'payin'; readonly row: PayIn }
  | { readonly kind: 'chargeback'; readonly row: PayIn; readonly atMs: number }
  | { readonly kind: 'payout'; readonly row: Sending }
  | { readonly kind: 'refund'; readonly row: GiveBack; readonly payin: PayIn };

/** The rows that tell of it; none where the provider is silent about such a thing. */
export type Announce = (psp: Psp, happening: Happening) => Change[];

/** A pay-in that nobody has paid yet. */
export function openPayIn(
  asked: Pick<
    PayIn,
    'id' | 'side' | 'reference' | 'amountMinor' | 'currency' | 'createdMs' | 'expiresMs'
  > &
    Partial<Pick<PayIn, 'payer' | 'facts'>>,
): PayIn {
  return {
    payer: '',
    facts: {},
    ...asked,
    status: 'open',
    paidMinor: '0',
    refundedMinor: '0',
    disputed: false,
    code: '',
    paidMs: 0,
  };
}

export function payInOf(psp: Psp, side: RailSide, by: Partial<Pick<PayIn, 'id' | 'reference'>>) {
  return psp.state
    .all('payins')
    .find((row) => row.side === side && (row.id === by.id || row.reference === by.reference));
}

export function sendingsOf(psp: Psp, side: RailSide, reference: string): Sending[] {
  return psp.state
    .all('sendings')
    .filter((row) => row.side === side && row.reference === reference);
}

export class CannotPay extends Error {
  override readonly name = 'CannotPay';
}

/** The payer pays: all of it, or what they happen to send. */
export function payPayIn(
  psp: Psp,
  announce: Announce,
  payin: PayIn,
  { amountMinor, payer }: { readonly amountMinor: bigint; readonly payer: string },
): PayIn {
  if (payin.status !== 'open') throw new CannotPay(`it is ${payin.status}`);
  if (payin.expiresMs < Date.now()) throw new CannotPay('it has expired');
  const fault = psp.faults.take(['partial', 'decline'], {
    operation: 'pay',
    content: payin.reference,
  });
  if (fault?.kind === 'decline') return closePayIn(psp, announce, payin, fault.code ?? '1032');
  const paid: PayIn = {
    ...payin,
    status: 'paid',
    paidMinor: String(fault ? amountMinor / 2n : amountMinor),
    payer,
    paidMs: Date.now(),
  };
  commit(psp, [put('payins', paid.id, paid), ...announce(psp, { kind: 'payin', row: paid })]);
  return paid;
}

/** Nobody can pay it any more. */
export function closePayIn(psp: Psp, announce: Announce, payin: PayIn, code: string): PayIn {
  if (payin.status !== 'open') return payin;
  const closed: PayIn = { ...payin, status: 'cancelled', code };
  commit(psp, [put('payins', closed.id, closed), ...announce(psp, { kind: 'payin', row: closed })]);
  return closed;
}

/** The payer's bank or wallet takes the money back, perhaps weeks later. */
export function chargeBack(psp: Psp, announce: Announce, payin: PayIn, atMs: number): void {
  const row: PayIn = { ...payin, disputed: true };
  commit(psp, [put('payins', row.id, row), ...announce(psp, { kind: 'chargeback', row, atMs })]);
}

/** The rows of a payout that was taken on, and of what becomes of it by itself. */
export function acceptSending(
  psp: Psp,
  announce: Announce,
  payout: Sending,
  content: string,
): Change[] {
  return [
    put('sendings', payout.id, payout),
    ...usually(psp, payout.id, 'payout', content),
    ...announce(psp, { kind: 'payout', row: payout }),
  ];
}

/** The rows of money given back; never more than was paid and is left. */
export function giveBack(
  psp: Psp,
  announce: Announce,
  { refund, payin }: { readonly refund: GiveBack; readonly payin: PayIn },
  content: string,
): Change[] {
  const after: PayIn = {
    ...payin,
    refundedMinor: String(BigInt(payin.refundedMinor) + BigInt(refund.amountMinor)),
  };
  return [
    put('payins', after.id, after),
    put('givebacks', refund.id, refund),
    ...usually(psp, refund.id, 'refund', content),
    ...announce(psp, { kind: 'refund', row: refund, payin: after }),
  ];
}

export function leftOf(payin: PayIn): bigint {
  const { status, disputed, paidMinor, refundedMinor } = payin;
  return status === 'paid' && !disputed ? BigInt(paidMinor) - BigInt(refundedMinor) : 0n;
}

function usually(psp: Psp, id: string, operation: Operation, content: string): Change[] {
  const unusual = settlementOf(psp, id, operation, content);
  if (unusual === 'never') return [];
  const usual: Settlement = { id, dueMs: Date.now() + psp.settleMs, to: 'done', code: '' };
  return [settlementRow(unusual ?? usual)];
}

export function settleSending(
  psp: Psp,
  announce: Announce,
  payout: Sending,
  settlement: Settlement,
): void {
  const ended = put('settlements', settlement.id, null);
  if (payout.status !== 'accepted') return commit(psp, [ended]);
  const done = settlement.to === 'done';
  const settled: Sending = {
    ...payout,
    status: done ? 'paid' : 'returned',
    code: done ? '' : settlement.code || 'returned',
  };
  commit(psp, [
    ended,
    put('sendings', settled.id, settled),
    ...announce(psp, { kind: 'payout', row: settled }),
  ]);
}

/** A refund that fails gives the pay-in its amount back. */
export function settleGiveBack(
  psp: Psp,
  announce: Announce,
  refund: GiveBack,
  settlement: Settlement,
): void {
  const ended = put('settlements', settlement.id, null);
  const payin = psp.state.get('payins', refund.payin);
  if (refund.status !== 'pending' || !payin) return commit(psp, [ended]);
  const done = settlement.to === 'done';
  const settled: GiveBack = {
    ...refund,
    status: done ? 'succeeded' : 'failed',
    code: done ? '' : settlement.code || 'failed',
  };
  const left = BigInt(payin.refundedMinor) - BigInt(refund.amountMinor);
  const after: PayIn = done ? payin : { ...payin, refundedMinor: String(left) };
  commit(psp, [
    ended,
    put('givebacks', settled.id, settled),
    put('payins', after.id, after),
    ...announce(psp, { kind: 'refund', row: settled, payin: after }),
  ]);
}
