/** What a verifier can find, named so that a person can go and look. */
export type AuditFaultKind =
  /** An event of the chain is not there. */
  | 'event_missing'
  /** An event does not follow the one before it. */
  | 'link_broken'
  /** An event's content is not what its hash was made of. */
  | 'event_altered'
  /** An event and all after it were re-hashed consistently. */
  | 'chain_rewritten'
  /** An event was recorded before the one it follows: its place in time was changed. */
  | 'order_changed'
  /** The stored end of the chain is not its last event. */
  | 'head_differs'
  /** A checkpoint was not signed by this installation's key. */
  | 'checkpoint_forged'
  /** A checkpoint is gone from the database, or from the middle of the row of checkpoints. */
  | 'checkpoint_missing'
  /** The state of all chains at a checkpoint is not the one that was signed. */
  | 'state_differs'
  /** The copy outside the database was changed. */
  | 'copy_differs';

export interface AuditFault {
  readonly kind: AuditFaultKind;
  readonly subject?: string;
  readonly seq?: string;
  /** Number of a checkpoint. */
  readonly checkpoint?: string;
  readonly detail: string;
}

/** `event_altered acc_… #7: …` */
export function describeFault(fault: AuditFault): string {
  const place = [
    fault.subject === undefined ? '' : ` ${fault.subject}`,
    fault.seq === undefined ? '' : ` #${fault.seq}`,
    fault.checkpoint === undefined ? '' : ` checkpoint ${fault.checkpoint}`,
  ].join('');
  return `${fault.kind}${place}: ${fault.detail}`;
}
