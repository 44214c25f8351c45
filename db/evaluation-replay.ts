import { z } from 'zod';
import { may } from '../domain/access/scope';
import { betrayingFacts } from '../domain/policy/hidden-facts';
import { comparisonsOf, type RuleTrace } from '../domain/policy/trace';
import { evaluate } from '../domain/policy/evaluate';
import { hashPolicy } from '../domain/policy/hash';
import { isPolicyKind, type PolicyKind } from '../domain/policy/kinds/registry';
import { forbidden, notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import { canonical, type Json } from './events';
import { decryptAll, erasedText } from './personal-data';
import { compiledFrom, layersOfVersions } from './policy-layers';
import { evidencePermission } from './policy-simulations';
import { readFacts } from './policy-simulation-page';

/** Where a decision that was run again came out otherwise than it is kept. */
export const replayParts = ['policy', 'outcome', 'trace'] as const;
export type ReplayPart = (typeof replayParts)[number];

/** What was decided, as it is kept and as it comes out when it is run again. */
export interface Replay {
  readonly id: string;
  readonly kind: PolicyKind;
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly at: string;
  /** Ids of the policy's versions that decided: base, jurisdiction, entity. */
  readonly pins: readonly string[];
  /** `erased`: the facts went with the person's key, and nothing can be run any more. */
  readonly verdict: 'same' | 'differs' | 'erased';
  readonly differs: readonly ReplayPart[];
  readonly kept: { readonly outcome: Json; readonly trace: Json };
  readonly again: { readonly outcome: Json; readonly trace: Json } | undefined;
}

interface EvaluationRow {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly person_id: string | null;
  readonly pins: readonly string[];
  readonly compiled_hash: string;
  readonly facts: string;
  readonly outcome: Json;
  readonly trace: string;
  readonly at: string;
}

/**
 * Runs a decision again: the versions that it was pinned to, on the facts that it was given. Nothing is written.
 * Throws 404 `not_found`, also for what only those who judge screenings may know of; 403 without the permission that
 * the thing's own page asks for.
 */
export async function replayEvaluation(tx: Tx, id: string): Promise<Replay> {
  const [row] = await rows<EvaluationRow>(
    tx,
    `select id, kind, subject, entity_id, client_id, person_id, pins, compiled_hash, facts, outcome, trace, at
     from evaluation where id = :id`,
    { id },
  );
  if (!row || !isPolicyKind(row.kind)) throw notFound('evaluation');
  if (row.subject.startsWith('restricted/') && !may(tx.scope, 'screening.decide'))
    throw notFound('evaluation');
  const permission = evidencePermission(row.kind);
  // That there is one of these tells already.
  const isSecret = permission === 'restricted.read' || permission === 'screening.decide';
  if (!may(tx.scope, permission)) throw isSecret ? notFound('evaluation') : forbidden(permission);

  const [facts = '', trace = ''] = await opened(tx, row);
  const about = {
    ...{ id: row.id, kind: row.kind, subject: row.subject, entityId: row.entity_id },
    ...{ clientId: row.client_id, at: utc(row.at), pins: row.pins },
  };
  if (facts === erasedText) {
    const kept = without({ outcome: row.outcome, trace: [] }, []);
    return { ...about, verdict: 'erased', differs: [], kept, again: undefined };
  }
  const kept = { outcome: row.outcome, trace: jsonOf(trace) };
  const layers = await layersOfVersions(tx, row.pins);
  if (layers.length !== row.pins.length) {
    const decision = without({ outcome: row.outcome, trace: [] }, []);
    return { ...about, verdict: 'differs', differs: ['policy'], kept: decision, again: undefined };
  }
  const compiled = compiledFrom(row.kind, layers);
  const evaluation = evaluate(compiled, readFacts(facts));
  const again = {
    outcome: jsonOf(JSON.stringify(evaluation.outcome)),
    trace: jsonOf(JSON.stringify(evaluation.trace)),
  };
  const isSame: Readonly<Record<ReplayPart, boolean>> = {
    policy: hashPolicy(compiled.effective) === row.compiled_hash,
    outcome: canonical(again.outcome) === canonical(kept.outcome),
    trace: canonical(again.trace) === canonical(kept.trace),
  };
  const differs = replayParts.filter((part) => !isSame[part]);
  const verdict = differs.length === 0 ? 'same' : 'differs';
  const whole = { ...about, verdict, differs, kept, again } as const;
  if (tx.scope.kind === 'system' || (tx.scope.kind === 'staff' && tx.scope.restricted))
    return whole;
  const betraying = evaluation.trace.filter(tellsOfHold).map(({ ruleId }) => ruleId);
  return { ...whole, kept: without(kept, betraying), again: without(again, betraying) };
}

/** Whether a rule looks at what a hidden hold makes true. */
function tellsOfHold({ tree }: RuleTrace): boolean {
  return comparisonsOf(tree).some(({ fact }) => betrayingFacts.has(fact));
}

/** Decision and rules without what would tell of a hidden hold: as on the thing's own page. */
function without(
  { outcome, trace }: { readonly outcome: Json; readonly trace: Json },
  rules: readonly string[],
) {
  const { decision, level } = decisionShape.parse(outcome);
  return {
    outcome: { ...(decision ? { decision } : {}), ...(level ? { level } : {}) },
    trace: ruleShape
      .array()
      .parse(trace)
      .filter(({ ruleId }) => !rules.includes(ruleId))
      .map((rule) => jsonOf(JSON.stringify(rule))),
  };
}

const decisionShape = z.looseObject({
  decision: z.string().optional(),
  level: z.string().optional(),
});
const ruleShape = z.looseObject({ ruleId: z.string() });

/** Facts and trace in clear. */
async function opened(tx: Tx, row: EvaluationRow): Promise<string[]> {
  const { person_id: personId } = row;
  if (personId === null) return [row.facts, row.trace];
  return decryptAll(tx, [
    { personId, field: 'evaluation.facts', text: row.facts },
    { personId, field: 'evaluation.trace', text: row.trace },
  ]);
}

function jsonOf(text: string): Json {
  return JSON.parse(text) as Json;
}
