import type { Permission } from '../access/roles';

/** Every kind of decision that waits for a person, all in one inbox. */
export type TaskKind =
  | 'kyc_review'
  | 'screening_match'
  | 'pep_approval'
  | 'account_provisioning'
  | 'account_access'
  | 'account_request'
  | 'account_migration'
  | 'negative_balance'
  | 'leverage_breach'
  | 'unclaimed_money'
  | 'withdrawal_approval'
  | 'operation_unknown'
  | 'payout_failed'
  | 'unmatched_deposit'
  | 'unexpected_payment'
  | 'payout_returned'
  | 'chargeback'
  | 'foreign_balance_change'
  | 'settlement_approval'
  | 'user_approval';

export interface TaskRules {
  readonly permission: Permission;
  readonly choices: readonly string[];
  readonly approvalsRequired: 1 | 2;
  readonly dueHours: number;
}

/** What a kind of task needs, unless its policy says more. */
export const taskRules: Readonly<Record<TaskKind, TaskRules>> = {
  kyc_review: {
    permission: 'kyc.decide',
    choices: ['approve', 'request_information', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  screening_match: {
    permission: 'screening.decide',
    choices: ['dismiss', 'confirm'],
    approvalsRequired: 2,
    dueHours: 8,
  },
  pep_approval: {
    permission: 'pep.approve',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  account_provisioning: {
    permission: 'server.operate',
    choices: ['retry', 'refuse'],
    approvalsRequired: 1,
    dueHours: 4,
  },
  account_access: {
    permission: 'server.operate',
    choices: ['retry'],
    approvalsRequired: 1,
    dueHours: 4,
  },
  account_request: {
    permission: 'account.approve',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  account_migration: {
    permission: 'account.approve',
    choices: ['wait_on', 'give_up'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  negative_balance: {
    permission: 'account.approve',
    choices: ['make_good', 'offset', 'leave'],
    approvalsRequired: 2,
    dueHours: 24,
  },
  leverage_breach: {
    permission: 'account.approve',
    choices: ['mended', 'leave'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  unclaimed_money: {
    permission: 'account.approve',
    choices: ['keep_tracing', 'close'],
    approvalsRequired: 2,
    dueHours: 720,
  },
  withdrawal_approval: {
    permission: 'withdrawal.approve',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 8,
  },
  operation_unknown: {
    permission: 'transfer.resolve',
    choices: ['found', 'absent', 'look_again'],
    approvalsRequired: 2,
    dueHours: 2,
  },
  payout_failed: {
    permission: 'payment.operate',
    choices: ['retry', 'refuse'],
    approvalsRequired: 1,
    dueHours: 8,
  },
  unmatched_deposit: {
    permission: 'payment.operate',
    choices: ['credit', 'return'],
    approvalsRequired: 2,
    dueHours: 24,
  },
  unexpected_payment: {
    permission: 'payment.operate',
    choices: ['settled'],
    approvalsRequired: 2,
    dueHours: 4,
  },
  payout_returned: {
    permission: 'payment.operate',
    choices: ['settled'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  chargeback: {
    permission: 'payment.operate',
    choices: ['accept', 'contest'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  foreign_balance_change: {
    permission: 'transfer.resolve',
    choices: ['accept', 'investigate'],
    approvalsRequired: 2,
    dueHours: 4,
  },
  settlement_approval: {
    permission: 'settlement.approve',
    choices: ['approve', 'reject', 'recompute'],
    approvalsRequired: 1,
    dueHours: 48,
  },
  user_approval: {
    permission: 'user.approve',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
};

/** Choices that let something happen: only these count towards a second approval. */
export const affirmative: ReadonlySet<string> = new Set([
  'approve',
  'dismiss',
  'found',
  'absent',
  'credit',
  'accept',
  'return',
  'make_good',
  'offset',
  'close',
  'settled',
]);

export const claimLeaseMinutes = 30;
