import { bonusCredit, house, tradingLedger, type LedgerAccount } from '../domain/ledger/account';
import type { Leg, Posting } from '../domain/ledger/posting';
import { formatAmount } from '../domain/money';
import { matchToken, tokensIn } from '../domain/trading/token';
import { completeStep, stepOfIntent } from '../db/bonus-steps';
import { wakeByDeals } from '../db/account-wakes';
import type { Tx } from '../db/connection';
import { enqueueSignal } from '../db/dispatch';
import { appendEvents } from '../db/events';
import {
  intentByToken,
  intentOfTicket,
  unresolvedIntents,
  type Intent,
} from '../db/intent-readers';
import { recordOutcome } from '../db/intents';
import { LedgerRefusal, postTransaction, postTransactions } from '../db/ledger';
import { openTask } from '../db/tasks';
import {
  countAsEdited,
  dealKey,
  markPosted,
  postedFor,
  type UnpostedDeal,
  unpostedDeals,
} from '../db/unposted-deals';
import { completeTransfer } from '../db/transfer-end';

/** Kinds that are the house's own money movements; the rest are results of trading. */
const operationKinds: ReadonlySet<string> = new Set([
  'balance',
  'credit',
  'charge',
  'correction',
  'bonus',
]);

/** How far a pass over the unposted deals has come. */
export interface Posted {
  /** Deals that were looked at: as many as asked for when there may be more. */
  readonly seen: number;
  /** Those that stand in the ledger now, or have nothing to stand there. */
  readonly settled: number;
}

/**
 * Posts the next unposted deals of a server, each once under the key (server, deal), and each edit of one once
 * under (server, deal, revision). A balance operation that carries one of our tokens closes its intent; one that
 * may yet turn out to be ours waits; a foreign one goes to suspense and opens a task.
 */
export async function postDeals(tx: Tx, serverId: string, limit: number): Promise<Posted> {
  const deals = await unpostedDeals(tx, serverId, limit);
  if (deals.length === 0) return { seen: 0, settled: 0 };
  const settled = await settleDeals(tx, serverId, deals);
  await wakeByDeals(tx, settled);
  return { seen: deals.length, settled: settled.length };
}

/** Posts what can be posted now, and answers it. */
async function settleDeals(
  tx: Tx,
  serverId: string,
  deals: readonly UnpostedDeal[],
): Promise<UnpostedDeal[]> {
  const first = deals.filter((deal) => deal.revision === 1);
  const results = first.filter((deal) => !operationKinds.has(deal.kind));
  await postResults(tx, serverId, results);
  const settled = [...results];
  const operations = first.filter((deal) => operationKinds.has(deal.kind));
  for (const deal of deals.filter(({ revision }) => revision > 1)) {
    const posted = await postedFor(tx, { serverId, ticket: deal.ticket, revision: deal.revision });
    if (posted.size > 0) await postRevision(tx, { serverId, deal, posted });
    else if (operationKinds.has(deal.kind)) {
      operations.push(deal);
      continue;
    } else await postResults(tx, serverId, [deal]);
    settled.push(deal);
  }
  if (operations.length === 0) return settled;
  const open = await unresolvedIntents(tx, { target: serverId, limit: 1_000 });
  for (const deal of operations) {
    if (await postOperation(tx, { serverId, deal, open })) settled.push(deal);
  }
  return settled;
}

async function postResults(
  tx: Tx,
  serverId: string,
  deals: readonly UnpostedDeal[],
): Promise<void> {
  const postings = deals.map((deal) => ({ deal, posting: resultPosting(serverId, deal) }));
  const moving = postings.filter(({ posting }) => posting.legs.length > 0);
  const answers = await postTransactions(
    tx,
    moving.map(({ posting }) => posting),
  );
  const posted = new Map<string, string>();
  for (const [position, answer] of answers.entries()) {
    const deal = moving[position]?.deal;
    if (!deal) break;
    if (answer.verdict !== 'posted' && answer.verdict !== 'replayed')
      throw new LedgerRefusal(answer.verdict, `deal ${deal.ticket}`);
    posted.set(deal.ticket, answer.transactionId);
  }
  await markPosted(
    tx,
    serverId,
    deals.map((deal) => ({ ticket: deal.ticket, transaction: posted.get(deal.ticket) ?? 'none' })),
  );
}

function resultPosting(serverId: string, deal: UnpostedDeal): Posting {
  return {
    key: dealKey(serverId, deal.ticket, 1),
    kind: 'deal_result',
    entityId: deal.entityId,
    clientId: deal.clientId,
    cause: deal.accountId,
    effectiveAt: deal.time,
    whenSealed: 'post_to_open',
    legs: legsOf(serverId, deal),
  };
}

