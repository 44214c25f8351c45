import { may } from '../domain/access/scope';
import { mediaTypes, sniffMediaType, type MediaType } from '../domain/onboarding/media-type';
import { conflict, forbidden, notFound, Problem, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { contentHash } from './documents';
import { appendEvents } from './events';
import { decryptBytesFor, decryptFor, encryptBytesFor, encryptFor } from './personal-data';
import { latestTask } from './tasks';
import { askAgain, editorOf, lockBeforePaying } from './withdrawal-edits';
import { readWithdrawal, withdrawalEvent, type Withdrawal } from './withdrawals';

/** What a colleague has seen of an instrument that is in doubt. */
export interface Evidence {
  readonly sourceId: string;
  readonly statement: string;
  readonly suppliedBy: string;
  readonly suppliedAt: string;
  /** What the paper is that was uploaded with it; null without one. */
  readonly paper: MediaType | null;
}

/**
 * An instrument of which a colleague has to say first what they saw: `expired`, whose share the plan in force pays to a
 * bank account, or an address of which nobody knows that it is the client's (`unproven`).
 */
export interface DoubtfulInstrument {
  readonly sourceId: string;
  readonly why: 'expired' | 'unproven';
  readonly hasEvidence: boolean;
  /** Tells one paper from another without telling what it is; null without one. */
  readonly paperHash: string | null;
}

/** Those of the plan in force. An address that its key has signed for meanwhile is doubtful no more. */
export async function doubtfulInstruments(
  tx: Tx,
  withdrawalId: string,
): Promise<DoubtfulInstrument[]> {
  const found = await rows<{
    source_id: string;
    why: 'expired' | 'unproven';
    has_evidence: boolean;
    paper_hash: string | null;
  }>(
    tx,
    `select of.source_id, of.why, bool_or(e.source_id is not null) as has_evidence,
       max(e.content_hash) as paper_hash
     from (
       select d.source_id, 'expired' as why from withdrawal_leg l join deposit d on d.id = l.deposit_id
       where l.withdrawal_id = :withdrawalId and l.state = 'planned' and l.kind <> 'crypto_payout'
         and l.source_id is distinct from d.source_id
       union all
       select l.source_id, 'unproven' from withdrawal_leg l join payment_source s on s.id = l.source_id
       where l.withdrawal_id = :withdrawalId and l.state = 'planned' and l.unproven and s.proven_at is null
     ) of left join withdrawal_evidence e on e.withdrawal_id = :withdrawalId and e.source_id = of.source_id
     group by 1, 2 order by 2, 1`,
    { withdrawalId },
  );
  return found.map((row) => ({
    ...{ sourceId: row.source_id, why: row.why },
    ...{ hasEvidence: row.has_evidence, paperHash: row.paper_hash },
  }));
}

/** As an approver signs it. */
export function doubtContent(doubtful: readonly DoubtfulInstrument[]) {
  const of = (wanted: DoubtfulInstrument['why']) => {
    const these = doubtful
      .filter(({ why }) => why === wanted)
      .map(({ sourceId, hasEvidence, paperHash }) => ({
        ...{ source: sourceId, evidence: hasEvidence },
        ...(paperHash === null ? {} : { paper: paperHash }),
      }));
    return these.length > 0 ? { [wanted]: these } : {};
  };
  return { ...of('expired'), ...of('unproven') };
}

export async function evidenceOf(
  tx: Tx,
  { id, clientId }: Pick<Withdrawal, 'id' | 'clientId'>,
): Promise<Evidence[]> {
  const found = await rows<{
    source_id: string;
    statement_ct: string;
    supplied_by: string;
    supplied_at: string;
    media_type: MediaType | null;
  }>(
    tx,
    `select source_id, statement_ct, supplied_by, supplied_at, media_type from withdrawal_evidence
     where withdrawal_id = :id order by supplied_at limit 50`,
    { id },
  );
  const evidence: Evidence[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found)
    evidence.push({
      sourceId: row.source_id,
      statement: await decryptFor(tx, clientId, 'withdrawal.evidence', row.statement_ct),
      suppliedBy: row.supplied_by,
      suppliedAt: utc(row.supplied_at),
      paper: row.media_type,
    });
  return evidence;
}

/**
 * A colleague says what they saw that proves an instrument to be gone, or an address to be the client's. Whoever does
 * is no approver of the withdrawal: another person must agree. Throws `too_late`, `already_supplied` (409) or `not_expired` (422).
 */
export async function supplyEvidence(
  tx: Tx,
  id: string,
  { sourceId, statement }: { readonly sourceId: string; readonly statement: string },
): Promise<Evidence[]> {
  const { userId } = editorOf(tx);
  await readWithdrawal(tx, id);
  return asSystem(tx, async (system) => {
    const withdrawal = await lockUndecided(system, id);
    const doubtful = await doubtfulInstruments(system, id);
    const instrument = doubtful.find((each) => each.sourceId === sourceId);
    if (!instrument)
      throw refused('not_expired', 'Nothing of this withdrawal hangs on that instrument.');
    if (instrument.hasEvidence)
      throw conflict('already_supplied', 'It is on record already what was seen of it.');
    const { entityId, clientId } = withdrawal;
    await rows(
      system,
      `insert into withdrawal_evidence (withdrawal_id, source_id, entity_id, client_id, statement_ct, supplied_by)
       values (:id, :sourceId, :entityId, :clientId, :statement, :userId)`,
      {
        ...{ id, sourceId, entityId, clientId, userId },
        statement: await encryptFor(system, clientId, 'withdrawal.evidence', statement),
      },
    );
    await appendEvents(system, [
      {
        ...withdrawalEvent(withdrawal, 'withdrawal.evidence_supplied', { source: sourceId }),
        personal: { personId: clientId, data: { statement } },
      },
    ]);
    await askAgain(system, withdrawal, {
      ...{ userId, what: 'supplied_evidence' },
      content: doubtContent(await doubtfulInstruments(system, id)),
    });
    return evidenceOf(system, withdrawal);
  });
}

/** The withdrawal under its row lock, while people have yet to decide about it. Throws `too_late` (409). */
async function lockUndecided(tx: Tx, id: string): Promise<Withdrawal> {
  const withdrawal = await lockBeforePaying(tx, id);
  const { state } = withdrawal;
  const task = await latestTask(tx, id, 'withdrawal_approval');
  if (state === 'approved' || (state === 'in_review' && task?.state === 'decided'))
    throw conflict('too_late', 'It is decided about this withdrawal.', { state });
  return withdrawal;
}

/** What binds a paper's ciphertext to its place. */
export const paperField = (id: string, sourceId: string) => `withdrawal.evidence/${id}/${sourceId}`;

/**
 * Adds the paper to what its colleague has said; nobody else may, and once. Approvals given before are void. What it is,
 * its first bytes say. Throws `too_late`, `already_supplied` (409), `not_found` (404) or `unsupported_media_type` (415).
 */
export async function attachPaper(
  tx: Tx,
  id: string,
  { sourceId, content }: { readonly sourceId: string; readonly content: Uint8Array },
): Promise<Evidence[]> {
  const { userId } = editorOf(tx);
  await readWithdrawal(tx, id);
  const mediaType = sniffMediaType(content);
  if (mediaType === undefined)
    throw new Problem({
      status: 415,
      code: 'unsupported_media_type',
      detail: `A paper is one of ${mediaTypes.join(', ')}.`,
    });
  return asSystem(tx, async (system) => {
    const withdrawal = await lockUndecided(system, id);
    const { clientId } = withdrawal;
    const said = (await evidenceOf(system, withdrawal)).find((each) => each.sourceId === sourceId);
    if (said?.suppliedBy !== userId) throw notFound('evidence');
    if (said.paper !== null)
      throw conflict('already_supplied', 'There is a paper of this instrument already.');
    const hash = contentHash(system, content);
    await rows(
      system,
      `update withdrawal_evidence set media_type = :mediaType, content_hash = :hash, content_ct = :content
       where withdrawal_id = :id and source_id = :sourceId`,
      {
        ...{ id, sourceId, mediaType, hash },
        content: await encryptBytesFor(system, clientId, paperField(id, sourceId), content),
      },
    );
    await appendEvents(system, [
      withdrawalEvent(withdrawal, 'withdrawal.paper_attached', {
        ...{ source: sourceId, mediaType, bytes: content.byteLength, contentHash: hash },
      }),
    ]);
    await askAgain(system, withdrawal, {
      ...{ userId, what: 'supplied_evidence' },
      content: doubtContent(await doubtfulInstruments(system, id)),
    });
    return evidenceOf(system, withdrawal);
  });
}

/**
 * The paper, for whoever pays or approves; itself an event. Throws 403, 404 also for another entity's, and 410 `erased`
 * once the client's key is gone.
 */
export async function readPaper(
  tx: Tx,
  id: string,
  sourceId: string,
): Promise<{ readonly mediaType: MediaType; readonly content: Buffer }> {
  const withdrawal = await readWithdrawal(tx, id);
  if (!may(tx.scope, 'withdrawal.approve') && !may(tx.scope, 'payment.operate'))
    throw forbidden('withdrawal.approve');
  const [row] = await rows<{ media_type: MediaType | null; content_ct: Buffer | null }>(
    tx,
    'select media_type, content_ct from withdrawal_evidence where withdrawal_id = :id and source_id = :sourceId',
    { id, sourceId },
  );
  if (!row?.media_type || !row.content_ct) throw notFound('paper');
  await asSystem(tx, (system) =>
    appendEvents(system, [
      withdrawalEvent(withdrawal, 'withdrawal.paper_read', { source: sourceId }),
    ]),
  );
  const { clientId } = withdrawal;
  const content = await decryptBytesFor(tx, clientId, paperField(id, sourceId), row.content_ct);
  if (!content)
    throw new Problem({ status: 410, code: 'erased', detail: 'This paper has been erased.' });
  return { mediaType: row.media_type, content };
}
