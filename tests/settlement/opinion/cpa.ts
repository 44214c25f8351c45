import { type Book, type BookPartner } from '../book';
import { Fraction } from '../fraction';
import { attributionAt, conversionOf, major, partnerAt, zero } from './piece';

export interface CpaDecision {
  readonly clientId: string;
  readonly partner: BookPartner;
  readonly at: string;
  readonly lotsE8: bigint;
  /** Why there is none; undefined when the client qualifies. */
  readonly flaw: string | undefined;
}

const hourMs = 3_600_000;

/** Which clients qualify within the period, or lose the chance, by their deposits and closings since the first deposit. */
export function cpaDecisions(book: Book): CpaDecision[] {
  const { cpa } = book.plan;
  if (cpa === null) return [];
  const clients = [...new Set(book.deposits.map(({ clientId }) => clientId))];
  return clients
    .filter((id) => !book.previous.qualified.some(({ clientId }) => clientId === id))
    .flatMap((id): CpaDecision[] => {
      const decided = decide(book, id);
      if (!decided || decided.at < book.period.from || decided.at >= book.period.to) return [];
      const partner = partnerAt(book, id, decided.at);
      if (!partner) return [];
      const isRelated =
        attributionAt(book, id, decided.at)?.related != null || partner.clientId === id;
      const flaw = decided.flaw ?? (isRelated ? 'CPA_RELATED' : undefined);
      return [{ ...decided, clientId: id, partner, flaw }];
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.clientId < b.clientId ? -1 : 1));
}

function decide(
  book: Book,
  clientId: string,
): { at: string; lotsE8: bigint; flaw: string | undefined } | undefined {
  const { cpa, currency } = book.plan;
  if (cpa === null) return undefined;
  const deposits = book.deposits
    .filter((deposit) => deposit.clientId === clientId && deposit.time < book.period.to)
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1));
  const start = deposits[0];
  if (!start) return undefined;
  const firstUntil = after(start.time, cpa.firstDepositHours);
  const until = after(start.time, cpa.qualifyWithinDays * 24);
  const planRate = conversionOf(book, currency);
  const worth = ({ amountMinor, currency: of }: (typeof deposits)[number]) =>
    Fraction.of(amountMinor)
      .over(major(of))
      .times(conversionOf(book, of) ?? zero);
  const reaches = (sum: Fraction, least: string) =>
    planRate !== undefined && sum.compare(Fraction.of(least).times(planRate)) >= 0;

  let first = zero;
  let all = zero;
  let firstAt: string | undefined;
  let depositAt: string | undefined;
  let unconverted = false;
  for (const deposit of deposits) {
    if (deposit.time >= until) break;
    unconverted ||= planRate === undefined || conversionOf(book, deposit.currency) === undefined;
    all = all.plus(worth(deposit));
    if (deposit.time < firstUntil) {
      first = first.plus(worth(deposit));
      if (reaches(first, cpa.firstDepositMin)) firstAt ??= deposit.time;
    }
    if (reaches(all, cpa.depositMin)) depositAt ??= deposit.time;
  }
  const { lotsAt, lotsE8 } = lotsSince(book, { clientId, from: start.time, until });
  const flaw =
    (!firstAt || !depositAt) && unconverted
      ? 'NO_CONVERSION'
      : !firstAt
        ? 'CPA_FIRST_DEPOSIT'
        : !depositAt
          ? 'CPA_DEPOSITS'
          : !lotsAt
            ? 'CPA_LOTS'
            : undefined;
  const moments = [firstAt, depositAt, lotsAt].flatMap((moment) => moment ?? []).sort();
  const at = !firstAt ? firstUntil : moments.length < 3 ? until : (moments[2] ?? until);
  return { at, lotsE8, flaw };
}

function lotsSince(
  book: Book,
  { clientId, from, until }: { clientId: string; from: string; until: string },
): { lotsAt: string | undefined; lotsE8: bigint } {
  const least = Fraction.of(book.plan.cpa?.lotsMin ?? '0').times(Fraction.of(100_000_000n));
  const end = until < book.period.to ? until : book.period.to;
  let lotsE8 = 0n;
  let lotsAt = least.top === 0n ? from : undefined;
  const deals = book.deals
    .filter((deal) => deal.clientId === clientId && deal.time >= from && deal.time < end)
    .filter(({ kind, entry }) => kind === 'trade' && entry !== 'in')
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.ticket < b.ticket ? -1 : 1));
  for (const deal of deals) {
    lotsE8 += deal.closed ?? deal.volume;
    if (Fraction.of(lotsE8).compare(least) >= 0) lotsAt ??= deal.time;
  }
  return { lotsAt, lotsE8 };
}

function after(time: string, hours: number): string {
  return new Date(Date.parse(time) + hours * hourMs).toISOString();
}
