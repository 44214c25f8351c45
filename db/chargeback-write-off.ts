import { formatAmount } from '../domain/money';
import { conflict, notFound, refused } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { keepChargeback, writeOffMoney } from './chargeback-money';
import { chargebackEvent, lockChargeback, readChargeback, type Chargeback } from './chargebacks';
import { asSystem, rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { decryptFor, encryptFor } from './personal-data';
import { latestTask, openTask, recordParticipation, type Task } from './tasks';

const kind = 'write_off_approval';

/**
 * A colleague asks to give up what a client owes after a chargeback that is over; another person approves. It is posted
 * in the transaction that approves. Throws `not_over`, `already_asked` (409) or `nothing_owed` (422).
 */
export async function proposeWriteOff(tx: Tx, id: string, reason: string): Promise<Chargeback> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('chargeback');
  const { userId } = scope;
  await readChargeback(tx, id);
  return asSystem(tx, async (system) => {
    const chargeback = await lockChargeback(system, id);
    const { state, owedMinor, currency, entityId, clientId } = chargeback;
    if (state !== 'accepted' && state !== 'lost')
      throw conflict('not_over', 'The provider may still give the money back.', { state });
    if (owedMinor === 0n) throw refused('nothing_owed', 'Nothing of it is owed.');
    const standing = await latestTask(system, id, kind);
    if (standing?.state === 'open')
      throw conflict('already_asked', 'Somebody has asked for it, and another person decides.');
    await rows(
      system,
      'update chargeback set write_off_by = :userId, write_off_reason_ct = :reason where id = :id',
      { id, userId, reason: await encryptFor(system, clientId, 'chargeback.write_off', reason) },
    );
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [
      {
        ...chargebackEvent(chargeback, 'chargeback.write_off_proposed', {}),
        personal: { personId: clientId, data: { reason } },
      },
    ]);
    const owed = formatAmount(owedMinor, currency);
    await openTask(system, {
      ...{ kind, subject: id, workflowId: null, entityId, clientId },
      title: `Write-off of ${owed} ${currency}`,
      issue: [
        { code: 'OWED', detail: 'What the wallet did not have when the payer took it back.' },
      ],
      content: {
        ...{ chargeback: id, deposit: chargeback.depositId, amount: owed, currency },
        requestedBy: userId,
      },
      excluded: [userId],
      key: `${kind}/${id}/${chargeback.version}/${standing?.id ?? 'first'}`,
    });
    return chargeback;
  });
}

/** Why it was asked for, and by whom; undefined while nobody has. */
export async function writeOffRequest(
  tx: Tx,
  id: string,
): Promise<{ readonly by: string; readonly reason: string } | undefined> {
  const { clientId } = await readChargeback(tx, id);
  const [row] = await rows<{ write_off_by: string | null; write_off_reason_ct: string | null }>(
    tx,
    'select write_off_by, write_off_reason_ct from chargeback where id = :id',
    { id },
  );
  if (!row?.write_off_by || row.write_off_reason_ct === null) return undefined;
  const reason = await decryptFor(tx, clientId, 'chargeback.write_off', row.write_off_reason_ct);
  return { by: row.write_off_by, reason };
}

/** What follows from the decision, in the transaction that decides: what is still owed of the sum is given up. */
export async function settleWriteOff(tx: Tx, task: Task): Promise<void> {
  if (task.decision !== 'approve') return;
  await asSystem(tx, async (system) => {
    const chargeback = await lockChargeback(system, task.subject);
    const { state, owedMinor, currency, id } = chargeback;
    // Repaid or given back meanwhile: nobody approves more than there is.
    if (owedMinor === 0n || (state !== 'accepted' && state !== 'lost'))
      throw conflict('nothing_owed', 'Nothing of it is owed any more.', { state });
    const now = await keepChargeback(system, await writeOffMoney(system, chargeback));
    await appendEvents(system, [
      chargebackEvent(now, 'chargeback.written_off', {
        writtenOff: formatAmount(owedMinor, currency),
        task: task.id,
      }),
    ]);
    await enqueueSignal(system, {
      ...{
        workflowId: workflowIds.chargeback(id),
        signal: 'changed',
        args: { what: 'written_off' },
      },
    });
  });
}
