import { addDays, type Instant } from '../domain/account/instant';
import { wallet } from '../domain/ledger/account';
import { formatAmount } from '../domain/money';
import { Problem } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { callOffEnding } from '../db/account-life';
import { openRequests } from '../db/account-requests';
import type { TradingAccount } from '../db/accounts';
import { readClientFacts } from '../db/client-facts';
import type { Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { appendEvents } from '../db/events';
import { readBalance } from '../db/ledger';
import {
  beginMoving,
  endNegativeBalance,
  isOver,
  latestNegativeBalance,
  negativeBalanceFacts,
  negativeBalanceKey,
  noteEvaluation,
  noticeOffset,
  openNegativeBalance,
  type NegativeBalance,
} from '../db/negative-balances';
import { effectivePolicy } from '../db/policies';
import { cancelTask, openTask, taskOfKey } from '../db/tasks';
import { startTransfer } from '../db/transfer-requests';
import { ownerOf, readTransfer } from '../db/transfers';
import { accountEvent, refuse, tell } from './account-answer';
import type { Observation } from './account-observation';

/** What was known of an account's negative balance before its server was looked at. */
export interface NegativeBefore {
  /** The money that was on its way had arrived, or was refused: what the server shows now counts. */
  readonly hasMoved: boolean;
}

/** Reads what counts as settled; call it before the server is looked at, or a credit is missed and given twice. */
export async function readNegativeBefore(tx: Tx, accountId: string): Promise<NegativeBefore> {
  const open = await latestNegativeBalance(tx, accountId);
  if (open?.state !== 'moving' || open.transferId === null) return { hasMoved: true };
  const { state } = await readTransfer(tx, open.transferId);
  return { hasMoved: state === 'done' || state === 'refused' };
}

export interface NegativeQuestion {
  readonly account: TradingAccount;
  readonly seen: Observation;
  readonly before: NegativeBefore;
  readonly now: Instant;
}

/**
 * A flat account below zero: the policy says whether the house pays, the wallet does after a letter, or two people
 * decide (ESMA 2018/796 art. 2). Each episode moves money at most once; a decision is acted upon once.
 */
export async function settleNegativeBalance(tx: Tx, question: NegativeQuestion): Promise<void> {
  const { account, seen, before } = question;
  if (!before.hasMoved) return;
  const missing = -seen.reading.balance.amountMinor;
  const latest = await latestNegativeBalance(tx, account.id);
  const open = latest && !isOver(latest) ? latest : undefined;
  if (missing <= 0n) {
    if (open) await nothingMissing(tx, account, open);
    return;
  }
  // Open positions may still earn what is missing, or lose more: it is another question when they are closed.
  if (seen.openPositions > 0) {
    if (open) await replace(tx, open);
    return;
  }
  if (open && open.state !== 'moving' && open.amountMinor === missing) {
    await goOn(tx, question, open);
    return;
  }
  const wasLeft = latest?.state === 'left' && latest.amountMinor === missing;
  if (wasLeft && account.state !== 'closing') return;
  const wasRefused = open?.state === 'moving' && (await readRefusal(tx, open));
  if (open) await replace(tx, open);
  await begin(tx, question, { missing, refusal: wasRefused || null });
}

/** It was paid for, or the holder did; nothing is to be decided any more. */
async function nothingMissing(
  tx: Tx,
  account: TradingAccount,
  open: NegativeBalance,
): Promise<void> {
  await cancelReview(tx, open);
  if (!(await endNegativeBalance(tx, open.id, 'settled'))) return;
  await appendEvents(tx, [
    accountEvent(account, 'account.negative_balance_settled', { episode: open.id }),
  ]);
  if (open.transferId === null) return;
  const { purpose, state } = await readTransfer(tx, open.transferId);
  if (purpose !== 'negative_balance' || state !== 'done') return;
  await tell(tx, account, {
    kind: 'account_made_good',
    key: `negative_balance/${open.id}`,
    data: {
      amount: formatAmount(open.amountMinor, account.currency),
      currency: account.currency,
    },
  });
}

/** The account has ended with nothing on it, before anybody looked again: what was missing is there. */
export async function endWithAccount(tx: Tx, account: TradingAccount): Promise<void> {
  const latest = await latestNegativeBalance(tx, account.id);
  if (latest && !isOver(latest)) await nothingMissing(tx, account, latest);
}

async function replace(tx: Tx, open: NegativeBalance): Promise<void> {
  await cancelReview(tx, open);
  await endNegativeBalance(tx, open.id, 'replaced');
}

async function cancelReview(tx: Tx, open: NegativeBalance): Promise<void> {
  const task = await taskOfKey(tx, negativeBalanceKey(open.id));
  if (task?.state === 'open') await cancelTask(tx, task.id, 'BALANCE_CHANGED');
}

async function readRefusal(tx: Tx, { transferId }: NegativeBalance): Promise<string | false> {
  if (transferId === null) return false;
  const { state, refusal } = await readTransfer(tx, transferId);
  return state === 'refused' && (refusal ?? 'REFUSED');
}

async function begin(
  tx: Tx,
  question: NegativeQuestion,
  { missing, refusal }: { missing: bigint; refusal: string | null },
): Promise<void> {
  const { account, now } = question;
  const found = await openNegativeBalance(tx, account, { amountMinor: missing, at: now });
  await appendEvents(tx, [
    accountEvent(account, 'account.negative_balance_found', {
      episode: found.id,
      amount: formatAmount(missing, account.currency),
      currency: account.currency,
    }),
  ]);
  if (refusal !== null) {
    await askPeople(tx, question, { found, reasons: [refusal] });
    return;
  }
  const answer = await askPolicy(tx, account, found);
  await noteEvaluation(tx, found.id, answer.id);
  const { decision, reasons } = answer.evaluation.outcome;
  switch (decision) {
    case 'make_good':
      await move(tx, account, { found, purpose: 'negative_balance' });
      return;
    case 'offset': {
      const takeAt = addDays(now, answer.parameters.offsetNoticeDays);
      await noticeOffset(tx, found.id, takeAt);
      await tell(tx, account, {
        kind: 'account_offset',
        key: `offset/${found.id}`,
        event: 'account.offset_noticed',
        data: {
          amount: formatAmount(missing, account.currency),
          currency: account.currency,
          date: takeAt.slice(0, 10),
        },
      });
      return;
    }
    case 'review':
      await askPeople(tx, question, { found, reasons });
  }
}

/** An episode that is open: the notice may have run out, or people may have decided. */
async function goOn(tx: Tx, question: NegativeQuestion, found: NegativeBalance): Promise<void> {
  const { account, now } = question;
  if (found.state === 'noticed') {
    if (found.takeAt !== null && found.takeAt <= now)
      await move(tx, account, { found, purpose: 'offset', question });
    return;
  }
  const task = await taskOfKey(tx, negativeBalanceKey(found.id));
  if (task?.state !== 'decided') return;
  // Each of these ends the review, so that a decision is acted upon once.
  switch (task.decision) {
    case 'make_good':
      await move(tx, account, { found, purpose: 'negative_balance' });
      return;
    case 'offset':
      await move(tx, account, { found, purpose: 'offset', question });
      return;
    default:
      await leave(tx, account, found);
  }
}

/** An account cannot end while it owes: the end is called off, and the holder reads why. */
async function leave(tx: Tx, account: TradingAccount, found: NegativeBalance): Promise<void> {
  if (!(await endNegativeBalance(tx, found.id, 'left'))) return;
  await appendEvents(tx, [
    accountEvent(account, 'account.negative_balance_left', { episode: found.id }),
  ]);
  if (!(await callOffEnding(tx, account.id))) return;
  for (const request of await openRequests(tx, account.id)) {
    if (request.state === 'working' && ['close', 'migrate'].includes(request.ask.kind))
      await refuse(tx, request, ['NEGATIVE_BALANCE']);
  }
}

async function move(
  tx: Tx,
  account: TradingAccount,
  {
    found,
    purpose,
    question,
  }: {
    found: NegativeBalance;
    purpose: 'negative_balance' | 'offset';
    question?: NegativeQuestion;
  },
): Promise<void> {
  try {
    const transfer = await startTransfer(tx, {
      key: `negative_balance/${found.id}`,
      accountId: account.id,
      direction: 'to_account',
      amountMinor: found.amountMinor,
      purpose,
      wakes: workflowIds.account(account.id),
    });
    await beginMoving(tx, found.id, transfer.id);
  } catch (error) {
    // The wallet was emptied meanwhile: another question, for people.
    if (!(error instanceof Problem) || error.code !== 'insufficient_funds' || !question)
      throw error;
    await replace(tx, found);
    await begin(tx, question, { missing: found.amountMinor, refusal: 'WALLET_TOO_SMALL' });
  }
}

async function askPolicy(tx: Tx, account: TradingAccount, found: NegativeBalance) {
  const { category } = await readClientFacts(tx, account.clientId);
  const regime = await effectivePolicy(tx, 'account.leverage', { entityId: account.entityId });
  const facts = await negativeBalanceFacts(tx, account);
  const free = await readBalance(tx, wallet(ownerOf(account)));
  return decideByPolicy(tx, {
    kind: 'account.negative_balance',
    subject: found.id,
    entityId: account.entityId,
    clientId: account.clientId,
    personId: account.clientId,
    facts: {
      'regime.negativeBalanceProtection':
        regime.compiled.effective.parameters.negativeBalanceProtection,
      'client.category': category,
      'client.madeGoodBefore': facts.madeGoodBefore,
      'client.oppositeTrades': facts.oppositeTrades,
      'wallet.covers': free.balanceMinor - free.heldMinor >= found.amountMinor,
    },
  });
}

async function askPeople(
  tx: Tx,
  { account }: NegativeQuestion,
  { found, reasons }: { found: NegativeBalance; reasons: readonly string[] },
): Promise<void> {
  const amount = formatAmount(found.amountMinor, account.currency);
  await openTask(tx, {
    kind: 'negative_balance',
    subject: account.id,
    workflowId: workflowIds.account(account.id),
    entityId: account.entityId,
    clientId: account.clientId,
    title: 'A flat account stands below zero',
    issue: reasons.map((code) => ({
      code,
      detail: `${amount} ${account.currency} are missing to zero`,
    })),
    content: {
      account: account.id,
      episode: found.id,
      amount,
      currency: account.currency,
      reasons: [...reasons],
    },
    key: negativeBalanceKey(found.id),
  });
}
