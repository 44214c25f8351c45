import type { Place } from '../../domain/partners/places';
import { parsePeriod } from '../../domain/partners/period';
import { rows, type Tx } from '../connection';
import { saveEntity } from '../entities';
import { bringPlaces } from './bring-places';
import type { GivenRate, PreviousClosing } from './engine';
import type { PlanSegment } from './plan-segments';

/** A plan set's trading as plain facts: what a settlement is computed from, whoever kept it. */
export interface PlainBook {
  readonly planSet: string;
  readonly jurisdiction: string;
  readonly currency: string;
  /** `2026-10`, `2026-W41` or `2026-10-05`. */
  readonly period: string;
  readonly from: string;
  readonly to: string;
  /** In order of time, one after the other. */
  readonly plans: readonly PlanSegment[];
  /** Where they stand at last. */
  readonly partners: readonly PlainPartner[];
  /** Where they stood, and when; left out, where they stand at last. */
  readonly places?: readonly Place[];
  readonly attributions: readonly PlainAttribution[];
  readonly symbols: readonly PlainSymbol[];
  readonly deals: readonly PlainDeal[];
  readonly deposits: readonly PlainDeposit[];
  readonly rates: readonly GivenRate[];
  readonly previous: PreviousClosing;
}

/** Names of fields are those of the columns that they are written to. */
export interface PlainPartner {
  readonly id: string;
  readonly parent_id: string | null;
  readonly client_id: string | null;
  /** A root partner's is 1. */
  readonly level: number;
}

export interface PlainAttribution {
  readonly client_id: string;
  readonly partner_id: string;
  readonly from_at: string;
  readonly to_at: string | null;
  readonly related: string | null;
}

export interface PlainSymbol {
  readonly server_id: string;
  readonly name: string;
  readonly digits: number;
  readonly contract_size: string;
  readonly profit_currency: string;
  readonly average_spread_points: string | null;
}

export interface PlainDeal {
  readonly server_id: string;
  readonly ticket: string;
  readonly time: string;
  readonly login: string;
  readonly client_id: string;
  readonly position_id: string;
  readonly kind: 'trade' | 'cancelled';
  readonly side: 'buy' | 'sell';
  readonly entry: 'in' | 'out' | 'reverse' | 'out_by';
  readonly symbol: string;
  /** 1e-8 lots. */
  readonly volume: string;
  readonly volume_closed: string | null;
  readonly price: string;
  readonly profit_minor: string;
  readonly swap_minor: string;
  readonly commission_minor: string;
  readonly currency: string;
  readonly bid: string | null;
  readonly ask: string | null;
  readonly contract_size: string | null;
  readonly profit_rate: string | null;
  readonly equity_minor: string | null;
  readonly credit_minor: string | null;
  readonly stop_out: boolean;
}

export interface PlainDeposit {
  readonly id: string;
  readonly client_id: string;
  readonly credited_at: string;
  readonly amount_minor: string;
  readonly currency: string;
}

export const plainEntity = 'book';

const batch = 5_000;

/**
 * Writes a book into a database of its own, past all processes, so that the engine's SQL computes it as it computes
 * what was recorded.
 */
export async function loadPlainBook(tx: Tx, book: PlainBook): Promise<void> {
  await saveEntity(tx, {
    id: plainEntity,
    name: book.planSet,
    jurisdiction: book.jurisdiction,
    licence: '-',
    currencies: [book.currency],
    brand: { name: '-', colour: '#000000', postalAddress: '-', supportEmail: '-', mailFrom: '-' },
  });
  await rows(
    tx,
    `insert into plan_set (id, entity_id, name, period, currency) values (:id, :entity, :id, :period, :currency)`,
    {
      ...{ id: book.planSet, entity: plainEntity, currency: book.currency },
      period: parsePeriod(book.period).kind,
    },
  );
  const clients = new Set(
    [...book.attributions, ...book.deals, ...book.deposits].map(({ client_id: id }) => id),
  );
  const own = book.partners.flatMap(({ client_id: id }) => id ?? []);
  await insert(
    tx,
    `insert into client (id, entity_id, residence, state, currency) select n.id, '${plainEntity}', 'XX', 'active', 'USD' from :rows as n(id text)`,
    [...new Set([...clients, ...own])].map((id) => ({ id })),
  );
  const { planSet, currency } = book;
  await insert(
    tx,
    `insert into partner (id, entity_id, client_id, name_ct, email_ct, parent_id, level, plan_set, payout_currency)
     select n.id, '${plainEntity}', n.client_id, '', '', n.parent_id, n.level, n.plan_set, n.currency
     from :rows as n(id text, client_id text, parent_id text, level int, plan_set text, currency text) order by n.level`,
    book.partners.map((partner) => ({ ...partner, plan_set: planSet, currency })),
  );
  if (book.places) await bringPlaces(tx, book.places);
  await insert(
    tx,
    `insert into attribution (client_id, partner_id, entity_id, from_at, to_at, actor, related)
     select n.client_id, n.partner_id, '${plainEntity}', n.from_at, n.to_at, 'book', n.related
     from :rows as n(client_id text, partner_id text, from_at timestamptz, to_at timestamptz, related text)`,
    book.attributions,
  );
  await insert(
    tx,
    `insert into symbol (server_id, name, digits, contract_size, profit_currency, symbol_group, average_spread_points)
     select n.server_id, n.name, n.digits, n.contract_size, n.profit_currency, '', n.average_spread_points
     from :rows as n(server_id text, name text, digits int, contract_size numeric, profit_currency text, average_spread_points numeric)`,
    book.symbols,
  );
  await insert(
    tx,
    `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, created_at, credited_at)
     select n.id, '${plainEntity}', n.client_id, n.amount_minor, n.currency, 'book', 'credited', n.credited_at, n.credited_at
     from :rows as n(id text, client_id text, amount_minor numeric, currency text, credited_at timestamptz)`,
    book.deposits,
  );
  await insert(
    tx,
    `insert into deal (server_id, ticket, time, login, entity_id, client_id, position_id, kind, side, entry, symbol, volume, volume_closed, price,
       profit_minor, swap_minor, commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, equity_minor, credit_minor,
       stop_out, raw, raw_hash)
     select n.server_id, n.ticket, n.time, n.login, '${plainEntity}', n.client_id, n.position_id, n.kind, n.side, n.entry, n.symbol, n.volume,
       n.volume_closed, n.price, n.profit_minor, n.swap_minor, n.commission_minor, 0, n.currency, n.bid, n.ask, n.contract_size, n.profit_rate,
       n.equity_minor, n.credit_minor, n.stop_out, '{}', ''
     from :rows as n(server_id text, ticket bigint, time timestamptz, login text, client_id text, position_id bigint, kind text, side text, entry text,
       symbol text, volume bigint, volume_closed bigint, price numeric, profit_minor numeric, swap_minor numeric, commission_minor numeric,
       currency text, bid numeric, ask numeric, contract_size numeric, profit_rate numeric, equity_minor numeric, credit_minor numeric, stop_out boolean)`,
    book.deals,
  );
}

async function insert(tx: Tx, statement: string, records: readonly object[]): Promise<void> {
  for (let at = 0; at < records.length; at += batch) {
    await rows(tx, statement.replace(':rows', 'jsonb_to_recordset(:records::jsonb)'), {
      records: JSON.stringify(records.slice(at, at + batch)),
    });
  }
}
