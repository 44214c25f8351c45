import { answerFactId, withAnswerFacts, withQuestions } from '../domain/policy/answer-facts';
import { type PolicyProblem, PolicyInvalid } from '../domain/policy/body';
import { parseLayers, type StoredLayer } from '../domain/policy/check';
import { shippedLists } from '../domain/policy/defaults/lists';
import type { FactCatalogue } from '../domain/policy/fact';
import { policyKinds, type PolicyKind } from '../domain/policy/kinds/registry';
import { foldLayers } from '../domain/policy/layers';
import type { PolicyScope } from '../domain/policy/version';
import type { Question } from '../domain/onboarding/questions';
import type { Tx } from './connection';
import { appliesAt, layersAt, layersInForce, placesOf, type Place } from './policy-layers';

/** The version that is edited, as far as it says what is asked. */
interface Edited {
  readonly kind: PolicyKind;
  readonly scope: PolicyScope;
  readonly body: unknown;
}

/**
 * The facts that rows of a version may read: the kind's, the answers to the questions that its clients are asked, and
 * those that it reads already.
 */
export async function factsOfVersion(tx: Tx, policy: Edited): Promise<FactCatalogue> {
  const own = policyKinds[policy.kind].facts;
  const used = withAnswerFacts(own, policy.body);
  if (!Object.hasOwn(own, 'questionnaire.answers')) return own;
  const asking = askingKind(policy.kind);
  const layers = await layersWith(tx, policy);
  const asked = (await placesOf(tx, policy.scope)).flatMap((place) =>
    questionsAt(asking, layers, place),
  );
  return { ...used, ...withQuestions(own, asked) };
}

/** Rows that read an answer which nobody is asked for: the row is never known, and the case goes to a person. */
export async function questionProblems(
  tx: Tx,
  policy: Edited,
  entities: readonly Place[],
): Promise<PolicyProblem[]> {
  const own = policyKinds[policy.kind].facts;
  const read = Object.keys(withAnswerFacts(own, policy.body)).filter(
    (id) => !Object.hasOwn(own, id),
  );
  if (read.length === 0) return [];
  const asking = askingKind(policy.kind);
  const layers = await layersWith(tx, policy);
  const reached = entities.filter((entity) => appliesAt(policy.scope, entity));
  return read.flatMap((id): PolicyProblem[] => {
    const silent = reached.filter(
      (entity) =>
        !questionsAt(asking, layers, entity).some((question) => answerFactId(question) === id),
    );
    if (silent.length === 0) return [];
    const [, type = '', code = ''] = id.split('.');
    return [
      {
        pointer: '',
        code: 'unknown_question',
        severity: 'warning',
        detail: `${silent.map((entity) => entity.id).join(', ')} asks no question "${code}" of the type ${type.replaceAll('_', ' ')}: there the row is not known, and a person decides`,
      },
    ];
  });
}

/** Which policy puts the questions that a kind reads the answers to. */
function askingKind(kind: PolicyKind): 'kyc.documents' | 'client.appropriateness' {
  return kind === 'client.appropriateness' ? kind : 'kyc.documents';
}

/** What is in force of the policy that asks, with the version that is edited if it is one of them. */
async function layersWith(tx: Tx, { kind, scope, body }: Edited): Promise<StoredLayer[]> {
  const inForce = await layersInForce(tx, askingKind(kind));
  if (kind !== askingKind(kind)) return inForce;
  const others = inForce.filter(
    (each) => each.layer !== scope.layer || each.layerKey !== scope.layerKey,
  );
  return [...others, { layer: scope.layer, layerKey: scope.layerKey, body }];
}

/** None where the layers do not fit: that is told of otherwise. */
function questionsAt(
  asking: 'kyc.documents' | 'client.appropriateness',
  layers: readonly StoredLayer[],
  entity: Place,
): readonly Question[] {
  try {
    const stack = parseLayers(asking, layersAt(layers, entity), shippedLists);
    return foldLayers(asking, stack).parameters.questions ?? [];
  } catch (error) {
    if (error instanceof PolicyInvalid) return [];
    throw error;
  }
}
