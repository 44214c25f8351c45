import { type z } from 'zod';
import {
  parameterRecord,
  PolicyInvalid,
  type PolicyBody,
  type PolicyLayers,
  type PolicyList,
  type PolicyOverlay,
  type PolicyProblem,
} from './body';
import { bodySchema, overlaySchema, parameterSchemas } from './body.schema';
import { type ParametersOf, policyKinds, type PolicyKind, type ThenOf } from './kinds/registry';
import { foldLayers } from './layers';
import { ruleDoubts } from './doubts';
import { withAnswerFacts } from './answer-facts';
import { documentProblems } from './document-problems';
import { queueProblems } from './queue-problems';
import { type RuleContext, ruleProblems } from './rule-problems';
import { type PolicyLayerName } from './version';

export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly problems: readonly PolicyProblem[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Checks a base body from outside: shape, then facts, operators, values, ids, then what can never be or never
 * be reached. An empty list = nothing wrong.
 */
export function checkPolicy(
  kind: PolicyKind,
  body: unknown,
  lists: Readonly<Record<string, PolicyList>>,
): readonly PolicyProblem[] {
  const parsed = parsePolicy(kind, body, lists);
  if (!parsed.ok) return parsed.problems;
  const { rules, requires = [] } = parsed.value;
  return [
    ...parsed.problems,
    ...queueProblems(kind, parsed.value),
    ...ruleDoubts(contextOf(kind, parsed.value, lists), rules, requires),
  ];
}

/** As `checkLayers`, and what can never be or never be reached in the policy that the layers make. */
export function reviewLayers<K extends PolicyKind>(
  kind: K,
  layers: PolicyLayers<ThenOf<K>, ParametersOf<K>>,
): readonly PolicyProblem[] {
  const problems = checkLayers(kind, layers);
  if (problems.some((problem) => problem.severity === 'error')) return problems;
  const effective = foldLayers(kind, layers);
  const { parameters, lists, rules, requires } = effective;
  return [
    ...problems,
    ...queueProblems(kind, { parameters, rules }),
    ...ruleDoubts(contextOf(kind, effective, lists), rules, requires),
  ];
}

function contextOf(
  kind: PolicyKind,
  { parameters, rules, requires }: Pick<PolicyBody, 'rules' | 'requires'> & { parameters: unknown },
  lists: Readonly<Record<string, PolicyList>>,
): RuleContext {
  const { facts, hitPolicy } = policyKinds[kind];
  const known = withAnswerFacts(facts, [rules, requires]);
  return { facts: known, hitPolicy, parameters: parameterRecord(parameters), lists };
}

/** As `checkPolicy`, and gives the typed body when no problem is an error. */
export function parsePolicy<K extends PolicyKind>(
  kind: K,
  body: unknown,
  lists: Readonly<Record<string, PolicyList>>,
): Checked<PolicyBody<ThenOf<K>, ParametersOf<K>>> {
  const parsed = bodySchema(kind).safeParse(body);
  if (!parsed.success) return { ok: false, problems: schemaProblems(parsed.error, '') };
  // eslint-disable-next-line no-restricted-syntax -- a parser: zod has proved the shape and cannot express it per K
  const value = parsed.data as PolicyBody<ThenOf<K>, ParametersOf<K>>;
  const context = contextOf(kind, value, lists);
  return verdict(value, [
    ...ruleProblems(context, value.rules, value.requires ?? []),
    ...documentProblems(kind, value),
  ]);
}

/** Checks an overlay against the layers below it: its shape, and the policy that results. */
export function parseOverlay<K extends PolicyKind>(
  kind: K,
  below: PolicyLayers<ThenOf<K>, ParametersOf<K>>,
  overlay: unknown,
): Checked<PolicyOverlay<ThenOf<K>>> {
  const parsed = overlaySchema(kind).safeParse(overlay);
  if (!parsed.success) return { ok: false, problems: schemaProblems(parsed.error, '') };
  // eslint-disable-next-line no-restricted-syntax -- a parser, as above
  const value = parsed.data as PolicyOverlay<ThenOf<K>>;
  const layers = { ...below, overlays: [...below.overlays, { id: 'checked', overlay: value }] };
  return verdict(value, checkLayers(kind, layers));
}

/** A stored layer as `policy_version` keeps it. */
export interface StoredLayer {
  readonly layer: PolicyLayerName;
  readonly layerKey: string;
  readonly body: unknown;
}

/**
 * Reads stored layers (one base, then overlays in any order) back into typed ones: jurisdictions
 * below entities. Throws `PolicyInvalid` when a body does not fit its kind.
 */
export function parseLayers<K extends PolicyKind>(
  kind: K,
  stored: readonly StoredLayer[],
  lists: Readonly<Record<string, PolicyList>>,
): PolicyLayers<ThenOf<K>, ParametersOf<K>> {
  const base = stored.find((row) => row.layer === 'base');
  const parsed = parsePolicy(kind, base?.body, lists);
  if (!parsed.ok) throw new PolicyInvalid(kind, parsed.problems);
  let layers: PolicyLayers<ThenOf<K>, ParametersOf<K>> = {
    base: parsed.value,
    overlays: [],
    lists,
  };
  for (const name of ['jurisdiction', 'entity'] as const)
    for (const row of stored.filter((each) => each.layer === name)) {
      const overlay = parseOverlay(kind, layers, row.body);
      if (!overlay.ok) throw new PolicyInvalid(kind, overlay.problems);
      const named = { id: `${name}:${row.layerKey}`, overlay: overlay.value };
      layers = { ...layers, overlays: [...layers.overlays, named] };
    }
  return layers;
}

/** Everything wrong with the effective policy that the layers make. */
export function checkLayers<K extends PolicyKind>(
  kind: K,
  layers: PolicyLayers<ThenOf<K>, ParametersOf<K>>,
): readonly PolicyProblem[] {
  try {
    const effective = foldLayers(kind, layers);
    const parameters = parameterSchemas[kind].safeParse(effective.parameters);
    return [
      ...(parameters.success ? [] : schemaProblems(parameters.error, '/parameters')),
      ...ruleProblems(
        contextOf(kind, effective, effective.lists),
        effective.rules,
        effective.requires,
      ),
      ...(parameters.success ? documentProblems(kind, effective) : []),
    ];
  } catch (error) {
    if (error instanceof PolicyInvalid) return error.problems;
    throw error;
  }
}

function verdict<T>(value: T, problems: readonly PolicyProblem[]): Checked<T> {
  return problems.some((problem) => problem.severity === 'error')
    ? { ok: false, problems }
    : { ok: true, value, problems };
}

/** What a schema found, each at its place, in words that a person who fills in a form understands. */
export function schemaProblems(error: z.ZodError, prefix: string): PolicyProblem[] {
  return error.issues.map((issue) => ({
    pointer: prefix + issue.path.map((part) => `/${escapePointer(String(part))}`).join(''),
    code: 'schema',
    detail:
      issue.code === 'invalid_value'
        ? `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
        : issue.message,
    severity: 'error',
  }));
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
