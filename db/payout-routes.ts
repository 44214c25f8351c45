import type { ConfiguredProvider } from '../domain/payments/eligibility';
import type { PlannedLeg } from '../domain/payments/return-to-source';
import { payoutTaker } from '../domain/policy/kinds/routing';
import { isToken } from '../domain/payments/token-address';
import { readClient } from './clients';
import type { Tx } from './connection';
import { bankDetails, takesCurrency, type BankDetails } from './payment-sources';
import { findRoute, keepRoute, type RouteQuestion } from './routing';
import type { RoutedLeg } from './withdrawal-legs';
import { namedSource, type Withdrawal } from './withdrawals';

/**
 * Chooses the provider of each leg that has none. What came by a card goes back by whoever took it; a payout goes by
 * whoever can pay to the account. Undefined when the policy lets nobody pay a leg: then nothing of it is sent.
 */
export async function routeLegs(
  tx: Tx,
  {
    withdrawal,
    legs,
    providers,
  }: {
    readonly withdrawal: Withdrawal;
    readonly legs: readonly PlannedLeg[];
    readonly providers: readonly ConfiguredProvider[];
  },
): Promise<RoutedLeg[] | undefined> {
  const routed: RoutedLeg[] = [];
  for (const [position, leg] of legs.entries()) {
    const { provider, ...planned } = leg;
    const sourceId = leg.sourceId ?? namedSource(withdrawal);
    if (provider !== null) routed.push({ ...planned, provider, evaluationId: null });
    else if (sourceId === null) throw new Error('a payout names its account or address');
    else {
      // An account that takes its country's currency alone is paid nothing else.
      const account = isToken(withdrawal.currency)
        ? undefined
        : await bankDetails(tx, withdrawal.clientId, sourceId);
      if (account && !takesCurrency(account, withdrawal.currency)) return undefined;
      const asked = { leg: position + 1, amountMinor: leg.amountMinor, sourceId, account };
      const question = await payoutQuestion(tx, withdrawal, asked);
      const route = await findRoute(tx, { ...question, tried: [] }, providers);
      const evaluationId = await keepRoute(tx, route);
      const taker = payoutTaker(route.outcome);
      if (taker === undefined) return undefined;
      routed.push({ ...planned, provider: taker, evaluationId });
    }
  }
  return routed;
}

/** A payout to a bank account, or of tokens to an address, as routing is asked about it. */
export async function payoutQuestion(
  tx: Tx,
  { id, entityId, clientId, currency }: Withdrawal,
  leg: {
    readonly leg: number;
    readonly amountMinor: bigint;
    readonly sourceId: string;
    /** Where it was read before. */
    readonly account?: BankDetails | undefined;
  },
): Promise<Omit<RouteQuestion, 'tried'>> {
  const { amountMinor } = leg;
  const subject = `${id}/leg-${leg.leg}`;
  if (isToken(currency))
    return tokenQuestion(tx, { subject, entityId, clientId, currency, amountMinor });
  const { country } = leg.account ?? (await bankDetails(tx, clientId, leg.sourceId));
  return {
    ...{ subject, entityId, clientId },
    payment: {
      ...{ flow: 'payout', rail: 'bank', destination: 'bank_account', country, currency },
      amountMinor,
    },
  };
}

/** An address is in no country: it is asked with its client's. */
export async function tokenQuestion(
  tx: Tx,
  payout: {
    readonly subject: string;
    readonly entityId: string;
    readonly clientId: string;
    readonly currency: string;
    readonly amountMinor: bigint;
  },
): Promise<Omit<RouteQuestion, 'tried'>> {
  const { subject, entityId, clientId, currency, amountMinor } = payout;
  const { residence: country } = await readClient(tx, clientId);
  return {
    ...{ subject, entityId, clientId },
    payment: {
      ...{ flow: 'payout', rail: 'crypto', destination: 'crypto_address', country, currency },
      amountMinor,
    },
  };
}
