import { systemScope } from '../domain/access/scope';
import type { Deal } from '../domain/trading/deal';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { TradingPlatform } from '../connectors/trading/port';
import { inScope, type Tx } from '../db/connection';
import {
  differencesOf,
  type Differences,
  type DueCheck,
  keptTotals,
  nextCheck,
  recordCheck,
} from '../db/feed-checks';
import { askAboutGap, deletedAtServer } from '../db/feed-gaps';
import { readFeed } from '../db/feeds';
import type { BalanceOperationDeps } from './balance-operation';

/** Before any trading server of these platforms was sold. */
const beginning = '2005-01-01T00:00:00.000Z';
const pageDeals = 5_000;

/**
 * Holds the log-in that has waited longest against its server: as many deals, the same sums, and all deals
 * together the balance. What differs is read again, log-in by log-in, and looked at once more later.
 */
export async function checkNextLogin(
  deps: BalanceOperationDeps,
  platform: TradingPlatform,
  { ingest }: { ingest: (deals: readonly Deal[]) => Promise<number> },
): Promise<'none' | 'checked' | 'repaired'> {
  const { serverId } = platform;
  const within = <T>(work: (tx: Tx) => Promise<T>) =>
    inScope(deps.db, systemScope(`workflow:${workflowIds.feed(serverId)}`), work);
  const { check, feed } = await within(async (tx) => ({
    check: await nextCheck(tx, serverId),
    feed: await readFeed(tx, serverId),
  }));
  if (!check || feed.watermark === null) return 'none';
  const startedAt = new Date().toISOString();
  const from = fromOf(check, feed.rereadDays);
  const differences = await compare(platform, check, {
    from,
    to: feed.watermark,
    within,
  });
  const verdict = await within((tx) =>
    recordCheck(tx, serverId, check, { differences, startedAt }),
  );
  if (verdict === 'agrees' || verdict === 'overtaken' || 'account' in differences) return 'checked';
  const { brought, tickets } = await readLogin(platform, check.login, {
    from,
    offset: await offsetOf(platform),
    ingest,
  });
  if (verdict === 'gap') {
    // From the second look on its whole life is read: what is not among it is not there.
    const { login } = check;
    const to = feed.watermark;
    await within(async (tx) => {
      const deleted = await deletedAtServer(tx, { serverId, login, to, there: tickets });
      await askAboutGap(tx, serverId, check, { differences, deleted, startedAt });
    });
  }
  return brought > 0 ? 'repaired' : 'checked';
}

/** Its whole life at first and while it differs; then only what may still change. */
function fromOf(check: DueCheck, rereadDays: number): string {
  if (check.agreedAt === null || check.attempts > 0) return beginning;
  return new Date(Date.parse(check.agreedAt) - Math.max(1, rereadDays) * 86_400_000).toISOString();
}

async function compare(
  platform: TradingPlatform,
  { login }: DueCheck,
  {
    from,
    to,
    within,
  }: { from: string; to: string; within: <T>(work: (tx: Tx) => Promise<T>) => Promise<T> },
): Promise<Differences> {
  const account = await platform.readAccount(login);
  if (account === null) return { account: { here: 'open', server: 'not there' } };
  const totals = await platform.dealTotals({ login, from: new Date(from), to: new Date(to) });
  const kept = await within((tx) =>
    keptTotals(tx, { serverId: platform.serverId, login, from, to }),
  );
  return differencesOf(kept, { totals, balanceMinor: account.balance.amountMinor });
}

/** Reads one log-in's deals again; answers how many are new or edited, and which there are. */
async function readLogin(
  platform: TradingPlatform,
  login: string,
  {
    from,
    offset,
    ingest,
  }: { from: string; offset: number; ingest: (deals: readonly Deal[]) => Promise<number> },
): Promise<{ readonly brought: number; readonly tickets: ReadonlySet<string> }> {
  const tickets = new Set<string>();
  let brought = 0;
  let serverTime = Math.floor(Date.parse(from) / 1_000) + offset;
  for (;;) {
    const page = await platform.dealsSince(
      { serverTime },
      { overlapSeconds: 0, limit: pageDeals, logins: [login] },
    );
    brought += await ingest(page.deals);
    for (const { ticket } of page.deals) tickets.add(ticket);
    if (page.caughtUp || page.watermark.serverTime <= serverTime) return { brought, tickets };
    serverTime = page.watermark.serverTime;
  }
}

async function offsetOf(platform: TradingPlatform): Promise<number> {
  return (await platform.serverTime()).offsetSeconds;
}
