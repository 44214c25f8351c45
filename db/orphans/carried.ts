import type { workflowIds } from '../../temporal-config/workflow-ids';

/** What a kind of process carries to its end. */
export interface Carried {
  /** Words for one of them. */
  readonly name: string;
  readonly table: string;
  /** What stands behind `<process>/` in the workflow id of a row `a`. */
  readonly key: string;
  /** When a row `a` needs no process any more; null where the row does not say. */
  readonly isOver: string | null;
  /** Workflow id of what carries a row `a` now, where that is not always `<process>/<key>`. */
  readonly workflowId?: string;
  /** It is carried by another thing's process, which goes on after its end. */
  readonly byAnother?: true;
  /** Whose it is; `a.entity_id` unless said. */
  readonly entity?: 'null';
}

/** Every kind of process, so that none is forgotten by the reconciler: a new one does not compile until it stands here. */
export const carried = {
  // Ends with the case that it fills in, which says when that is.
  onboarding: { name: 'client', table: 'client', key: 'a.id', isOver: null },
  kyc: {
    name: 'kyc case',
    table: 'kyc_case',
    key: 'a.id',
    isOver: `a.state in ('approved', 'rejected')`,
    // Until it is submitted, a case is carried by its client's onboarding.
    workflowId: `case when a.state = 'collecting' then 'onboarding/' || a.client_id else 'kyc/' || a.id end`,
  },
  identityCheck: {
    name: 'identity check',
    table: 'identity_check',
    key: 'a.id',
    isOver: `a.state in ('answered', 'unasked', 'unanswered')`,
  },
  compliance: {
    name: 'compliance calendar',
    table: 'compliance_calendar',
    key: 'a.client_id',
    isOver: 'a.ended_at is not null',
  },
  account: {
    name: 'trading account',
    table: 'trading_account',
    key: 'a.id',
    // A closed one is archived later, on the day that is due.
    isOver: `a.state = 'archived' or (a.state = 'closed' and a.due_at is null)`,
  },
  deposit: {
    name: 'deposit',
    table: 'deposit',
    key: 'a.id',
    isOver: `a.state in ('credited', 'failed', 'returned')`,
  },
  receipt: { name: 'receipt', table: 'receipt', key: 'a.id', isOver: `a.state <> 'unallocated'` },
  receiptReturn: {
    name: 'receipt that goes back',
    table: 'receipt',
    key: 'a.id',
    isOver: `a.state <> 'returning'`,
  },
  verification: {
    name: 'verification clock',
    table: 'verification_clock',
    key: 'a.client_id',
    isOver: 'a.ended_at is not null',
  },
  withdrawal: {
    name: 'withdrawal',
    table: 'withdrawal',
    key: 'a.id',
    isOver: `a.state in ('paid', 'partly_paid', 'rejected', 'cancelled', 'failed')`,
  },
  transfer: {
    name: 'transfer',
    table: 'transfer',
    key: 'a.id',
    isOver: `a.state in ('done', 'refused')`,
  },
  bonus: {
    name: 'bonus',
    table: 'bonus',
    key: 'a.id',
    // Before its money is there, and before a second person has decided, nothing works on it.
    isOver: `a.state not in ('granting', 'active')`,
  },
  refund: {
    name: 'refund of a deposit',
    table: 'deposit_refund',
    key: 'a.id',
    isOver: 'a.finished_at is not null',
  },
  chargeback: {
    name: 'chargeback',
    table: 'chargeback',
    key: 'a.id',
    isOver: `a.state in ('accepted', 'won', 'lost') and a.owed_minor = 0`,
  },
  feed: { name: 'deal feed', table: 'feed', key: 'a.server_id', isOver: 'false', entity: 'null' },
  watch: {
    name: 'watch over a provider',
    table: 'provider_watch',
    key: 'a.provider',
    isOver: 'false',
    entity: 'null',
  },
  settlement: {
    name: 'settlement',
    table: 'settlement',
    key: `a.plan_set || '/' || a.period`,
    isOver: `a.state in ('paid', 'rejected')`,
  },
  rescreening: {
    name: 'rescreening',
    table: 'rescreening',
    key: 'a.id',
    isOver: `a.state = 'done'`,
    entity: 'null',
  },
  // Open as long as people are asked about it, which its task says.
  match: {
    name: 'screening match',
    table: 'rescreening_match',
    key: 'a.screening_id',
    isOver: null,
  },
  simulation: {
    name: 'policy simulation',
    table: 'policy_simulation',
    key: 'a.id',
    isOver: `a.state = 'done'`,
    entity: 'null',
  },
  mail: { name: 'mail', table: 'mail', key: 'a.id', isOver: `a.state in ('sent', 'failed')` },
  // Begun by its settlement, whose process waits for it.
  payout: {
    name: 'partner’s payout',
    table: 'settlement_payout',
    key: `a.settlement_id || '/' || a.partner_id`,
    isOver: `a.state <> 'paying'`,
    workflowId: `(select 'settlement/' || s.plan_set || '/' || s.period from settlement s where s.id = a.settlement_id)`,
    byAnother: true,
  },
} as const satisfies Readonly<Record<keyof typeof workflowIds, Carried>>;

/** Those whose rows say when they need no process any more. */
export const carriedWithEnd = Object.entries(carried).flatMap(
  ([process, each]: [string, Carried]) =>
    each.isOver === null
      ? []
      : [
          {
            ...each,
            process,
            isOver: each.isOver,
            workflowId: each.workflowId ?? `'${process}/' || ${each.key}`,
            entity: each.entity ?? 'a.entity_id',
            byAnother: each.byAnother ?? false,
          },
        ],
);
