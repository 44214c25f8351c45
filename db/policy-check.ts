import { PolicyInvalid, type PolicyProblem } from '../domain/policy/body';
import { overlaySchema } from '../domain/policy/body.schema';
import {
  checkPolicy,
  parseLayers,
  reviewLayers,
  schemaProblems,
  type StoredLayer,
} from '../domain/policy/check';
import { shippedLists } from '../domain/policy/defaults/lists';
import { looseOf, textOf } from '../domain/policy/edit/loose';
import { draftRows } from '../domain/policy/edit/rows';
import { checkPlanForJurisdiction } from '../domain/partners/plan-check';
import { partnerPlanSchema } from '../domain/partners/plan.schema';
import { unreadQueueProblems } from '../domain/policy/unread-queues';
import { foldLayers } from '../domain/policy/layers';
import type { PolicyKind } from '../domain/policy/kinds/registry';
import type { PolicyLayerName, PolicyScope } from '../domain/policy/version';
import { rows, type Tx } from './connection';
import { questionProblems } from './policy-questions';
import { queueStaffProblems } from './policy-queues';

export interface DraftToCheck {
  readonly kind: PolicyKind;
  readonly scope: PolicyScope;
  readonly body: unknown;
}

export function errorCount(problems: readonly PolicyProblem[]): number {
  return problems.filter((problem) => problem.severity === 'error').length;
}

/**
 * Everything wrong with a version: in itself, and in every folded policy it would become part of (an edit of
 * the base can break an overlay above it).
 */
export async function checkDraft(tx: Tx, policy: DraftToCheck): Promise<PolicyProblem[]> {
  const { kind } = policy;
  const own =
    policy.scope.layer === 'base'
      ? checkPolicy(kind, policy.body, shippedLists)
      : overlayShape(policy);
  const unread = unreadQueueProblems(kind, policy.scope.layer, policy.body);
  if (errorCount([...own, ...unread]) > 0) return [...own, ...unread];
  const layers = await publishedLayers(tx, kind);
  const candidate = { ...policy.scope, body: policy.body };
  const others = layers.filter(
    (layer) => layer.layer !== candidate.layer || layer.layerKey !== candidate.layerKey,
  );
  const all: StoredLayer[] = [...others, candidate];
  const entities = await rows<{ id: string; jurisdiction: string }>(
    tx,
    'select id, jurisdiction from entity order by id limit 100',
  );
  const found = [...own, ...(await serverProblems(tx, policy))];
  const known = [...found];
  for (const entity of entities) {
    const stack = all.filter(
      ({ layer, layerKey }) =>
        layer === 'base' ||
        (layer === 'jurisdiction' && layerKey === entity.jurisdiction) ||
        (layer === 'entity' && layerKey === entity.id),
    );
    for (const problem of [
      ...stackProblems(kind, stack),
      ...lawProblems(kind, stack, entity.jurisdiction),
    ]) {
      if (known.some((each) => sameProblem(each, problem))) continue;
      known.push(problem);
      // Its row is one of the folded policy, which has more rows than the draft.
      found.push({ ...problem, detail: `${problem.detail} (with the layers of ${entity.id})` });
    }
  }
  const standing = layers;
  return [
    ...found,
    ...(await queueStaffProblems(tx, kind, { entities, standing, wanted: all })),
    ...(await questionProblems(tx, policy, entities)),
  ];
}

/**
 * Rules that send accounts to a server that is not here, or to a group that it has not: a warning, since the server may
 * be connected and its groups be made after the policy.
 */