/** Profit, swap and commission, each against its own house account; what is zero has no leg. */
function legsOf(serverId: string, deal: UnpostedDeal): Leg[] {
  return balanced(deal, partsOf(serverId, deal));
}

function partsOf(serverId: string, deal: UnpostedDeal): Leg[] {
  const of = { entityId: deal.entityId, currency: deal.currency };
  return [
    { account: house('trading_result', of, serverId), amountMinor: -deal.profitMinor },
    { account: house('trading_swap', of, serverId), amountMinor: -deal.swapMinor },
    {
      account: house('trading_commission', of, serverId),
      amountMinor: -(deal.commissionMinor + deal.feeMinor),
    },
  ];
}

/** The parts that move something, and what they move on the log-in's own account. */
function balanced(deal: UnpostedDeal, parts: readonly Leg[]): Leg[] {
  const moving = parts.filter((leg) => leg.amountMinor !== 0n);
  const net = moving.reduce((sum, leg) => sum - leg.amountMinor, 0n);
  return net === 0n ? moving : [{ account: tradingOf(deal), amountMinor: net }, ...moving];
}

function tradingOf(deal: UnpostedDeal): LedgerAccount {
  const { entityId, clientId, accountId, currency } = deal;
  return tradingLedger({ entityId, clientId, accountId, currency });
}

/**
 * The server has edited or cancelled a deal that is posted: what differs is posted now, so that the ledger
 * follows. Of a balance operation nobody here asked for the difference: it goes to suspense, and a person looks.
 */
async function postRevision(
  tx: Tx,
  {
    serverId,
    deal,
    posted,
  }: { serverId: string; deal: UnpostedDeal; posted: ReadonlyMap<string, bigint> },
): Promise<void> {
  if (operationKinds.has(deal.kind)) {
    const stands = posted.get(tradingOf(deal).id) ?? 0n;
    const difference = (deal.kind === 'credit' ? 0n : deal.profitMinor) - stands;
    const lent = posted.get(bonusCredit(deal).id) ?? 0n;
    const isOtherCredit = (deal.kind === 'credit' ? deal.profitMinor : 0n) !== lent;
    if (difference === 0n && !isOtherCredit) {
      await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction: 'none' }]);
      return;
    }
    await postForeign(tx, { serverId, deal, movedMinor: difference, issue: 'OPERATION_EDITED' });
    return;
  }
  const parts = partsOf(serverId, deal).map(({ account, amountMinor }) => ({
    account,
    amountMinor: amountMinor - (posted.get(account.id) ?? 0n),
  }));
  const legs = balanced(deal, parts);
  const transaction =
    legs.length === 0
      ? 'none'
      : (
          await postTransaction(tx, {
            key: dealKey(serverId, deal.ticket, deal.revision),
            kind: 'deal_correction',
            entityId: deal.entityId,
            clientId: deal.clientId,
            cause: deal.accountId,
            legs,
            meta: { revision: String(deal.revision), dealTime: deal.time },
          })
        ).transactionId;
  await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction }]);
}

async function postOperation(
  tx: Tx,
  { serverId, deal, open }: { serverId: string; deal: UnpostedDeal; open: readonly Intent[] },
): Promise<boolean> {
  const [token] = tokensIn(deal.comment);
  // A deal whose comment was cut is known by its ticket once a look-up or two people have found it.
  const intent =
    (await intentOfTicket(tx, serverId, deal.ticket)) ??
    (token === undefined ? undefined : await intentByToken(tx, token));
  if (intent && isOfThatLogin(intent, { serverId, deal })) {
    if (intent.state === 'sending' || intent.state === 'unknown') {
      // Ours, and not as ordered: somebody has edited it. Whoever looks the intent up asks people; the deal waits.
      if (intent.amountMinor !== deal.profitMinor) return false;
      await recordOutcome(tx, intent, { kind: 'done', externalId: deal.ticket });
      await enqueueSignal(tx, {
        workflowId: intent.workflowId,
        signal: 'providerEvent',
        args: { event: deal.ticket },
      });
      return finishOperation(tx, { serverId, deal, intent });
    }
    if (intent.state === 'done' && intent.externalId === deal.ticket)
      return finishOperation(tx, { serverId, deal, intent });
  }
  // A cut comment may still be one of ours: whoever looks the intent up decides, and the deal waits.
  if (!intent && open.some((candidate) => mayBe(candidate, deal))) return false;
  await postForeign(tx, {
    serverId,
    deal,
    movedMinor: deal.kind === 'credit' ? 0n : deal.profitMinor,
    issue: intent ? 'OPERATION_GIVEN_UP_APPEARED' : 'FOREIGN_BALANCE_CHANGE',
    ...(intent ? { intent } : {}),
  });
  return true;
}

