import { formatAmount } from '../domain/money';
import { appendEvents } from './events';
import type { Differences, DueCheck } from './feed-checks';
import { rows, type Tx } from './connection';
import { cancelTask, latestTask, openTask, type Task } from './tasks';

/** More tickets than a person reads. */
const ticketsToldMax = 50;

/** Our tickets of a log-in, of deals up to a moment, that are not among those that its server has now. */
export async function deletedAtServer(
  tx: Tx,
  {
    serverId,
    login,
    to,
    there,
  }: { serverId: string; login: string; to: string; there: ReadonlySet<string> },
): Promise<string[]> {
  const kept = await rows<{ ticket: string }>(
    tx,
    `select ticket from deal where server_id = :serverId and login = :login and time <= :to::timestamptz order by ticket`,
    { serverId, login, to },
  );
  return kept.map(({ ticket }) => ticket).filter((ticket) => !there.has(ticket));
}

interface Found {
  readonly differences: Differences;
  /** Tickets of deals that are here and no longer at the server. */
  readonly deleted: readonly string[];
  /** When the look began that found it. */
  readonly startedAt: string;
}

/**
 * Asks a person about a gap, once while it stays the same: when it has lasted for as long as the feed allows, and at
 * once when deals are gone at the server, which nothing brings back.
 */
export async function askAboutGap(
  tx: Tx,
  serverId: string,
  check: DueCheck,
  found: Found,
): Promise<void> {
  const [gap] = await rows<{ since: string; lasts: boolean }>(
    tx,
    `select c.differs_since::text as since, c.differs_since <= clock_timestamp() - f.gap_ask_minutes * interval '1 minute' as lasts
     from feed_check c join feed f on f.server_id = c.server_id
     where c.server_id = :serverId and c.login = :login and c.state = 'differs'`,
    { serverId, login: check.login },
  );
  if (!gap || !(gap.lasts || found.deleted.length > 0)) return;
  const last = await latestTask(tx, check.accountId, 'feed_gap');
  if (last && isAnswered(last, gap.since, found)) return;
  const deleted = found.deleted.slice(0, ticketsToldMax);
  if (deleted.length > 0) {
    await appendEvents(tx, [
      {
        subject: check.accountId,
        type: 'feed.deals_gone',
        entityId: check.entityId,
        clientId: check.clientId,
        payload: { server: serverId, login: check.login, tickets: deleted },
      },
    ]);
  }
  await openTask(tx, {
    kind: 'feed_gap',
    subject: check.accountId,
    workflowId: null,
    entityId: check.entityId,
    clientId: check.clientId,
    title:
      deleted.length > 0
        ? `Deals of log-in ${check.login} are gone at the server`
        : `Log-in ${check.login} and its server have differed for long`,
    issue: [
      ...(deleted.length > 0
        ? [{ code: 'DEALS_GONE', detail: `${found.deleted.length}: ${deleted.join(', ')}` }]
        : []),
      { code: 'FEED_GAP', detail: inWords(found.differences, check.currency) },
    ],
    content: {
      account: check.accountId,
      server: serverId,
      login: check.login,
      since: gap.since,
      differences: found.differences,
      offBy: offBy(found.differences),
      deleted,
    },
    key: `feed_gap/${serverId}/${check.login}/${last?.id ?? 'first'}`,
  });
}

/** The log-in and its server agree again, or it is not held against it any more. */
export async function dropGapTask(
  tx: Tx,
  accountId: string,
  reason: 'GAP_CLOSED' | 'ACCOUNT_ENDED',
): Promise<void> {
  const task = await latestTask(tx, accountId, 'feed_gap');
  if (task?.state === 'open') await cancelTask(tx, task.id, reason);
}

/** People are asked, or have said that this gap stays as it is; one that they said to look at again may be there still. */
function isAnswered({ state, decision, decidedAt, content }: Task, since: string, found: Found) {
  if (state === 'open') return true;
  if (state === 'cancelled') return false;
  if (decision === 'leave')
    return content['since'] === since && content['offBy'] === offBy(found.differences);
  return decidedAt === null || decidedAt >= found.startedAt;
}

/** By how much each figure is off: the same while a log-in trades on beside its gap. */
function offBy(differences: Differences): string {
  return Object.entries(differences)
    .map(
      ([figure, { here, server }]) =>
        `${figure} ${isWhole(here, server) ? BigInt(server) - BigInt(here) : server}`,
    )
    .join(', ');
}

function inWords(differences: Differences, currency: string): string {
  const words = (figure: string, value: string) =>
    figure === 'deals' || !/^-?\d+$/.test(value) ? value : formatAmount(BigInt(value), currency);
  return Object.entries(differences)
    .map(
      ([figure, { here, server }]) =>
        `${figure}: ${words(figure, here)} here, ${words(figure, server)} at the server`,
    )
    .join('; ');
}

function isWhole(...values: readonly string[]): boolean {
  return values.every((value) => /^-?\d+$/.test(value));
}
