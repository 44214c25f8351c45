import { z } from 'zod';
import { conflict, notFound, refused } from '../domain/problem';
import { taskRules, type TaskKind } from '../domain/task/task';
import { askedAt, sendersOf } from './chain-senders';
import { asSystem, rows, utc, type Tx } from './connection';
import { depositEvent, lockDeposit, readDeposit, type Deposit } from './deposits';
import { appendEvents } from './events';
import { saveSource } from './payment-sources';
import { decryptFor, erasedText } from './personal-data';
import type { DecisionGuard } from './task-inbox';
import {
  latestTask,
  openTask,
  recordParticipation,
  reviseTask,
  taskOfKey,
  type Task,
} from './tasks';
import { assertOwnAddress } from './token-addresses';

/** Where tokens go that are held: to an address that the client has named, or to whoever sent them. */
export type ReturnProposal =
  | { readonly to: 'client'; readonly addressId: string }
  /** `name` travels with the transfer; `vasp` keeps the address, where it is not its owner's own wallet. */
  | { readonly to: 'sender'; readonly name: string; readonly vasp: string | null };

/**
 * Proposes where held tokens go back to; another person decides on just that. The chain itself gives nothing back, and
 * an exchange's address takes nothing for its customers: so a person says where, and nothing is guessed. Throws
 * `already_decided` (409), `not_by_chain`, `sender_unknown` and `several_senders` (422).
 */
export async function proposeReturn(tx: Tx, id: string, proposal: ReturnProposal): Promise<Task> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('deposit');
  const { clientId, rail } = await readDeposit(tx, id);
  if (proposal.to === 'client')
    await assertOwnAddress(tx, { clientId, sourceId: proposal.addressId });
  if (rail !== 'crypto') throw refused('not_by_chain', 'This goes back by the way it came.');
  return asSystem(tx, async (system) => {
    const deposit = await lockDeposit(system, id);
    const task = await latestTask(system, id, 'unmatched_deposit');
    if (deposit.state !== 'held' || task?.state !== 'open')
      throw conflict('already_decided', 'Nothing of this deposit waits for a decision.', {
        state: deposit.state,
      });
    const returnTo =
      proposal.to === 'client' ? proposal.addressId : await keepSender(system, deposit, proposal);
    const revised = await reviseTask(system, task.id, {
      content: { ...task.content, proposed: 'return', to: proposal.to, returnTo },
      editor: scope.userId,
      // Who proposed it and who decides are the two people.
      approvalsRequired: 1,
    });
    await recordParticipation(system, id, scope.userId, 'edited');
    await appendEvents(system, [
      depositEvent(deposit, 'deposit.return_proposed', { to: proposal.to, source: returnTo }),
    ]);
    return revised;
  });
}

/**
 * Takes a proposal back: who made it was wrong, or who decides does not agree (`reason` says why, in words). What is left
 * is the question as it was first asked, so that another proposal can be made, or none. Throws `not_proposed` (409).
 */
export async function dropReturn(tx: Tx, id: string, reason: string): Promise<Task> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('deposit');
  await readDeposit(tx, id);
  return asSystem(tx, async (system) => {
    const deposit = await lockDeposit(system, id);
    const task = await latestTask(system, id, 'unmatched_deposit');
    if (task?.state !== 'open' || task.content['proposed'] !== 'return')
      throw conflict('not_proposed', 'Nobody’s proposal waits for a decision.', {
        state: deposit.state,
      });
    // The last whom an edit has excluded is who has made the proposal.
    const isOwn = task.excluded.at(-1) === scope.userId;
    const revised = await reviseTask(system, task.id, {
      content: withoutProposal(task),
      approvalsRequired: taskRules.unmatched_deposit.approvalsRequired,
    });
    await appendEvents(system, [
      {
        ...depositEvent(deposit, isOwn ? 'deposit.return_withdrawn' : 'deposit.return_declined', {
          source: String(task.content['returnTo']),
        }),
        personal: { personId: deposit.clientId, data: { reason } },
      },
    ]);
    return revised;
  });
}

