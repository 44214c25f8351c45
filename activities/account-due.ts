import { systemScope } from '../domain/access/scope';
import {
  dormancyDays,
  dormancyFee,
  nextDormancyCheck,
  tracingYear,
  type DormancyTimes,
} from '../domain/account/dormancy';
import { livingStates } from '../domain/account/access';
import { addDays, instant, jittered, type Instant } from '../domain/account/instant';
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
import { askOfAccount, makeLooksOld } from '../db/account-requests';
import { keepReading } from '../db/account-readings';
import { readStanding } from '../db/account-standing';
import { readAccount, setDue, type TradingAccount } from '../db/accounts';
import { inScope, type Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { appendEvents } from '../db/events';
import { holdsOn, restrictedScopes } from '../db/restrictions';
import { latestTask, openTask, taskOfKey } from '../db/tasks';
import { noteTracing } from '../db/tracing';
import { startTransfer } from '../db/transfer-requests';
import type { BalanceOperationDeps } from './balance-operation';
import { accountEvent, tell } from './account-answer';
import { observe, type Observation } from './account-observation';
import { readNegativeBefore, settleNegativeBalance, type NegativeBefore } from './negative-balance';

/** What falls due on an account by the passing of time or by what the feed saw. Every function may be called again. */
export function createAccountDueActivities(deps: BalanceOperationDeps) {
  const { db } = deps;

  async function look(id: string, act: (tx: Tx, found: Found) => Promise<void>): Promise<void> {
    const scope = systemScope(`workflow:${workflowIds.account(id)}`);
    const known = await inScope(db, scope, async (tx) => ({
      account: await readAccount(tx, id),
      before: await readNegativeBefore(tx, id),
    }));
    const seen = await observe(deps, known.account);
    await inScope(db, scope, async (tx) => {
      const account = await readAccount(tx, id);
      await keepReading(tx, account, seen);
      await act(tx, { account, before: known.before, seen });
    });
  }

  return {
    /**
     * Does what is due at this moment of the process's time and sets when to look again: a negative balance is
     * settled, an unused account is noticed, put to sleep, charged, woken or closed.
     */
    async doWhatIsDue(id: string, now: Instant): Promise<void> {
      await look(id, async (tx, { account, seen, before }) => {
        if (account.state !== 'active' && account.state !== 'dormant') return;
        // Play money is nobody's debt, and a demo account that sleeps costs nobody anything.
        if (account.demo) return setDue(tx, id, null);
        await settleNegativeBalance(tx, { account, seen, before, now });
        await applyDormancy(tx, { account, seen, now });
      });
    },

    /** Two people have decided it: the account asks for its own end, which the policy of closing looks at. */
    async closeUnclaimed(id: string): Promise<void> {
      const scope = systemScope(`workflow:${workflowIds.account(id)}`);
      await inScope(db, scope, async (tx) => {
        const { standing } = await readStanding(tx, id);
        if (standing.isToCloseUnclaimed) await askOfAccount(tx, id, { kind: 'close' });
      });
    },

    /** Takes the next step about a negative balance: people have decided, money has moved, a notice has run out. */
    async settleNegative(id: string, now: Instant): Promise<void> {
      await look(id, async (tx, { account, seen, before }) => {
        if (!livingStates.includes(account.state) || account.demo) return;
        await settleNegativeBalance(tx, { account, seen, before, now });
        await makeLooksOld(tx, id);
      });
    },
  };
}

interface Found {
  readonly account: TradingAccount;
  readonly seen: Observation;
  readonly before: NegativeBefore;
}

interface Due {
  readonly account: TradingAccount;
  readonly seen: Observation;
  readonly now: Instant;
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
  const holds = await holdsOn(tx, account.clientId);
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
      'client.legalHold': holds.legalHold,
      'client.complaint': holds.complaint,
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
      if (await noteDormancyNotice(tx, account.id, now)) await giveNotice(tx, due);
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

/** The letter names the fee, where the policy takes one. */
async function giveNotice(
  tx: Tx,
  { account, now, parameters }: Due & { readonly parameters: ParametersOf<'account.dormancy'> },
): Promise<void> {
  const { feeAmount, feeEveryDays, noticeDays } = parameters;
  const { currency } = account;
  const letter = {
    event: 'account.dormancy_noticed' as const,
    key: `dormancy_notice/${account.id}/${now}`,
  } as const;
  const date = addDays(now, noticeDays).slice(0, 10);
  if (parseAmount(feeAmount, currency) === 0n)
    await tell(tx, account, { ...letter, kind: 'account_dormant_soon', data: { date } });
  else
    await tell(tx, account, {
      ...letter,
      kind: 'account_dormancy_notice',
      data: { date, fee: feeAmount, currency, everyDays: String(feeEveryDays) },
    });
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
}

/**
 * Money that nobody comes for is not closed away by rule: its owner is written to and looked for, and two people
 * decide. Once in each year of dormancy; while a year's question is open, none is asked beside it.
 */
async function askAboutMoney(
  tx: Tx,
  {
    account,
    seen,
    now,
    decision,
    parameters,
  }: Due & {
    readonly decision: DormancyDecision;
    readonly parameters: ParametersOf<'account.dormancy'>;
  },
): Promise<void> {
  const latest = await latestTask(tx, account.id, 'unclaimed_money');
  const since = instant(account.dormantSince ?? account.createdAt);
  const { closeAfterDays } = parameters;
  const year = tracingYear({ dormantSince: since, closeAfterDays }, now);
  const key = `unclaimed_money/${account.id}/${since.slice(0, 10)}/${year}`;
  if (latest?.state === 'open' || (await taskOfKey(tx, key))) return;
  const amount = formatAmount(seen.reading.balance.amountMinor, account.currency);
  const { currency } = account;
  await openTask(tx, {
    kind: 'unclaimed_money',
    subject: account.id,
    workflowId: workflowIds.account(account.id),
    entityId: account.entityId,
    clientId: account.clientId,
    title: 'An account has not been used for very long and has money on it',
    issue: [
      { code: 'UNCLAIMED_MONEY', detail: `${amount} ${currency}, year ${year} of the search` },
    ],
    content: { account: account.id, amount, currency, dormantSince: account.dormantSince, year },
    key,
  });
  if (decision !== 'unclaimed') return;
  await noteTracing(tx, account.id, { means: 'mail', note: null });
  await tell(tx, account, {
    kind: 'account_unclaimed',
    key,
    data: { amount, currency },
  });
}

function timesOf(parameters: ParametersOf<'account.dormancy'>): DormancyTimes {
  const { inactiveDays, noticeDays, feeEveryDays, closeAfterDays } = parameters;
  return { inactiveDays, noticeDays, feeEveryDays, closeAfterDays };
}

export type AccountDueActivities = ReturnType<typeof createAccountDueActivities>;
