import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isCurrency } from '../../domain/money';
import { parsePeriod } from '../../domain/partners/period';
import {
  NetworkInvalid,
  networkLevelsMax,
  type Place,
  placesOf,
} from '../../domain/partners/places';
import { type PartnerPlan, PlanInvalid } from '../../domain/partners/plan';
import { checkPlanForJurisdiction } from '../../domain/partners/plan-check';
import { parsePartnerPlan } from '../../domain/partners/plan.schema';
import { hashPolicy } from '../../domain/policy/hash';
import type { GivenRate } from '../../db/settlement/engine';
import type { PlanSegment } from '../../db/settlement/plan-segments';
import type {
  PlainAttribution,
  PlainBook,
  PlainDeal,
  PlainDeposit,
  PlainPartner,
  PlainSymbol,
} from '../../db/settlement/plain-book';
import { type Cells, cellsOf } from './cells';
import { type PreviousRun, readPreviousRun } from './previous';
import { SettleFault } from './settle-fault';

/** What a folder says. */
export interface SettleInput {
  readonly book: PlainBook;
  /** The run of the period before, and its plans; undefined for the first. */
  readonly previous:
    { readonly run: PreviousRun; readonly plans: readonly PlanSegment[] } | undefined;
}

const plansFile = z.strictObject({
  planSet: z.string().regex(/^[A-Za-z0-9._-]{1,60}$/),
  jurisdiction: z.string().regex(/^[A-Z]{2}$/),
  currency: z.string().refine(isCurrency, 'is not a currency known here'),
  period: z.string(),
  plans: z
    .array(
      z.strictObject({
        version: z.string().min(1).max(60),
        from: z.iso.datetime(),
        plan: z.unknown(),
      }),
    )
    .min(1)
    .max(100),
});

type PlansFile = z.infer<typeof plansFile>;

/** Reads the files of a folder (docs/settlement.md says which). Throws SettleFault. */
export function readSettleFiles(folder: string): SettleInput {
  const read = (name: string): string | undefined => {
    const file = path.join(folder, name);
    try {
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    } catch {
      throw new SettleFault(name, folder, 'file', 'cannot be read');
    }
  };
  const must = (name: string): string => {
    const text = read(name);
    if (text === undefined) throw new SettleFault(name, folder, 'file', 'is missing');
    return text;
  };
  const head = readPlans(must('plans.json'));
  const { from, to } = periodOf(head.period);
  const plans = segmentsOf(head, { from, to });
  if (plans.length === 0)
    throw new SettleFault('plans.json', '/plans/0/from', 'from', `no plan begins before ${to}`);
  const previousText = read('previous.json');
  const run = previousText === undefined ? undefined : previousOf(head, previousText);
  const { partners, places } = readNetwork(must('network.csv'));
  const symbols = readSymbols(must('symbols.csv'));
  const { planSet, jurisdiction, currency, period } = head;
  return {
    book: {
      ...{ planSet, jurisdiction, currency, period, from, to, partners, places, symbols },
      plans,
      attributions: readClients(must('clients.csv'), partners),
      deals: readDeals(must('deals.csv'), symbols),
      deposits: readDeposits(read('deposits.csv') ?? depositsHeader),
      rates: readRates(read('rates.csv') ?? ratesHeader, currency),
      previous: {
        qualified: (run?.closing.qualified ?? []).map(({ client, at }) => ({
          clientId: client,
          at,
        })),
        clients: (run?.closing.clients ?? []).map((each) => ({
          clientId: each.client,
          revenueMinor: each.revenue,
          paidMinor: each.paid,
        })),
      },
    },
    previous:
      run === undefined ? undefined : { run, plans: segmentsOf(head, parsePeriod(run.period)) },
  };
}

function readPlans(text: string): PlansFile {
  const file = 'plans.json';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SettleFault(file, '/', 'file', 'is not JSON');
  }
  const parsed = plansFile.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.map(String) ?? [];
    throw new SettleFault(file, `/${at.join('/')}`, at.at(-1) ?? 'file', issue?.message ?? '');
  }
  return parsed.data;
}

function periodOf(name: string): { from: string; to: string } {
  try {
    return parsePeriod(name);
  } catch {
    throw new SettleFault(
      'plans.json',
      '/period',
      'period',
      'is not a month, a week or a day, such as 2026-10, 2026-W41 or 2026-10-05',
    );
  }
}

/** The plans in force in a period, one after the other. */
function segmentsOf(
  { plans, jurisdiction }: PlansFile,
  { from, to }: { from: string; to: string },
): PlanSegment[] {
  const ordered = plans.map((each, position) => ({ ...each, position }));
  ordered.sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  return ordered.flatMap((each, at): PlanSegment[] => {
    const next = ordered[at + 1]?.from;
    const start = later(each.from, from);
    const end = next === undefined || Date.parse(next) > Date.parse(to) ? to : next;
    if (Date.parse(start) >= Date.parse(end)) return [];
    const plan = planOf(each.plan, each.position, jurisdiction);
    return [{ from: start, to: end, plan, pins: [each.version], hash: hashOf(plan) }];
  });
}

