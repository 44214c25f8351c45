import { isCurrency, money, parseAmount, InvalidAmount, type Money } from '../../../domain/money';
import type { TaskKind } from '../../../domain/task/task';
import { may } from '../../../domain/access/scope';
import { namesOfClients } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import type { Task } from '../../../db/tasks';
import { actorWords, type ActorWords } from './actors';

export const taskKindWords: Readonly<Record<TaskKind, string>> = {
  kyc_review: 'KYC review',
  screening_match: 'Screening match',
  pep_approval: 'Senior approval',
  account_provisioning: 'Account not made',
  account_access: 'Access not changed',
  account_request: 'Account request',
  account_migration: 'Positions stay open',
  negative_balance: 'Negative balance',
  leverage_breach: 'Leverage',
  unclaimed_money: 'Unclaimed money',
  withdrawal_approval: 'Withdrawal',
  refund_approval: 'Refund',
  write_off_approval: 'Write-off',
  bonus_approval: 'Bonus',
  bonus_removal: 'Bonus not given back',
  operation_unknown: 'Outcome unknown',
  payout_failed: 'Payout refused',
  unmatched_deposit: 'Deposit differs',
  unallocated_receipt: 'Unallocated money',
  unexpected_payment: 'Unexpected payment',
  payout_returned: 'Payout came back',
  chargeback: 'Chargeback',
  foreign_balance_change: 'Foreign balance change',
  feed_gap: 'Deals differ',
  correction_approval: 'Movement by hand',
  settlement_approval: 'Settlement',
  settlement_hold: 'Held commission',
  partner_ending: 'End of a partner’s agreement',
  partner_estate: 'Estate of a partner',
  partner_adjustment: 'Adjustment of a partner’s payout',
  commission_dispute: 'Question about commission',
  user_approval: 'New colleague',
  entity_approval: 'Legal entity',
  agreement_approval: 'Agreement',
  category_approval: 'Client category',
  kyc_step: 'Verification step',
  compliance_review: 'Client review',
  document_renewal: 'Newer document',
  aml_alert: 'Money laundering',
  suspicion_report: 'Suspicious activity',
  verifier_change: 'Verifier’s second word',
  retention_over: 'Time of keeping over',
  erasure_approval: 'Erasure',
  legal_hold: 'Legal hold',
};

/** How a queue is called: a kind of task, or every one without a lead of its own. */
export function wordsOfQueue(queue: TaskKind | 'any'): string {
  return queue === 'any' ? 'Every other kind' : taskKindWords[queue];
}

const choiceWords: Readonly<Record<string, string>> = {
  approve: 'Approve',
  reject: 'Reject',
  request_information: 'Ask the client again',
  dismiss: 'Dismiss: another person than the listed one',
  confirm: 'Confirm: the listed person',
  retry: 'Try again',
  refuse: 'Give up',
  found: 'Found: it happened',
  absent: 'Absent: it never happened',
  look_again: 'Look again',
  credit: 'Credit the wallet',
  allocate: 'Put it into the proposed wallet',
  return: 'Return the money',
  accept: 'Accept',
  decline: 'Decline',
  contest: 'Contest it at the provider',
  settled: 'Settled: the books agree again',
  investigate: 'Investigate',
  recompute: 'Compute again',
  make_good: 'Bring it to zero at our cost',
  offset: 'Take it from the client’s wallet',
  leave: 'Leave it as it is',
  wait_on: 'Give it more time',
  give_up: 'Give it up: the account trades on',
  mended: 'Mended: it is within the rules again',
  explained: 'Dismiss: it is explained',
  open_case: 'Open a case: draft a report',
  hold: 'Hold the client, and draft a report',
  lift: 'Lift the hold',
  keep_hold: 'Keep the hold',
  keep_tracing: 'Keep looking for its owner',
  let_go: 'Let it go: nothing of it is asked for again',
  keep: 'Reviewed: the risk stays as it is',
  propose_erasure: 'Propose the erasure: another person approves it',
  keep_data: 'Keep the data, and ask again later',
  risk_low: 'Reviewed: the risk is low',
  risk_medium: 'Reviewed: the risk is medium',
  risk_high: 'Reviewed: the risk is high',
  release: 'Release: pay it with the next payouts',
  deny: 'Deny: it is never paid',
  close: 'Close it and send the money to the wallet',
};

export function wordsOfChoice(choice: string): string {
  return choiceWords[choice] ?? choice.replaceAll('_', ' ');
}

/** Where a task is worked on: where its evidence is, or on its own page. */
export function pageOfTask(task: Task): string {
  if (task.kind === 'settlement_approval') return `/staff/settlements/${task.subject}`;
  if (task.kind === 'settlement_hold') return `/staff/settlement-holds/${task.subject}`;
  if (task.kind === 'commission_dispute') return `/staff/commission-disputes/${task.subject}`;
  if (task.kind === 'correction_approval') return `/staff/corrections/${task.subject}`;
  if (task.kind === 'aml_alert') return `/staff/aml-alerts/${task.subject}`;
  if (task.kind === 'suspicion_report') return `/staff/suspicions/${task.subject}`;
  if (task.kind === 'legal_hold') return `/staff/legal-holds/${task.subject.split('/')[0] ?? ''}`;
  if (task.kind === 'entity_approval')
    return `/staff/entity-${'before' in task.content ? 'edits' : 'proposals'}/${task.subject}`;
  if (task.kind === 'agreement_approval') return `/staff/agreements/${task.subject}`;
  if (task.kind === 'category_approval') return `/staff/category-requests/${task.subject}`;
  if (task.kind === 'bonus_approval' || task.kind === 'bonus_removal')
    return `/staff/bonuses/${task.subject}`;
  const caseId = caseOfTask(task);
  return caseId === undefined ? `/staff/tasks/${task.id}` : `/staff/cases/${caseId}`;
}

