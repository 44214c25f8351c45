import { refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { moveClient } from './clients';
import { asSystem, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';
import { assertCollecting, lockCase, moveCase, openCase, type KycCase } from './kyc';
import { readApplication, readChecklist, readRequirements } from './kyc-requirements';

/**
 * The client hands the application in, for the first time or again. From here on it cannot be changed until
 * it is asked about. 409 `not_collecting`; 422 `application_incomplete` with what is missing.
 */
export async function submitCase(tx: Tx, clientId: string): Promise<KycCase> {
  const { id } = await openCase(tx, clientId);
  const present = await lockCase(tx, id);
  assertCollecting(present);
  const application = await readApplication(tx, present);
  const { missing } = readChecklist(application, await readRequirements(tx, application));
  if (missing.length > 0) {
    throw refused('application_incomplete', 'Something is missing from the application.', {
      missing: [...missing],
    });
  }
  const again = present.state === 'information_requested';
  return asSystem(tx, async (system) => {
    const submitted = await moveCase(system, id, {
      from: ['collecting', 'information_requested'],
      to: 'checking',
      event: again ? 'kyc.resubmitted' : 'kyc.submitted',
      issues: [],
      nextRound: again,
    });
    if (!submitted) throw new Error(`the case ${id} moved while it was locked`);
    await moveClient(system, clientId, {
      from: ['registered', 'application_incomplete', 'information_requested'],
      to: 'submitted',
    });
    await enqueueStart(system, {
      workflow: 'kycCase',
      workflowId: workflowIds.kyc(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: present.entityId,
      clientId,
    });
    const woken = [workflowIds.onboarding(clientId), ...(again ? [workflowIds.kyc(id)] : [])];
    for (const workflowId of woken) {
      await enqueueSignal(system, { workflowId, signal: 'changed', args: { what: 'submitted' } });
    }
    return submitted;
  });
}
