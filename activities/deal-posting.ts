import { house, tradingLedger } from '../domain/ledger/account';
import type { Leg, Posting } from '../domain/ledger/posting';
import { formatAmount } from '../domain/money';
import { matchToken, tokensIn } from '../domain/trading/token';
import { readAccount } from '../db/accounts';
import type { Tx } from '../db/connection';
import { markPosted, type UnpostedDeal, unpostedDeals } from '../db/deals';
import { enqueueSignal } from '../db/dispatch';
import { appendEvents } from '../db/events';
import {
  intentByToken,
  intentOfTicket,
  recordOutcome,
  unresolvedIntents,
  type Intent,
} from '../db/intents';
import { LedgerRefusal, postTransaction, postTransactions } from '../db/ledger';
import { openTask } from '../db/tasks';
import { completeTransfer } from '../db/transfers';

/** Kinds that are the house's own money movements; the rest are results of trading. */
const operationKinds: ReadonlySet<string> = new Set(['balance', 'charge', 'correction', 'bonus']);

/**
 * Posts the next unposted deals of a server, each once under the key (server, deal). A balance operation that
 * carries one of our tokens closes its intent; one that may yet turn out to be ours waits; a foreign one goes
 * to suspense and opens a task. Answers how many were settled.
 */
export async function postDeals(tx: Tx, serverId: string, limit: number): Promise<number> {
  const deals = await unpostedDeals(tx, serverId, limit);
  const results = deals.filter((deal) => !operationKinds.has(deal.kind));
  await postResults(tx, serverId, results);
  let settled = results.length;
  const open = await unresolvedIntents(tx, { target: serverId, limit: 1_000 });
  for (const deal of deals) {
    if (operationKinds.has(deal.kind) && (await postOperation(tx, { serverId, deal, open })))
      settled += 1;
  }
  return settled;
}

async function postResults(
  tx: Tx,
  serverId: string,
  deals: readonly UnpostedDeal[],
): Promise<void> {
  const moving = deals.filter(
    (deal) => deal.kind !== 'credit' && legsOf(serverId, deal).length > 0,
  );
  const answers = await postTransactions(
    tx,
    moving.map((deal) => resultPosting(serverId, deal)),
  );
  const posted = new Map<string, string>();
  for (const [position, answer] of answers.entries()) {
    const deal = moving[position];
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
    key: `deal/${serverId}/${deal.ticket}`,
    kind: 'deal_result',
    entityId: deal.entityId,
    clientId: deal.clientId,
    cause: deal.accountId,
    effectiveAt: deal.time,
    legs: legsOf(serverId, deal),
  };
}

/** Profit, swap and commission, each against its own house account; what is zero has no leg. */
function legsOf(serverId: string, deal: UnpostedDeal): Leg[] {
  const of = { entityId: deal.entityId, currency: deal.currency };
  const parts = [
    { account: house('trading_result', of, serverId), amountMinor: -deal.profitMinor },
    { account: house('trading_swap', of, serverId), amountMinor: -deal.swapMinor },
    {
      account: house('trading_commission', of, serverId),
      amountMinor: -(deal.commissionMinor + deal.feeMinor),
    },
  ].filter((leg) => leg.amountMinor !== 0n);
  if (parts.length === 0) return [];
  const net = parts.reduce((sum, leg) => sum - leg.amountMinor, 0n);
  const trading = tradingLedger({ ...of, clientId: deal.clientId, accountId: deal.accountId });
  return net === 0n ? parts : [{ account: trading, amountMinor: net }, ...parts];
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
  if (intent && isThatOperation(intent, { serverId, deal })) {
    if (intent.state === 'sending' || intent.state === 'unknown') {
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
  await postForeign(tx, { serverId, deal, intent });
  return true;
}

function isThatOperation(
  intent: Intent,
  { serverId, deal }: { serverId: string; deal: UnpostedDeal },
): boolean {
  return (
    intent.kind === 'balance_operation' &&
    intent.target === serverId &&
    intent.reference === deal.login &&
    intent.amountMinor === deal.profitMinor &&
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
  const [process, id] = intent.workflowId.split('/');
  if (process !== 'transfer' || !id)
    throw new Error(`${intent.workflowId} has no way to post a balance deal`);
  await completeTransfer(tx, id, deal.ticket);
  await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction: `transfer/${id}` }]);
  return true;
}

/** A dealer's operation, or one of ours that was given up: never guessed at, never posted to a wallet. */
async function postForeign(
  tx: Tx,
  { serverId, deal, intent }: { serverId: string; deal: UnpostedDeal; intent: Intent | undefined },
): Promise<void> {
  const of = { entityId: deal.entityId, currency: deal.currency };
  const account = await readAccount(tx, deal.accountId);
  if (deal.profitMinor !== 0n) {
    const { transactionId } = await postTransaction(tx, {
      key: `deal/${serverId}/${deal.ticket}`,
      kind: 'foreign_balance_change',
      entityId: deal.entityId,
      clientId: deal.clientId,
      cause: deal.accountId,
      effectiveAt: deal.time,
      legs: [
        {
          account: tradingLedger({ ...of, clientId: deal.clientId, accountId: account.id }),
          amountMinor: deal.profitMinor,
        },
        { account: house('suspense', of, serverId), amountMinor: -deal.profitMinor },
      ],
    });
    await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction: transactionId }]);
  } else {
    await markPosted(tx, serverId, [{ ticket: deal.ticket, transaction: 'none' }]);
  }
  await appendEvents(tx, [
    {
      subject: deal.accountId,
      type: 'account.foreign_balance_change',
      entityId: deal.entityId,
      clientId: deal.clientId,
      payload: {
        server: serverId,
        ticket: deal.ticket,
        amount: formatAmount(deal.profitMinor, deal.currency),
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
    issue: [
      {
        code: intent ? 'OPERATION_GIVEN_UP_APPEARED' : 'FOREIGN_BALANCE_CHANGE',
        detail: intent
          ? 'It carries the mark of an operation of ours that was given up or done already.'
          : 'It carries no mark of ours; the amount stands in suspense.',
      },
    ],
    content: {
      server: serverId,
      ticket: deal.ticket,
      login: deal.login,
      kind: deal.kind,
      amount: formatAmount(deal.profitMinor, deal.currency),
      currency: deal.currency,
      intent: intent?.id ?? null,
    },
    key: `foreign_balance_change/${serverId}/${deal.ticket}`,
  });
}
