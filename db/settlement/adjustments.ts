import { rows, utc, type Tx } from '../connection';
import { inTurn } from '../in-turn';
import {
  addAdjustments,
  createAdjustmentTables,
  findAdjustments,
  readRecorded,
} from './adjustments.sql';
import type { Basis, BasisSymbol } from './basis';
import { keepClosed, readSymbols } from './inputs.sql';
import { computeLines, type GivenRate, readResult, type RunResult, type RunScope } from './engine';
import { planSegments } from './plan-segments';

/** What closed longer ago than this before a period is not looked at again. */
const adjustedDaysMax = 186;

/** A closed period with the hash of all that it is computed from today. */
interface Adjusted {
  readonly id: string;
  readonly inputHash: string;
}

/** A line that stands for a closed period. */
export interface RecordedLine {
  readonly of_event: string;
  readonly component: string;
  readonly partner_id: string;
  readonly client_id: string | null;
  readonly server_id: string | null;
  readonly login: string | null;
  readonly position_id: string | null;
  readonly tickets: readonly string[];
  readonly symbol: string | null;
  readonly lots_e8: string;
  readonly tier: number;
  readonly source_partner: string;
  readonly plan_version: string;
  readonly rate: string;
  readonly rate_currency: string;
  readonly conversion: string;
  readonly amount_minor: string;
  readonly closed_at: string;
}

/** A closed period to be held against what it would come to today. */
export interface ClosedPeriod extends Pick<
  RunScope,
  'from' | 'to' | 'plans' | 'rates' | 'symbols' | 'previous'
> {
  /** What an adjustment names. */
  readonly id: string;
  /** What stands for it; left out, it is read from the settlements that are recorded. */
  readonly lines?: readonly RecordedLine[];
}

/**
 * Computes a period as `computeLines`, and behind its lines those that closed periods of the plan set would have more or
 * less today: for deals that came late, were cancelled or were edited since. What was adjusted stands as recorded, so
 * that nothing is adjusted twice. Computed again by the basis that the first run answered, other settlements have the part that
 * they had then, whatever has become of them.
 */
export async function computeWithAdjustments(
  tx: Tx,
  scope: RunScope & { readonly asOf: string },
  kept?: Basis,
): Promise<RunResult & { readonly basis: Basis }> {
  const earlier = kept?.earlier ?? (await earlierSettlements(tx, scope));
  const adjusters = kept ? (kept.adjusters ?? kept.earlier) : await adjustingSettlements(tx, scope);
  const adjusts = kept?.adjusts ?? (await changedSettlements(tx, scope));
  const taken = (of: string | null) => kept?.symbols.filter((symbol) => symbol.of === of) ?? [];
  const closed = (await closedPeriods(tx, { entityId: scope.entityId, ids: adjusts })).map(
    (period) => ({
      ...period,
      // Also what the present settlement had to take for deals in symbols that the closed one had none of.
      symbols: distinctSymbols([...period.symbols, ...taken(period.id)]),
    }),
  );
  const ids = earlier.map(({ id }) => id);
  const { symbols, ...result } = await adjustClosed(tx, {
    closed,
    scope: {
      ...scope,
      ...{ earlier: ids, adjusters: adjusters.map(({ id }) => id), symbols: taken(null) },
    },
  });
  return { ...result, basis: { earlier, adjusters, adjusts, symbols } };
}

/** Computes a period and, behind its lines, the adjustments of these closed ones. */
export async function adjustClosed(
  tx: Tx,
  { closed, scope }: { readonly closed: readonly ClosedPeriod[]; readonly scope: RunScope },
): Promise<RunResult & Pick<Basis, 'symbols'>> {
  await tx.sql.raw(createAdjustmentTables);
  await rows(tx, 'insert into run_adjuster select unnest(:adjusters::text[])', {
    adjusters: [...(scope.adjusters ?? scope.earlier ?? [])],
  });
  const adjusted: Adjusted[] = [];
  const symbols: BasisSymbol[] = [];
  for (const { id, lines, ...period } of closed) {
    const { planSet, entityId, currency, asOf = null, earlier = [] } = scope;
    const of = { planSet, entityId, currency, asOf, earlier };
    const again = await computeLines(tx, { ...of, ...period });
    if (lines) await bringRecorded(tx, { id, lines });
    else await rows(tx, readRecorded, { id });
    await rows(tx, findAdjustments, { id });
    for (const statement of keepClosed) await rows(tx, statement, { id });
    adjusted.push({ id, inputHash: again.inputHash });
    symbols.push(...(await symbolsOfRun(tx, id)));
  }
  await computeLines(tx, { ...scope, ...(await previousOf(tx, { closed, scope })) });
  symbols.push(...(await symbolsOfRun(tx, null)));
  return { ...(await withAdjustments(tx, adjusted)), symbols };
}

