import { systemScope } from '../domain/access/scope';
import { liftRestriction, setRestriction } from '../db/client-restrictions';
import { rows, type Tx } from '../db/connection';
import type { KycCase } from '../db/kyc';
import { isHeld } from '../db/payout-gate';
import { restrictionsOf } from '../db/restrictions';
import { candidatesOf, dismissCandidates, readScreening, type Screening } from '../db/screening';
import { openTask, type NewTask, type Task } from '../db/tasks';

/**
 * What two people are asked about a screening. Task and events are tied to the screening and not to the
 * client, so that the client's pages do not tell; what the candidates are stays ciphertext.
 */
export async function screeningQuestion(
  tx: Tx,
  of: KycCase,
  screening: Screening,
): Promise<Omit<NewTask, 'workflowId' | 'entityId' | 'key'>> {
  const candidates = await candidatesOf(tx, screening.id);
  return {
    kind: 'screening_match',
    subject: screening.id,
    clientId: null,
    title: 'Screening to be judged by two people',
    issue: [
      {
        code: 'SANCTIONS_POSSIBLE',
        detail:
          screening.verdict === 'unreadable'
            ? 'The name has no Latin form to compare.'
            : `${candidates.length} near, the nearest at ${screening.bestScore} percent.`,
      },
    ],
    content: {
      case: of.id,
      client: of.clientId,
      party: screening.partyId,
      screening: screening.id,
      verdict: screening.verdict,
      list: screening.listName,
      listVersion: screening.listVersion,
      candidates: candidates.length,
      // Keyed: an approver signs these very candidates without their names standing here.
      candidatesHash: tx.keys.blindIndex(
        'screening_candidates',
        candidates
          .map(({ entryId, entryVersion, score }) => `${entryId}/${entryVersion}/${score}`)
          .join('\n'),
      ),
    },
    approvalsRequired: 2,
    priority: screening.verdict === 'strong' ? 1 : 2,
  };
}

/** What the MLRO's circle is asked once a match is confirmed, and everything of the client is frozen. */
export function holdQuestion(
  clientId: string,
  subject: string,
  confirmed: Task,
): Omit<NewTask, 'workflowId' | 'entityId' | 'key'> {
  return {
    kind: 'screening_match',
    subject,
    clientId,
    restricted: true,
    title: 'Confirmed match: report it; lift the hold only if it is somebody else',
    issue: [
      { code: 'SANCTIONS_POSSIBLE', detail: 'Confirmed by an officer; the client is frozen.' },
    ],
    content: { ...confirmed.content, hold: true },
    choices: ['dismiss'],
    priority: 1,
  };
}

/** Colleagues who changed the client's data or brought evidence: they do not decide on it. */
export async function editorsOf(tx: Tx, clientId: string): Promise<string[]> {
  const found = await rows<{ user_id: string }>(
    tx,
    `select distinct user_id from participation
     where subject = :clientId and what in ('edited', 'supplied_evidence') order by user_id limit 100`,
    { clientId },
  );
  return found.map((row) => row.user_id);
}

/** What a confirmed match covers. */
export const frozenScopes = ['login', 'deposit', 'trade', 'withdraw'] as const;

/** Two people found that it is somebody else: the match is dismissed, and a hold that rests on it is lifted. */
export async function dismissMatch(tx: Tx, of: KycCase, task: Task): Promise<void> {
  const by = task.decidedBy ?? tx.scope.actor;
  await dismissCandidates(tx, of, {
    screening: await readScreening(tx, String(task.content['screening'])),
    by,
  });
  if (task.restricted) {
    // Lifted by the people who decided so, not by the process that set it.
    const person: Tx = { ...tx, scope: systemScope(`user:${by}`) };
    for (const restriction of await restrictionsOf(tx, of.clientId)) {
      if (restriction.kind !== 'restricted_hold' || restriction.liftedAt !== null) continue;
      await liftRestriction(person, of.clientId, restriction.id, `task ${task.id}`);
    }
  }
}

/**
 * A match of a client who is approved was confirmed: everything of theirs is frozen, unless it is already, and the MLRO's
 * circle is asked. Repeating it changes nothing.
 */
export async function holdClient(
  tx: Tx,
  of: KycCase,
  {
    task,
    workflowId,
    subject,
  }: { readonly task: Task; readonly workflowId: string; readonly subject: string },
): Promise<void> {
  if (!(await isHeld(tx, of.clientId))) {
    await setRestriction(tx, {
      clientId: of.clientId,
      kind: 'restricted_hold',
      scopes: frozenScopes,
      reason: `confirmed screening match, task ${task.id}`,
    });
  }
  await openTask(tx, {
    ...holdQuestion(of.clientId, `hold/${subject}`, task),
    workflowId,
    entityId: of.entityId,
    key: `screening_match/hold/${task.id}`,
  });
}

/** Whether people are deciding on a match of the client already, whoever has found it. */
export async function isBeingJudged(tx: Tx, clientId: string): Promise<boolean> {
  const found = await rows(
    tx,
    `select 1 from task t join screening_result s on s.id = t.content ->> 'screening'
     where t.kind = 'screening_match' and t.state = 'open' and s.client_id = :clientId limit 1`,
    { clientId },
  );
  return found.length > 0;
}
