import fc from 'fast-check';
import { MalformedAnswer } from '../../fields';
import { encodeMessage, type Message, MessageReader, type Packet, PacketReader } from './packets';

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

function packet(number: number, text: string, more = false): Packet {
  return { number, more, body: utf16(text) };
}

describe('packets of the raw wire', () => {
  it('are written as MetaQuotes show: TEST is 000800010 and eight bytes', () => {
    const bytes = Buffer.concat([Buffer.from('000800010'), utf16('TEST')]);
    expect(encodeMessage({ number: 1, body: utf16('TEST') })).toEqual(bytes);
    expect(new PacketReader().push(bytes)).toEqual([packet(1, 'TEST')]);
  });

  it('are empty for a ping', () => {
    expect(encodeMessage({ number: 0x3fff, body: Buffer.alloc(0) }).toString()).toBe('00003fff0');
  });

  it.each([
    [65_534, ['fffe00070']],
    [65_536, ['fffe00071', '000200070']],
    [131_068, ['fffe00071', 'fffe00070']],
  ])('split %i bytes, the flag on all but the last', (length, headers) => {
    const bytes = encodeMessage({ number: 7, body: Buffer.alloc(length, 1) });
    const found: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const header = bytes.toString('latin1', at, at + 9);
      found.push(header);
      at += 9 + parseInt(header.slice(0, 4), 16);
    }
    expect(found).toEqual(headers);
  });

  it('are ciphered one by one', () => {
    const seen: number[] = [];
    encodeMessage(
      { number: 1, body: Buffer.alloc(25) },
      (body) => {
        seen.push(body.length);
        return body;
      },
      10,
    );
    expect(seen).toEqual([10, 10, 5]);
  });

  it('give the same messages whatever the pieces in which the bytes come', () => {
    const message = fc.record({
      number: fc.integer({ min: 1, max: 0x3fff }),
      body: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    });
    const messages = fc.array(message, { minLength: 1, maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 20 }), sizes, (sent, bodyMax, pieces) => {
        const ping = Buffer.from('000040000');
        const bytes = Buffer.concat(
          sent.flatMap((one) => [ping, encodeMessage(one, undefined, bodyMax)]),
        );
        const packets = new PacketReader();
        const whole = new MessageReader();
        const read: Message[] = [];
        let at = 0;
        for (const size of [...pieces, bytes.length]) {
          const end = Math.min(bytes.length, at + size);
          for (const one of packets.push(bytes.subarray(at, end))) {
            const done = whole.push(one);
            if (done !== null) read.push(done);
          }
          at = end;
        }
        expect(read).toEqual(sent);
      }),
    );
  });

  it('let pings pass between the parts of an answer', () => {
    const whole = new MessageReader();
    expect(whole.push(packet(3, 'AN', true))).toBeNull();
    expect(whole.push(packet(0x4001, ''))).toBeNull();
    expect(whole.push(packet(3, 'SWER'))).toEqual({ number: 3, body: utf16('ANSWER') });
    expect(whole.bytes).toBe(0);
  });

  it.each(['HTTP/1.1 ', '00zz00010', '0008-0010'])('are not what begins with %s', (bytes) => {
    expect(() => new PacketReader().push(Buffer.from(bytes))).toThrow(MalformedAnswer);
  });

  it('are not mixed', () => {
    const whole = new MessageReader();
    whole.push(packet(1, 'A', true));
    expect(() => whole.push(packet(2, 'B'))).toThrow(MalformedAnswer);
  });
});
