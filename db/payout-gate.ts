import { conflict, unavailable } from '../domain/problem';
import type { TaskKind } from '../domain/task/task';
import { atOnce } from './at-once';
import { asSystem, rows, sendAhead, type Tx } from './connection';
import { isRestricted } from './restrictions';
import type { DecisionGuard } from './task-inbox';
import type { Task } from './tasks';
import { doubtfulInstruments } from './withdrawal-evidence';

/**
 * Everybody reads these words, whatever stops a payment: other words for a hidden hold would tell of it.
 */
export const routineReview = 'a routine review';
const sentence = 'This is in a routine review and not possible at the moment.';

/** `routine_review` (503), which a process waits out. */
export function notNow() {
  return unavailable('routine_review', sentence);
}

/**
 * Whether money may leave for the client now: no restriction covers withdrawals, and every party's latest
 * screening is clear and was made with the list in force. The client's row stays locked until the transaction
 * ends, so that a restriction which is being set is waited for. Runs as the system.
 * @param listVersion of the sanctions list in force; left out, the last screening counts whatever its list.
 */
export async function mayLeave(
  tx: Tx,
  clientId: string,
  listVersion: string | undefined,
): Promise<boolean> {
  // A restriction's foreign key shares this lock until its own transaction ends.
  await sendAhead(tx, 'select 1 from client where id = :clientId for update', { clientId });
  const [restricted, screened] = await atOnce(
    tx,
    () => isRestricted(tx, clientId, 'withdraw'),
    () => isScreened(tx, clientId, listVersion),
  );
  return !restricted && screened;
}

/** The same as a refusal: `routine_review` (503), which the process waits out. */
export async function assertMayLeave(tx: Tx, clientId: string, listVersion: string): Promise<void> {
  if (!(await mayLeave(tx, clientId, listVersion))) throw notNow();
}

/** Of a client who was never screened, and is by the name alone: no restriction covers withdrawals. `routine_review` (503). */
export async function assertUnrestrictedPayee(tx: Tx, clientId: string): Promise<void> {
  await rows(tx, 'select 1 from client where id = :clientId for update', { clientId });
  if (await isRestricted(tx, clientId, 'withdraw')) throw notNow();
}

/** Nothing goes back to a payer while the MLRO's circle holds the client. `routine_review` (503). */
export async function assertNotHeld(tx: Tx, clientId: string): Promise<void> {
  await sendAhead(tx, 'select 1 from client where id = :clientId for update', { clientId });
  if (await isHeld(tx, clientId)) throw notNow();
}

/** Whether a hidden hold of the MLRO's circle is in force on the client as a whole. */
export async function isHeld(tx: Tx, clientId: string): Promise<boolean> {
  const found = await asSystem(tx, (system) =>
    rows(
      system,
      'select 1 from restriction where client_id = :clientId and account_id is null and restricted and lifted_at is null limit 1',
      { clientId },
    ),
  );
  return found.length > 0;
}

async function isScreened(
  tx: Tx,
  clientId: string,
  listVersion: string | undefined,
): Promise<boolean> {
  const open = await rows(
    tx,
    `select 1 from party p left join lateral (
       select s.verdict, s.list_version from screening_result s where s.party_id = p.id order by s.at desc, s.id desc limit 1) last on true
     where p.client_id = :clientId and p.removed_at is null
       and (coalesce(last.verdict, 'none') <> 'clear' or last.list_version <> coalesce(:listVersion::text, last.list_version))
     limit 1`,
    { clientId, listVersion: listVersion ?? null },
  );
  return open.length === 0;
}

/**
 * Nobody approves what may not leave (what stands in the way must be lifted or dismissed first), what was edited and
 * is not planned anew yet (`stale`), or what goes past an expired instrument, or to an address that is not proven, of
 * which nobody has said what they saw (`evidence_missing`).
 */
async function guardApproval(tx: Tx, task: Task, decision: string): Promise<void> {
  const { clientId } = task;
  if (decision !== 'approve' || clientId === null) return;
  await asSystem(tx, async (system) => {
    const [leaves, [withdrawal], doubtful] = await atOnce(
      system,
      () => mayLeave(system, clientId, undefined),
      () =>
        rows<{ state: string }>(system, 'select state from withdrawal where id = :id', {
          id: task.subject,
        }),
      () => doubtfulInstruments(system, task.subject),
    );
    if (!leaves) throw conflict('routine_review', sentence);
    if (withdrawal?.state === 'requested')
      throw conflict('stale', 'This was edited, and where the money goes is being planned anew.');
    const missing = doubtful.filter(({ hasEvidence }) => !hasEvidence);
    if (missing.length > 0)
      throw conflict(
        'evidence_missing',
        'A colleague has to say first what they have seen that proves it.',
        {
          sources: missing.map(({ sourceId }) => sourceId),
        },
      );
  });
}

/** By kind of task; `db/task-decisions.ts` holds them against every decision. */
export const payoutGuards: Readonly<Partial<Record<TaskKind, DecisionGuard>>> = {
  withdrawal_approval: guardApproval,
  refund_approval: guardApproval,
};
