import { rolesHolding } from '../domain/access/roles';
import { queueOf, seniorReason, type ApprovalQueue } from '../domain/kyc/approval-queues';
import { PolicyInvalid, type EffectivePolicy, type PolicyProblem } from '../domain/policy/body';
import { parseLayers, type StoredLayer } from '../domain/policy/check';
import { shippedLists } from '../domain/policy/defaults/lists';
import type { ParametersOf, PolicyKind, ThenOf } from '../domain/policy/kinds/registry';
import { foldLayers } from '../domain/policy/layers';
import { asSystem, rows, type Tx } from './connection';
import { layersAt, type Place } from './policy-layers';

type Approval = EffectivePolicy<ThenOf<'kyc.approval'>, ParametersOf<'kyc.approval'>>;

/** A row of an entity's folded policy that sends cases to a queue. */
interface Sending {
  readonly entity: string;
  readonly rule: string;
  readonly queue: ApprovalQueue;
  readonly needed: 1 | 2;
}

/**
 * Rows that would send cases to a queue which nobody of an entity may decide: an error where the draft sends them there, a
 * warning where that was so before. Too few for a row that wants two people is a warning: the task says so, too.
 */
export async function queueStaffProblems(
  tx: Tx,
  kind: PolicyKind,
  of: {
    readonly entities: readonly Place[];
    readonly standing: readonly StoredLayer[];
    readonly wanted: readonly StoredLayer[];
  },
): Promise<PolicyProblem[]> {
  if (kind !== 'kyc.approval') return [];
  const sendings = of.entities.flatMap((entity) => sendingsAt(of.wanted, entity));
  const before = new Set(
    of.entities.flatMap((entity) => sendingsAt(of.standing, entity)).map(keyOf),
  );
  const staff = await staffOf(tx, sendings);
  const told = new Map<string, PolicyProblem & { readonly entities: string[] }>();
  for (const sending of sendings) {
    const { entity, queue, rule, needed } = sending;
    const present = staff.get(`${entity} ${queue.permission}`) ?? 0;
    if (present >= needed) continue;
    const severity = present === 0 && !before.has(keyOf(sending)) ? 'error' : 'warning';
    const who = present === 0 ? 'nobody' : 'only one person';
    const key = `${rule} ${severity} ${who}`;
    const entities = [...(told.get(key)?.entities ?? []), entity];
    const detail = `${who} of ${entities.join(', ')} may decide what waits in the queue "${queue.name}" (${queue.permission})`;
    told.set(key, { pointer: '/rules', code: 'unstaffed_queue', detail, severity, rule, entities });
  }
  return [...told.values()].map(({ entities: _entities, ...problem }) => problem);
}

function keyOf({ entity, rule, queue }: Sending): string {
  return [entity, rule, queue.code, queue.permission].join(' ');
}

function sendingsAt(layers: readonly StoredLayer[], entity: Place): Sending[] {
  const folded = fold(layersAt(layers, entity));
  return (folded?.rules ?? []).flatMap(({ id, reason, then }): Sending[] => {
    const queue = queueOf(folded?.parameters.queues, then.queue ?? '');
    if (queue === undefined) return [];
    // Senior management is one of two, and the officer who reviews is the other.
    const isAlone = reason === seniorReason || queue.permission === 'pep.approve';
    return [{ entity: entity.id, rule: id, queue, needed: then.fourEyes && !isAlone ? 2 : 1 }];
  });
}

/** Layers that do not fit are told of otherwise. */
function fold(layers: readonly StoredLayer[]): Approval | undefined {
  try {
    return foldLayers('kyc.approval', parseLayers('kyc.approval', layers, shippedLists));
  } catch (error) {
    if (error instanceof PolicyInvalid) return undefined;
    throw error;
  }
}

/** How many active colleagues of each entity hold each permission, two at most. */
async function staffOf(tx: Tx, sendings: readonly Sending[]): Promise<Map<string, number>> {
  const asked = [
    ...new Map(
      sendings.map(({ entity, queue: { permission } }) => [
        `${entity} ${permission}`,
        { entity, permission, roles: rolesHolding(permission) },
      ]),
    ).values(),
  ];
  // Whoever writes a policy need not see who works here.
  const found = await asSystem(tx, (system) =>
    rows<{ entity: string; permission: string; present: number }>(
      system,
      `select a.entity, a.permission, (select count(*)::int from (select 1 from user_account u
         where u.kind = 'staff' and u.state = 'active' and a.entity = any (u.entities)
           and exists (select 1 from jsonb_array_elements_text(a.roles) r where r = any (u.roles)) limit 2) x) as present
       from jsonb_to_recordset(:asked::jsonb) as a (entity text, permission text, roles jsonb)`,
      { asked: JSON.stringify(asked) },
    ),
  );
  return new Map(found.map((row) => [`${row.entity} ${row.permission}`, row.present]));
}
