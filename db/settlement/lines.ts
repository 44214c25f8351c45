import {
  isLineComponent,
  isLineEvent,
  type LineComponent,
  type LineEvent,
} from '../../domain/partners/component';
import { isLineReason, reasonText, type LineReason } from '../../domain/partners/reason';
import { formatLots } from '../../domain/partners/statement';
import { asSystem, rows, utc, type Tx } from '../connection';
import type { Json } from '../events';

/** One tier's commission for one closing, or a part of it, and why it is what it is. */
export interface SettlementLine {
  readonly settlementId: string;
  readonly line: string;
  readonly event: LineEvent;
  readonly component: LineComponent;
  /** The settlement that an adjustment changes. */
  readonly adjusts: string | null;
  readonly partnerId: string;
  readonly clientId: string | null;
  readonly serverId: string | null;
  readonly login: string | null;
  readonly positionId: string | null;
  /** The opening deal, where it is on record, and the closing one. */
  readonly tickets: readonly string[];
  readonly symbol: string | null;
  /** Decimal string. */
  readonly lots: string;
  readonly tier: number;
  /** The partner whose client traded. */
  readonly sourcePartner: string | null;
  readonly planVersion: string;
  /** Decimal string in `rateCurrency`, which is `%` for a share. */
  readonly rate: string;
  readonly rateCurrency: string;
  /** From `rateCurrency` to `currency`. */
  readonly conversion: string;
  readonly reason: LineReason;
  readonly text: string;
  readonly explanation: { readonly [key: string]: Json };
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly closedAt: string | null;
}

interface LineRow {
  readonly settlement_id: string;
  readonly line: string;
  readonly event: string;
  readonly component: string;
  readonly adjusts: string | null;
  readonly partner_id: string;
  readonly client_id: string | null;
  readonly server_id: string | null;
  readonly login: string | null;
  readonly position_id: string | null;
  readonly tickets: readonly string[];
  readonly symbol: string | null;
  readonly lots_e8: string;
  readonly tier: number;
  readonly source_partner: string | null;
  readonly plan_version: string;
  readonly rate: string;
  readonly rate_currency: string;
  readonly conversion: string;
  readonly reason: string;
  readonly explanation: { readonly [key: string]: Json };
  readonly amount_minor: string;
  readonly currency: string;
  readonly closed_at: string | null;
}

const columns = `settlement_id, line, event, component, adjusts, partner_id, client_id, server_id, login, position_id, tickets::text[] as tickets, symbol, lots_e8, tier,
  source_partner, plan_version, rate, rate_currency, conversion, reason, explanation, amount_minor, currency, closed_at`;

function fromRow(row: LineRow): SettlementLine {
  if (!isLineReason(row.reason)) throw new Error(`a line with the unknown reason ${row.reason}`);
  const { event, component } = row;
  if (!isLineEvent(event) || !isLineComponent(component))
    throw new Error(`a line for ${event} by ${component}`);
  return {
    settlementId: row.settlement_id,
    line: row.line,
    event,
    component,
    adjusts: row.adjusts,
    partnerId: row.partner_id,
    clientId: row.client_id,
    serverId: row.server_id,
    login: row.login,
    positionId: row.position_id,
    tickets: row.tickets,
    symbol: row.symbol,
    lots: formatLots(BigInt(row.lots_e8)),
    tier: row.tier,
    sourcePartner: row.source_partner,
    planVersion: row.plan_version,
    rate: row.rate,
    rateCurrency: row.rate_currency,
    conversion: row.conversion,
    reason: row.reason,
    text: reasonText(row.reason),
    explanation: row.explanation,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    closedAt: row.closed_at === null ? null : utc(row.closed_at),
  };
}

/** Lines that the scope may see in order; `after` is the last one's `line`, and what is none has no followers. */
export async function listLines(
  tx: Tx,
  filter: {
    settlementId: string;
    partnerId?: string;
    reason?: LineReason;
    after?: string;
    limit: number;
  },
): Promise<SettlementLine[]> {
  const found = await rows<LineRow>(
    tx,
    `select ${columns} from settlement_line
     where settlement_id = :settlementId and (:partnerId::text is null or partner_id = :partnerId)
       and (:reason::text is null or reason = :reason) and line > coalesce(:after::bigint, 0)
     order by line limit :limit`,
    {
      settlementId: filter.settlementId,
      partnerId: filter.partnerId ?? null,
      reason: filter.reason ?? null,
      after: filter.after === undefined ? null : numberOf(filter.after),
      limit: filter.limit,
    },
  );
  return found.map(fromRow);
}

function numberOf(line: string): string {
  return /^\d{1,18}$/.test(line) ? line : '9'.repeat(18);
}

/** The lines that name a deal, opening or closing, in every settlement that the scope may see. */
export async function linesOfTicket(
  tx: Tx,
  { serverId, ticket }: { serverId: string; ticket: string },
): Promise<SettlementLine[]> {
  // Lines are found by position; partners see lines and no deals.
  const [deal] = await asSystem(tx, (system) =>
    rows<{ position_id: string }>(
      system,
      'select position_id from deal where server_id = :serverId and ticket = :ticket::bigint limit 1',
      { serverId, ticket },
    ),
  );
  if (!deal) return [];
  const found = await rows<LineRow>(
    tx,
    `select ${columns} from settlement_line
     where server_id = :serverId and position_id = :positionId::bigint and :ticket::bigint = any (tickets)
     order by settlement_id, line limit 200`,
    { serverId, ticket, positionId: deal.position_id },
  );
  return found.map(fromRow);
}

/** How many lines a settlement has for each reason, and what they sum to, as far as the scope may see. */
export async function reasonsOf(
  tx: Tx,
  { settlementId, partnerId }: { settlementId: string; partnerId?: string },
): Promise<{ reason: string; text: string; lines: number; amountMinor: bigint }[]> {
  const found = await rows<{ reason: string; n: string; amount: string }>(
    tx,
    `select reason, count(*) as n, sum(amount_minor) as amount from settlement_line
     where settlement_id = :settlementId and (:partnerId::text is null or partner_id = :partnerId) group by 1 order by 2 desc, 1`,
    { settlementId, partnerId: partnerId ?? null },
  );
  return found.map((row) => ({
    reason: row.reason,
    text: isLineReason(row.reason) ? reasonText(row.reason) : '',
    lines: Number(row.n),
    amountMinor: BigInt(row.amount),
  }));
}
