import type { Permission } from '../access/roles';

/** Every kind of decision that waits for a person, all in one inbox. */
export const taskKinds = [
  'kyc_review',
  'screening_match',
  'pep_approval',
  'account_provisioning',
  'account_access',
  'account_request',
  'account_migration',
  'negative_balance',
  'leverage_breach',
  'unclaimed_money',
  'withdrawal_approval',
  'refund_approval',
  'operation_unknown',
  'payout_failed',
  'unmatched_deposit',
  'unallocated_receipt',
  'unexpected_payment',
  'payout_returned',
  'chargeback',
  'foreign_balance_change',
  'feed_gap',
  'correction_approval',
  'write_off_approval',
  'bonus_approval',
  'bonus_removal',
  'settlement_approval',
  'settlement_hold',
  'partner_ending',
  'partner_estate',
  'partner_adjustment',
  'commission_dispute',
  'user_approval',
  'entity_approval',
  'agreement_approval',
  'category_approval',
  'kyc_step',
  'compliance_review',
  'document_renewal',
  'aml_alert',
  'suspicion_report',
  'verifier_change',
  'retention_over',
  'erasure_approval',
  'legal_hold',
] as const;

export type TaskKind = (typeof taskKinds)[number];

export interface TaskRules {
  readonly permission: Permission;
  /** Who else sees it, since its subject's own page shows it to them; only who decides when it is null. */
  readonly seenWith: Permission | null;
  readonly choices: readonly string[];
  readonly approvalsRequired: 1 | 2;
  /** Hours of the entity's business calendar. */
  readonly dueHours: number;
}

