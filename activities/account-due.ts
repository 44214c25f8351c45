import { systemScope } from '../domain/access/scope';
import {
  dormancyDays,
  dormancyFee,
  nextDormancyCheck,
  type DormancyTimes,
} from '../domain/account/dormancy';
import { addDays, type Instant } from '../domain/account/instant';
import { formatAmount, parseAmount } from '../domain/money';
import type { DormancyDecision } from '../domain/policy/kinds/account-dormancy';
import type { ParametersOf } from '../domain/policy/kinds/registry';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  dropDormancyNotice,
  fallAsleep,
  noteDormancyFee,
  noteDormancyNotice,
  readDormancy,
  wakeUp,
  type DormancyRecord,
} from '../db/account-life';
import { askOfAccount } from '../db/account-requests';
import { keepReading } from '../db/account-readings';
import { readAccount, setDue, type TradingAccount } from '../db/accounts';
import { readClientFacts } from '../db/client-facts';
import { inScope, type Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { appendEvents } from '../db/events';
import { queueMail } from '../db/mails';
import { effectivePolicy } from '../db/policies';
import { restrictedScopes } from '../db/restrictions';
import { readServer } from '../db/servers';
import { openTask, taskOfKey } from '../db/tasks';
import { startTransfer } from '../db/transfer-requests';
import type { BalanceOperationDeps } from './balance-operation';
import { accountEvent } from './account-answer';
import { observe, type Observation } from './account-observation';

/** What falls due on an account by the passing of time or by what the feed saw. Every function may be called again. */
export function createAccountDueActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;

  return {
    /**
     * Does what is due at this moment of the process's time and sets when to look again: a negative balance is made
     * good, an unused account is noticed, put to sleep, charged, woken or closed.
     */
    async doWhatIsDue(id: string, now: Instant): Promise<void> {
      const scope = systemScope(`workflow:${workflowIds.account(id)}`);
      const account = await inScope(db, scope, (tx) => readAccount(tx, id));
      if (account.state !== 'active' && account.state !== 'dormant') return;
      const seen = await observe(platformFor(account.serverId), account);
      await inScope(db, scope, async (tx) => {
        const standing = await readAccount(tx, id);
        await keepReading(tx, standing, seen);
        // Play money is nobody's debt, and a demo account that sleeps costs nobody anything.
        if (standing.demo) return setDue(tx, id, null);
        await settleNegativeBalance(tx, { account: standing, seen, now });
        await applyDormancy(tx, { account: standing, seen, now });
      });
    },
  };
}

interface Due {
  readonly account: TradingAccount;
  readonly seen: Observation;
  readonly now: Instant;
}

/**
 * A flat account below zero: where the regime protects the client the house pays it back to zero, elsewhere two
 * people decide (ESMA 2018/796 art. 2; never taken from a wallet or another account).
 */
async function settleNegativeBalance(tx: Tx, { account, seen, now }: Due): Promise<void> {
  const { amountMinor, currency } = seen.reading.balance;
  if (amountMinor >= 0n || seen.openPositions > 0) return;
  const { category } = await readClientFacts(tx, account.clientId);
  const policy = await effectivePolicy(tx, 'account.leverage', { entityId: account.entityId });
  const { negativeBalanceProtection } = policy.compiled.effective.parameters;
  const day = now.slice(0, 10);
  if (!(negativeBalanceProtection && category === 'retail')) {
    const key = `negative_balance/${account.id}/${day}`;
    const task =
      (await taskOfKey(tx, key)) ??
      (await openTask(tx, {
        kind: 'negative_balance',
        subject: account.id,
        workflowId: workflowIds.account(account.id),
        entityId: account.entityId,
        clientId: account.clientId,
        title: 'A flat account stands below zero',
        issue: [
          {
            code: 'NEGATIVE_BALANCE',
            detail: `${formatAmount(amountMinor, currency)} ${currency}; no protection applies`,
          },
        ],
        content: {
          account: account.id,
          amount: formatAmount(amountMinor, currency),
          currency,
          category,
        },
        key,
      }));
    if (task.state !== 'decided' || task.decision !== 'make_good') return;
  }
  await startTransfer(tx, {
    key: `negative_balance/${account.id}/${day}/${amountMinor.toString()}`,
    accountId: account.id,
    direction: 'to_account',
    amountMinor: -amountMinor,
    purpose: 'negative_balance',
    wakes: workflowIds.account(account.id),
  });
}

async function applyDormancy(tx: Tx, due: Due): Promise<void> {
  const { account, now } = due;
  const record = await readDormancy(tx, account);
  const answer = await askDormancy(tx, due, record);
  const { parameters } = answer;
  await act(tx, { ...due, decision: answer.evaluation.outcome.decision, parameters });
  const after = await readAccount(tx, account.id);
  const { standing } = await readDormancy(tx, after);
  const next =
    after.state === 'active' || after.state === 'dormant'
      ? nextDormancyCheck(standing, timesOf(parameters), now)
      : null;
  await setDue(tx, account.id, next === null ? null : jittered(next, account.id));
}