const caseKinds: ReadonlySet<TaskKind> = new Set([
  'kyc_review',
  'pep_approval',
  'screening_match',
  'kyc_step',
  'document_renewal',
]);

/** The KYC case whose evidence the task is decided on. */
export function caseOfTask(task: Task): string | undefined {
  if (!caseKinds.has(task.kind)) return undefined;
  const named = task.content['case'];
  const id = typeof named === 'string' ? named : task.subject;
  return id.startsWith('kyc_') ? id : undefined;
}

export interface ShownTask {
  readonly id: string;
  readonly href: string;
  readonly kind: TaskKind;
  readonly kindWords: string;
  /** Where its policy sent it; empty where its kind alone says who decides. */
  readonly queueName: string;
  readonly title: string;
  readonly subject: string;
  readonly clientId: string | null;
  readonly entityId: string;
  readonly state: Task['state'];
  readonly amount: Money | undefined;
  readonly codes: readonly string[];
  readonly openedAt: string;
  readonly dueAt: string | null;
  readonly isOverdue: boolean;
  readonly isDueSoon: boolean;
  readonly isSecond: boolean;
  /** Half of its time is over, and not all of it. */
  readonly isHalfTime: boolean;
  readonly escalatedAt: string | null;
  /** Who leads it on; empty where nobody is named. */
  readonly escalatedTo: string;
  readonly shortHanded: boolean;
  readonly waitingSince: string | null;
  readonly waitingUntil: string | null;
  /** The task as it is seen: what a bulk action is done about. */
  readonly seen: string;
  readonly approvals: number;
  readonly approvalsRequired: number;
  readonly claimedBy: string;
  readonly decision: string;
  readonly decidedBy: string;
  readonly decidedAt: string | null;
  readonly reason: string | null;
}

/** The amount that a task is about, where its content names one. */
export function amountOf(content: Task['content']): Money | undefined {
  const { amount, currency } = content;
  if (typeof amount !== 'string' || typeof currency !== 'string' || !isCurrency(currency)) {
    return undefined;
  }
  try {
    return money(parseAmount(amount, currency), currency);
  } catch (error) {
    if (error instanceof InvalidAmount) return undefined;
    throw error;
  }
}

function codesOf(task: Task): string[] {
  return [
    ...new Set(
      task.issue.flatMap(({ code }) => (typeof code === 'string' && code !== '' ? [code] : [])),
    ),
  ];
}

/** Tasks for a list; with the clients' names for whoever may read them. */
export async function showTasks(
  tx: Tx,
  tasks: readonly Task[],
  now: number,
): Promise<(ShownTask & { readonly clientName: string | undefined })[]> {
  const names = may(tx.scope, 'client.personal')
    ? await namesOfClients(
        tx,
        tasks.flatMap((task) => task.clientId ?? []),
      )
    : new Map<string, string>();
  const who = await actorWords(
    tx,
    tasks.flatMap((task) => [task.claimedBy, task.decidedBy, task.escalatedTo]),
  );
  return tasks.map((task) => ({
    ...showTask(task, who, now),
    clientName: task.clientId === null ? undefined : names.get(task.clientId),
  }));
}

export function showTask(task: Task, who: ActorWords, now: number): ShownTask {
  const due = task.dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(task.dueAt);
  const isClaimed = task.leaseUntil !== null && Date.parse(task.leaseUntil) > now;
  return {
    id: task.id,
    href: pageOfTask(task),
    kind: task.kind,
    kindWords: taskKindWords[task.kind],
    queueName: task.queue?.name ?? '',
    title: task.title,
    subject: task.subject.replace(/\/.*$/, ''),
    clientId: task.clientId,
    entityId: task.entityId,
    state: task.state,
    amount: amountOf(task.content),
    codes: codesOf(task),
    openedAt: task.openedAt,
    dueAt: task.state === 'open' ? task.dueAt : null,
    isOverdue: due < now && task.waitingSince === null,
    isDueSoon: due >= now && due < now + 2 * 3_600_000 && task.waitingSince === null,
    isSecond: task.approvals > 0 && task.state === 'open',
    isHalfTime: task.noticedAt !== null && task.escalatedAt === null && due >= now,
    escalatedAt: task.escalatedAt,
    escalatedTo: who(task.escalatedTo),
    shortHanded: task.shortHanded,
    waitingSince: task.waitingSince,
    waitingUntil: task.waitingUntil,
    seen: [task.id, task.version, task.contentHash].join(':'),
    approvals: task.approvals,
    approvalsRequired: task.approvalsRequired,
    claimedBy: isClaimed ? who(task.claimedBy) : '',
    decision: task.decision === null ? '' : wordsOfChoice(task.decision),
    decidedBy: who(task.decidedBy),
    decidedAt: task.decidedAt,
    reason: task.reason,
  };
}