/** What a kind of task needs, unless its policy says more. */
export const taskRules: Readonly<Record<TaskKind, TaskRules>> = {
  kyc_review: {
    permission: 'kyc.decide',
    seenWith: 'kyc.read',
    choices: ['approve', 'request_information', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  screening_match: {
    permission: 'screening.decide',
    seenWith: null,
    choices: ['dismiss', 'confirm'],
    approvalsRequired: 2,
    dueHours: 8,
  },
  pep_approval: {
    permission: 'pep.approve',
    seenWith: 'kyc.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  account_provisioning: {
    permission: 'server.operate',
    seenWith: 'account.read',
    choices: ['retry', 'refuse'],
    approvalsRequired: 1,
    dueHours: 4,
  },
  account_access: {
    permission: 'server.operate',
    seenWith: 'account.read',
    choices: ['retry'],
    approvalsRequired: 1,
    dueHours: 4,
  },
  account_request: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  account_migration: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['wait_on', 'give_up'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  negative_balance: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['make_good', 'offset', 'leave'],
    approvalsRequired: 2,
    dueHours: 24,
  },
  leverage_breach: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['mended', 'leave'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  unclaimed_money: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['keep_tracing', 'close'],
    approvalsRequired: 2,
    dueHours: 720,
  },
  withdrawal_approval: {
    permission: 'withdrawal.approve',
    seenWith: 'payment.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 8,
  },
  refund_approval: {
    permission: 'withdrawal.approve',
    seenWith: 'payment.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  operation_unknown: {
    permission: 'transfer.resolve',
    seenWith: 'payment.read',
    choices: ['found', 'absent', 'look_again'],
    approvalsRequired: 2,
    dueHours: 2,
  },
  payout_failed: {
    permission: 'payment.operate',
    seenWith: 'payment.read',
    choices: ['retry', 'refuse'],
    approvalsRequired: 1,
    dueHours: 8,
  },
  unmatched_deposit: {
    permission: 'payment.operate',
    seenWith: 'payment.read',
    choices: ['credit', 'return'],
    approvalsRequired: 2,
    dueHours: 24,
  },
  /** One person proposes what becomes of it; another, who has not, decides. */
  unallocated_receipt: {
    permission: 'payment.operate',
    seenWith: 'payment.read',
    choices: ['allocate', 'return'],
    approvalsRequired: 1,
    dueHours: 240,
  },
  unexpected_payment: {
    permission: 'payment.operate',
    seenWith: 'payment.read',
    choices: ['settled'],
    approvalsRequired: 2,
    dueHours: 4,
  },
  payout_returned: {
    permission: 'payment.operate',
    seenWith: 'payment.read',
    choices: ['settled'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  chargeback: {
    permission: 'payment.operate',
    seenWith: 'payment.read',
    choices: ['accept', 'contest'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  foreign_balance_change: {
    permission: 'transfer.resolve',
    seenWith: 'account.read',
    choices: ['accept', 'investigate'],
    approvalsRequired: 2,
    dueHours: 4,
  },
  feed_gap: {
    permission: 'server.operate',
    seenWith: 'account.read',
    choices: ['look_again', 'leave'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  correction_approval: {
    permission: 'correction.approve',
    seenWith: 'ledger.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  write_off_approval: {
    permission: 'correction.approve',
    seenWith: 'payment.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  bonus_approval: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  /** Credit that a server does not give back. */
  bonus_removal: {
    permission: 'account.approve',
    seenWith: 'account.read',
    choices: ['retry', 'let_go'],
    approvalsRequired: 1,
    dueHours: 8,
  },
  settlement_approval: {
    permission: 'settlement.approve',
    seenWith: 'settlement.read',
    choices: ['approve', 'reject', 'recompute'],
    approvalsRequired: 1,
    dueHours: 48,
  },
  /** What signals of fraud keep back of a settlement: to pay it, or never to. */
  settlement_hold: {
    permission: 'settlement.approve',
    seenWith: 'settlement.read',
    choices: ['release', 'deny'],
    approvalsRequired: 1,
    dueHours: 48,
  },
  /** A partner's agreement is to end, or the partner is said to be dead. */
  partner_ending: {
    permission: 'settlement.approve',
    seenWith: 'partner.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  /** What a dead partner had earned: to the estate or to nobody, by somebody who neither told of the death nor believed it. */
  partner_estate: {
    permission: 'settlement.approve',
    seenWith: 'partner.read',
    choices: ['pay_estate', 'forfeit'],
    approvalsRequired: 1,
    dueHours: 240,
  },
  /** Somebody wants to add to a partner's next payout, or to take off it. */
  partner_adjustment: {
    permission: 'settlement.approve',
    seenWith: 'settlement.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 48,
  },
  /** What a partner asks about commission: who looks after partners answers. No money moves by it. */
  commission_dispute: {
    permission: 'partner.edit',
    seenWith: 'settlement.read',
    choices: ['accept', 'decline'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  user_approval: {
    permission: 'user.approve',
    seenWith: 'user.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  entity_approval: {
    permission: 'entity.approve',
    seenWith: 'entity.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 72,
  },
  agreement_approval: {
    permission: 'entity.approve',
    seenWith: 'entity.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 72,
  },
  /** A client wants to be treated as a professional. */
  category_approval: {
    permission: 'kyc.decide',
    seenWith: 'kyc.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 40,
  },
  /** A client is looked at as a whole again: the cycle, a change or a restriction's own date asks for it. */
  compliance_review: {
    permission: 'kyc.decide',
    seenWith: 'kyc.read',
    choices: ['keep', 'risk_low', 'risk_medium', 'risk_high'],
    approvalsRequired: 1,
    dueHours: 40,
  },
  /** A document in the place of one that expires, which the checks alone do not pass. */
  document_renewal: {
    permission: 'kyc.decide',
    seenWith: 'kyc.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  /** A step of a verification that the policy asks an officer for. */
  kyc_step: {
    permission: 'kyc.decide',
    seenWith: 'kyc.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  /** What the rules on money laundering have seen; for the MLRO's circle alone. */
  aml_alert: {
    permission: 'suspicion.decide',
    seenWith: null,
    choices: ['explained', 'open_case', 'hold'],
    approvalsRequired: 1,
    dueHours: 24,
  },
  /** A report that was sent: its hold is lifted or kept, once the authority's time is over. */
  suspicion_report: {
    permission: 'suspicion.decide',
    seenWith: null,
    choices: ['lift', 'keep_hold'],
    approvalsRequired: 1,
    dueHours: 240,
  },
  verifier_change: {
    permission: 'screening.decide',
    seenWith: null,
    choices: ['noted'],
    approvalsRequired: 1,
    dueHours: 8,
  },
  /** The time is over for which a client's data had to be kept, or the client asks for their erasure. */
  retention_over: {
    permission: 'erasure.propose',
    seenWith: 'kyc.read',
    choices: ['propose_erasure', 'keep_data'],
    approvalsRequired: 1,
    dueHours: 160,
  },
  /** One person has proposed it; another, who has not, decides. */
  erasure_approval: {
    permission: 'erasure.approve',
    seenWith: 'kyc.read',
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 80,
  },
  /** A hold that a court or an authority asks for begins or ends: by two people of the MLRO's circle. */
  legal_hold: {
    permission: 'legal_hold.decide',
    seenWith: null,
    choices: ['approve', 'reject'],
    approvalsRequired: 1,
    dueHours: 8,
  },
};

/** Every choice that some kind of task has. */
export const taskChoices: readonly string[] = [
  ...new Set(taskKinds.flatMap((kind) => taskRules[kind].choices)),
];

/** Choices that let something happen: only these count towards a second approval. */
export const affirmative: ReadonlySet<string> = new Set([
  'approve',
  'dismiss',
  'found',
  'absent',
  'credit',
  'allocate',
  'accept',
  'return',
  'make_good',
  'offset',
  'close',
  'settled',
  // Neither is money paid nor kept by one person where two are asked.
  'release',
  'deny',
]);

export const claimLeaseMinutes = 30;

/** Business minutes for which a task stays with whom it was given to. */
export const assignedMinutes = 480;

/** The choice after which the client is waited for, and the time of the task stands still. */
export const askingClient = 'request_information';

/** Views of the inbox. */
export const inboxViews = [
  'mine',
  'unclaimed',
  'due_today',
  'overdue',
  'waiting',
  'second_review',
  'escalated',
] as const;

export type InboxView = (typeof inboxViews)[number];
