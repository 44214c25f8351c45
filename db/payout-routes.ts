import type { ConfiguredProvider } from '../domain/payments/eligibility';
import type { PlannedLeg } from '../domain/payments/return-to-source';
import type { Tx } from './connection';
import { bankDetails } from './payment-sources';
import { findRoute, keepRoute, type FoundRoute, type RouteQuestion } from './routing';
import type { RoutedLeg } from './withdrawal-legs';
import type { Withdrawal } from './withdrawals';

/**
 * Chooses the provider of each leg that has none. What came by a card goes back by whoever took it; a payout goes by
 * whoever can pay to the account. When nobody can now, it waits for one that is stopped or fails, or else is asked of
 * the first of the default list, whose refusal people look into.
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
): Promise<RoutedLeg[]> {
  const routed: RoutedLeg[] = [];
  // One after the other: a transaction has one connection.
  for (const [position, leg] of legs.entries()) {
    const { provider, ...planned } = leg;
    const sourceId = leg.sourceId ?? withdrawal.bankSourceId;
    if (provider !== null) routed.push({ ...planned, provider, evaluationId: null });
    else if (sourceId === null) throw new Error('a payout names its account');
    else {
      const asked = { leg: position + 1, amountMinor: leg.amountMinor, sourceId };
      const question = await payoutQuestion(tx, withdrawal, asked);
      const route = await findRoute(tx, { ...question, tried: [] }, providers);
      routed.push({
        ...planned,
        provider: takerOf(route),
        evaluationId: await keepRoute(tx, route),
      });
    }
  }
  return routed;
}

function takerOf({ outcome, parameters }: FoundRoute): string {
  if (outcome.decision === 'route') return outcome.provider;
  const waits = outcome.passedOver.find(
    ({ reason }) => reason === 'STOPPED' || reason === 'UNHEALTHY',
  );
  const [first] = parameters.fallback;
  const taker = waits?.provider ?? first;
  if (taker === undefined) throw new Error('the default list names nobody');
  return taker;
}

/** A payout to a bank account as routing is asked about it. */
export async function payoutQuestion(
  tx: Tx,
  { id, entityId, clientId, currency }: Withdrawal,
  leg: { readonly leg: number; readonly amountMinor: bigint; readonly sourceId: string },
): Promise<Omit<RouteQuestion, 'tried'>> {
  const { country } = await bankDetails(tx, clientId, leg.sourceId);
  return {
    ...{ subject: `${id}/leg-${leg.leg}`, entityId, clientId },
    payment: {
      ...{ flow: 'payout', rail: 'bank', destination: 'bank_account', country, currency },
      amountMinor: leg.amountMinor,
    },
  };
}
