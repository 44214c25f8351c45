import { isLineReason, type LineReason } from '../../domain/partners/reason';
import { formatLots } from '../../domain/partners/statement';
import { rows, utc, type Tx } from '../connection';
import type { Json } from '../events';
import { adjustClosed, type RecordedLine } from './adjustments';
import { type GivenRate, type PreviousClosing, type RunResult } from './engine';
import { explainedLines, readClients } from './lines.sql';
import type { PlanSegment } from './plan-segments';
import { loadPlainBook, type PlainBook, plainEntity } from './plain-book';

/** The period before, as it was settled: what it would come to today becomes an adjustment of this one. */
export interface PlainClosed {
  readonly period: string;
  readonly from: string;
  readonly to: string;
  readonly plans: readonly PlanSegment[];
  readonly rates: readonly GivenRate[];
  readonly previous: PreviousClosing;
  readonly lines: readonly RecordedLine[];
}

export interface PlainLine {
  readonly line: string;
  readonly event: string;
  readonly component: string;
  readonly partner: string;
  readonly tier: number;
  readonly client: string | null;
  readonly server: string | null;
  readonly login: string | null;
  readonly position: string | null;
  readonly tickets: readonly string[];
  readonly symbol: string | null;
  readonly lots: string;
  readonly sourcePartner: string;
  readonly plan: string;
  readonly rate: string;
  readonly rateCurrency: string;
  readonly conversion: string;
  readonly reason: LineReason;
  readonly amountMinor: bigint;
  readonly closedAt: string;
  readonly adjusts: string | null;
  readonly explanation: { readonly [key: string]: Json };
}

export interface PlainRun {
  readonly result: RunResult;
  readonly lines: readonly PlainLine[];
  /** Into the currency of payment, as they were used. */
  readonly rates: readonly GivenRate[];
  /** What the run took from the periods before: adjusted where the last one was. */
  readonly before: PreviousClosing;
  /** What this period adds to the closing. */
  readonly qualified: PreviousClosing['qualified'];
  readonly clients: PreviousClosing['clients'];
}

/** Computes a book with the settlement's own engine, in a database that holds nothing else. */
export async function runPlainBook(
  tx: Tx,
  book: PlainBook,
  closed: PlainClosed | undefined,
): Promise<PlainRun> {
  await loadPlainBook(tx, book);
  const { planSet, currency, from, to, plans, rates, previous } = book;
  const scope = { planSet, entityId: plainEntity, currency };
  const result = await adjustClosed(tx, {
    closed: closed === undefined ? [] : [{ ...closed, id: closed.period }],
    scope: { ...scope, from, to, plans, rates, previous },
  });
  return { result, ...(await readRun(tx)) };
}

interface ClientRow {
  readonly client_id: string;
  readonly revenue_minor: string;
  readonly paid_minor: string;
}

const clientOf = (row: ClientRow) => ({
  clientId: row.client_id,
  revenueMinor: row.revenue_minor,
  paidMinor: row.paid_minor,
});

async function readRun(tx: Tx): Promise<Omit<PlainRun, 'result'>> {
  const lines = await rows<{
    line: string;
    event: string;
    component: string;
    partner_id: string;
    tier: number;
    client_id: string | null;
    server_id: string | null;
    login: string | null;
    position_id: string | null;
    tickets: string[];
    symbol: string | null;
    lots_e8: string;
    source_partner: string;
    plan_version: string;
    rate: string;
    rate_currency: string;
    conversion: string;
    reason: string;
    amount_minor: string;
    closed_at: string;
    adjusts: string | null;
    explanation: { readonly [key: string]: Json };
  }>(
    tx,
    `select line, event, component, partner_id, tier, client_id, server_id, login, position_id, tickets::text[] as tickets, symbol,
       round(lots_e8)::text as lots_e8, source_partner, plan_version, rate, rate_currency, conversion, reason, amount_minor::text as amount_minor,
       closed_at, adjusts, explained as explanation from (${explainedLines}) l order by line`,
  );
  const clients = await rows<ClientRow>(
    tx,
    `select client_id, revenue_minor::text as revenue_minor, paid_minor::text as paid_minor from (${readClients}) c order by client_id collate "C"`,
  );
  const rates = await rows<{ from: string; rate: string; source: string }>(
    tx,
    `select from_code as "from", trim_scale(rate)::text as rate, source from run_conversion order by from_code collate "C"`,
  );
  const qualified = await rows<{ client_id: string; at: string }>(
    tx,
    `select client_id, at from run_cpa where reason is null order by client_id collate "C"`,
  );
  const before = await rows<{ client_id: string; at: string }>(
    tx,
    `select client_id, qualified_at as at from run_previous_cpa order by client_id collate "C"`,
  );
  const clientsBefore = await rows<ClientRow>(
    tx,
    `select client_id, trim_scale(revenue_minor)::text as revenue_minor, paid_minor::text as paid_minor from run_previous_client
     order by client_id collate "C"`,
  );
  return {
    rates,
    before: {
      qualified: before.map((row) => ({ clientId: row.client_id, at: utc(row.at) })),
      clients: clientsBefore.map(clientOf),
    },
    qualified: qualified.map((row) => ({ clientId: row.client_id, at: utc(row.at) })),
    clients: clients.map(clientOf),
    lines: lines.map((row): PlainLine => {
      if (!isLineReason(row.reason)) throw new Error(`a line with the reason ${row.reason}`);
      return {
        line: row.line,
        event: row.event,
        component: row.component,
        partner: row.partner_id,
        tier: row.tier,
        client: row.client_id,
        server: row.server_id,
        login: row.login,
        position: row.position_id,
        tickets: row.tickets,
        symbol: row.symbol,
        lots: formatLots(BigInt(row.lots_e8)),
        sourcePartner: row.source_partner,
        plan: row.plan_version,
        rate: row.rate,
        rateCurrency: row.rate_currency,
        conversion: row.conversion,
        reason: row.reason,
        amountMinor: BigInt(row.amount_minor),
        closedAt: utc(row.closed_at),
        adjusts: row.adjusts,
        explanation: row.explanation,
      };
    }),
  };
}
