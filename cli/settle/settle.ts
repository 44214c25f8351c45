import { systemScope } from '../../domain/access/scope';
import { formatAmount, parseAmount } from '../../domain/money';
import { parsePeriod } from '../../domain/partners/period';
import { payoutStateOf } from '../../domain/partners/payout-state';
import { reasonText } from '../../domain/partners/reason';
import { type Database, inScope } from '../../db/connection';
import type { PlainBook } from '../../db/settlement/plain-book';
import { type PlainClosed, type PlainRun, runPlainBook } from '../../db/settlement/plain-run';
import type { PreviousLine, PreviousRun } from './previous';
import type { SettleInput } from './read-files';

/** What `settle --json` prints; as `previous.json` it is what the next period starts from. */
export type Settled = ReturnType<typeof answerOf>;

/**
 * Computes a folder's files in a database that holds nothing else. `adjust`: the deals of the period before are in the
 * files as well, as they are today, and what they would come to now is held against what was settled.
 */
export async function settleFiles(
  db: Database,
  { book, previous }: SettleInput,
  { adjust }: { readonly adjust: boolean },
): Promise<Settled> {
  const closed =
    adjust && previous !== undefined ? closedOf(previous.run, previous.plans) : undefined;
  const run = await inScope(db, systemScope('job:settle-files'), (tx) =>
    runPlainBook(tx, book, closed),
  );
  return answerOf(book, { run, previous: previous?.run });
}

function closedOf(run: PreviousRun, plans: PlainClosed['plans']): PlainClosed {
  const { from, to } = parsePeriod(run.period);
  const { qualified, clients } = run.closing.before;
  return {
    ...{ period: run.period, from, to, plans, rates: run.rates },
    previous: {
      qualified: qualified.map(({ client, at }) => ({ clientId: client, at })),
      clients: clients.map(({ client, revenue, paid }) => ({
        clientId: client,
        revenueMinor: revenue,
        paidMinor: paid,
      })),
    },
    lines: run.lines
      .filter(({ event }) => event !== 'adjustment')
      .map((line) => recordedOf(line, run.currency)),
  };
}

function recordedOf(line: PreviousLine, currency: string): PlainClosed['lines'][number] {
  const [lots = '0', part = ''] = line.lots.split('.');
  return {
    of_event: line.event,
    component: line.component,
    partner_id: line.partner,
    client_id: line.client,
    server_id: line.server,
    login: line.login,
    position_id: line.position,
    tickets: line.tickets,
    symbol: line.symbol,
    lots_e8: BigInt(lots + part.padEnd(8, '0')).toString(),
    tier: line.tier,
    source_partner: line.sourcePartner,
    plan_version: line.plan,
    rate: line.rate,
    rate_currency: line.rateCurrency,
    conversion: line.conversion,
    amount_minor: parseAmount(line.amount, currency).toString(),
    closed_at: line.closedAt,
  };
}

function answerOf(
  book: PlainBook,
  { run, previous }: { run: PlainRun; previous: PreviousRun | undefined },
) {
  const { currency, planSet, period } = book;
  const amount = (minor: bigint) => formatAmount(minor, currency);
  const partners = partnersOf(book, { run, previous });
  return {
    planSet,
    period,
    currency,
    inputHash: run.result.inputHash,
    resultHash: run.result.resultHash,
    total: amount(run.result.totalMinor),
    partners: partners.map((each) => ({
      partner: each.partner,
      earned: amount(each.earned),
      broughtForward: amount(each.carried),
      balance: amount(each.balance),
      payout: amount(each.state === 'computed' ? each.balance : 0n),
      state: each.state === 'computed' ? ('pays' as const) : each.state,
    })),
    rates: run.rates,
    lines: run.lines.map(({ amountMinor, ...line }) => ({
      ...line,
      text: reasonText(line.reason),
      amount: amount(amountMinor),
    })),
    closing: {
      carried: partners
        .filter(({ state, balance }) => state === 'below_minimum' && balance !== 0n)
        .map(({ partner, balance }) => ({ partner, amount: amount(balance) })),
      qualified: [...run.before.qualified, ...run.qualified].map(({ clientId, at }) => ({
        client: clientId,
        at,
      })),
      clients: lifetimes(run),
      before: {
        qualified: run.before.qualified.map(({ clientId, at }) => ({ client: clientId, at })),
        clients: run.before.clients.map(clientJson),
      },
    },
  };
}

