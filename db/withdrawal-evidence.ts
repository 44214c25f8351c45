import { conflict, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { decryptFor, encryptFor } from './personal-data';
import { askAgain, editorOf, lockBeforePaying } from './withdrawal-edits';
import { readWithdrawal, withdrawalEvent, type Withdrawal } from './withdrawals';

/** What a colleague has seen of an expired instrument. */
export interface Evidence {
  readonly sourceId: string;
  readonly statement: string;
  readonly suppliedBy: string;
  readonly suppliedAt: string;
}

/** An expired instrument whose share the plan in force pays to a bank account. */
export interface ExpiredInstrument {
  readonly sourceId: string;
  readonly hasEvidence: boolean;
}

/** The instruments that would have got a part back and have expired, with whether anybody has said what they saw of it. */
export async function expiredInstruments(
  tx: Tx,
  withdrawalId: string,
): Promise<ExpiredInstrument[]> {
  const found = await rows<{ source_id: string; has_evidence: boolean }>(
    tx,
    `select d.source_id, bool_or(e.source_id is not null) as has_evidence
     from withdrawal_leg l join deposit d on d.id = l.deposit_id
       left join withdrawal_evidence e on e.withdrawal_id = l.withdrawal_id and e.source_id = d.source_id
     where l.withdrawal_id = :withdrawalId and l.state = 'planned' and l.source_id is distinct from d.source_id
     group by 1 order by 1`,
    { withdrawalId },
  );
  return found.map((row) => ({ sourceId: row.source_id, hasEvidence: row.has_evidence }));
}

/** As an approver signs it. */
export function expiredContent(expired: readonly ExpiredInstrument[]) {
  return expired.map(({ sourceId, hasEvidence }) => ({ source: sourceId, evidence: hasEvidence }));
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
  }>(
    tx,
    `select source_id, statement_ct, supplied_by, supplied_at from withdrawal_evidence
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
    });
  return evidence;
}

/**
 * A colleague says what they saw that proves an instrument to be gone. Whoever does is no approver of the withdrawal:
 * another person must agree. Throws `too_late`, `already_supplied` (409) or `not_expired` (422).
 */
export async function supplyEvidence(
  tx: Tx,
  id: string,
  { sourceId, statement }: { readonly sourceId: string; readonly statement: string },
): Promise<Evidence[]> {
  const { userId } = editorOf(tx);
  await readWithdrawal(tx, id);
  return asSystem(tx, async (system) => {
    const withdrawal = await lockBeforePaying(system, id);
    const expired = await expiredInstruments(system, id);
    const instrument = expired.find((each) => each.sourceId === sourceId);
    if (!instrument)
      throw refused('not_expired', 'No part of this withdrawal goes past that instrument.');
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
      content: { expired: expiredContent(await expiredInstruments(system, id)) },
    });
    return evidenceOf(system, withdrawal);
  });
}
