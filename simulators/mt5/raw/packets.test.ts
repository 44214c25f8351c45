import fc from 'fast-check';
import {
  encodePacket,
  MessageReader,
  NotAPacket,
  type Packet,
  PacketReader,
  PREFIX,
  splitMessage,
} from './packets';

function packet(number: number, body: string, more = false): Packet {
  return { number, more, body: Buffer.from(body, 'utf16le') };
}

describe('packets of the raw protocol', () => {
  it('writes and reads the example of MetaQuotes: 000800010TEST', () => {
    const bytes = Buffer.concat([Buffer.from('000800010'), Buffer.from('TEST', 'utf16le')]);
    expect(encodePacket(packet(1, 'TEST'))).toEqual(bytes);
    expect(new PacketReader().push(bytes)).toEqual([packet(1, 'TEST')]);
  });

  it('reads the same messages whatever the pieces in which the bytes come', () => {
    const texts = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), {
      minLength: 1,
      maxLength: 6,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 25 }), sizes, (bodies, bytesMax, pieces) => {
        const messages = bodies.map((body, at) => ({
          number: at + 1,
          body: Buffer.from(body, 'utf16le'),
        }));
        const packets = messages.flatMap((message) => splitMessage(message, bytesMax));
        const stream = Buffer.concat([Buffer.from(PREFIX), ...packets.map(encodePacket)]);
        const reader = new PacketReader(PREFIX);
        const whole = new MessageReader(10_000);
        const read = [];
        let at = 0;
        for (const size of [...pieces, stream.length]) {
          const end = Math.min(stream.length, at + size);
          for (const one of reader.push(stream.subarray(at, end))) read.push(whole.take(one));
          at = end;
        }
        expect(read.filter((message) => message !== null)).toEqual(messages);
      }),
    );
  });

  it('splits a message that is too long for one packet, the flag on all but the last', () => {
    const body = Buffer.alloc(140_000, 7);
    const packets = splitMessage({ number: 9, body });
    expect(packets.map(({ more, body: { length } }) => [more, length])).toEqual([
      [true, 65_534],
      [true, 65_534],
      [false, 8_932],
    ]);
    const whole = new MessageReader(200_000);
    expect(packets.map((one) => whole.take(one)?.body.length ?? null)).toEqual([
      null,
      null,
      140_000,
    ]);
  });

  it('hears a ping before, between and inside messages', () => {
    const whole = new MessageReader(100);
    expect(whole.take(packet(0, ''))).toBeNull();
    expect(whole.take(packet(2, 'TE', true))).toBeNull();
    expect(whole.take(packet(0x4000, ''))).toBeNull();
    expect(whole.take(packet(2, 'ST'))?.body.toString('utf16le')).toBe('TEST');
    expect(whole.take(packet(3, ''))).toBeNull();
  });

  it('takes an empty last packet for the end of a message', () => {
    const whole = new MessageReader(100);
    whole.take(packet(2, 'TEST', true));
    expect(whole.take(packet(2, ''))?.body.toString('utf16le')).toBe('TEST');
  });

  it.each([
    ['another beginning', 'GET / HTTP/1.1\r\n'],
    ['a beginning that is nearly right', 'MT5WEBAPX'],
    ['a header that is no number', `${PREFIX}00zz00010`],
    ['a length with a sign', `${PREFIX}-00800010`],
  ])('refuses %s', (_what, bytes) => {
    expect(() => new PacketReader(PREFIX).push(Buffer.from(bytes))).toThrow(NotAPacket);
  });

  it('refuses a message inside another, and one without an end', () => {
    const whole = new MessageReader(10);
    whole.take(packet(1, 'AB', true));
    expect(() => whole.take(packet(2, 'CD'))).toThrow(NotAPacket);
    expect(() => whole.take(packet(1, 'ABCDE', true))).toThrow(NotAPacket);
  });
});
