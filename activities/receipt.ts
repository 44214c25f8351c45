import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { openBankDeposit, returnReceipt } from '../db/bank-deposits';
import { inScope } from '../db/connection';
import { finishProcess, setProcess } from '../db/processes';
import { askWhose } from '../db/receipt-decisions';
import { lockReceipt } from '../db/receipts';
import type { PaymentDeps } from './deposit';

/** Where unallocated money stands after reading what people have decided. */
export type ReceiptStanding = 'waiting' | 'allocated' | 'returning';

/** What becomes of money that arrived without a usable reference. Every function may be called again. */
export function createReceiptActivities({ db }: Pick<PaymentDeps, 'db'>) {
  return {
    /** Asks people once, and acts on what two of them have decided. */
    async settleReceipt(id: string): Promise<ReceiptStanding> {
      const workflowId = workflowIds.receipt(id);
      return inScope(db, systemScope(`workflow:${workflowId}`), async (tx) => {
        const receipt = await lockReceipt(tx, id);
        const end = async (state: 'allocated' | 'returning') => {
          await finishProcess(tx, workflowId, { state, outcome: state });
          return state;
        };
        if (receipt.state !== 'unallocated')
          return end(receipt.state === 'allocated' ? 'allocated' : 'returning');
        const task = await askWhose(tx, receipt);
        if (task.state !== 'decided') {
          await setProcess(tx, workflowId, {
            state: 'unallocated',
            waitsFor: `task ${task.id}`,
            due: task.dueAt,
          });
          return 'waiting';
        }
        if (task.decision === 'allocate') {
          await openBankDeposit(tx, receipt, String(task.content['client']));
          return end('allocated');
        }
        await returnReceipt(tx, receipt);
        return end('returning');
      });
    },
  };
}

export type ReceiptActivities = ReturnType<typeof createReceiptActivities>;
