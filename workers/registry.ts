import type { WorkerOptions } from '@temporalio/worker';
import { taskQueues } from '../temporal-config/task-queues';
import { createAccountActivities } from '../activities/account';
import { createAccountDemoActivities } from '../activities/account-demo';
import { createAccountDueActivities } from '../activities/account-due';
import { createAccountEndActivities } from '../activities/account-end';
import { createAccountRequestActivities } from '../activities/account-requests';
import { createAccountWriteActivities } from '../activities/account-writes';
import { createBonusActivities } from '../activities/bonus';
import { createChargebackActivities } from '../activities/chargeback';
import { createComplianceActivities } from '../activities/compliance';
import { createDepositActivities } from '../activities/deposit';
import { createDepositReturnActivities } from '../activities/deposit-return';
import { createDocumentReadingActivities } from '../activities/document-reading';
import { createFeedActivities } from '../activities/feed';
import { createIdentityCheckActivities } from '../activities/identity-check';
import { createInboxClockActivities } from '../activities/inbox-clock';
import { createKycActivities } from '../activities/kyc';
import { createLeverageCheckActivities } from '../activities/leverage-check';
import { createMailActivities } from '../activities/mail';
import { createMonthClockActivities } from '../activities/month-clock';
import { createOnboardingActivities } from '../activities/onboarding';
import { createPaymentWatchActivities } from '../activities/payment-watch';
import { createPolicySimulationActivities } from '../activities/policy-simulation';
import { createRefundActivities } from '../activities/refund';
import { createReceiptActivities } from '../activities/receipt';
import { createReceiptReturnActivities } from '../activities/receipt-return';
import { createRescreeningActivities } from '../activities/rescreening';
import { createRetentionActivities } from '../activities/retention';
import { createSettlementActivities } from '../activities/settlement';
import { createTransferActivities } from '../activities/transfer';
import { createVerificationActivities } from '../activities/verification';
import { createWithdrawalActivities } from '../activities/withdrawal';
import type { Dependencies } from './dependencies';

/** How much of each kind of work one process does at once. */
type Load = Pick<
  WorkerOptions,
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentWorkflowTaskExecutions'
  | 'maxActivitiesPerSecond'
  | 'shutdownGraceTime'
>;

export interface QueueDefinition {
  readonly taskQueue: string;
  readonly load: Load;
}

/** The queues that run activities. Rate limits sit on the queues that talk to the outside. */
export const activityQueues: readonly QueueDefinition[] = [
  { taskQueue: taskQueues.db, load: { maxConcurrentActivityTaskExecutions: 10 } },
  {
    taskQueue: taskQueues.trading,
    load: { maxConcurrentActivityTaskExecutions: 10, maxActivitiesPerSecond: 100 },
  },
  {
    taskQueue: taskQueues.payments,
    load: { maxConcurrentActivityTaskExecutions: 10, maxActivitiesPerSecond: 100 },
  },
  // Pages are keyed and go on where they were: nothing is gained by waiting for them at shutdown.
  {
    taskQueue: taskQueues.bulk,
    load: { maxConcurrentActivityTaskExecutions: 7, shutdownGraceTime: '500 milliseconds' },
  },
  // A picture takes a processor for seconds.
  { taskQueue: taskQueues.documents, load: { maxConcurrentActivityTaskExecutions: 2 } },
  {
    taskQueue: taskQueues.mail,
    load: { maxConcurrentActivityTaskExecutions: 5, maxActivitiesPerSecond: 20 },
  },
];

/** Every activity of the product; each queue gets them all and is sent only its own. */
export function createActivities(deps: Dependencies) {
  return {
    ...createAccountActivities(deps),
    ...createAccountDueActivities(deps),
    ...createAccountEndActivities(deps),
    ...createAccountDemoActivities(deps),
    ...createAccountRequestActivities(deps),
    ...createAccountWriteActivities(deps),
    ...createBonusActivities(deps),
    ...createChargebackActivities(deps),
    ...createComplianceActivities(deps),
    ...createDepositActivities(deps),
    ...createDepositReturnActivities(deps),
    ...createDocumentReadingActivities(deps),
    ...createFeedActivities(deps),
    ...createIdentityCheckActivities(deps),
    ...createInboxClockActivities(deps),
    ...createKycActivities(deps),
    ...createLeverageCheckActivities(deps),
    ...createMailActivities(deps),
    ...createMonthClockActivities(deps),
    ...createOnboardingActivities(deps),
    ...createPaymentWatchActivities(deps),
    ...createPolicySimulationActivities(deps),
    ...createRefundActivities(deps),
    ...createReceiptActivities(deps),
    ...createReceiptReturnActivities(deps),
    ...createRescreeningActivities(deps),
    ...createRetentionActivities(deps),
    ...createSettlementActivities(deps),
    ...createTransferActivities(deps),
    ...createVerificationActivities(deps),
    ...createWithdrawalActivities(deps),
  };
}
