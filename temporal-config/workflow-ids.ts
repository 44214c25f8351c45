/**
 * Workflow ids: `<process>/<allocated id>`. They are visible in Temporal's UI and in visibility
 * stores, so they hold opaque ids only, never a name, an e-mail or a log-in.
 */

/** Temporal on PostgreSQL keeps 255 characters; a longer id would be refused at start. */
const idLengthMax = 255;

const segmentPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

export class WorkflowIdError extends Error {
  override readonly name = 'WorkflowIdError';
}

function workflowId(process: string, ...segments: readonly string[]): string {
  for (const segment of segments) {
    if (!segmentPattern.test(segment)) {
      throw new WorkflowIdError(`not usable in an id of ${process}`);
    }
  }
  const id = [process, ...segments].join('/');
  if (id.length > idLengthMax) {
    throw new WorkflowIdError(`an id of ${process} may have ${idLengthMax} characters`);
  }
  return id;
}

/**
 * Builders of every workflow id.
 * @throws {WorkflowIdError} when a part is empty or holds anything but letters, digits and `._:-`.
 */
export const workflowIds = {
  onboarding: (client: string) => workflowId('onboarding', client),
  kyc: (caseId: string) => workflowId('kyc', caseId),
  identityCheck: (check: string) => workflowId('identityCheck', check),
  account: (account: string) => workflowId('account', account),
  deposit: (deposit: string) => workflowId('deposit', deposit),
  receipt: (receipt: string) => workflowId('receipt', receipt),
  receiptReturn: (receipt: string) => workflowId('receiptReturn', receipt),
  verification: (client: string) => workflowId('verification', client),
  compliance: (client: string) => workflowId('compliance', client),
  withdrawal: (withdrawal: string) => workflowId('withdrawal', withdrawal),
  transfer: (transfer: string) => workflowId('transfer', transfer),
  bonus: (bonus: string) => workflowId('bonus', bonus),
  refund: (refund: string) => workflowId('refund', refund),
  chargeback: (chargeback: string) => workflowId('chargeback', chargeback),
  feed: (server: string) => workflowId('feed', server),
  watch: (provider: string) => workflowId('watch', provider),
  /** `period` is the business month, `2026-10`. */
  settlement: (planSet: string, period: string) => workflowId('settlement', planSet, period),
  rescreening: (rescreening: string) => workflowId('rescreening', rescreening),
  match: (screening: string) => workflowId('match', screening),
  simulation: (simulation: string) => workflowId('simulation', simulation),
  mail: (mail: string) => workflowId('mail', mail),
  payout: (settlement: string, partner: string) => workflowId('payout', settlement, partner),
} as const;