/** What a run on files starts from: what the closed period had started from, and what that one has come to now. */
async function previousOf(
  tx: Tx,
  { closed, scope }: { readonly closed: readonly ClosedPeriod[]; readonly scope: RunScope },
): Promise<Pick<RunScope, 'previous'>> {
  const before = closed.at(-1)?.previous;
  if (!scope.previous || !before) return {};
  const qualified = await rows<{ client_id: string; at: string }>(
    tx,
    'select client_id, qualified_at as at from run_closed_cpa order by client_id collate "C"',
  );
  const clients = await rows<{ client_id: string; revenue: string; paid: string }>(
    tx,
    `select client_id, trim_scale(sum(revenue_minor))::text as revenue, sum(paid_minor)::text as paid from (
       select client_id, revenue_minor, paid_minor from run_closed_client
       union all select "clientId", "revenueMinor", "paidMinor"
         from jsonb_to_recordset(:before::jsonb) as c("clientId" text, "revenueMinor" numeric, "paidMinor" numeric)) c
     group by 1 order by client_id collate "C"`,
    { before: JSON.stringify(before.clients) },
  );
  return {
    previous: {
      clients: clients.map((row) => ({
        clientId: row.client_id,
        revenueMinor: row.revenue,
        paidMinor: row.paid,
      })),
      qualified: [
        ...before.qualified,
        ...qualified.map((row) => ({ clientId: row.client_id, at: utc(row.at) })),
      ],
    },
  };
}

async function symbolsOfRun(tx: Tx, of: string | null): Promise<BasisSymbol[]> {
  const found = await rows<Omit<BasisSymbol, 'of'>>(tx, readSymbols);
  return found.map((symbol) => ({ ...symbol, of }));
}

/** The first that is said of a symbol counts. */
function distinctSymbols(symbols: readonly BasisSymbol[]): BasisSymbol[] {
  const first = new Map<string, BasisSymbol>();
  for (const symbol of symbols) {
    const key = JSON.stringify([symbol.server, symbol.name]);
    if (!first.has(key)) first.set(key, symbol);
  }
  return [...first.values()];
}

async function bringRecorded(
  tx: Tx,
  { id, lines }: { readonly id: string; readonly lines: readonly RecordedLine[] },
): Promise<void> {
  await rows(
    tx,
    `insert into run_recorded select :id, r.* from jsonb_to_recordset(:lines::jsonb) as r(of_event text, component text, partner_id text,
       client_id text, server_id text, login text, position_id bigint, tickets bigint[], symbol text, lots_e8 numeric, tier int, source_partner text,
       plan_version text, rate text, rate_currency text, conversion text, amount_minor numeric, closed_at timestamptz)`,
    { id, lines: JSON.stringify(lines) },
  );
}

/** Puts the adjustments that were found behind the lines that have just been computed. */
async function withAdjustments(tx: Tx, adjusted: readonly Adjusted[]): Promise<RunResult> {
  for (const { id, inputHash } of adjusted)
    await rows(tx, 'insert into run_adjusted values (:id, :inputHash)', { id, inputHash });
  await tx.sql.raw(addAdjustments);
  return readResult(tx);
}

/** Settlements of the plan set's periods before that count: what they say was paid, and what they adjusted. */
async function earlierSettlements(tx: Tx, scope: RunScope): Promise<Basis['earlier']> {
  return rows<{ id: string; run: number }>(
    tx,
    `select id, run from settlement where plan_set = :planSet and to_at <= :from::timestamptz and state <> 'rejected' order by from_at`,
    { planSet: scope.planSet, from: scope.from },
  );
}

