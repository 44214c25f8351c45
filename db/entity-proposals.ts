import { entityPlanSchema, type EntityPlan } from '../domain/entity/plan';
import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import type { Json } from './events';

export const entityProposalStates = ['proposed', 'made', 'rejected'] as const;

/** A new entity, as one colleague asks for it. */
export interface EntityProposal {
  readonly id: string;
  /** Where it is asked for. */
  readonly entityId: string;
  readonly code: string;
  readonly plan: EntityPlan;
  readonly state: (typeof entityProposalStates)[number];
  /** Of the person: `usr_…`. */
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface ProposalRow {
  readonly id: string;
  readonly entity_id: string;
  readonly code: string;
  readonly plan: unknown;
  readonly state: EntityProposal['state'];
  readonly requested_by: string;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const proposalColumns = 'id, entity_id, code, plan, state, requested_by, created_at, finished_at';

function fromRow(row: ProposalRow): EntityProposal {
  return {
    id: row.id,
    entityId: row.entity_id,
    code: row.code,
    plan: entityPlanSchema.parse(row.plan),
    state: row.state,
    requestedBy: row.requested_by,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/** Throws `not_found` (404). */
export async function readEntityProposal(tx: Tx, id: string): Promise<EntityProposal> {
  const [row] = await rows<ProposalRow>(
    tx,
    `select ${proposalColumns} from entity_proposal where id = :id and kind = 'new'`,
    { id },
  );
  if (!row) throw notFound('proposal');
  return fromRow(row);
}

/** Newest first; `after` is the id of the last one of the page before. */
export async function listEntityProposals(
  tx: Tx,
  { state, after, limit }: { state?: string; after?: string; limit: number },
): Promise<EntityProposal[]> {
  const found = await rows<ProposalRow>(
    tx,
    `select ${proposalColumns} from entity_proposal
     where kind = 'new' and (:state::text is null or state = :state) and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    { state: state ?? null, after: after ?? null, limit },
  );
  return found.map(fromRow);
}

/** What an approver signs: all of it. */
export function contentOfProposal({
  id,
  plan,
  requestedBy,
}: Pick<EntityProposal, 'id' | 'plan' | 'requestedBy'>): { readonly [key: string]: Json } {
  const { brand, bankAccounts, groups, legalTexts, ...rest } = plan;
  return {
    ...{ proposal: id, ...rest, requestedBy },
    ...{ brand: { ...brand } },
    bankAccounts: bankAccounts.map((each) => ({ ...each })),
    groups: groups.map(({ category, ...each }) => ({ ...each, category: category ?? null })),
    legalTexts: legalTexts.map((each) => ({ ...each })),
  };
}
