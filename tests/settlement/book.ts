import type { EndedState } from '../../domain/partners/standing';
import type { PartnerPlan } from '../../domain/partners/plan';
import { parsePeriod } from '../../domain/partners/period';
import { type NetworkMove, placesOf } from '../../domain/partners/places';
import { rows, type Tx } from '../../db/connection';
import { saveEntity } from '../../db/entities';
import { bringPlaces } from '../../db/settlement/bring-places';
import type { GivenRate, PreviousClosing } from '../../db/settlement/engine';
import type { PlanSegment } from '../../db/settlement/plan-segments';

/** For tests only: a period of trading as plain facts, which both the engine and the second opinion read. */
export interface Book {
  readonly planSet: string;
  readonly period: BookPeriod;
  readonly currency: string;
  readonly plan: PartnerPlan;
  /** As they stand at first; who is moved later stands in `moves`. */
  readonly partners: readonly BookPartner[];
  readonly moves?: readonly NetworkMove[];
  /** Partners whose agreement ends, from when on. */
  readonly ended?: readonly BookEnding[];
  readonly attributions: readonly BookAttribution[];
  readonly symbols: readonly BookSymbol[];
  readonly deals: readonly BookDeal[];
  readonly deposits: readonly BookDeposit[];
  readonly rates: readonly GivenRate[];
  readonly previous: PreviousClosing;
}

export interface BookEnding {
  readonly partnerId: string;
  readonly state: EndedState;
  readonly at: string;
}

