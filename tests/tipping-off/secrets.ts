import { setRestriction } from '../../db/client-restrictions';
import { reviewMovement } from '../../db/aml-alerts';
import { inScope, rows, type Tx } from '../../db/connection';
import { placeLegalHold } from '../../db/legal-holds';
import { openSuspicion } from '../../db/suspicions';
import { submitSuspicion } from '../../db/suspicion-reports';
import { latestTask } from '../../db/tasks';
import { decide } from '../../db/task-decisions';
import { scopeOf } from '../../db/users';
import type { Person, TestApi } from '../../api/testing/api';
import type { Holdings } from '../api/holdings';

/**
 * Everything that the MLRO's circle does about a client: an alert of the rules that is held, a hold set by hand, a report
 * that was submitted, one in draft, and a legal hold. Of the holdings, whose client still may log in.
 */
export async function keepSecret(
  api: TestApi,
  { entityId, client, ids }: Holdings,
  mlro: Person,
): Promise<void> {
  const scope = await api.system((tx) => scopeOf(tx, mlro.user));
  const asMlro = <T>(work: (tx: Tx) => Promise<T>) => inScope(api.db, scope, work);
  const { clientId } = client;
  await api.system((tx) =>
    reviewMovement(tx, {
      ...{ id: ids['withdrawal'] ?? '', kind: 'withdrawal', entityId, clientId },
      // Of a currency that the limits know no rate of: what is not known is not clear.
      ...{ amountMinor: 1_000n, currency: 'XXX' },
    }),
  );
  await asMlro(async (tx) => {
    await setRestriction(tx, {
      clientId,
      kind: 'restricted_hold',
      scopes: ['deposit', 'trade', 'withdraw', 'marketing'],
      reason: 'Suspicion of layering',
    });
    await placeLegalHold(tx, { clientId, reason: 'Order of a court', reference: 'XC-1/26' });
    const draft = await openSuspicion(tx, { clientId, grounds: 'Layering', hold: true });
    const { id, version } = await openSuspicion(tx, { clientId, grounds: 'Smurfing' });
    await submitSuspicion(tx, id, {
      ...{ version, authority: 'NCA', reference: 'XCA-0001', asksConsent: true },
    });
    const [alert] = await rows<{ id: string }>(
      tx,
      'select id from aml_alert where movement_id = :movement',
      { movement: ids['withdrawal'] ?? '' },
    );
    const task = alert && (await latestTask(tx, alert.id, 'aml_alert'));
    if (!task) throw new Error(`the rules saw nothing, and ${draft.id} is alone`);
    await decide(tx, {
      taskId: task.id,
      expectedVersion: task.version,
      contentHash: task.contentHash,
      decision: 'hold',
      reason: 'Layering',
    });
  });
}
