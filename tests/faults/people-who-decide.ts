import { inScope } from '../../db/connection';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { decideTask } from '../../db/task-inbox';
import { latestTask, readTask, type Task } from '../../db/tasks';
import { parseAmount } from '../../domain/money';
import { Problem } from '../../domain/problem';
import type { Role } from '../../domain/access/roles';
import type { TaskKind } from '../../domain/task/task';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { colleague } from '../processes/people';
import type { ServerDeal, ServerDeals } from '../processes/simulators';
import type { Stage } from '../processes/stage';
import { currency, type Lane } from './field';

/** What a server has of one transfer, seen with the eyes of somebody who sits in front of it. */
export interface Truth {
  readonly deals: readonly ServerDeal[];
  /** More will come: a deal that is not shown yet, or one that is not booked yet. */
  readonly isToCome: boolean;
}

export interface Wanted {
  readonly transferId: string;
  /** Signed, as the server books it. */
  readonly amountMinor: bigint;
}

/** The server's deals of one transfer: by its tokens, and by its amount where a comment was cut to nothing. */
export async function truthOf(stage: Stage, lane: Lane, wanted: Wanted): Promise<Truth> {
  const tokens = await tokensOf(stage, wanted.transferId);
  const { deals, late } = await lane.hand.deals(lane.account.login);
  const mine = dealsOf(deals, tokens, wanted.amountMinor);
  return {
    deals: mine,
    isToCome:
      mine.some(({ isHidden }) => isHidden) ||
      late.some(({ amount }) => parseAmount(amount, currency) === wanted.amountMinor),
  };
}

export async function tokensOf(stage: Stage, transferId: string): Promise<string[]> {
  const intents = await stage.system((tx) =>
    intentsOfWorkflow(tx, workflowIds.transfer(transferId)),
  );
  return intents.flatMap(({ token }) => token ?? []);
}

/** No two runs on a log-in move the same amount, so that it names a run whose token was cut off. */
export function dealsOf(
  deals: ServerDeals['deals'],
  tokens: readonly string[],
  amountMinor: bigint,
): ServerDeal[] {
  return deals.filter(
    (deal) =>
      deal.isOperation &&
      tokens.some(
        (token) =>
          deal.externalId === token ||
          deal.comment.includes(token) ||
          (token.startsWith(deal.comment) && parseAmount(deal.amount, currency) === amountMinor),
      ),
  );
}

/** What two people say who look at the server; undefined while they would rather wait. */
export function judge(task: Task, { deals, isToCome }: Truth): string | undefined {
  if (isToCome) return undefined;
  const may = (choice: string) => task.choices.includes(choice);
  if (deals.length === 0) return may('absent') ? 'absent' : undefined;
  return deals.length === 1 && may('found') ? 'found' : undefined;
}

/** Decides by as many people as it takes; false when the task was answered otherwise in the meantime. */
export async function decideTogether(
  stage: Stage,
  task: Task,
  { role, decision }: { readonly role: Role; readonly decision: string },
): Promise<boolean> {
  for (let now = task; now.state === 'open';) {
    const who = colleague(role);
    try {
      now = await inScope(stage.db, who, (tx) =>
        decideTask(tx, {
          taskId: now.id,
          expectedVersion: now.version,
          contentHash: now.contentHash,
          decision,
          reason: 'TEST',
        }),
      );
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409) throw error;
      const stands = await stage.system((tx) => readTask(tx, task.id));
      if (stands.state !== 'open') return false;
      throw error;
    }
  }
  return true;
}

/** The open task of a kind on a subject. */
export async function openTaskOn(
  stage: Stage,
  subject: string,
  kind: TaskKind,
): Promise<Task | undefined> {
  const task = await stage.system((tx) => latestTask(tx, subject, kind));
  return task?.state === 'open' ? task : undefined;
}