/**
 * Settlements of the plan set's other periods that have looked at closed ones: months can be settled out of order, and what
 * a later one has adjusted is not adjusted again.
 */
async function adjustingSettlements(tx: Tx, scope: RunScope): Promise<Basis['earlier']> {
  return rows<{ id: string; run: number }>(
    tx,
    `select id, run from settlement where plan_set = :planSet and from_at <> :from::timestamptz and state <> 'rejected' and run > 0
       and (basis is null or jsonb_array_length(basis -> 'adjusts') > 0) order by from_at`,
    { planSet: scope.planSet, from: scope.from },
  );
}

/**
 * Ids of closed settlements of the plan set with deals or deposits that came, or deals that were changed, after they had been
 * computed.
 */
async function changedSettlements(
  tx: Tx,
  scope: RunScope & { readonly asOf: string },
): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `select s.id from settlement s
     where s.plan_set = :planSet and s.state in ('approved', 'paying', 'paid') and s.to_at <= :from::timestamptz
       and s.to_at > :from::timestamptz - make_interval(days => ${adjustedDaysMax})
       and (exists (
         select 1 from partner p join attribution a on a.partner_id = p.id
         join deal d on d.client_id = a.client_id and d.time < s.to_at and d.time >= s.from_at - make_interval(days => ${adjustedDaysMax})
         where p.plan_set = s.plan_set and d.entity_id = s.entity_id and (
           (d.seen_at > s.computed_at and d.seen_at <= :asOf::timestamptz)
           or (d.modified and exists (select 1 from deal_revision r where r.server_id = d.server_id and r.ticket = d.ticket
             and r.replaced_at > s.computed_at and r.replaced_at <= :asOf::timestamptz))))
       or exists (
         select 1 from partner p join attribution a on a.partner_id = p.id
         join deposit d on d.client_id = a.client_id and d.credited_at < s.to_at
         where p.plan_set = s.plan_set and d.entity_id = s.entity_id and d.credit_recorded_at > s.computed_at
           and d.credit_recorded_at <= :asOf::timestamptz))
     order by s.from_at limit 200`,
    { planSet: scope.planSet, from: scope.from, asOf: scope.asOf },
  );
  return found.map(({ id }) => id);
}

/**
 * The conversions that a settlement's lines name, for one that was computed before they were kept: of the plan's currency with
 * what is paid per lot, else of the account's.
 */
const conversionsOfLines = `(
  select coalesce(jsonb_agg(jsonb_build_object('from', code, 'rate', rate, 'source', source) order by code), '[]') from (
    select distinct on (n.code) n.code, n.rate, n.source
    from settlement_line l
    left join deal d on d.server_id = l.server_id and d.ticket = l.tickets[cardinality(l.tickets)] and d.client_id = l.client_id
    cross join lateral (values (l.rate_currency, l.conversion, l.explanation ->> 'conversionSource'),
      (d.currency, l.explanation ->> 'revenueConversion', l.explanation ->> 'revenueConversionSource')) n(code, rate, source)
    where l.settlement_id = s.id and l.event <> 'adjustment' and n.code not in ('', '%') and n.rate <> '' and n.source is not null
    order by n.code, l.line
  ) named)`;

async function closedPeriods(
  tx: Tx,
  { entityId, ids }: { readonly entityId: string; readonly ids: readonly string[] },
): Promise<(ClosedPeriod & Pick<Basis, 'symbols'>)[]> {
  const found = await rows<{
    id: string;
    from_at: string;
    to_at: string;
    conversions: readonly GivenRate[];
    basis: Basis | null;
  }>(
    tx,
    `select id, from_at, to_at, case when conversions = '[]' then ${conversionsOfLines} else conversions end as conversions, basis
     from settlement s where id = any (:ids) order by from_at`,
    { ids: [...ids] },
  );
  return inTurn(found, async (row) => {
    const period = { from: utc(row.from_at), to: utc(row.to_at) };
    const plans = await planSegments(tx, { entityId, ...period });
    // An adjustment is converted, and its spread is known, as what it adjusts.
    const symbols = row.basis?.symbols.filter(({ of }) => of === null) ?? [];
    return { id: row.id, ...period, plans, rates: row.conversions, symbols };
  });
}
