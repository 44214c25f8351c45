import { formatAmount, type Money } from '../domain/money';
import {
  passOver,
  passOverReasons,
  type ConfiguredProvider,
  type PassOverReason,
  type ProviderStandings,
  type RoutedPayment,
} from '../domain/payments/eligibility';
import type { Flow } from '../domain/payments/flow';
import type { Rail } from '../domain/payments/rails';
import { retryDecision } from '../domain/payments/retry';
import { drawOf } from '../domain/payments/route';
import { evaluate } from '../domain/policy/evaluate';
import type { Facts } from '../domain/policy/fact';
import {
  passOverFacts,
  type RoutingOutcome,
  type RoutingParameters,
} from '../domain/policy/kinds/routing';
import { atOnce } from './at-once';
import { rows, type Tx } from './connection';
import { keepAnswer } from './evaluations';
import { effectivePolicy, type PolicyInForce } from './policies';
import { standingsNow } from './provider-health';

export type RoutingKind = 'routing.payin' | 'routing.payout';

/** A payment, or the leg of one, that looks for its provider. */
export interface RouteQuestion {
  /** Whose id draws the lot of a split, and under which the evaluation is kept. */
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly payment: RoutedPayment;
  /** Providers that have refused this payment. */
  readonly tried: readonly string[];
}

/** What a payment would come to, before anything is kept of it. */
export interface FoundRoute {
  readonly question: RouteQuestion;
  readonly facts: Facts;
  readonly outcome: RoutingOutcome;
  readonly parameters: RoutingParameters;
  readonly policy: PolicyInForce<RoutingKind>;
}

export function routingKind(flow: Flow): RoutingKind {
  return flow === 'payin' ? 'routing.payin' : 'routing.payout';
}

/**
 * Who takes the payment by the entity's routing policy, what the providers can do, what is stopped and how they do
 * at present. Runs as the system. Keeps nothing: `keepRoute` does, once it is followed.
 */
export async function findRoute(
  tx: Tx,
  question: RouteQuestion,
  providers: readonly ConfiguredProvider[],
): Promise<FoundRoute> {
  const { entityId, clientId, payment } = question;
  const [policy, ofClient] = await atOnce(
    tx,
    () => effectivePolicy(tx, routingKind(payment.flow), { entityId }),
    () => clientFacts(tx, clientId),
  );
  const { parameters } = policy.compiled.effective;
  const now = await standingsNow(tx, payment.flow, providers, parameters);
  const standings = { ...now, tried: new Set(question.tried) };
  const facts: Facts = {
    ...paymentFacts(payment),
    ...ofClient,
    ...providerFacts(providers, payment, standings),
    'payment.draw': drawOf(question.subject),
    'client.entity': entityId,
  };
  const { outcome } = evaluate(policy.compiled, facts);
  return { question, facts, outcome, parameters, policy };
}

/** Keeps version, facts, outcome and trace of a route that is followed; answers the evaluation's id. */
export async function keepRoute(tx: Tx, { question, facts, policy }: FoundRoute): Promise<string> {
  const { subject, entityId, clientId, payment } = question;
  const kept = await keepAnswer(
    tx,
    { kind: routingKind(payment.flow), subject, entityId, clientId, personId: clientId, facts },
    policy,
  );
  return kept.id;
}

/** Whether the next provider is asked after a refusal, by the policy in force. */
export async function decisionAfter(
  tx: Tx,
  refusal: {
    readonly flow: Flow;
    readonly entityId: string;
    readonly provider: string;
    readonly code: string;
  },
): Promise<'next' | 'stop'> {
  const { entityId } = refusal;
  const { compiled } = await effectivePolicy(tx, routingKind(refusal.flow), { entityId });
  return retryDecision(compiled.effective.parameters.retry, refusal);
}

export function paymentFacts({ rail, currency, amountMinor, country }: RoutedPayment): Facts {
  return {
    'payment.rail': rail,
    'payment.currency': currency,
    'payment.amount': formatAmount(amountMinor, currency),
    'payment.country': country,
  };
}

/** The lists of providers by which a policy passes them over. */
export function providerFacts(
  providers: readonly ConfiguredProvider[],
  payment: RoutedPayment,
  standings: ProviderStandings,
): Facts {
  const reasons = new Map<string, PassOverReason | undefined>(
    providers.map((provider) => [provider.name, passOver(provider, payment, standings)]),
  );
  const names = [...reasons.keys()];
  return {
    'providers.known': names,
    ...Object.fromEntries(
      passOverReasons.map((reason) => [
        passOverFacts[reason],
        names.filter((name) => reasons.get(name) === reason),
      ]),
    ),
  };
}

async function clientFacts(tx: Tx, clientId: string): Promise<Facts> {
  const [row] = await rows<{ category: string; deposits: number }>(
    tx,
    `select c.category, (select count(*)::int from deposit d where d.client_id = c.id and d.credited_at is not null) as deposits
     from client c where c.id = :clientId`,
    { clientId },
  );
  return { 'client.category': row?.category ?? null, 'client.deposits': row?.deposits ?? null };
}

/** A deposit as routing is asked about it: a client pays from where they live, as far as anybody knows before. */
export async function payinQuestion(
  tx: Tx,
  deposit: {
    readonly id: string;
    readonly entityId: string;
    readonly clientId: string;
    readonly amount: Money;
    readonly rail: Rail;
  },
): Promise<RouteQuestion> {
  const { id, entityId, clientId, amount, rail } = deposit;
  const [client] = await rows<{ residence: string }>(
    tx,
    'select residence from client where id = :clientId',
    { clientId },
  );
  if (!client) throw new Error(`there is no client ${clientId}`);
  return {
    ...{ subject: id, entityId, clientId, tried: [] },
    payment: { flow: 'payin', rail, country: client.residence, ...amount },
  };
}
