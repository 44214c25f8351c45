import fc from 'fast-check';
import { checkHead, checkLink, type OrderedEvent } from './chain';
import { checkpointMessage, HeadsHash } from './checkpoint';
import { genesisHash, hashEvent, withMicroseconds } from './event-hash';
import { describeFault } from './fault';

const base = {
  at: '2026-11-23T10:00:00.123456Z',
  actor: 'user:usr_1',
  entityId: 'cy',
  clientId: null,
  restricted: false,
};

/** A sound chain of the payloads, each event recorded after the one before it. */
function chainOf(payloads: readonly string[], subject = 'dep_1'): OrderedEvent[] {
  let prev = genesisHash(subject);
  return payloads.map((payload, index) => {
    const event = { ...base, subject, seq: String(index + 1), type: 'a.b', payload, prev };
    const hash = hashEvent(event);
    prev = hash;
    return { ...event, hash, order: String(index * 3 + 1) };
  });
}

function check(events: readonly OrderedEvent[]): string[] {
  return events.flatMap((event, index) => checkLink(event, events[index - 1])).map(describeFault);
}

const payloads = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 });

describe('the chain of events', () => {
  it('holds whatever the payloads are', () => {
    fc.assert(fc.property(payloads, (texts) => check(chainOf(texts)).length === 0));
  });

  it('names the event whatever column of it was changed, and no other', () => {
    const changes: readonly ((event: OrderedEvent) => OrderedEvent)[] = [
      (event) => ({ ...event, payload: `${event.payload}x` }),
      (event) => ({ ...event, actor: 'user:usr_2' }),
      (event) => ({ ...event, type: 'a.c' }),
      (event) => ({ ...event, entityId: null }),
      (event) => ({ ...event, clientId: 'cl_1' }),
      (event) => ({ ...event, restricted: true }),
      (event) => ({ ...event, at: '2026-11-23T10:00:00.123457Z' }),
    ];
    fc.assert(
      fc.property(payloads, fc.nat(), fc.constantFrom(...changes), (texts, at, change) => {
        const chain = chainOf(texts);
        const position = at % chain.length;
        const altered = chain.map((event, index) => (index === position ? change(event) : event));
        expect(check(altered)).toEqual([
          `event_altered dep_1 #${position + 1}: its content is not what was hashed`,
        ]);
      }),
    );
  });

  it('names the first event that is missing', () => {
    const chain = chainOf(['a', 'b', 'c', 'd']);
    expect(check(chain.filter((_, index) => index !== 1 && index !== 2))).toEqual([
      'event_missing dep_1 #2: the chain goes on at #4',
    ]);
  });

  it('finds no way to move a character from one column to the next', () => {
    const event = chainOf(['x'])[0];
    if (!event) throw new Error('a chain of one');
    const moved = { ...event, type: 'a.', payload: 'bx' };
    expect(hashEvent(moved).equals(hashEvent(event))).toBe(false);
    expect(hashEvent({ ...event, clientId: '~' }).equals(hashEvent(event))).toBe(false);
  });

  it('does not take an event into another subject’s chain', () => {
    const [first] = chainOf(['x'], 'dep_2');
    if (!first) throw new Error('a chain of one');
    expect(check([{ ...first, subject: 'dep_3' }])).toEqual([
      'link_broken dep_3 #1: it does not follow the event before it',
      'event_altered dep_3 #1: its content is not what was hashed',
    ]);
  });

  it('notices an end that was cut off, put on, or exchanged', () => {
    const [first, second] = chainOf(['a', 'b']);
    if (!first || !second) throw new Error('a chain of two');
    expect(checkHead(second, second)).toEqual([]);
    expect(checkHead(first, second).map(describeFault)).toEqual([
      'event_missing dep_1 #2: the stored end of the chain is #2',
    ]);
    expect(checkHead(second, first)).toHaveLength(1);
    expect(checkHead(second, { ...second, hash: first.hash })).toHaveLength(1);
    expect(checkHead(second, undefined)).toHaveLength(1);
  });
});

describe('a checkpoint', () => {
  const heads = chainOf(['a', 'b', 'c']);

  it.each([1, 2] as const)('of form %d changes with any head, their number and order', (format) => {
    const hashOf = (some: readonly OrderedEvent[]) => {
      const fold = new HeadsHash(format);
      for (const head of some) fold.add(head);
      return fold.digest();
    };
    const all = [heads, heads.slice(1), [...heads].reverse(), [...heads, ...heads.slice(2)]];
    expect(new Set(all.map(hashOf)).size).toBe(all.length);
  });

  it('signs microseconds, however PostgreSQL writes them', () => {
    expect(withMicroseconds('2026-11-23T10:00:00.1Z')).toBe('2026-11-23T10:00:00.100000Z');
    expect(withMicroseconds('2026-11-23T10:00:00Z')).toBe('2026-11-23T10:00:00.000000Z');
    expect(() => withMicroseconds('2026-11-23T10:00:00.123456789Z')).toThrow('microseconds');
    const checkpoint = {
      format: 2 as const,
      number: '1',
      id: 'chk_1',
      subjects: '1',
      lastOrder: '1',
      headsHash: 'h',
      prev: 'p',
      keyId: 'k',
    };
    expect(
      checkpointMessage({ ...checkpoint, at: '2026-11-23T10:00:00.5Z' }).equals(
        checkpointMessage({ ...checkpoint, at: '2026-11-23T10:00:00.500000Z' }),
      ),
    ).toBe(true);
  });
});
