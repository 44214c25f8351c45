import { checkHead, checkLink, type Head, type OrderedEvent } from '../../domain/audit/chain';
import type { AuditFault, AuditFaultKind } from '../../domain/audit/fault';
import type { Database, Tx } from '../connection';
import { eventColumns, eventFromRow, type EventRow } from '../events';
import { inSnapshot, streamRows } from '../snapshot';
import { CheckpointCheck } from './verify-checkpoints';
import { CopyCheck } from './verify-copy';

/** More than this many faults are counted and not listed. */
const faultsListedMax = 200;

export interface AuditVerdict {
  readonly subjects: number;
  readonly events: number;
  readonly checkpoints: number;
  /** Checkpoints whose signed state was computed again. */
  readonly statesChecked: number;
  /** Whether a copy of the checkpoints outside the database was held against it. */
  readonly copyChecked: boolean;
  readonly faults: readonly AuditFault[];
  readonly faultCount: number;
  /** How many of each kind, listed or not. */
  readonly counts: ReadonlyMap<AuditFaultKind, number>;
  readonly anchored: { readonly checkpoint: string; readonly at: string } | null;
  /** Events after the last checkpoint: nothing but their own chain vouches for them yet. */
  readonly unanchored: { readonly events: number; readonly subjects: number };
}

/**
 * Reads every event and finds any change up to the last checkpoint: an altered, removed or moved
 * event, a chain re-hashed consistently, a forged or removed checkpoint. Pages of 2,000 rows; memory
 * holds one chain's end and the marks of the copy.
 * @param copyPath copy of the checkpoints outside the database; without it a removed last checkpoint
 * and the place where a chain was re-hashed cannot be named.
 */
export async function verifyAudit(
  db: Database,
  { copyPath }: { copyPath?: string } = {},
): Promise<AuditVerdict> {
  const copy = copyPath === undefined ? undefined : await CopyCheck.read(copyPath, db.keys);
  return inSnapshot(db, 'job:audit-verify', (tx) => verifyIn(tx, copy));
}

async function verifyIn(tx: Tx, copy: CopyCheck | undefined): Promise<AuditVerdict> {
  const found = new Faults();
  const checkpoints = await CheckpointCheck.read(tx);
  found.add(checkpoints.faults());
  const gone = copy?.compareCheckpoints(checkpoints.all) ?? [];
  found.add(gone);

  const counted = { subjects: 0, events: 0, unanchored: 0, unanchoredSubjects: 0 };
  const heads = streamHeads(tx);
  let head = await heads.next();
  for await (const chain of chains(streamEvents(tx))) {
    // Stored ends without any event, up to this chain's subject.
    while (!head.done && isBefore(head.value.subject, chain.subject)) {
      found.add(orphanHead(head.value));
      head = await heads.next();
    }
    const stored = !head.done && head.value.subject === chain.subject ? head.value : undefined;
    if (stored) head = await heads.next();

    let previous: OrderedEvent | undefined;
    let late = 0;
    for await (const event of chain.events) {
      found.add(checkLink(event, previous));
      checkpoints.see(event);
      copy?.see(event);
      if (!checkpoints.isAnchored(event)) late += 1;
      counted.events += 1;
      previous = event;
    }
    if (previous) found.add(checkHead(previous, stored));
    checkpoints.endChain();
    copy?.endChain();
    counted.subjects += 1;
    counted.unanchored += late;
    if (late > 0) counted.unanchoredSubjects += 1;
  }
  for (; !head.done; head = await heads.next()) found.add(orphanHead(head.value));

  const differing = checkpoints.differingStates();
  found.add(differing);
  // A state whose checkpoint is gone vouches for nothing: the copy is then believed.
  const stateDiffers = differing.length > 0 || gone.some(({ kind }) => kind !== 'copy_differs');
  if (copy) found.add(copy.rewrittenChains({ stateDiffers }));
  return {
    subjects: counted.subjects,
    events: counted.events,
    checkpoints: checkpoints.all.length,
    statesChecked: checkpoints.statesChecked,
    copyChecked: copy !== undefined,
    faults: found.listed,
    faultCount: found.count,
    counts: found.counts,
    anchored: checkpoints.anchored,
    unanchored: { events: counted.unanchored, subjects: counted.unanchoredSubjects },
  };
}

class Faults {
  readonly listed: AuditFault[] = [];
  readonly counts = new Map<AuditFaultKind, number>();
  count = 0;

  add(faults: readonly AuditFault[]): void {
    for (const fault of faults) {
      this.count += 1;
      this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
      if (this.listed.length < faultsListedMax) this.listed.push(fault);
    }
  }
}

function orphanHead(head: Head): AuditFault[] {
  if (head.seq === '0') return [];
  return [
    {
      kind: 'event_missing',
      subject: head.subject,
      seq: '1',
      detail: `the chain is gone; its stored end is #${head.seq}`,
    },
  ];
}

function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')) < 0;
}

interface Chain {
  readonly subject: string;
  /** To be read to its end before the next chain is asked for. */
  readonly events: AsyncIterable<OrderedEvent>;
}

/** Cuts the stream of all events into chains. */
async function* chains(events: AsyncGenerator<OrderedEvent>): AsyncGenerator<Chain> {
  let next = await events.next();
  while (!next.done) {
    const { subject } = next.value;
    yield {
      subject,
      events: (async function* () {
        while (!next.done && next.value.subject === subject) {
          yield next.value;
          next = await events.next();
        }
      })(),
    };
  }
}

/** Every event, by subject (in bytes) and seq. */
async function* streamEvents(tx: Tx): AsyncGenerator<OrderedEvent> {
  const stream = streamRows<EventRow>(
    tx,
    `select ${eventColumns} from event order by subject collate "C", seq`,
  );
  for await (const row of stream) yield eventFromRow(row);
}

function streamHeads(tx: Tx): AsyncGenerator<Head> {
  return streamRows<Head>(
    tx,
    'select subject, seq, hash from event_head order by subject collate "C"',
  );
}