/** Of what decides about lines: neither the day of payment does, nor what becomes of partners, nor what an approver is told. */
function hashOf({ paidOn: _day, ending: _ending, checks: _checks, ...plan }: PartnerPlan): string {
  return hashPolicy(plan);
}

const later = (a: string, b: string): string => (Date.parse(a) > Date.parse(b) ? a : b);

function planOf(value: unknown, position: number, jurisdiction: string) {
  try {
    const plan = parsePartnerPlan(value);
    const forbidden = checkPlanForJurisdiction(plan, jurisdiction);
    if (forbidden.length > 0) throw new PlanInvalid(forbidden);
    return plan;
  } catch (error) {
    if (!(error instanceof PlanInvalid)) throw error;
    const { pointer = '/', detail = '' } = error.problems[0] ?? {};
    const place = `/plans/${position}/plan${pointer}`;
    throw new SettleFault('plans.json', place, pointer.split('/').at(-1) ?? 'plan', detail);
  }
}

function previousOf(head: PlansFile, text: string): PreviousRun {
  const file = 'previous.json';
  const run = readPreviousRun(file, text);
  if (run.planSet !== head.planSet)
    throw new SettleFault(file, '/planSet', 'planSet', `is not ${head.planSet}`);
  if (run.currency !== head.currency)
    throw new SettleFault(file, '/currency', 'currency', `is not ${head.currency}`);
  const begins = periodOf(head.period).from;
  if (Date.parse(parsePeriod(run.period).to) > Date.parse(begins))
    throw new SettleFault(file, '/period', 'period', `is not before ${head.period}`);
  return run;
}

/**
 * Partners in any order, each with one row that says where it begins; a row with `from` moves it, with everybody below, from
 * that moment on.
 */
function readNetwork(text: string): Pick<PlainBook, 'partners'> & { readonly places: Place[] } {
  const rows = cellsOf('network.csv', text, {
    required: ['partner', 'parent'],
    optional: ['client', 'from'],
  });
  const first = new Map<string, Cells>();
  const moves = new Map<string, Cells>();
  for (const row of rows) {
    const id = row.text('partner');
    const from = row.optionalTime('from');
    const key = `${from} ${id}`;
    if (from === null ? first.has(id) : moves.has(key)) throw row.fault('partner', 'stands twice');
    if (from === null) first.set(id, row);
    else if (row.optional('client') !== undefined)
      throw row.fault('client', 'is said where the partner begins, in the row without from');
    else moves.set(key, row);
  }
  for (const row of rows) {
    const [id, parent] = [row.text('partner'), row.optional('parent')];
    if (!first.has(id)) throw row.fault('from', `is of a move, and ${id} has no row without it`);
    if (parent !== undefined && !first.has(parent))
      throw row.fault('parent', `${parent} is no partner of the file`);
  }
  const places = placesIn([...first.values()], [...moves.values()]);
  const last = new Map(
    places.flatMap((place) => (place.to === null ? [[place.partnerId, place] as const] : [])),
  );
  const partners = [...first].map(([id, row]) => ({
    ...{ id, parent_id: last.get(id)?.parentId ?? null, level: last.get(id)?.level ?? 1 },
    client_id: row.optional('client') ?? null,
  }));
  return { partners, places };
}

function placesIn(first: readonly Cells[], moves: readonly Cells[]): Place[] {
  const parentOf = (row: Cells) => row.optional('parent') ?? null;
  try {
    return placesOf(
      first.map((row) => ({ id: row.text('partner'), parentId: parentOf(row) })),
      moves.map((row) => ({
        ...{ partnerId: row.text('partner'), parentId: parentOf(row), at: row.time('from') },
      })),
    );
  } catch (error) {
    if (!(error instanceof NetworkInvalid)) throw error;
    const row = [...moves, ...first].find((each) => each.text('partner') === error.partnerId);
    throw (
      row?.fault(
        'parent',
        `the network is deeper than ${networkLevelsMax} levels, or runs in a circle`,
      ) ?? error
    );
  }
}

function readClients(text: string, partners: readonly PlainPartner[]): PlainAttribution[] {
  const known = new Set(partners.map(({ id }) => id));
  const rows = cellsOf('clients.csv', text, {
    required: ['client', 'partner', 'from'],
    optional: ['to', 'related'],
  });
  const byClient = new Map<string, PlainAttribution[]>();
  return rows.map((row) => {
    const attribution = {
      client_id: row.text('client'),
      partner_id: row.text('partner'),
      from_at: row.time('from'),
      to_at: row.optionalTime('to'),
      related:
        row.optional('related') === undefined
          ? null
          : row.choice('related', ['self', 'family', 'device', 'instrument']),
    };
    if (!known.has(attribution.partner_id))
      throw row.fault('partner', `${attribution.partner_id} is no partner of network.csv`);
    if (attribution.to_at !== null && attribution.to_at <= attribution.from_at)
      throw row.fault('to', 'is not after from');
    const others = byClient.get(attribution.client_id) ?? [];
    if (others.some((other) => overlap(other, attribution)))
      throw row.fault('from', 'the client has another partner at that time');
    byClient.set(attribution.client_id, [...others, attribution]);
    return attribution;
  });
}