/** Why the last proposal was taken back, and by whom; undefined where none was. */
export interface DroppedReturn {
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly isDeclined: boolean;
  /** Null once the client's key has been erased. */
  readonly reason: string | null;
}

/** A parser of the events of `dropReturn`. */
const droppedPayload = z.object({
  personal: z.object({ person: z.string(), sealed: z.string() }),
});
const droppedWords = z.object({ reason: z.string() });

export async function droppedReturn(tx: Tx, id: string): Promise<DroppedReturn | undefined> {
  const [row] = await rows<{ actor: string; at: string; type: string; payload: string }>(
    tx,
    `select actor, at, type, payload from event
     where subject = :id and type in ('deposit.return_withdrawn', 'deposit.return_declined') order by seq desc limit 1`,
    { id },
  );
  if (!row) return undefined;
  const { personal } = droppedPayload.parse(JSON.parse(row.payload));
  const words = await decryptFor(tx, personal.person, 'event', personal.sealed);
  return {
    ...{ by: row.actor, at: utc(row.at), isDeclined: row.type === 'deposit.return_declined' },
    reason: words === erasedText ? null : droppedWords.parse(JSON.parse(words)).reason,
  };
}

function withoutProposal({ content }: Task): Task['content'] {
  return Object.fromEntries(
    Object.entries(content).filter(([name]) => !['proposed', 'to', 'returnTo'].includes(name)),
  );
}

/**
 * Whoever pays tokens out has refused to send them where two people had said: what becomes of the deposit is asked anew,
 * once for each round. Another attempt at the same address would be refused again.
 */
export async function askReturnAgain(
  tx: Tx,
  id: string,
  { round, code }: { readonly round: number; readonly code: string },
): Promise<Task> {
  const key = `unmatched_deposit/${id}/${round}`;
  const standing = await taskOfKey(tx, key);
  if (standing) return standing;
  const deposit = await lockDeposit(tx, id);
  const before = await latestTask(tx, id, 'unmatched_deposit');
  if (!before) throw new Error(`nobody was asked about ${id}`);
  const { workflowId, entityId, clientId, title, issue, choices } = before;
  const asked = await openTask(tx, {
    ...{
      kind: 'unmatched_deposit',
      subject: id,
      workflowId,
      entityId,
      clientId,
      title,
      choices,
      key,
    },
    issue: [
      {
        code: 'RETURN_REFUSED',
        refusal: code,
        detail: 'Nothing was sent. Say where it goes instead.',
      },
      ...issue.filter((each) => each['code'] !== 'RETURN_REFUSED'),
    ],
    content: withoutProposal(before),
  });
  await appendEvents(tx, [depositEvent(deposit, 'deposit.return_refused', { code })]);
  return asked;
}

/** The address that sent it, kept with the name that was given for it. */
async function keepSender(
  tx: Tx,
  deposit: Deposit,
  { name, vasp }: { readonly name: string; readonly vasp: string | null },
): Promise<string> {
  const asked = await askedAt(tx, deposit);
  const [address, ...others] = await sendersOf(tx, deposit);
  if (!asked || address === undefined)
    throw refused('sender_unknown', 'The chain has not told which address it came from.');
  if (others.length > 0)
    throw refused('several_senders', 'It came from several addresses, so it has no one sender.');
  const { provider } = deposit;
  return saveSource(tx, deposit, {
    ...{ kind: 'address', provider },
    address: { network: asked.network, address, vasp, holderName: name },
  });
}

/** Tokens go back only where somebody has proposed; who decides has not chosen the address themselves. */
const guardReturn: DecisionGuard = async (tx, task, decision) => {
  const { proposed = null } = task.content;
  if (decision === proposed) return;
  const { rail } = await readDeposit(tx, task.subject);
  if (proposed === null && (decision !== 'return' || rail !== 'crypto')) return;
  throw conflict(
    'not_proposed',
    'Somebody has to propose first where it goes; another person decides on just that.',
    { proposed },
  );
};

export const depositGuards: Readonly<Partial<Record<TaskKind, DecisionGuard>>> = {
  unmatched_deposit: guardReturn,
};
