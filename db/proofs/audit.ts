import { describeFault, type AuditFault, type AuditFaultKind } from '../../domain/audit/fault';
import { keysOf } from '../../domain/record';
import { verifyAudit } from '../audit/verify';
import type { Database } from '../connection';
import { Proof, type ProofResult } from './report';

type Rule = 'event' | 'end' | 'checkpoint';

/** Which rule a fault breaks. */
const ruleOf = {
  event_missing: 'event',
  link_broken: 'event',
  event_altered: 'event',
  chain_rewritten: 'event',
  order_changed: 'event',
  state_differs: 'event',
  head_differs: 'end',
  checkpoint_forged: 'checkpoint',
  checkpoint_missing: 'checkpoint',
  copy_differs: 'checkpoint',
} as const satisfies Readonly<Record<AuditFaultKind, Rule>>;

/** Proves that no event up to the last checkpoint was changed, by reading all of them. */
export async function proveAudit(
  db: Database,
  { copyPath }: { copyPath?: string } = {},
): Promise<ProofResult> {
  const proof = new Proof('audit');
  const verdict = await verifyAudit(db, copyPath === undefined ? {} : { copyPath });
  const check = (rule: Rule, words: string, tried: number) => {
    const kinds = keysOf(ruleOf).filter((kind) => ruleOf[kind] === rule);
    proof.check(
      words,
      tried,
      verdict.faults.filter(({ kind }) => kinds.some((each) => each === kind)).map(described),
      kinds.reduce((sum, kind) => sum + (verdict.counts.get(kind) ?? 0), 0),
    );
  };
  check(
    'event',
    'every event is whole and follows the one before it, as the checkpoints signed it',
    verdict.events,
  );
  check('end', 'every chain ends where it is said to', verdict.subjects);
  check(
    'checkpoint',
    'every checkpoint is signed and in its place, and as its copy has it',
    verdict.checkpoints,
  );
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

function described(fault: AuditFault) {
  return {
    thing:
      fault.subject === undefined
        ? `checkpoint ${fault.checkpoint ?? '?'}`
        : `${fault.subject}${fault.seq === undefined ? '' : ` #${fault.seq}`}`,
    detail: describeFault(fault),
  };
}
