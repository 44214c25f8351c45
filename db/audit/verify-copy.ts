import type { OrderedEvent } from '../../domain/audit/chain';
import { checkpointMessage, type Checkpoint } from '../../domain/audit/checkpoint';
import type { AuditFault } from '../../domain/audit/fault';
import type { Keys } from '../../domain/keys';
import { type CopiedCheckpoint, markLength, readCopy } from './checkpoint-copy';
import { checkSignature } from './verify-checkpoints';

type Copied = Omit<CopiedCheckpoint, 'events'>;

/**
 * Holds the copy outside the database against it: it knows checkpoints that were removed, and the
 * mark of every event, so that a chain re-hashed consistently is named where it changed.
 */
export class CopyCheck {
  readonly #checkpoints: readonly Copied[];
  readonly #keys: Keys;
  /** Marks of each subject's events from #1 on. */
  readonly #marks: Map<string, string>;
  readonly #rewritten: AuditFault[] = [];
  #subject: string | undefined;
  #seen = 0;
  #isNamed = false;

  private constructor(checkpoints: readonly Copied[], marks: Map<string, string>, keys: Keys) {
    this.#checkpoints = checkpoints;
    this.#marks = marks;
    this.#keys = keys;
  }

  static async read(copyPath: string, keys: Keys): Promise<CopyCheck> {
    const checkpoints: Copied[] = [];
    const marks = new Map<string, string>();
    for await (const { events, ...checkpoint } of readCopy(copyPath)) {
      checkpoints.push(checkpoint);
      for (const [subject, , added] of events) {
        marks.set(subject, (marks.get(subject) ?? '') + added);
      }
    }
    return new CopyCheck(checkpoints, marks, keys);
  }

  compareCheckpoints(stored: readonly Checkpoint[]): AuditFault[] {
    const byNumber = new Map(stored.map((checkpoint) => [checkpoint.number, checkpoint]));
    return this.#checkpoints.flatMap((copied): AuditFault[] => {
      const { number } = copied;
      if (checkSignature(copied, this.#keys).length > 0) {
        const detail = 'its signature in the copy does not fit';
        return [{ kind: 'copy_differs', checkpoint: number, detail }];
      }
      const kept = byNumber.get(number);
      if (!kept) {
        const detail = 'the copy outside the database has it, the database does not';
        return [{ kind: 'checkpoint_missing', checkpoint: number, detail }];
      }
      if (checkpointMessage(kept).equals(checkpointMessage(copied))) return [];
      const detail = 'the database holds another one than the copy outside';
      return [{ kind: 'checkpoint_forged', checkpoint: number, detail }];
    });
  }

  see(event: OrderedEvent): void {
    if (this.#subject !== event.subject) {
      this.#subject = event.subject;
      this.#seen = 0;
      this.#isNamed = false;
    }
    this.#seen = Number(event.seq);
    const at = (this.#seen - 1) * markLength;
    const mark = this.#marks.get(event.subject)?.slice(at, at + markLength) ?? '';
    if (mark === '' || this.#isNamed || event.hash.toString('hex').startsWith(mark)) return;
    this.#isNamed = true;
    const detail = 'it was recorded with another hash; the chain was re-hashed from here on';
    this.#rewritten.push({
      kind: 'chain_rewritten',
      subject: event.subject,
      seq: event.seq,
      detail,
    });
  }

  endChain(): void {
    if (this.#subject === undefined) return;
    const known = (this.#marks.get(this.#subject)?.length ?? 0) / markLength;
    if (this.#seen < known) this.#rewritten.push(cutOff(this.#subject, this.#seen + 1, known));
    this.#marks.delete(this.#subject);
    this.#subject = undefined;
  }

  /**
   * To be asked after the last chain. Where every signed state is as it was, it is the copy that
   * was changed.
   */
  rewrittenChains({ stateDiffers }: { stateDiffers: boolean }): AuditFault[] {
    const gone = [...this.#marks].map(([subject, marks]) =>
      cutOff(subject, 1, marks.length / markLength),
    );
    const faults = [...this.#rewritten, ...gone];
    if (stateDiffers) return faults;
    return faults.map((fault) => ({
      ...fault,
      kind: 'copy_differs',
      detail: 'the copy outside has another mark; the signed state is intact',
    }));
  }
}

function cutOff(subject: string, seq: number, known: number): AuditFault {
  const detail = `the copy outside knows the chain up to #${known}`;
  return { kind: 'event_missing', subject, seq: String(seq), detail };
}
