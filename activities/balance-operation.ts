import type { StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import type { BalanceOperationKind } from '../domain/trading/deal';
import { tokenOf } from '../domain/trading/token';
import type { BalanceDoubt, BalanceLookup, Refused } from '../domain/trading/outcome';
import type { TradingPlatform } from '../connectors/trading/port';
import { inScope, type Database, type Tx } from '../db/connection';
import { intentOfStep, lockIntent, type Intent } from '../db/intent-readers';
import {
  countLookUp,
  markAbsent,
  recordOutcome,
  type IntentOutcome,
  type IntentPlan,
} from '../db/intents';
import { readServer } from '../db/servers';
import { cancelTask, latestTask, openTask, type Task } from '../db/tasks';
import { performOnce, resultOf, untilServerIsBack } from './outside';
import { inTransaction } from './transaction';

export interface BalanceOperationDeps {
  readonly db: Database;
  readonly platformFor: (serverId: string) => TradingPlatform;
}

/** A balance operation of an account. `subject` is the transfer or bonus it belongs to. */
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
  /** Money of the account's, or credit that it was lent. */
  readonly kind: Extract<BalanceOperationKind, 'balance' | 'credit'>;
}

/**
 * Sends the operation at most once per attempt (architecture.md, "Exactly-once on a server without idempotency keys").
 * `gate` throws while it may not be sent; it runs in the transaction that marks it as being sent.
 */
export async function performBalanceOperation(
  deps: BalanceOperationDeps,
  operation: BalanceOperation,
  gate?: (tx: Tx) => Promise<void>,
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
    ...(gate && { gate }),
    call: (intent) => callServer(deps.platformFor(operation.serverId), operation, intent),
  });
}

async function callServer(
  platform: TradingPlatform,
  operation: BalanceOperation,
  intent: Intent,
): Promise<IntentOutcome> {
  const token = intent.token ?? tokenOf(intent.id);
  const { commentCharactersMax, credit, name } = platform.capabilities;
  if (operation.kind === 'credit' && !credit) {
    const reason = `${name} knows no credit`;
    return { kind: 'refused', code: 'CREDIT_NOT_SUPPORTED', reason, notSent: false };
  }
  if (token.length > commentCharactersMax) {
    // Sent all the same it could never be found again.
    const reason = `${name} keeps ${commentCharactersMax} characters of a comment`;
    return { kind: 'refused', code: 'TOKEN_TOO_LONG', reason, notSent: false };
  }
  const outcome = await platform.balanceOperation({
    login: operation.login,
    token,
    amount: { amountMinor: operation.amountMinor, currency: operation.currency },
    kind: operation.kind,
    checkMargin: true,
  });
  if (outcome.kind === 'done') return { kind: 'done', externalId: outcome.ticket };
  return outcome.kind === 'refused' ? refusal(outcome) : outcome;
}

/** Only a server out of reach is tried again; an account that is not there stays so, and is a refusal. */
export function refusal({ code, reason, notSent }: Refused): IntentOutcome {
  return { kind: 'refused', code, reason, notSent: notSent && code === 'SERVER_UNAVAILABLE' };
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
  if (server.declared) return untilServerIsBack(intent, server.declared);

  const platform = deps.platformFor(operation.serverId);
  const found = await find(platform, operation, intent);
  if (found.kind === 'found') return settle(db, operation, intent, found.ticket);
  if (found.kind === 'error') return { kind: 'unknown', intentId: intent.id, reason: found.reason };
  if (task?.state === 'decided' && stillAnswers(task, found)) {
    const decided = await applyDecision(deps, { operation, intent, task });
    if (decided) return decided;
  }
  if (found.kind === 'ambiguous') return askPerson(db, { operation, intent, task, ...found });

  const settledAt = Date.parse(intent.sentAt ?? intent.createdAt) + server.settleWindowMs;
  if (Date.now() < settledAt)
    return { kind: 'unknown', intentId: intent.id, reason: 'inside the settle window' };
  return proveAbsence(deps, { operation, intent, task, windowMs: server.settleWindowMs });
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
    task,
    windowMs,
  }: { operation: BalanceOperation; intent: Intent; task: Task | undefined; windowMs: number },
): Promise<StepResult> {
  const platform = deps.platformFor(operation.serverId);
  const scope = systemScope(`workflow:${operation.workflowId}`);
  await platform.endSession();
  const check = await platform.balanceCheck(operation.login);
  if (!check.agrees) {
    return askPerson(deps.db, {
      operation,
      intent,
      task,
      doubt: 'balance_disagrees',
      reason: "the server's balance and its history disagree",
      tickets: [],
    });
  }
  const again = await find(platform, operation, intent);
  if (again.kind === 'found') return settle(deps.db, operation, intent, again.ticket);
  if (again.kind === 'error') return { kind: 'unknown', intentId: intent.id, reason: again.reason };
  if (again.kind === 'ambiguous') return askPerson(deps.db, { operation, intent, task, ...again });
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
  operation: BalanceOperation,
  intent: Intent,
  ticket: string,
): Promise<StepResult> {
  const scope = systemScope(`workflow:${operation.workflowId}`);
  const recorded = await inTransaction(db, scope, (tx) =>
    recordOutcome(tx, intent, { kind: 'done', externalId: ticket }),
  );
  return resultOf(recorded) ?? { kind: 'unknown', intentId: intent.id, reason: 'not recorded' };
}

