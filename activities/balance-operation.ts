import type { StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { tokenOf } from '../domain/trading/token';
import type { BalanceLookup } from '../domain/trading/outcome';
import type { TradingPlatform } from '../connectors/trading/port';
import { inScope, type Database, type Tx } from '../db/connection';
import {
  countLookUp,
  intentOfStep,
  markAbsent,
  recordOutcome,
  type Intent,
  type IntentOutcome,
  type IntentPlan,
} from '../db/intents';
import { readServer } from '../db/servers';
import { latestTask, openTask, type Task } from '../db/tasks';
import { performOnce, resultOf } from './outside';
import { inTransaction } from './transaction';

export interface BalanceOperationDeps {
  readonly db: Database;
  readonly platformFor: (serverId: string) => TradingPlatform;
}

/** A balance operation of an account. `subject` is the transfer (or correction) it belongs to. */
export interface BalanceOperation {
  readonly workflowId: string;
  readonly step: string;
  readonly subject: string;
  readonly serverId: string;
  readonly login: string;
  readonly entityId: string;
  readonly clientId: string;
  /** Signed: negative takes money from the account. */
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Sends the operation at most once per attempt (architecture.md, "Exactly-once on a server without idempotency keys"). */
export async function performBalanceOperation(
  deps: BalanceOperationDeps,
  operation: BalanceOperation,
): Promise<StepResult> {
  const plan: IntentPlan = {
    workflowId: operation.workflowId,
    step: operation.step,
    kind: 'balance_operation',
    target: operation.serverId,
    reference: operation.login,
    entityId: operation.entityId,
    clientId: operation.clientId,
    amountMinor: operation.amountMinor,
    currency: operation.currency,
  };
  return performOnce(deps.db, {
    plan,
    tokenOf,
    call: (intent) => callServer(deps.platformFor(operation.serverId), operation, intent),
  });
}

async function callServer(
  platform: TradingPlatform,
  operation: BalanceOperation,
  intent: Intent,
): Promise<IntentOutcome> {
  const outcome = await platform.balanceOperation({
    login: operation.login,
    token: intent.token ?? tokenOf(intent.id),
    amount: { amountMinor: operation.amountMinor, currency: operation.currency },
    kind: 'balance',
    checkMargin: true,
  });
  return outcome.kind === 'done' ? { kind: 'done', externalId: outcome.ticket } : outcome;
}

/**
 * Looks for an operation of unknown outcome by its token. Found is done. Absence counts as proven when the
 * session was ended, the settle window has passed, the server's own balance check agrees, and a second look
 * after all that still finds nothing. What cannot be judged opens a task and keeps being looked for.
 */
export async function lookUpBalanceOperation(
  deps: BalanceOperationDeps,
  operation: BalanceOperation,
): Promise<StepResult> {
  const { db } = deps;
  const scope = systemScope(`workflow:${operation.workflowId}`);
  const read = await inScope(db, scope, async (tx) => {
    const intent = await intentOfStep(tx, operation.workflowId, operation.step);
    if (intent) await countLookUp(tx, intent.id);
    return {
      intent,
      server: await readServer(tx, operation.serverId),
      task: await latestTask(tx, operation.subject, 'operation_unknown'),
    };
  });
  const { intent, server, task } = read;
  // The attempt was cut off before anything was planned or sent: it may simply be made.
  if (!intent) return { kind: 'absent', intentId: '' };
  const standing = resultOf(intent);
  if (standing === undefined) return { kind: 'absent', intentId: intent.id };
  if (standing.kind !== 'unknown') return standing;

  const platform = deps.platformFor(operation.serverId);
  const found = await find(platform, operation, intent);
  if (found.kind === 'found')
    return settle(db, scope.actor, intent, { kind: 'done', externalId: found.ticket });
  if (found.kind === 'error') return { kind: 'unknown', intentId: intent.id, reason: found.reason };
  if (task?.state === 'decided') {
    const decided = await applyDecision(deps, { operation, intent, task });
    if (decided) return decided;
  }
  if (found.kind === 'ambiguous')
    return askPerson(db, { operation, intent, reason: found.reason, tickets: found.tickets });

  const settledAt = Date.parse(intent.sentAt ?? intent.createdAt) + server.settleWindowMs;
  if (Date.now() < settledAt)
    return { kind: 'unknown', intentId: intent.id, reason: 'inside the settle window' };
  return proveAbsence(deps, { operation, intent, windowMs: server.settleWindowMs });
}

async function find(
  platform: TradingPlatform,
  operation: BalanceOperation,
  intent: Intent,
): Promise<BalanceLookup> {
  return platform.findBalanceOperation({
    login: operation.login,
    token: intent.token ?? tokenOf(intent.id),
    amount: { amountMinor: operation.amountMinor, currency: operation.currency },
    from: new Date(intent.createdAt),
    to: new Date(),
  });
}

async function proveAbsence(
  deps: BalanceOperationDeps,
  {
    operation,
    intent,
    windowMs,
  }: { operation: BalanceOperation; intent: Intent; windowMs: number },
): Promise<StepResult> {
  const platform = deps.platformFor(operation.serverId);
  const scope = systemScope(`workflow:${operation.workflowId}`);
  await platform.endSession();
  const check = await platform.balanceCheck(operation.login);
  if (!check.agrees) {
    return askPerson(deps.db, {
      operation,
      intent,
      reason: "the server's balance and its history disagree",
      tickets: [],
    });
  }
  const again = await find(platform, operation, intent);
  if (again.kind === 'found')
    return settle(deps.db, scope.actor, intent, { kind: 'done', externalId: again.ticket });
  if (again.kind === 'error') return { kind: 'unknown', intentId: intent.id, reason: again.reason };
  if (again.kind === 'ambiguous')
    return askPerson(deps.db, { operation, intent, reason: again.reason, tickets: again.tickets });
  const absent = await inTransaction(deps.db, scope, (tx) =>
    markAbsent(tx, intent, {
      settleWindowMs: windowMs,
      sessionEnded: true,
      balanceCheck: 'agrees',
      balance: formatAmount(check.balance.amountMinor, check.balance.currency),
    }),
  );
  return resultOf(absent) ?? { kind: 'absent', intentId: intent.id };
}

async function settle(
  db: Database,
  actor: string,
  intent: Intent,
  outcome: IntentOutcome,
): Promise<StepResult> {
  const recorded = await inTransaction(db, systemScope(actor), (tx) =>
    recordOutcome(tx, intent, outcome),
  );
  return resultOf(recorded) ?? { kind: 'unknown', intentId: intent.id, reason: 'not recorded' };
}

async function askPerson(
  db: Database,
  {
    operation,
    intent,
    reason,
    tickets,
  }: { operation: BalanceOperation; intent: Intent; reason: string; tickets: readonly string[] },
): Promise<StepResult> {
  const task = await inScope(db, systemScope(`workflow:${operation.workflowId}`), (tx) =>
    openUnknownTask(tx, { operation, intent, reason, tickets }),
  );
  return { kind: 'person', intentId: intent.id, taskId: task.id };
}

async function openUnknownTask(
  tx: Tx,
  {
    operation,
    intent,
    reason,
    tickets,
  }: { operation: BalanceOperation; intent: Intent; reason: string; tickets: readonly string[] },
): Promise<Task> {
  return openTask(tx, {
    kind: 'operation_unknown',
    subject: operation.subject,
    workflowId: operation.workflowId,
    entityId: operation.entityId,
    clientId: operation.clientId,
    title: 'A balance operation has an outcome that cannot be judged by rule',
    issue: [{ code: 'OUTCOME_UNKNOWN', detail: reason }],
    content: {
      intent: intent.id,
      server: operation.serverId,
      login: operation.login,
      amount: formatAmount(operation.amountMinor, operation.currency),
      currency: operation.currency,
      candidates: [...tickets],
    },
    choices: tickets.length === 1 ? ['found', 'absent', 'look_again'] : ['absent', 'look_again'],
    key: `operation_unknown/${intent.id}/${intent.lookedUp}`,
  });
}

/** Acts on what two people decided; undefined when they asked to look again. */
async function applyDecision(
  deps: BalanceOperationDeps,
  { operation, intent, task }: { operation: BalanceOperation; intent: Intent; task: Task },
): Promise<StepResult | undefined> {
  if (task.content['intent'] !== intent.id) return undefined;
  const actor = `workflow:${operation.workflowId}`;
  const candidates = task.content['candidates'];
  if (task.decision === 'found' && Array.isArray(candidates) && candidates.length === 1) {
    return settle(deps.db, actor, intent, { kind: 'done', externalId: String(candidates[0]) });
  }
  if (task.decision !== 'absent') return undefined;
  const absent = await inTransaction(deps.db, systemScope(actor), (tx) =>
    markAbsent(tx, intent, { decidedBy: task.id }),
  );
  return resultOf(absent);
}
