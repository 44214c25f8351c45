import fc from 'fast-check';
import { parsePeriod, scheduledPeriod } from '../../domain/partners/period';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import { changedBookArbitrary } from '../../tests/settlement/arbitrary-book';
import {
  type Book,
  type BookDeal,
  type BookLine,
  type BookPeriod,
  entityId,
  linesOfRun,
  seedDeals,
  seedEntity,
  segmentOf,
} from '../../tests/settlement/book';
import { adjustmentsOf } from '../../tests/settlement/opinion/adjustments';
import { closingOf } from '../../tests/settlement/opinion/closing';
import { runBook, withinBook } from '../../tests/settlement/run-book';
import { secondOpinion } from '../../tests/settlement/second-opinion';
import { rows, type Tx } from '../connection';
import { adjustClosed, type RecordedLine } from './adjustments';
import type { GivenRate } from './engine';

/** The period behind a book's. */
function following({ period: { name, to } }: Book): BookPeriod {
  return scheduledPeriod({ first: parsePeriod(name).kind, changes: [] }, to);
}

/** Periods that are tried, each with several networks; one may take so long on a busy machine. */
const runs = Number(process.env['SETTLEMENT_RUNS'] ?? 25);
const islandsMax = 8;
const limitMs = 60_000 + runs * 8_000;

/** What a settlement keeps of a run: its lines and its conversions. */
async function keptOfRun(tx: Tx): Promise<{ lines: RecordedLine[]; rates: GivenRate[] }> {
  const lines = await rows<RecordedLine>(
    tx,
    `select event as of_event, component, partner_id, client_id, server_id, login, position_id::text as position_id, tickets::text[] as tickets, symbol,
       lots_e8::text as lots_e8, tier, source_partner, plan_version, rate, rate_currency, conversion, amount_minor::text as amount_minor, closed_at
     from run_line order by line`,
  );
  const rates = await rows<GivenRate>(
    tx,
    `select from_code as "from", trim_scale(rate)::text as rate, source from run_conversion order by from_code`,
  );
  return { lines, rates };
}

/** As the feed brings what changed: late deals, and new records in the place of old ones. */
async function bringChanges(tx: Tx, of: { now: Book; then: readonly BookDeal[] }): Promise<void> {
  const tickets = new Set(of.then.map(({ ticket }) => ticket));
  await seedDeals(
    tx,
    of.now,
    of.now.deals.filter(({ ticket }) => !tickets.has(ticket)),
  );
  for (const deal of of.now.deals) {
    const before = of.then.find(({ ticket }) => ticket === deal.ticket);
    if (!before || before === deal) continue;
    await tx
      .sql('deal')
      .where({ ticket: deal.ticket.toString() })
      .update({
        kind: deal.kind,
        volume: deal.volume.toString(),
        volume_closed: deal.closed?.toString() ?? null,
        profit_minor: deal.profitMinor.toString(),
      });
  }
}

const sorted = (lines: readonly BookLine[]): string[] =>
  lines.map((line) => JSON.stringify(line)).sort();

describe('adjustments', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(seedEntity);
  }, 60_000);

  afterAll(() => scratch.close());

  it(
    `agree with a second opinion on ${runs} plans with up to ${islandsMax} networks each: late, cancelled and edited deals`,
    async () => {
      await fc.assert(
        fc.asyncProperty(changedBookArbitrary(islandsMax), async ({ now, then }) => {
          const after = following(now);
          const before = { ...now, deals: then };
          const found = await withinBook(scratch, before, async (tx) => {
            await runBook(tx, before);
            const { lines, rates } = await keptOfRun(tx);
            await bringChanges(tx, { now, then });
            const { planSet, currency, previous } = now;
            const of = { ...now.period, plans: [segmentOf(now)], rates, previous };
            await adjustClosed(tx, {
              closed: [{ ...of, id: 'stl_closed', lines }],
              scope: {
                ...{ planSet, entityId, currency, previous, rates: now.rates },
                ...{ from: after.from, to: after.to },
                plans: [segmentOf({ ...now, period: after })],
              },
            });
            return { lines: await linesOfRun(tx), rates };
          });
          const closedNow = { ...now, rates: found.rates };
          const linesNow = secondOpinion(closedNow);
          const adjustments = adjustmentsOf(secondOpinion(before), linesNow);
          const next = { ...now, period: after, previous: closingOf(closedNow, linesNow) };
          expect(sorted(found.lines)).toEqual(sorted([...secondOpinion(next), ...adjustments]));
        }),
        { numRuns: runs },
      );
    },
    limitMs,
  );
});