function overlap(a: PlainAttribution, b: PlainAttribution): boolean {
  return (a.to_at === null || b.from_at < a.to_at) && (b.to_at === null || a.from_at < b.to_at);
}

function readSymbols(text: string): PlainSymbol[] {
  const required = ['server', 'symbol', 'digits', 'contract_size', 'profit_currency'];
  const seen = new Set<string>();
  return cellsOf('symbols.csv', text, { required, optional: ['average_spread_points'] }).map(
    (row) => {
      const symbol = {
        server_id: row.text('server'),
        name: row.text('symbol'),
        digits: Number(row.whole('digits')),
        contract_size: row.decimal('contract_size'),
        profit_currency: row.currency('profit_currency'),
        average_spread_points: row.optionalDecimal('average_spread_points'),
      };
      if (symbol.digits > 10) throw row.fault('digits', 'is more than 10');
      if (Number(symbol.contract_size) <= 0) throw row.fault('contract_size', 'is not above zero');
      const average = Number(symbol.average_spread_points ?? 0);
      if (average < 0 || average >= 1e8)
        throw row.fault('average_spread_points', 'is not between 0 and 100000000');
      const key = JSON.stringify([symbol.server_id, symbol.name]);
      if (seen.has(key)) throw row.fault('symbol', 'stands twice for this server');
      seen.add(key);
      return symbol;
    },
  );
}

function readDeals(text: string, symbols: readonly PlainSymbol[]): PlainDeal[] {
  const sizes = new Map(
    symbols.map(({ server_id, name, contract_size }) => [
      JSON.stringify([server_id, name]),
      contract_size,
    ]),
  );
  const seen = new Set<string>();
  const required = ['server', 'ticket', 'time', 'login', 'client', 'position', 'side', 'entry'];
  return cellsOf('deals.csv', text, {
    required: [...required, 'symbol', 'lots', 'price', 'currency'],
    optional: [
      ...['kind', 'lots_closed', 'commission', 'swap', 'profit', 'bid', 'ask', 'profit_rate'],
      ...['equity', 'credit', 'stop_out'],
    ],
  }).map((row): PlainDeal => {
    const currency = row.currency('currency');
    const server = row.text('server');
    const symbol = row.text('symbol');
    const ticket = row.whole('ticket');
    const key = `${ticket} ${server}`;
    if (seen.has(key)) throw row.fault('ticket', 'stands twice for this server');
    seen.add(key);
    return {
      server_id: server,
      ticket,
      time: row.time('time'),
      login: row.text('login'),
      client_id: row.text('client'),
      position_id: row.whole('position'),
      kind:
        row.optional('kind') === undefined ? 'trade' : row.choice('kind', ['trade', 'cancelled']),
      side: row.choice('side', ['buy', 'sell']),
      entry: row.choice('entry', ['in', 'out', 'reverse', 'out_by']),
      symbol,
      volume: row.lots('lots'),
      volume_closed: row.optionalLots('lots_closed'),
      price: row.decimal('price'),
      profit_minor: row.minor('profit', currency),
      swap_minor: row.minor('swap', currency),
      commission_minor: row.minor('commission', currency),
      currency,
      bid: row.optionalDecimal('bid'),
      ask: row.optionalDecimal('ask'),
      contract_size: sizes.get(JSON.stringify([server, symbol])) ?? null,
      profit_rate: row.optionalDecimal('profit_rate'),
      equity_minor: row.optionalMinor('equity', currency),
      credit_minor: row.optionalMinor('credit', currency),
      stop_out: row.yes('stop_out'),
    };
  });
}

const depositsHeader = 'id,client,time,amount,currency\n';

function readDeposits(text: string): PlainDeposit[] {
  const seen = new Set<string>();
  const required = ['id', 'client', 'time', 'amount', 'currency'];
  return cellsOf('deposits.csv', text, { required }).map((row) => {
    const currency = row.currency('currency');
    const amount = row.minor('amount', currency);
    const id = row.text('id');
    if (BigInt(amount) <= 0n) throw row.fault('amount', 'is not above zero');
    if (seen.has(id)) throw row.fault('id', 'stands twice');
    seen.add(id);
    return {
      id,
      client_id: row.text('client'),
      credited_at: row.time('time'),
      amount_minor: amount,
      currency,
    };
  });
}

const ratesHeader = 'from,to,rate,source\n';

function readRates(text: string, currency: string): GivenRate[] {
  const seen = new Set<string>();
  const required = ['from', 'to', 'rate', 'source'];
  return cellsOf('rates.csv', text, { required }).flatMap((row): GivenRate[] => {
    const from = row.currency('from');
    const to = row.currency('to');
    const rate = row.decimal('rate');
    if (!/[1-9]/.test(rate) || rate.startsWith('-')) throw row.fault('rate', 'is not above zero');
    if (seen.has(`${from} ${to}`)) throw row.fault('from', 'the pair stands twice');
    seen.add(`${from} ${to}`);
    return to === currency && from !== to ? [{ from, rate, source: row.text('source') }] : [];
  });
}
