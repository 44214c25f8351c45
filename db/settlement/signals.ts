import { formatAmount } from '../../domain/money';
import type { Facts } from '../../domain/policy/fact';
import {
  type ClientRelation,
  type PartnerFraudParameters,
} from '../../domain/policy/kinds/partner-fraud';
import { rows, type Tx } from '../connection';
import { createSignalTable, fillSignals, readSignals } from './signals.sql';

/** What the rules on fraud are told of a client who earned partners in a settlement. */
export interface ClientSignals {
  readonly clientId: string;
  readonly facts: Facts;
}

interface SignalRow {
  readonly client_id: string;
  readonly total_minor: string;
  readonly percent_of_revenue: number;
  readonly lots: number;
  readonly lots_per_thousand: number;
  readonly short_percent: number;
  readonly opposite_percent: number;
  readonly client_relation: ClientRelation;
  readonly partner_relation: ClientRelation;
  readonly click_seconds: number | null;
}

/**
 * The signals of every client who earned the partners of a settlement `commissionMin` or more, read from the tables of its run,
 * which has to be the last one of the transaction.
 */
export async function signalsOfRun(
  tx: Tx,
  { id, currency }: { readonly id: string; readonly currency: string },
  parameters: PartnerFraudParameters,
): Promise<ClientSignals[]> {
  const { commissionMin, shortSeconds, shortMovePoints, oppositeSeconds } = parameters;
  await tx.sql.raw(createSignalTable);
  await rows(tx, fillSignals, { shortSeconds, shortMovePoints, oppositeSeconds });
  await tx.sql.raw('analyze run_signal');
  const found = await rows<SignalRow>(tx, readSignals, { id, commissionMin });
  return found.map((row) => ({
    clientId: row.client_id,
    facts: {
      'commission.total': formatAmount(BigInt(row.total_minor), currency),
      'commission.percentOfRevenue': row.percent_of_revenue,
      'trading.lots': row.lots,
      'trading.lotsPerThousand': row.lots_per_thousand,
      'trading.shortPercent': row.short_percent,
      'trading.oppositePercent': row.opposite_percent,
      'client.relation': row.client_relation,
      'partner.relation': row.partner_relation,
      'registration.clicked': row.click_seconds !== null,
      'registration.clickSeconds': row.click_seconds,
    },
  }));
}

/** A person looks at so many deals of a client. */
const ticketsShown = 20;

/** Deals that the signals are about: short and opposite ones first, then the largest. */
export async function ticketsOfRun(
  tx: Tx,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await rows<{ client_id: string; tickets: string[] }>(
    tx,
    `select client_id, array_agg(ticket::text order by rank) as tickets from (
       select client_id, ticket, row_number() over (partition by client_id
         order by max(is_short::int + is_opposite::int) desc, sum(lots_e8) desc, ticket) as rank
       from run_signal where client_id = any (:clientIds::text[]) group by client_id, server_id, ticket
     ) ranked where rank <= ${ticketsShown} group by client_id`,
    { clientIds: [...clientIds] },
  );
  return new Map(found.map((row) => [row.client_id, row.tickets]));
}
