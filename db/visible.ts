import type { IdKind } from '../domain/ids';
import { notFound } from '../domain/problem';
import { rows, type Tx } from './connection';

/**
 * Where a thing is looked up, under the caller's row-level security. Partners see no plan set and no
 * settlement, but know those that their own rows name.
 */
const lookups = {
  account: 'select 1 from trading_account where id = :id',
  agreement: 'select 1 from agreement_version where id = :id',
  client: 'select 1 from client where id = :id',
  entityProposal: 'select 1 from entity_proposal where id = :id',
  ledgerTransaction: 'select 1 from ledger_transaction where id = :id',
  partner: 'select 1 from partner where id = :id',
  payout: 'select 1 from settlement_payout where id = :id',
  planSet:
    'select 1 from plan_set where id = :id union all select 1 from partner where plan_set = :id',
  // As db/policy-versions.ts: the base, and the layers of the entities and their jurisdictions.
  policyVersion: `select 1 from policy_version where id = :id and (scope_kind() = 'system' or scope_kind() = 'staff' and (
    layer = 'base' or (layer = 'entity' and layer_key = any (scope_list('entities')))
    or (layer = 'jurisdiction' and layer_key in (select jurisdiction from entity where id = any (scope_list('entities'))))))`,
  settlement: `select 1 from settlement where id = :id
    union all select 1 from settlement_payout where settlement_id = :id`,
} as const satisfies Partial<Record<IdKind, string>>;

/** What a list can be filtered by: a thing with an id, or a legal entity. */
export type Named = keyof typeof lookups | 'entity';

const wordsOf: Readonly<Partial<Record<Named, string>>> = {
  entityProposal: 'proposal',
  ledgerTransaction: 'ledger transaction',
  planSet: 'plan set',
  policyVersion: 'policy',
};

const named = new Set<string>([...Object.keys(lookups), 'entity']);

export function isNamed(kind: string): kind is Named {
  return named.has(kind);
}

/** Throws `not_found` (404) unless the thing exists and the scope sees it. */
export async function assertVisible(tx: Tx, kind: Named, id: string): Promise<void> {
  const seen =
    kind === 'entity'
      ? maySeeEntity(tx, id)
      : (await rows(tx, `${lookups[kind]} limit 1`, { id })).length > 0;
  if (!seen) throw notFound(wordsOf[kind] ?? kind);
}

/** Whether the legal entity is one of the caller's. */
export function maySeeEntity({ scope }: Tx, entityId: string): boolean {
  if (scope.kind === 'system') return true;
  return scope.kind === 'staff' ? scope.entities.includes(entityId) : scope.entityId === entityId;
}
