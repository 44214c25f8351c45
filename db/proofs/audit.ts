import { describeFault } from '../../domain/audit/fault';
import { verifyAudit } from '../audit/verify';
import type { Database } from '../connection';
import { Proof, type ProofResult } from './report';

/** Proves that no event up to the last checkpoint was changed, by reading all of them. */
export async function proveAudit(
  db: Database,
  { copyPath }: { copyPath?: string } = {},
): Promise<ProofResult> {
  const proof = new Proof('audit');
  const verdict = await verifyAudit(db, copyPath === undefined ? {} : { copyPath });
  const faults = verdict.faults.map((fault) => ({
    thing:
      fault.subject === undefined
        ? `checkpoint ${fault.checkpoint ?? '?'}`
        : `${fault.subject}${fault.seq === undefined ? '' : ` #${fault.seq}`}`,
    detail: describeFault(fault),
  }));
  proof.check(
    'every event is whole and follows the one before it, as the checkpoints signed it',
    verdict.events,
    faults,
    verdict.faultCount,
  );
  proof.check('every chain ends where it is said to', verdict.subjects, []);
  proof.check('every checkpoint is signed and in its place', verdict.checkpoints, []);
  proof.note(
    verdict.anchored === null
      ? 'there is no checkpoint yet: a chain re-hashed consistently would not be seen'
      : `checkpoint ${verdict.anchored.checkpoint} of ${verdict.anchored.at} covers all but ${verdict.unanchored.events} events of ${verdict.unanchored.subjects} chains`,
  );
  proof.note(
    verdict.copyChecked
      ? 'held against the copy of the checkpoints outside the database'
      : 'no copy of the checkpoints outside the database was at hand',
  );
  return proof.result();
}