async function serverProblems(tx: Tx, { scope, body }: DraftToCheck): Promise<PolicyProblem[]> {
  const isBase = scope.layer === 'base';
  // What the draft itself says: nothing lies below it here.
  const named = draftRows(scope.layer, body, []).flatMap(
    ({ at, standing, id: rule, rule: read }) => {
      const then = looseOf(read['then']);
      const server = textOf(then['server']);
      if (at === null || standing === 'off' || server === '') return [];
      const pointer = `/${isBase ? 'rules' : 'changes'}/${at}${isBase ? '' : '/with'}/then`;
      return [{ pointer, rule, server, group: textOf(then['group']) }];
    },
  );
  if (named.length === 0) return [];
  const known = await rows<{
    at: number;
    hasServer: boolean;
    hasGroups: boolean;
    hasGroup: boolean;
  }>(
    tx,
    `select n.at::int, s.id is not null as "hasServer",
       exists (select 1 from server_group g where g.server_id = n.server) as "hasGroups",
       exists (select 1 from server_group g where g.server_id = n.server and g.name = n.grp) as "hasGroup"
     from unnest(:servers::text[], :groups::text[]) with ordinality as n(server, grp, at)
     left join trading_server s on s.id = n.server order by n.at`,
    { servers: named.map(({ server }) => server), groups: named.map(({ group }) => group) },
  );
  return named.flatMap(({ pointer, rule, server, group }, i): PolicyProblem[] => {
    const of = { severity: 'warning', rule } as const;
    if (known[i]?.hasServer !== true)
      return [
        {
          ...of,
          pointer: `${pointer}/server`,
          code: 'unknown_server',
          detail: `no trading server "${server}" is here`,
        },
      ];
    // Before its feed has run once, nothing is known of a server's groups.
    if (!known[i].hasGroups || known[i].hasGroup || group === '') return [];
    return [
      {
        ...of,
        pointer: `${pointer}/group`,
        code: 'unknown_group',
        detail: `the server ${server} has no group "${group}"`,
      },
    ];
  });
}

function overlayShape(policy: DraftToCheck): PolicyProblem[] {
  const parsed = overlaySchema(policy.kind).safeParse(policy.body);
  return parsed.success ? [] : schemaProblems(parsed.error, '');
}

function stackProblems(kind: PolicyKind, stack: readonly StoredLayer[]): readonly PolicyProblem[] {
  try {
    return reviewLayers(kind, parseLayers(kind, stack, shippedLists));
  } catch (error) {
    if (error instanceof PolicyInvalid) return error.problems;
    throw error;
  }
}

/** What the law of an entity forbids in the plan that its layers make; layers that do not fit are told of otherwise. */
function lawProblems(
  kind: PolicyKind,
  stack: readonly StoredLayer[],
  jurisdiction: string,
): readonly PolicyProblem[] {
  if (kind !== 'partner.plan' || errorCount(stackProblems(kind, stack)) > 0) return [];
  const { parameters } = foldLayers(kind, parseLayers('partner.plan', stack, shippedLists));
  const plan = partnerPlanSchema.safeParse(parameters.plan);
  if (!plan.success) return [];
  return checkPlanForJurisdiction(plan.data, jurisdiction).map(({ pointer, detail, severity }) => ({
    pointer: `/parameters/plan${pointer}`,
    code: 'law',
    detail,
    severity,
  }));
}

function sameProblem(a: PolicyProblem, b: PolicyProblem): boolean {
  // The same row stands at another place in each folded policy.
  if (a.rule !== undefined && a.rule === b.rule && a.code === b.code) return true;
  if (a.code === 'no_default' && b.code === 'no_default') return true;
  return a.pointer === b.pointer && a.code === b.code && a.detail === b.detail;
}

async function publishedLayers(tx: Tx, kind: PolicyKind): Promise<StoredLayer[]> {
  const found = await rows<{ layer: PolicyLayerName; layer_key: string; body: unknown }>(
    tx,
    `select distinct on (layer, layer_key) layer, layer_key, body from policy_version
     where kind = :kind and state = 'published' order by layer, layer_key, effective_from desc, version desc`,
    { kind },
  );
  return found.map((row) => ({ layer: row.layer, layerKey: row.layer_key, body: row.body }));
}
