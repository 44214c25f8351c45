import { isAsWanted, parseAccountWrite, type AccountWrite } from '../domain/account/write';
import type { StepResult } from '../domain/outside';
import type { WriteOutcome } from '../domain/trading/outcome';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { PlatformRefused, PlatformUnavailable } from '../connectors/trading/port';
import type { TradingAccount } from '../db/accounts';
import { inScope, type Database } from '../db/connection';
import { readIntent, type Intent } from '../db/intent-readers';
import { countLookUp, markAbsent, recordOutcome, withdrawAccountWrites } from '../db/intents';
import { readServer } from '../db/servers';
import { loginOf } from './account-observation';
import { refusal, type BalanceOperationDeps } from './balance-operation';
import { performOnce, resultOf, untilServerIsBack } from './outside';
import { inTransaction } from './transaction';

/** A change of a log-in. `step` names it within the account's process, for ever. */
export interface WriteStep {
  readonly account: TradingAccount;
  readonly step: string;
  readonly write: AccountWrite;
  readonly call: () => Promise<WriteOutcome>;
}

/**
 * Sends a change of a log-in at most once per attempt, behind the halts, and one at a time for a log-in. What was
 * planned before it and not sent is withdrawn: the account's process wants one thing at a time.
 */
export async function performWrite(
  { db }: BalanceOperationDeps,
  { account, step, write, call }: WriteStep,
): Promise<StepResult> {
  const workflowId = workflowIds.account(account.id);
  const login = loginOf(account);
  await inScope(db, systemScope(`workflow:${workflowId}`), (tx) =>
    withdrawAccountWrites(tx, { workflowId, exceptStep: step }),
  );
  return performOnce(db, {
    plan: {
      workflowId,
      step,
      kind: write.what === 'password' ? 'set_password' : 'update_account',
      target: account.serverId,
      reference: login,
      entityId: account.entityId,
      clientId: account.clientId,
      wanted: { ...write },
    },
    // The server keeps no mark of a change: what it looks like tells.
    tokenOf: (intentId) => intentId,
    call: async () => {
      const outcome = await call();
      if (outcome.kind === 'done') return { kind: 'done', externalId: login };
      return outcome.kind === 'refused' ? refusal(outcome) : outcome;
    },
  });
}

/**
 * Finds out what became of a change by reading the log-in back. As it was wanted: done. Otherwise it may still
 * come, and would undo what is set after it; only once the session is ended and the settle window over may it be
 * sent again. A password cannot be read, and setting the same one twice does nothing: it waits the window out.
 */
export async function lookUpWrite(
  deps: BalanceOperationDeps,
  account: TradingAccount,
  intentId: string,
): Promise<StepResult> {
  const { db } = deps;
  const scope = systemScope(`workflow:${workflowIds.account(account.id)}`);
  const { intent, server } = await inScope(db, scope, async (tx) => {
    await countLookUp(tx, intentId);
    return {
      intent: await readIntent(tx, intentId),
      server: await readServer(tx, account.serverId),
    };
  });
  const standing = resultOf(intent);
  if (standing === undefined) return { kind: 'absent', intentId };
  if (standing.kind !== 'unknown') return standing;
  if (server.declared) return untilServerIsBack(intent, server.declared);
  const write = parseAccountWrite(intent.wanted);
  const first = await readBack(deps, account, write);
  if (first === 'as_wanted') return settle(db, account, intent);
  if (first === 'unreachable')
    return { kind: 'unknown', intentId, reason: 'the log-in cannot be read' };
  const settledAt = Date.parse(intent.sentAt ?? intent.createdAt) + server.settleWindowMs;
  if (Date.now() < settledAt)
    return { kind: 'unknown', intentId, reason: 'inside the settle window' };
  await deps.platformFor(account.serverId).endSession();
  const second = await readBack(deps, account, write);
  if (second === 'as_wanted') return settle(db, account, intent);
  if (second === 'unreachable')
    return { kind: 'unknown', intentId, reason: 'the log-in cannot be read' };
  const absent = await inTransaction(db, scope, (tx) =>
    markAbsent(tx, intent, {
      settleWindowMs: server.settleWindowMs,
      sessionEnded: true,
      readBack: second,
    }),
  );
  return resultOf(absent) ?? { kind: 'absent', intentId };
}

type ReadBack = 'as_wanted' | 'other' | 'unreadable' | 'unreachable';

async function readBack(
  deps: BalanceOperationDeps,
  account: TradingAccount,
  write: AccountWrite,
): Promise<ReadBack> {
  try {
    const reading = await deps.platformFor(account.serverId).readAccount(loginOf(account));
    if (!reading) return 'unreachable';
    const answer = isAsWanted(reading, write);
    return answer === 'unreadable' ? answer : answer ? 'as_wanted' : 'other';
  } catch (error) {
    if (error instanceof PlatformUnavailable || error instanceof PlatformRefused)
      return 'unreachable';
    throw error;
  }
}

async function settle(db: Database, account: TradingAccount, intent: Intent): Promise<StepResult> {
  const recorded = await inTransaction(
    db,
    systemScope(`workflow:${workflowIds.account(account.id)}`),
    (tx) => recordOutcome(tx, intent, { kind: 'done', externalId: loginOf(account) }),
  );
  return resultOf(recorded) ?? { kind: 'unknown', intentId: intent.id, reason: 'not recorded' };
}
