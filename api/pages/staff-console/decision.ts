import { z } from 'zod';
import { reasonCodes, type ReasonDefinition } from '../../../domain/kyc/reason-codes';
import { malformed, type Problem } from '../../../domain/problem';
import { may } from '../../../domain/access/scope';
import { asSystem, type Tx } from '../../../db/connection';
import { decide, decisionsOf } from '../../../db/task-decisions';
import { claimNext, whyNot } from '../../../db/task-inbox';
import { eligiblePeople } from '../../../db/task-people';
import { namesOfUsers } from '../../../db/user-names';
import type { Task } from '../../../db/tasks';
import { idOf } from '../../schemas';
import type { Redirect } from '../page';
import { actorWords } from './actors';
import { severalTexts } from './lists';
import { pageOfTask, showTask, wordsOfChoice, type ShownTask } from './task-words';

/** What the decision form shows: the task, the choices, why not, and who has decided already. */
export interface DecisionView {
  readonly task: ShownTask;
  readonly version: number;
  readonly contentHash: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly mayAct: boolean;
  readonly whyNot: { readonly code: string; readonly words: string } | undefined;
  readonly isMine: boolean;
  /** Whose form this is: one that another person sends is refused. */
  readonly officer: string;
  /** Who may be given the task; for whoever may reassign. */
  readonly colleagues: readonly { readonly value: string; readonly label: string }[];
  readonly leaseUntil: string | null;
  readonly issue: readonly { readonly code: string; readonly detail: string }[];
  readonly decisions: readonly {
    readonly by: string;
    readonly decision: string;
    readonly reason: string;
    readonly at: string;
    readonly contentHash: string;
    readonly voided: boolean;
  }[];
}

export async function decisionView(tx: Tx, task: Task): Promise<DecisionView> {
  const problem = await whyNot(tx, task);
  const decisions = await decisionsOf(tx, task.id);
  const who = await actorWords(tx, [
    task.claimedBy,
    task.decidedBy,
    task.escalatedTo,
    ...decisions.map((each) => each.userId),
  ]);
  const own = tx.scope.kind === 'staff' ? tx.scope.userId : undefined;
  const leaseHolds = task.leaseUntil !== null && Date.parse(task.leaseUntil) > Date.now();
  return {
    task: showTask(task, who, Date.now()),
    version: task.version,
    contentHash: task.contentHash,
    choices: task.choices.map((value) => ({ value, label: wordsOfChoice(value) })),
    mayAct: problem === undefined,
    whyNot: problem && { code: problem.code, words: wordsOfRefusal(problem, task, who) },
    isMine: leaseHolds && task.claimedBy === own,
    officer: own ?? '',
    colleagues:
      task.state === 'open' && may(tx.scope, 'task.reassign')
        ? await colleagueOptions(tx, await eligibleFor(tx, task))
        : [],
    leaseUntil: leaseHolds ? task.leaseUntil : null,
    issue: task.issue.map((issue) => ({
      code: textOf(issue['code']),
      detail: textOf(issue['detail']) || textOf(issue['doubt']),
    })),
    decisions: decisions.map((each) => ({
      by: who(each.userId),
      decision: wordsOfChoice(each.decision),
      reason: each.reason,
      at: each.at,
      contentHash: each.contentHash,
      voided: each.voided,
    })),
  };
}

/** Colleagues who may decide it; those whom the reader does not see get no name, and are left out. */
async function eligibleFor(tx: Tx, task: Task): Promise<string[]> {
  const eligible = await asSystem(tx, (system) => eligiblePeople(system, task, colleaguesMax));
  const seen = await namesOfUsers(tx, eligible);
  return eligible.filter((id) => seen.has(id));
}

const colleaguesMax = 100;

/** Names for a choice of colleagues, by name. */
export async function colleagueOptions(tx: Tx, ids: readonly string[]) {
  const names = await namesOfUsers(tx, ids);
  return ids
    .map((id) => ({ value: id, label: names.get(id)?.name ?? `colleague ${id.slice(-8)}` }))
    .sort((a, b) => a.label.localeCompare(b.label, 'en'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function wordsOfRefusal(problem: Problem, task: Task, who: (id: string) => string): string {
  switch (problem.code) {
    case 'forbidden':
      return `Your roles do not include the permission “${task.permission}”, which this decision needs.`;
    case 'four_eyes':
      return 'You requested, edited, supplied evidence or decided here before. A different person has to decide.';
    case 'claimed':
      return `${who(task.claimedBy ?? '')} has claimed this task. It is free again when the claim ends.`;
    case 'already_decided':
      return task.state === 'cancelled'
        ? `The question went away: ${task.reason ?? 'withdrawn'}.`
        : `${who(task.decidedBy ?? '')} has decided this: ${wordsOfChoice(task.decision ?? '')}.`;
    default:
      return problem.detail;
  }
}

/** Fields of every decision form. */
export const decisionFields = {
  decision: z.string().max(40),
  reason: z.string().trim().max(500).optional(),
  note: z.string().trim().max(2000).optional(),
  codes: severalTexts,
  officer: idOf('user').optional(),
  version: z.coerce.number().int(),
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  openNext: z.literal('yes').optional(),
};

export interface DecisionFields {
  readonly decision: string;
  readonly reason?: string | undefined;
  readonly note?: string | undefined;
  readonly codes: readonly string[];
  readonly officer?: string | undefined;
  readonly version: number;
  readonly contentHash: string;
  readonly openNext?: 'yes' | undefined;
}

/** Decides as the form says and leads to the next task, or back to this one. */
export async function decideFrom(
  tx: Tx,
  taskId: string,
  fields: DecisionFields,
): Promise<Redirect> {
  // Codes are what the client is asked for or refused by; an approval has none.
  const codes = fields.decision === 'approve' ? [] : fields.codes;
  const reason = [codes.join(', '), fields.reason ?? ''].filter((part) => part !== '').join(': ');
  if (reason === '') {
    throw malformed('A decision needs a reason.', [
      { pointer: '/body/reason', detail: 'is required: it is kept with the decision' },
    ]);
  }
  const task = await decide(tx, {
    taskId,
    expectedVersion: fields.version,
    contentHash: fields.contentHash,
    decision: fields.decision,
    reason,
    ...(fields.note === undefined ? {} : { note: fields.note }),
    ...(fields.officer === undefined ? {} : { officer: fields.officer }),
  });
  const recorded =
    task.state === 'open'
      ? 'First approval recorded. A second person has to decide, too.'
      : `Recorded: ${wordsOfChoice(fields.decision)}.`;
  const next = fields.openNext === 'yes' ? await claimNext(tx) : undefined;
  return next
    ? { to: pageOfTask(next), flash: `${recorded} This is the next task, claimed for you.` }
    : { to: '/staff/inbox', flash: recorded };
}

/** Reason codes that a client can be asked with: they may read them and can mend them. */
export const askableCodes = Object.entries<ReasonDefinition>(reasonCodes).flatMap(
  ([code, { clientVisible, retryable, text }]) =>
    clientVisible && retryable ? [{ code, text: text.en }] : [],
);
