import type { OrderedEvent } from '../../domain/audit/chain';
import {
  checkpointDigest,
  checkpointMessage,
  type Checkpoint,
  HeadsHash,
  noCheckpoint,
} from '../../domain/audit/checkpoint';
import type { AuditFault } from '../../domain/audit/fault';
import type { Keys } from '../../domain/keys';
import type { Tx } from '../connection';
import { listCheckpoints } from './checkpoint-rows';

/**
 * How many checkpoints' states are computed again: the last, and others spread over the rest. The last
 * one vouches for all before it, since none is signed on a state that has changed.
 */
const statesMax = 32;
const perPage = 1_000;

interface State {
  readonly checkpoint: Checkpoint;
  readonly lastOrder: bigint;
  readonly heads: HeadsHash;
  last: OrderedEvent | undefined;
}

/** Holds the signed checkpoints against the events, which it is shown in order of subject and seq. */
export class CheckpointCheck {
  readonly all: readonly Checkpoint[];
  readonly #keys: Keys;
  readonly #states: readonly State[];

  private constructor(all: readonly Checkpoint[], keys: Keys) {
    this.all = all;
    this.#keys = keys;
    this.#states = spread(all, statesMax).map((checkpoint) => ({
      checkpoint,
      lastOrder: BigInt(checkpoint.lastOrder),
      heads: new HeadsHash(checkpoint.format),
      last: undefined,
    }));
  }

  static async read(tx: Tx): Promise<CheckpointCheck> {
    const all: Checkpoint[] = [];
    for (;;) {
      const after = all.at(-1)?.number ?? '0';
      const page = await listCheckpoints(tx, { after, limit: perPage });
      all.push(...page);
      if (page.length < perPage) return new CheckpointCheck(all, tx.keys);
    }
  }

  get statesChecked(): number {
    return this.#states.length;
  }

  get anchored(): { checkpoint: string; at: string } | null {
    const last = this.all.at(-1);
    return last === undefined ? null : { checkpoint: last.number, at: last.at };
  }

  isAnchored(event: OrderedEvent): boolean {
    const last = this.#states.at(-1);
    return last !== undefined && BigInt(event.order) <= last.lastOrder;
  }

  /** Signatures, and the row of checkpoints itself. */
  faults(): AuditFault[] {
    const faults: AuditFault[] = [];
    let previous: Checkpoint | undefined;
    for (const checkpoint of this.all) {
      faults.push(...checkSignature(checkpoint, this.#keys));
      faults.push(...checkPlace(checkpoint, previous));
      previous = checkpoint;
    }
    return faults;
  }

  see(event: OrderedEvent): void {
    const order = BigInt(event.order);
    for (const state of this.#states) if (order <= state.lastOrder) state.last = event;
  }

  endChain(): void {
    for (const state of this.#states) {
      if (state.last) state.heads.add(state.last);
      state.last = undefined;
    }
  }

  differingStates(): AuditFault[] {
    return this.#states.flatMap(({ checkpoint, heads }) => {
      if (heads.digest() === checkpoint.headsHash) return [];
      const detail = `the ${heads.subjects} chains of that moment are not the ${checkpoint.subjects} that were signed`;
      return [{ kind: 'state_differs' as const, checkpoint: checkpoint.number, detail }];
    });
  }
}

export function checkSignature(checkpoint: Checkpoint, keys: Keys): AuditFault[] {
  const isOurs = checkpoint.keyId === keys.keyId;
  if (isOurs && keys.verify(checkpointMessage(checkpoint), checkpoint.signature)) return [];
  const detail = isOurs
    ? 'its signature does not fit'
    : `it is signed by key ${checkpoint.keyId}, ours is ${keys.keyId}`;
  return [{ kind: 'checkpoint_forged', checkpoint: checkpoint.number, detail }];
}

function checkPlace(checkpoint: Checkpoint, previous: Checkpoint | undefined): AuditFault[] {
  const expected = BigInt(previous?.number ?? '0') + 1n;
  if (BigInt(checkpoint.number) !== expected) {
    const detail = `checkpoint ${checkpoint.number} comes next`;
    return [{ kind: 'checkpoint_missing', checkpoint: expected.toString(), detail }];
  }
  if (checkpoint.prev === (previous ? checkpointDigest(previous) : noCheckpoint)) return [];
  const detail = 'it does not follow the checkpoint before it';
  return [{ kind: 'checkpoint_forged', checkpoint: checkpoint.number, detail }];
}

/** At most `max` of the list, evenly spread, the last always among them. */
function spread<T>(list: readonly T[], max: number): T[] {
  if (list.length <= max) return [...list];
  const step = list.length / max;
  const places = Array.from({ length: max }, (_, i) => Math.ceil((i + 1) * step) - 1);
  return places.flatMap((at) => list.slice(at, at + 1));
}