function partnersOf(
  book: PlainBook,
  { run, previous }: { run: PlainRun; previous: PreviousRun | undefined },
) {
  const { currency } = book;
  const carried = new Map(
    (previous?.closing.carried ?? []).map((each) => [
      each.partner,
      parseAmount(each.amount, currency),
    ]),
  );
  const earned = new Map<string, bigint>();
  for (const { partner, amountMinor } of run.lines)
    earned.set(partner, (earned.get(partner) ?? 0n) + amountMinor);
  const plan = book.plans.at(-1)?.plan;
  if (!plan) throw new Error('there is no plan for the period');
  return [...new Set([...earned.keys(), ...carried.keys()])].sort().map((partner) => {
    const own = earned.get(partner) ?? 0n;
    const before = carried.get(partner) ?? 0n;
    const balance = own + before;
    const state = payoutStateOf(balance, { plan, currency });
    return { partner, earned: own, carried: before, balance, state };
  });
}

const clientJson = (of: { clientId: string; revenueMinor: string; paidMinor: string }) => ({
  client: of.clientId,
  revenue: of.revenueMinor,
  paid: of.paidMinor,
});

/** Minor units; revenue exact. */
function lifetimes(run: PlainRun) {
  const all = new Map(run.before.clients.map((each) => [each.clientId, each]));
  for (const each of run.clients) {
    const before = all.get(each.clientId);
    all.set(each.clientId, {
      clientId: each.clientId,
      revenueMinor: before
        ? addDecimals(before.revenueMinor, each.revenueMinor)
        : each.revenueMinor,
      paidMinor: (BigInt(before?.paidMinor ?? '0') + BigInt(each.paidMinor)).toString(),
    });
  }
  return [...all.values()].map(clientJson);
}

/** Exact: a sum of decimal strings. */
export function addDecimals(a: string, b: string): string {
  const digits = Math.max(...[a, b].map((text) => text.split('.')[1]?.length ?? 0));
  const scaled = (text: string) => {
    const [whole = '0', part = ''] = text.split('.');
    return BigInt(whole + part.padEnd(digits, '0'));
  };
  const sum = scaled(a) + scaled(b);
  if (digits === 0) return sum.toString();
  const text = (sum < 0n ? -sum : sum).toString().padStart(digits + 1, '0');
  return `${sum < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** For a person: what each partner gets, and why what was not paid was not. */
export function settledTable(settled: Settled): string {
  const { currency } = settled;
  const reasons = new Map<string, { lines: number; text: string }>();
  for (const { reason, text } of settled.lines) {
    const before = reasons.get(reason)?.lines ?? 0;
    reasons.set(reason, { lines: before + 1, text });
  }
  const row = (cells: readonly string[]) =>
    `  ${(cells[0] ?? '').padEnd(24)}${cells
      .slice(1, 5)
      .map((cell) => cell.padStart(16))
      .join('')}  ${cells[5] ?? ''}`.trimEnd();
  return [
    `${settled.planSet} ${settled.period}: ${settled.total} ${currency} in ${settled.lines.length} lines`,
    row(['partner', 'earned', 'brought forward', 'balance', 'payout', 'state']),
    ...settled.partners.map((each) =>
      row([
        each.partner,
        each.earned,
        each.broughtForward,
        each.balance,
        each.payout,
        each.state.replace('_', ' '),
      ]),
    ),
    ...[...reasons].map(
      ([reason, { lines, text }]) => `  ${String(lines).padStart(7)} × ${reason}: ${text}`,
    ),
    `inputs ${settled.inputHash}`,
    `result ${settled.resultHash}`,
  ].join('\n');
}