export interface BookPeriod {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** A month, and a week and a day of it: the one that begins in the middle is what a change of schedule leaves. */
export const shorterPeriods: readonly BookPeriod[] = [
  { name: '2026-W41', from: '2026-10-05T00:00:00.000Z', to: '2026-10-12T00:00:00.000Z' },
  { name: '2026-W40', from: '2026-10-01T00:00:00.000Z', to: '2026-10-05T00:00:00.000Z' },
  { name: '2026-10-05', from: '2026-10-05T00:00:00.000Z', to: '2026-10-06T00:00:00.000Z' },
];

export const period: BookPeriod = {
  name: '2026-10',
  from: '2026-10-01T00:00:00.000Z',
  to: '2026-11-01T00:00:00.000Z',
};

/** What most books have: the month of October, and none of the rest. */
export const nothingElse: Pick<Book, 'period' | 'deposits' | 'rates' | 'previous'> = {
  period,
  deposits: [],
  rates: [],
  previous: { qualified: [], clients: [] },
};

export interface BookDeposit {
  readonly id: string;
  readonly clientId: string;
  readonly time: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

export interface BookPartner {
  readonly id: string;
  readonly parentId: string | null;
  readonly level: number;
  readonly clientId?: string;
}

export interface BookAttribution {
  readonly clientId: string;
  readonly partnerId: string;
  readonly from: string;
  readonly to: string | null;
  readonly related?: 'self' | 'family' | 'device' | 'instrument';
}

export interface BookSymbol {
  readonly name: string;
  readonly digits: number;
  readonly contractSize: string;
  readonly profitCurrency: string;
  readonly averageSpreadPoints: string | null;
}

export interface BookDeal {
  readonly ticket: bigint;
  readonly position: bigint;
  readonly time: string;
  readonly login: string;
  readonly clientId: string;
  readonly kind: 'trade' | 'cancelled';
  readonly entry: 'in' | 'out' | 'reverse';
  readonly symbol: string;
  readonly volume: bigint;
  /** Of a `reverse`. */
  readonly closed?: bigint;
  readonly price: string;
  /** Of the deal: a buy opens a long position or closes a short one. */
  readonly side: 'buy' | 'sell';
  readonly commissionMinor: bigint;
  readonly swapMinor: bigint;
  readonly profitMinor: bigint;
  /** Of the account when it dealt. */
  readonly equityMinor: bigint | null;
  readonly creditMinor: bigint | null;
  readonly stopOut: boolean;
  readonly currency: string;
  readonly bid: string | null;
  readonly ask: string | null;
  readonly profitRate: string | null;
}

/** Nothing out of the ordinary. */
export const plainDeal = {
  side: 'buy',
  swapMinor: 0n,
  profitMinor: 0n,
  equityMinor: null,
  creditMinor: null,
  stopOut: false,
} as const;

export const entityId = 'off';
export const serverId = 'mt5-book';
export function segmentOf({ plan, period }: Book): PlanSegment {
  return { from: period.from, to: period.to, plan, pins: ['pol_test'], hash: 'f'.repeat(64) };
}

export async function seedEntity(tx: Tx): Promise<void> {
  await saveEntity(tx, {
    id: entityId,
    name: 'Offshore',
    jurisdiction: 'SC',
    licence: 'test',
    currencies: ['USD', 'EUR'],
    brand: { name: '-', colour: '#000000', postalAddress: '-', supportEmail: '-', mailFrom: '-' },
  });
}

/** Writes the book past all processes, deals in the order given. */
export async function seedBook(tx: Tx, book: Book): Promise<void> {
  await rows(
    tx,
    `insert into plan_set (id, entity_id, name, period, currency) values (:id, :entityId, 'book', :period, :currency)`,
    {
      ...{ id: book.planSet, entityId, currency: book.currency },
      period: parsePeriod(book.period.name).kind,
    },
  );
  const clients = new Set([
    ...book.deals.map(({ clientId }) => clientId),
    ...book.attributions.map(({ clientId }) => clientId),
    ...book.deposits.map(({ clientId }) => clientId),
  ]);
  const json = (records: readonly object[]) => JSON.stringify(records);
  await seedClients(tx, [...clients]);
  await rows(
    tx,
    `insert into partner (id, entity_id, client_id, name_ct, email_ct, parent_id, level, plan_set, payout_currency)
     select id, :entityId, "clientId", '', '', "parentId", level, :planSet, :currency
     from jsonb_to_recordset(:partners::jsonb) as p(id text, "clientId" text, "parentId" text, level int)`,
    { entityId, planSet: book.planSet, currency: book.currency, partners: json(atLast(book)) },
  );
  if (book.moves?.length) await bringPlaces(tx, placesOf(book.partners, book.moves));
  await rows(
    tx,
    `insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, links, unpaid)
     select "partnerId", :entityId, state, 'other', at, false, 'pay'
     from jsonb_to_recordset(:ended::jsonb) as e("partnerId" text, state text, at timestamptz)`,
    { entityId, ended: json(book.ended ?? []) },
  );
  await rows(
    tx,
    `insert into attribution (client_id, partner_id, entity_id, from_at, to_at, actor, related)
     select "clientId", "partnerId", :entityId, "from", "to", 'test', related
     from jsonb_to_recordset(:attributions::jsonb) as a("clientId" text, "partnerId" text, "from" timestamptz, "to" timestamptz, related text)`,
    { entityId, attributions: json(book.attributions) },
  );
  await rows(
    tx,
    `insert into symbol (server_id, name, digits, contract_size, profit_currency, symbol_group, average_spread_points)
     select :serverId, name, digits, "contractSize", "profitCurrency", '', "averageSpreadPoints"
     from jsonb_to_recordset(:symbols::jsonb) as s(name text, digits int, "contractSize" numeric, "profitCurrency" text, "averageSpreadPoints" numeric)
     on conflict do nothing`,
    { serverId, symbols: json(book.symbols) },
  );
  await seedDeposits(tx, book.deposits);
  await seedDeals(tx, book, book.deals);
}

/** The partners where they stand after all moves. */
function atLast({ partners, moves = [] }: Book): BookPartner[] {
  if (moves.length === 0) return [...partners];
  const places = new Map(
    placesOf(partners, moves).flatMap((place) =>
      place.to === null ? [[place.partnerId, place] as const] : [],
    ),
  );
  return partners.map((partner) => {
    const { parentId, level } = places.get(partner.id) ?? partner;
    return { ...partner, parentId, level };
  });
}

async function seedClients(tx: Tx, clients: readonly string[]): Promise<void> {
  await rows(
    tx,
    `insert into client (id, entity_id, residence, state, currency)
     select id, :entityId, 'SC', 'active', 'USD' from jsonb_array_elements_text(:clients::jsonb) c(id) on conflict do nothing`,
    { entityId, clients: JSON.stringify(clients) },
  );
}

export async function seedDeposits(tx: Tx, deposits: readonly BookDeposit[]): Promise<void> {
  await seedClients(
    tx,
    deposits.map(({ clientId }) => clientId),
  );
  const records = deposits.map((each) => ({ ...each, amountMinor: each.amountMinor.toString() }));
  await rows(
    tx,
    `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, created_at, credited_at)
     select id, :entityId, "clientId", "amountMinor", currency, 'test', 'credited', time, time
     from jsonb_to_recordset(:records::jsonb) as d(id text, "clientId" text, time timestamptz, "amountMinor" numeric, currency text)`,
    { entityId, records: JSON.stringify(records) },
  );
}

export async function seedDeals(tx: Tx, book: Book, deals: readonly BookDeal[]): Promise<void> {
  const records = deals.map((deal) => {
    const symbol = book.symbols.find(({ name }) => name === deal.symbol);
    return {
      ticket: deal.ticket.toString(),
      time: deal.time,
      login: deal.login,
      client_id: deal.clientId,
      position_id: deal.position.toString(),
      kind: deal.kind,
      entry: deal.entry,
      symbol: deal.symbol,
      volume: deal.volume.toString(),
      price: deal.price,
      side: deal.side,
      commission_minor: deal.commissionMinor.toString(),
      swap_minor: deal.swapMinor.toString(),
      profit_minor: deal.profitMinor.toString(),
      equity_minor: deal.equityMinor?.toString() ?? null,
      credit_minor: deal.creditMinor?.toString() ?? null,
      stop_out: deal.stopOut,
      currency: deal.currency,
      bid: deal.bid,
      ask: deal.ask,
      contract_size: symbol?.contractSize ?? null,
      profit_rate: deal.profitRate,
      volume_closed: deal.closed?.toString() ?? null,
    };
  });
  await rows(
    tx,
    `insert into deal (server_id, ticket, time, login, account_id, entity_id, client_id, position_id, kind, side, entry, symbol, volume, volume_closed, price,
       profit_minor, swap_minor, commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, equity_minor, credit_minor, stop_out, raw, raw_hash)
     select :serverId, n.ticket, n.time, n.login, null, :entityId, n.client_id, n.position_id, n.kind, n.side, n.entry, n.symbol, n.volume, n.volume_closed, n.price,
       n.profit_minor, n.swap_minor, n.commission_minor, 0, n.currency, n.bid, n.ask, n.contract_size, n.profit_rate, n.equity_minor,
       n.credit_minor, n.stop_out, '{}', ''
     from jsonb_to_recordset(:records::jsonb) as n(ticket bigint, time timestamptz, login text, client_id text, position_id bigint, kind text,
       entry text, symbol text, volume bigint, volume_closed bigint, price numeric, commission_minor numeric, currency text, bid numeric, ask numeric,
       contract_size numeric, profit_rate numeric, side text, swap_minor numeric, profit_minor numeric, equity_minor numeric, credit_minor numeric,
       stop_out boolean)`,
    { serverId, entityId, records: JSON.stringify(records) },
  );
}

/** A line as both sides write it. */
export interface BookLine {
  readonly tickets: readonly string[];
  readonly event: string;
  readonly component: string;
  readonly partner: string;
  readonly client: string | null;
  readonly tier: number;
  readonly lotsE8: string;
  readonly reason: string;
  readonly amountMinor: string;
}

export async function linesOfRun(tx: Tx): Promise<BookLine[]> {
  const found = await rows<{
    tickets: string[];
    event: string;
    component: string;
    partner_id: string;
    client_id: string | null;
    tier: number;
    lots_e8: string;
    reason: string;
    amount_minor: string;
  }>(
    tx,
    `select tickets::text[] as tickets, event, component, partner_id, client_id, tier, trim_scale(lots_e8) as lots_e8, reason, amount_minor from run_line order by line`,
  );
  return found.map((row) => ({
    tickets: row.tickets,
    event: row.event,
    component: row.component,
    partner: row.partner_id,
    client: row.client_id,
    tier: row.tier,
    lotsE8: row.lots_e8,
    reason: row.reason,
    amountMinor: row.amount_minor,
  }));
}