async function askDormancy(tx: Tx, { account, seen, now }: Due, record: DormancyRecord) {
  const { standing } = record;
  const days = dormancyDays(standing, now);
  const restricted = await restrictedScopes(tx, {
    clientId: account.clientId,
    accountId: account.id,
  });
  return decideByPolicy(tx, {
    kind: 'account.dormancy',
    subject: account.id,
    entityId: account.entityId,
    clientId: account.clientId,
    personId: account.clientId,
    facts: {
      'account.state': standing.state,
      'account.inactiveDays': days.inactiveDays,
      'account.activeSinceDormant':
        standing.dormantSince !== null && standing.lastActivityAt > standing.dormantSince,
      'account.noticed': standing.noticedAt !== null,
      'account.noticeDays': days.noticeDays,
      'account.dormantDays': days.dormantDays,
      'account.feeDays': days.feeDays,
      'account.openPositions': seen.openPositions,
      'account.hasMoney': seen.reading.balance.amountMinor > 0n,
      'client.pendingWithdrawal': record.pendingWithdrawal,
      'client.restricted': restricted.size > 0,
    },
  });
}

async function act(
  tx: Tx,
  due: Due & {
    readonly decision: DormancyDecision;
    readonly parameters: ParametersOf<'account.dormancy'>;
  },
): Promise<void> {
  const { account, now, decision, parameters } = due;
  switch (decision) {
    case 'none':
      // Used again before the notice ran out: the next notice is a new one.
      if (account.state === 'active' && (await usedSinceNotice(tx, account)))
        await dropDormancyNotice(tx, account.id);
      return;
    case 'notice':
      if (await noteDormancyNotice(tx, account.id, now))
        await tell(tx, account, 'account.dormancy_noticed', {
          kind: 'account_dormancy_notice',
          key: `dormancy_notice/${account.id}/${now}`,
          data: {
            date: addDays(now, parameters.noticeDays).slice(0, 10),
            fee: parameters.feeAmount,
            currency: account.currency,
            everyDays: String(parameters.feeEveryDays),
          },
        });
      return;
    case 'sleep':
      if (await fallAsleep(tx, account.id, now))
        await appendEvents(tx, [accountEvent(account, 'account.dormant', {})]);
      return;
    case 'wake':
      if (await wakeUp(tx, account.id))
        await appendEvents(tx, [accountEvent(account, 'account.reactivated', {})]);
      return;
    case 'fee':
      await chargeFee(tx, { ...due, feeAmount: parameters.feeAmount });
      return;
    case 'close':
      await askOfAccount(tx, account.id, { kind: 'close' });
      return;
    case 'unclaimed':
    case 'review':
      await askAboutMoney(tx, due);
  }
}

async function usedSinceNotice(tx: Tx, account: TradingAccount): Promise<boolean> {
  const { standing } = await readDormancy(tx, account);
  return standing.noticedAt !== null && standing.lastActivityAt > standing.noticedAt;
}

async function chargeFee(
  tx: Tx,
  { account, seen, now, feeAmount }: Due & { readonly feeAmount: string },
): Promise<void> {
  const fee = dormancyFee(
    seen.reading.marginFree.amountMinor < seen.reading.balance.amountMinor
      ? seen.reading.marginFree.amountMinor
      : seen.reading.balance.amountMinor,
    parseAmount(feeAmount, account.currency),
  );
  await noteDormancyFee(tx, account.id, now);
  if (fee === 0n) return;
  await startTransfer(tx, {
    key: `dormancy_fee/${account.id}/${now}`,
    accountId: account.id,
    direction: 'to_wallet',
    amountMinor: fee,
    purpose: 'dormancy_fee',
    wakes: workflowIds.account(account.id),
  });
  await tell(tx, account, 'account.dormancy_fee', {
    kind: 'account_fee',
    key: `dormancy_fee/${account.id}/${now}`,
    data: { amount: formatAmount(fee, account.currency), currency: account.currency },
  });
}

/** Money that nobody comes for is not closed away by rule: people trace its owner for a year, and two decide. */
async function askAboutMoney(tx: Tx, { account, seen, now }: Due): Promise<void> {
  const { amountMinor, currency } = seen.reading.balance;
  const task = await openTask(tx, {
    kind: 'unclaimed_money',
    subject: account.id,
    workflowId: workflowIds.account(account.id),
    entityId: account.entityId,
    clientId: account.clientId,
    title: 'An account has not been used for very long and has money on it',
    issue: [
      { code: 'UNCLAIMED_MONEY', detail: `${formatAmount(amountMinor, currency)} ${currency}` },
    ],
    content: {
      account: account.id,
      amount: formatAmount(amountMinor, currency),
      currency,
      dormantSince: account.dormantSince,
    },
    key: `unclaimed_money/${account.id}/${now.slice(0, 4)}`,
  });
  if (task.state === 'decided' && task.decision === 'close')
    await askOfAccount(tx, account.id, { kind: 'close' });
}

async function tell(
  tx: Tx,
  account: TradingAccount,
  event: string,
  mail: {
    readonly kind: string;
    readonly key: string;
    readonly data: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const server = await readServer(tx, account.serverId);
  await appendEvents(tx, [accountEvent(account, event, { ...mail.data })]);
  await queueMail(tx, {
    key: mail.key,
    kind: mail.kind,
    entityId: account.entityId,
    clientId: account.clientId,
    data: { ...mail.data, platform: server.name, login: account.login ?? '' },
  });
}

function timesOf(parameters: ParametersOf<'account.dormancy'>): DormancyTimes {
  const { inactiveDays, noticeDays, feeEveryDays, closeAfterDays } = parameters;
  return { inactiveDays, noticeDays, feeEveryDays, closeAfterDays };
}

/** Up to six hours later, by the account's own id: a million accounts do not wake in one minute. */
function jittered(at: Instant, id: string): Instant {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 21_600;
  return new Date(Date.parse(at) + sum * 1_000).toISOString();
}

export type AccountDueActivities = ReturnType<typeof createAccountDueActivities>;
