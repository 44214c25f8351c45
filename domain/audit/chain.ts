import { type ChainEvent, genesisHash, hashEvent } from './event-hash';
import type { AuditFault } from './fault';

/** Where a subject's chain ends. */
export interface Head {
  readonly subject: string;
  readonly seq: string;
  readonly hash: Buffer;
}

/** An event and its place in the order of recording over all subjects. */
export interface OrderedEvent extends ChainEvent {
  readonly order: string;
}

/**
 * Checks one event against the one before it in its chain. Links are checked against stored hashes,
 * so that one altered event is named once and not every event after it.
 * @param previous the event before it, undefined for the first of a subject.
 */
export function checkLink(event: OrderedEvent, previous: OrderedEvent | undefined): AuditFault[] {
  const faults: AuditFault[] = [];
  const { subject, seq } = event;
  const expected = previous === undefined ? 1n : BigInt(previous.seq) + 1n;
  const found = BigInt(seq);
  if (found > expected) {
    faults.push({
      kind: 'event_missing',
      subject,
      seq: expected.toString(),
      detail: `the chain goes on at #${seq}`,
    });
  } else if (!event.prev.equals(previous?.hash ?? genesisHash(subject))) {
    faults.push({
      kind: 'link_broken',
      subject,
      seq,
      detail: 'it does not follow the event before it',
    });
  }
  if (!hashEvent(event).equals(event.hash)) {
    faults.push({
      kind: 'event_altered',
      subject,
      seq,
      detail: 'its content is not what was hashed',
    });
  }
  if (previous !== undefined && BigInt(event.order) <= BigInt(previous.order)) {
    faults.push({
      kind: 'order_changed',
      subject,
      seq,
      detail: 'it was recorded before its predecessor',
    });
  }
  return faults;
}

/** Checks the stored end of a chain against its last event. */
export function checkHead(last: OrderedEvent, head: Head | undefined): AuditFault[] {
  const { subject, seq } = last;
  if (head === undefined) {
    return [{ kind: 'head_differs', subject, seq, detail: 'the chain has no stored end' }];
  }
  const ahead = BigInt(head.seq) - BigInt(seq);
  if (ahead > 0n) {
    return [
      {
        kind: 'event_missing',
        subject,
        seq: (BigInt(seq) + 1n).toString(),
        detail: `the stored end of the chain is #${head.seq}`,
      },
    ];
  }
  if (ahead < 0n || !head.hash.equals(last.hash)) {
    return [
      {
        kind: 'head_differs',
        subject,
        seq,
        detail: 'the stored end of the chain is another event',
      },
    ];
  }
  return [];
}
