import { newId } from '../domain/ids';
import { notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { readEntity } from './entities';
import { appendEvents } from './events';

/** One entity's partners that are settled together: the same period, the same currency of payment. */
export interface PlanSet {
  readonly id: string;
  readonly entityId: string;
  readonly name: string;
  readonly period: 'monthly';
  readonly currency: string;
  readonly createdAt: string;
}

interface PlanSetRow {
  readonly id: string;
  readonly entity_id: string;
  readonly name: string;
  readonly period: 'monthly';
  readonly currency: string;
  readonly created_at: string;
}

const columns = 'id, entity_id, name, period, currency, created_at';

function fromRow(row: PlanSetRow): PlanSet {
  return {
    id: row.id,
    entityId: row.entity_id,
    name: row.name,
    period: row.period,
    currency: row.currency,
    createdAt: utc(row.created_at),
  };
}

/** Makes a plan set. 404 for an entity that is not the caller's, 422 `currency_not_offered`. */
export async function createPlanSet(
  tx: Tx,
  planSet: { readonly entityId: string; readonly name: string; readonly currency: string },
): Promise<PlanSet> {
  const { entityId } = planSet;
  if (tx.scope.kind === 'staff' && !tx.scope.entities.includes(entityId)) throw notFound('entity');
  const entity = await readEntity(tx, entityId);
  if (!entity.currencies.includes(planSet.currency)) {
    throw refused('currency_not_offered', 'The entity keeps no wallets in this currency.', {
      currencies: entity.currencies,
    });
  }
  return asSystem(tx, async (system) => {
    const [row] = await rows<PlanSetRow>(
      system,
      `insert into plan_set (id, entity_id, name, period, currency) values (:id, :entityId, :name, 'monthly', :currency)
       returning ${columns}`,
      { id: newId('planSet'), entityId, name: planSet.name, currency: planSet.currency },
    );
    if (!row) throw new Error('the plan set was not inserted');
    const created = fromRow(row);
    await appendEvents(system, [
      {
        subject: created.id,
        type: 'plan_set.created',
        entityId,
        payload: { currency: created.currency },
      },
    ]);
    return created;
  });
}

/** Throws `not_found` (404), also for another entity's. */
export async function readPlanSet(tx: Tx, id: string): Promise<PlanSet> {
  const [row] = await rows<PlanSetRow>(tx, `select ${columns} from plan_set where id = :id`, {
    id,
  });
  if (!row) throw notFound('plan set');
  return fromRow(row);
}

/** Plan sets that the scope may see, newest first; `after` is the last one's id. */
export async function listPlanSets(
  tx: Tx,
  { after, limit }: { after?: string; limit: number },
): Promise<PlanSet[]> {
  const found = await rows<PlanSetRow>(
    tx,
    `select ${columns} from plan_set where (:after::text is null or id < :after) order by id desc limit :limit`,
    { after: after ?? null, limit },
  );
  return found.map(fromRow);
}