type Doubt = BalanceDoubt | 'balance_disagrees';

interface Question {
  readonly operation: BalanceOperation;
  readonly intent: Intent;
  /** The latest task about this operation, open or decided. */
  readonly task: Task | undefined;
  readonly doubt: Doubt;
  readonly reason: string;
  readonly tickets: readonly string[];
}

/** What people may say: an operation that was certainly applied is never called absent, which would send it again. */
function choicesOf({ doubt, tickets }: Pick<Question, 'doubt' | 'tickets'>): readonly string[] {
  switch (doubt) {
    case 'comment_cut':
      return tickets.length === 1 ? ['found', 'absent', 'look_again'] : ['absent', 'look_again'];
    case 'balance_disagrees':
      return ['absent', 'look_again'];
    case 'other_amount':
      return tickets.length === 1 ? ['found', 'look_again'] : ['look_again'];
    case 'token_repeated':
      return ['look_again'];
  }
}

/** Whether what people said is an answer to what is seen now: since they were asked, more may have come to light. */
function stillAnswers(
  { decision, content }: Task,
  found: Exclude<BalanceLookup, { kind: 'found' | 'error' }>,
): boolean {
  if (found.kind === 'absent') return true;
  if (!choicesOf(found).includes(decision ?? '')) return false;
  return decision !== 'found' || sameTickets(content['candidates'], found.tickets);
}

function sameTickets(candidates: unknown, tickets: readonly string[]): boolean {
  return Array.isArray(candidates) && candidates.join() === tickets.join();
}

/** Asks once; when what is doubtful has changed, the old question is taken back and the new one asked. */
async function askPerson(db: Database, question: Question): Promise<StepResult> {
  const { operation, intent, task, doubt, tickets } = question;
  const open = task?.state === 'open' && task.content['intent'] === intent.id ? task : undefined;
  const isSame =
    open?.issue[0]?.['doubt'] === doubt && sameTickets(open.content['candidates'], tickets);
  if (open && isSame) return { kind: 'person', intentId: intent.id, taskId: open.id };
  const scope = systemScope(`workflow:${operation.workflowId}`);
  return inScope(db, scope, async (tx) => {
    // The feed may have seen the deal meanwhile and have ended all: a question after that nobody would take back.
    const standing = resultOf(await lockIntent(tx, intent.id));
    if (standing && standing.kind !== 'unknown') return standing;
    if (open) await cancelTask(tx, open.id, 'THE_SERVER_SHOWS_MORE');
    const asked = await openUnknownTask(tx, question);
    return { kind: 'person', intentId: intent.id, taskId: asked.id };
  });
}

async function openUnknownTask(tx: Tx, question: Question): Promise<Task> {
  const { operation, intent, task, doubt, reason, tickets } = question;
  return openTask(tx, {
    kind: 'operation_unknown',
    subject: operation.subject,
    workflowId: operation.workflowId,
    entityId: operation.entityId,
    clientId: operation.clientId,
    title: 'A balance operation has an outcome that cannot be judged by rule',
    issue: [{ code: 'OUTCOME_UNKNOWN', doubt, detail: reason }],
    content: {
      intent: intent.id,
      server: operation.serverId,
      login: operation.login,
      amount: formatAmount(operation.amountMinor, operation.currency),
      currency: operation.currency,
      candidates: [...tickets],
    },
    choices: choicesOf(question),
    // One task at a time: the next is opened when this one was decided and the doubt is still there.
    key: `operation_unknown/${intent.id}/${task?.id ?? 'first'}`,
  });
}

/** Acts on what two people decided; undefined when they asked to look again. */
async function applyDecision(
  deps: BalanceOperationDeps,
  { operation, intent, task }: { operation: BalanceOperation; intent: Intent; task: Task },
): Promise<StepResult | undefined> {
  if (task.content['intent'] !== intent.id) return undefined;
  const candidates = task.content['candidates'];
  if (task.decision === 'found' && Array.isArray(candidates) && candidates.length === 1)
    return settle(deps.db, operation, intent, String(candidates[0]));
  if (task.decision !== 'absent') return undefined;
  const scope = systemScope(`workflow:${operation.workflowId}`);
  const absent = await inTransaction(deps.db, scope, (tx) =>
    markAbsent(tx, intent, { decidedBy: task.id }),
  );
  return resultOf(absent);
}
