import { systemScope } from '../domain/access/scope';
import { inScope, type Database } from '../db/connection';
import { simulatePage } from '../db/policy-simulation-page';
import { finishProcess, setProcess } from '../db/processes';
import { workflowIds } from '../temporal-config/workflow-ids';

export interface PolicySimulationDeps {
  readonly db: Database;
}

/** What a simulation does: reads, decides twice, counts. Every page may be called again. */
export function createPolicySimulationActivities({ db }: PolicySimulationDeps) {
  return {
    async simulatePolicyPage(id: string): Promise<'more' | 'done'> {
      const workflowId = workflowIds.simulation(id);
      return inScope(db, systemScope(`workflow:${workflowId}`), async (tx) => {
        const end = await simulatePage(tx, id);
        if (end === 'done') await finishProcess(tx, workflowId, { state: 'done', outcome: 'done' });
        else await setProcess(tx, workflowId, { state: 'reading' });
        return end;
      });
    },
  };
}

export type PolicySimulationActivities = ReturnType<typeof createPolicySimulationActivities>;
