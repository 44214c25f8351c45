import { shippedLists } from '../domain/policy/defaults/lists';
import { compilePolicy, type CompiledPolicy } from '../domain/policy/compile';
import { parseLayers } from '../domain/policy/check';
import { evaluate } from '../domain/policy/evaluate';
import type { RoutingOutcome } from '../domain/policy/kinds/routing';
import type { ConfiguredProvider, RoutedPayment } from '../domain/payments/eligibility';
import { refused } from '../domain/problem';
import { rows, type Tx } from './connection';
import { layersAt, layersInForce, withLayer, type Place } from './policy-layers';
import { effectivePolicy } from './policies';
import { readPolicy } from './policy-versions';
import { standingsNow } from './provider-health';
import { paymentFacts, providerFacts, routingKind, type RoutingKind } from './routing';

/** A payment that nobody has asked for. */
export interface RouteTrial {
  readonly entityId: string;
  readonly payment: RoutedPayment;
  readonly category: 'retail' | 'professional';
  /** The lot of a split, 0 to 99.99. */
  readonly draw: number;
  /** Providers that are taken to fail, or to be stopped. */
  readonly failing: readonly string[];
  readonly stopped: readonly string[];
  /** Those that fail or are stopped now, too. */
  readonly asNow: boolean;
  /** A draft to be tried in the place of what is in force. */
  readonly policyId?: string | undefined;
}

export interface TriedRoute {
  readonly outcome: RoutingOutcome;
  /** The rule that names the provider; null when none holds. */
  readonly rule: { readonly id: string; readonly title: string } | null;
}

/** Who would take the payment, and why; nothing is kept of it. 422 `other_kind` for a draft of another kind. */
export async function tryRoute(
  tx: Tx,
  trial: RouteTrial,
  providers: readonly ConfiguredProvider[],
): Promise<TriedRoute> {
  const { payment } = trial;
  const policy = await policyOf(tx, trial);
  const now = trial.asNow
    ? await standingsNow(tx, payment.flow, providers, policy.effective.parameters)
    : undefined;
  const standings = {
    stopped: new Set([...trial.stopped, ...(now?.stopped ?? [])]),
    unhealthy: new Set([...trial.failing, ...(now?.unhealthy ?? [])]),
    tried: new Set<string>(),
  };
  const evaluation = evaluate(policy, {
    ...paymentFacts(payment),
    ...providerFacts(providers, payment, standings),
    'payment.draw': trial.draw,
    'client.entity': trial.entityId,
    'client.category': trial.category,
    'client.deposits': 0,
  });
  const [hit] = evaluation.hits;
  return {
    outcome: evaluation.outcome,
    rule: hit === undefined ? null : { id: hit.ruleId, title: hit.title },
  };
}

async function policyOf(
  tx: Tx,
  { entityId, payment, policyId }: RouteTrial,
): Promise<CompiledPolicy<RoutingKind>> {
  const kind = routingKind(payment.flow);
  if (policyId === undefined) return (await effectivePolicy(tx, kind, { entityId })).compiled;
  const draft = await readPolicy(tx, policyId);
  if (draft.kind !== kind) throw refused('other_kind', `This is no policy of the kind ${kind}.`);
  const [place] = await rows<Place>(
    tx,
    'select id, jurisdiction from entity where id = :entityId',
    {
      entityId,
    },
  );
  const at = place === undefined ? [] : layersAt(await layersInForce(tx, kind), place);
  return compilePolicy(
    kind,
    parseLayers(kind, withLayer(at, draft.scope, draft.body), shippedLists),
  );
}