function isOfThatLogin(
  intent: Intent,
  { serverId, deal }: { serverId: string; deal: UnpostedDeal },
): boolean {
  return (
    intent.kind === 'balance_operation' &&
    intent.target === serverId &&
    intent.reference === deal.login &&
    intent.currency === deal.currency
  );
}

function mayBe(intent: Intent, deal: UnpostedDeal): boolean {
  return (
    intent.kind === 'balance_operation' &&
    intent.reference === deal.login &&
    intent.amountMinor === deal.profitMinor &&
    intent.token !== null &&
    matchToken(deal.comment, intent.token) !== 'none'
  );
}

async function finishOperation(
  tx: Tx,
  { serverId, deal, intent }: { serverId: string; deal: UnpostedDeal; intent: Intent },
): Promise<boolean> {
  const step = stepOfIntent(intent);
  const [process, id] = intent.workflowId.split('/');
  if (step) await completeStep(tx, step, deal.ticket);
  else if (process === 'transfer' && id) await completeTransfer(tx, id, deal.ticket);
  else throw new Error(`${intent.workflowId} has no way to post a balance deal`);
  if (intent.amountMinor === deal.profitMinor) {
    await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction: intent.workflowId }]);
    return true;
  }
  // Edited before it was first read: what was ordered is posted, and what differs as any later edit.
  const revision = await countAsEdited(tx, serverId, deal.ticket);
  const posted = await postedFor(tx, { serverId, ticket: deal.ticket, revision });
  await postRevision(tx, { serverId, deal: { ...deal, revision }, posted });
  return true;
}

const foreignIssues = {
  OPERATION_GIVEN_UP_APPEARED:
    'It carries the mark of an operation of ours that was given up or done already.',
  FOREIGN_BALANCE_CHANGE: 'It carries no mark of ours; the amount stands in suspense.',
  FOREIGN_CREDIT: 'It carries no mark of ours. A credit is no money, so that nothing is posted.',
  OPERATION_EDITED:
    'The server has changed its record of a balance operation that is posted; the difference stands in suspense.',
} as const;

/** A dealer's operation, or one of ours that was given up: never guessed at, never posted to a wallet. */
async function postForeign(
  tx: Tx,
  {
    serverId,
    deal,
    movedMinor,
    issue,
    intent,
  }: {
    serverId: string;
    deal: UnpostedDeal;
    movedMinor: bigint;
    issue: keyof typeof foreignIssues;
    intent?: Intent;
  },
): Promise<void> {
  const key = dealKey(serverId, deal.ticket, deal.revision);
  const isCredit = deal.kind === 'credit' && movedMinor === 0n;
  if (isCredit && deal.profitMinor === 0n) {
    await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction: 'none' }]);
    return;
  }
  const code = isCredit ? 'FOREIGN_CREDIT' : issue;
  const shown = isCredit ? deal.profitMinor : movedMinor;
  let transaction = 'none';
  if (movedMinor !== 0n) {
    const of = { entityId: deal.entityId, currency: deal.currency };
    const posting = await postTransaction(tx, {
      key,
      kind: 'foreign_balance_change',
      entityId: deal.entityId,
      clientId: deal.clientId,
      cause: deal.accountId,
      ...(deal.revision === 1
        ? { effectiveAt: deal.time, whenSealed: 'post_to_open' as const }
        : {}),
      legs: [
        { account: tradingOf(deal), amountMinor: movedMinor },
        { account: house('suspense', of, serverId), amountMinor: -movedMinor },
      ],
    });
    transaction = posting.transactionId;
  }
  await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction }]);
  await appendEvents(tx, [
    {
      subject: deal.accountId,
      type: 'account.foreign_balance_change',
      entityId: deal.entityId,
      clientId: deal.clientId,
      payload: {
        server: serverId,
        ticket: deal.ticket,
        kind: deal.kind,
        amount: formatAmount(shown, deal.currency),
        currency: deal.currency,
      },
    },
  ]);
  await openTask(tx, {
    kind: 'foreign_balance_change',
    subject: deal.accountId,
    workflowId: null,
    entityId: deal.entityId,
    clientId: deal.clientId,
    title: 'The trading server shows a balance change that was not started here',
    issue: [{ code, detail: foreignIssues[code] }],
    content: {
      server: serverId,
      ticket: deal.ticket,
      login: deal.login,
      kind: deal.kind,
      amount: formatAmount(shown, deal.currency),
      currency: deal.currency,
      intent: intent?.id ?? null,
    },
    key: `foreign_balance_change/${key.slice('deal/'.length)}`,
  });
}
