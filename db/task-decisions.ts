import type { TaskKind } from '../domain/task/task';
import { rows, utc, type Tx } from './connection';
import { settleHold } from './settlement/holds';
import { settleAdjustment } from './settlement/manual';
import { settleEnding, settleEstate } from './partner-standing';
import { settleDispute } from './commission-disputes';
import { settleWriteOff } from './chargeback-write-off';
import { settleAgreement } from './agreement-requests';
import { settleAlert } from './aml-alerts';
import { settleBonusApproval } from './bonus-requests';
import { settleBonusRemoval } from './bonus-steps';
import { settleCategory } from './client-category';
import { settleCorrection } from './correction-requests';
import { depositGuards } from './deposit-return';
import { guardErasure, settleErasure, settleRetention } from './erasures';
import { guardEntityApproval, settleEntityApproval } from './entity-requests';
import { kycGuards } from './kyc-guards';
import { settleLegalHold } from './legal-holds';
import { payoutGuards } from './payout-gate';
import { receiptGuards } from './receipt-decisions';
import { decryptFor } from './personal-data';
import { guardUserApproval, settleUserApproval } from './staff';
import { guardReport, settleReport } from './suspicion-reports';
import { decideTask, personOfWords, type Decision, type DecisionGuard } from './task-inbox';
import type { Task } from './tasks';

/** By kind of task: what must hold of its subject before it can be decided so. */
const guards: Readonly<Partial<Record<TaskKind, DecisionGuard>>> = {
  ...kycGuards,
  ...payoutGuards,
  ...receiptGuards,
  ...depositGuards,
  user_approval: guardUserApproval,
  entity_approval: guardEntityApproval,
  suspicion_report: guardReport,
  erasure_approval: guardErasure,
};

/** By kind of task: what follows in the deciding transaction, where no process waits for the decision. */
const effects: Partial<
  Record<TaskKind, (tx: Tx, task: Task, decision: Decision) => Promise<void>>
> = {
  aml_alert: settleAlert,
  suspicion_report: settleReport,
  bonus_approval: settleBonusApproval,
  bonus_removal: settleBonusRemoval,
  correction_approval: settleCorrection,
  settlement_hold: settleHold,
  partner_ending: settleEnding,
  partner_estate: settleEstate,
  partner_adjustment: settleAdjustment,
  commission_dispute: settleDispute,
  user_approval: settleUserApproval,
  entity_approval: settleEntityApproval,
  agreement_approval: settleAgreement,
  category_approval: settleCategory,
  write_off_approval: settleWriteOff,
  erasure_approval: settleErasure,
  retention_over: settleRetention,
  legal_hold: settleLegalHold,
};

/** Decides a task: `decideTask` with every kind's guard, and what follows, in one transaction. */
export async function decide(tx: Tx, decision: Decision): Promise<Task> {
  const task = await decideTask(tx, decision, guards);
  if (task.state === 'decided') await effects[task.kind]?.(tx, task, decision);
  return task;
}

/** One person's decision on a task; of two needed there are two rows. */
export interface RecordedDecision {
  readonly userId: string;
  readonly decision: string;
  readonly reason: string;
  readonly note: string;
  readonly at: string;
  /** SHA-256, in hex, of the content that was decided on. */
  readonly contentHash: string;
  /** What was decided has been edited since: it does not count any more. */
  readonly voided: boolean;
}

/** The decisions on a task that the reader can see (read the task first: it is what access hangs on). */
export async function decisionsOf(tx: Tx, taskId: string): Promise<RecordedDecision[]> {
  const found = await rows<{
    user_id: string;
    decision: string;
    reason_ct: string | null;
    note_ct: string | null;
    content_hash: string;
    at: string;
    voided_at: string | null;
    client_id: string | null;
  }>(
    tx,
    `select d.user_id, d.decision, d.reason_ct, d.note_ct, d.content_hash, d.at, d.voided_at, t.client_id
     from task_decision d join task t on t.id = d.task_id where d.task_id = :taskId
     order by d.at, d.task_version limit 50`,
    { taskId },
  );
  const decisions: RecordedDecision[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) {
    const person = personOfWords({ clientId: row.client_id }, row.user_id);
    const words = async (field: string, sealed: string | null) =>
      sealed === null ? '' : decryptFor(tx, person, field, sealed);
    decisions.push({
      userId: row.user_id,
      decision: row.decision,
      reason: await words('decision.reason', row.reason_ct),
      note: await words('decision.note', row.note_ct),
      at: utc(row.at),
      contentHash: row.content_hash,
      voided: row.voided_at !== null,
    });
  }
  return decisions;
}
