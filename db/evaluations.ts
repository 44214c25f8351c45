import { newId } from '../domain/ids';
import type { Facts } from '../domain/policy/fact';
import { evaluate, type Evaluation } from '../domain/policy/evaluate';
import type { ParametersOf, PolicyKind } from '../domain/policy/kinds/registry';
import { sendAhead, type Tx } from './connection';
import { canonical, type Json } from './events';
import { encryptFor } from './personal-data';
import { effectivePolicy, type PolicyInForce } from './policies';

export interface PolicyQuestion<K extends PolicyKind> {
  readonly kind: K;
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string | null;
  /** Whose data the facts are; facts and trace are kept as that person's ciphertext. */
  readonly personId: string | null;
  readonly facts: Facts;
  /** When the case was opened that asks: it keeps what was in force then, as far as publications do not reach it. */
  readonly openedAt?: string;
}

export interface PolicyAnswer<K extends PolicyKind> {
  readonly id: string;
  readonly evaluation: Evaluation<K>;
  readonly pins: readonly string[];
  readonly parameters: ParametersOf<K>;
}

/**
 * Evaluates the policy in force on the facts and keeps version, inputs, outcome and trace, so that running it
 * again gives the same answer and anybody can see why.
 */
export async function decideByPolicy<K extends PolicyKind>(
  tx: Tx,
  question: PolicyQuestion<K>,
): Promise<PolicyAnswer<K>> {
  const { entityId, openedAt } = question;
  const policy = await effectivePolicy(tx, question.kind, {
    entityId,
    ...(openedAt === undefined ? {} : { openedAt }),
  });
  return keepAnswer(tx, question, policy);
}

/** Evaluates a policy that was read before, and keeps it as `decideByPolicy` does. */
export async function keepAnswer<K extends PolicyKind>(
  tx: Tx,
  question: PolicyQuestion<K>,
  policy: PolicyInForce<K>,
): Promise<PolicyAnswer<K>> {
  const evaluation = evaluate(policy.compiled, question.facts);
  const id = newId('evaluation');
  const kept = async (field: string, value: unknown) => {
    const text = canonical(JSON.parse(JSON.stringify(value)) as Json);
    return question.personId === null
      ? text
      : encryptFor(tx, question.personId, `evaluation.${field}`, text);
  };
  await sendAhead(
    tx,
    `insert into evaluation (id, kind, subject, entity_id, client_id, person_id, pins, compiled_hash, facts, outcome, trace)
     values (:id, :kind, :subject, :entityId, :clientId, :personId, :pins, :hash, :facts, :outcome, :trace)`,
    {
      id,
      kind: question.kind,
      subject: question.subject,
      entityId: question.entityId,
      clientId: question.clientId,
      personId: question.personId,
      pins: policy.pins,
      hash: policy.hash,
      facts: await kept('facts', question.facts),
      outcome: JSON.stringify(evaluation.outcome),
      trace: await kept('trace', evaluation.trace),
    },
  );
  return { id, evaluation, pins: policy.pins, parameters: policy.compiled.effective.parameters };
}
