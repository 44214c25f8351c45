import { obstaclesTo, type Capabilities, type Movement } from '../../domain/payments/capabilities';
import type { ShownAction } from '../../domain/payments/next-action.schema';
import type {
  LookUp,
  NextAction,
  Outcome,
  PaymentProvider,
  PayoutRequest,
  Refused,
  Unknown,
} from './port';

/** It may have been done: for what cannot be read, and for answers that fit nothing. */
export function unknown(reason: string): Unknown {
  return { kind: 'unknown', reason };
}

/**
 * A refusal in words of our own. The provider's may quote what it was sent, and a refusal is told in
 * histories and tasks; its code is taken when it looks like one.
 */
export function refusedBy(provider: string, code: string | undefined): Refused {
  const known = code !== undefined && /^[A-Za-z0-9_.-]{1,60}$/.test(code) ? code : 'refused';
  return { kind: 'refused', code: known, reason: `${provider} refused it`, notSent: false };
}

/** The provider would never take it, so it is not asked: waiting changes nothing. */
export function refusedBefore(
  provider: string,
  capabilities: Capabilities,
  movement: Movement,
): Refused | undefined {
  const [obstacle] = obstaclesTo(capabilities, movement);
  if (obstacle === undefined) return undefined;
  const reason = `${provider} does not take this: ${obstacle}`;
  return { kind: 'refused', code: obstacle, reason, notSent: false };
}

/** The request lacks something of the payer or payee that the provider has to know. */
export function lacking(
  provider: string,
  code: 'payer_required' | 'destination_unsupported',
): Refused {
  return { kind: 'refused', code, reason: `${provider} cannot do without it`, notSent: false };
}

/** What a provider answers to an operation it does not have. */
function unsupported(provider: string, operation: string): Refused {
  return {
    kind: 'refused',
    code: 'unsupported',
    reason: `${provider} has no ${operation}`,
    notSent: false,
  };
}

interface MoneyMoved {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** What the provider says it has done, where that is what it was asked for; anything else is for people. */
export function doneAsAsked<T extends MoneyMoved>(answered: T, asked: MoneyMoved): Outcome<T> {
  const agrees = answered.amountMinor === asked.amountMinor && answered.currency === asked.currency;
  return agrees ? { kind: 'done', ...answered } : unknown('amount_differs');
}

/** What was found by an id of ours, which only one thing may carry. */
export function onlyOne<Row extends { readonly id: string }, T>(
  found: readonly Row[],
  read: (row: Row) => T,
): LookUp<T> {
  const [first, ...others] = found;
  if (!first) return { kind: 'absent' };
  if (others.length > 0) return { kind: 'ambiguous', providerRefs: found.map(({ id }) => id) };
  return { kind: 'found', ...read(first) };
}

/** As `refusedBefore`, of a payout. */
export function payoutRefusedBefore(
  provider: string,
  capabilities: Capabilities,
  { destination, amountMinor, currency }: PayoutRequest,
): Refused | undefined {
  return refusedBefore(provider, capabilities, {
    ...{ operation: 'payout', destination: destination.kind, amountMinor, currency },
  });
}

const nothing = () => Promise.resolve({ kind: 'absent' } as const);

/** The part of a provider that takes no payments. */
export function withoutPayments(
  provider: string,
): Pick<PaymentProvider, 'createPayment' | 'cancelPayment' | 'lookUpPayment'> {
  const createPayment = () => Promise.resolve(unsupported(provider, 'payment'));
  return { createPayment, cancelPayment: nothing, lookUpPayment: nothing };
}

/** The part of a provider that gives nothing back. */
export function withoutRefunds(provider: string): Pick<PaymentProvider, 'refund' | 'lookUpRefund'> {
  const refund = () => Promise.resolve(unsupported(provider, 'refund'));
  return { refund, lookUpRefund: nothing };
}

/** The part of a provider that pays nobody. */
export function withoutPayouts(provider: string): Pick<PaymentProvider, 'payout' | 'lookUpPayout'> {
  const payout = () => Promise.resolve(unsupported(provider, 'payout'));
  return { payout, lookUpPayout: nothing };
}

/** What the payer has to do, as it is kept and shown. */
export function shownAction(action: NextAction): ShownAction {
  if (!('expiresAt' in action)) return action;
  return { ...action, expiresAt: action.expiresAt?.toISOString() ?? null };
}
