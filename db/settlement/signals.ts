import { formatAmount } from '../../domain/money';
import type { Facts } from '../../domain/policy/fact';
import {
  type ClientRelation,
  type PartnerFraudParameters,
} from '../../domain/policy/kinds/partner-fraud';
import { rows, type Tx } from '../connection';
import { effectivePolicy } from '../policies';
import { beginRun, ofClients } from './engine';
import { planSegments, type PlanSegment } from './plan-segments';
import type { Settlement } from './settlements';
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
  readonly ip_partner: boolean;
  readonly ip_clients: number;
  readonly name_partner: boolean;
  readonly name_clients: number;
  readonly address_partner: boolean;
  readonly address_clients: number;
}

const dayMs = 86_400_000;

/** From when a settlement of days or a week is looked at; null where its own period is a month. */
function lookedAtFrom({ from, to }: Pick<Settlement, 'from' | 'to'>): string | null {
  const isMonth = Date.parse(to) - Date.parse(from) >= 28 * dayMs;
  return isMonth ? null : new Date(Date.parse(to) - 30 * dayMs).toISOString();
}

/**
 * Marks what clients traded in the month until the end of a period that is shorter, by a run of its own, before the one that is
 * kept: nobody churns within a day. The rules' thresholds are those of months.
 */
export async function markMonth(
  tx: Tx,
  settlement: Settlement,
  { plans, asOf }: { readonly plans: readonly PlanSegment[]; readonly asOf: string },
): Promise<void> {
  const from = lookedAtFrom(settlement);
  if (from === null) return;
  const { planSet, entityId, currency, to } = settlement;
  const before = await planSegments(tx, { entityId, from, to: settlement.from });
  const month = [...before, ...plans];
  await beginRun(tx, { planSet, entityId, currency, from, to, plans: month, asOf });
  await tx.sql.raw(ofClients(month).join(';\n'));
  const { compiled } = await effectivePolicy(tx, 'partner.fraud', { entityId });
  await markTrades(tx, compiled.effective.parameters);
}

async function markTrades(tx: Tx, parameters: PartnerFraudParameters): Promise<void> {
  const { shortSeconds, shortMovePoints, oppositeSeconds } = parameters;
  await tx.sql.raw(createSignalTable);
  await rows(tx, fillSignals, { shortSeconds, shortMovePoints, oppositeSeconds });
  await tx.sql.raw('analyze run_signal');
}

/**
 * The signals of every client who earned the partners of a settlement `commissionMin` or more, read from the tables of its run,
 * which has to be the last one of the transaction, and behind `markMonth` where the period is shorter than a month.
 */
export async function signalsOfRun(
  tx: Tx,
  settlement: Settlement,
  parameters: PartnerFraudParameters,
): Promise<ClientSignals[]> {
  const { id, currency } = settlement;
  const since = lookedAtFrom(settlement);
  if (since === null) await markTrades(tx, parameters);
  const { commissionMin, sharedIpDays } = parameters;
  const found = await rows<SignalRow>(tx, readSignals, { id, commissionMin, since, sharedIpDays });
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
      'sharedIp.partner': row.ip_partner,
      'sharedIp.clients': row.ip_clients,
      'sharedName.partner': row.name_partner,
      'sharedName.clients': row.name_clients,
      'sharedAddress.partner': row.address_partner,
      'sharedAddress.clients': row.address_clients,
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
