/** One packet of the raw protocol; `more` says that the message goes on in another of the same number. */
export interface Packet {
  number: number;
  more: boolean;
  body: Buffer;
}

/** A whole message, put together from its packets. */
export interface Message {
  number: number;
  body: Buffer;
}

/** Stands once in front of the client's first packet. */
export const PREFIX = 'MT5WEBAPI';
/** Four hex digits of body length, four of the packet's number, one of flags. */
const HEADER_CHARS = 9;
const HEADER = /^([0-9a-f]{4})([0-9a-f]{4})([0-9a-f])$/i;
const MORE = 1;
/** An even number, so that no character of UTF-16 is cut; the length field ends at 65,535. */
const PACKET_BODY_BYTES_MAX = 65_534;
export const CLIENT_NUMBER_MAX = 0x3fff;

/** What came is not of this protocol: the connection is of no use any more. */
export class NotAPacket extends Error {}

export function encodePacket({ number, more, body }: Packet): Buffer {
  if (body.length > 0xffff || number > 0xffff) throw new RangeError('too much for a packet');
  const header = `${hex4(body.length)}${hex4(number)}${more ? MORE : 0}`;
  return Buffer.concat([Buffer.from(header, 'ascii'), body]);
}

/** Cuts a message into packets; an empty one is one empty packet. */
export function splitMessage(
  { number, body }: Message,
  bytesMax = PACKET_BODY_BYTES_MAX,
): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at === 0 || at < body.length; at += bytesMax) {
    const more = at + bytesMax < body.length;
    packets.push({ number, more, body: body.subarray(at, at + bytesMax) });
  }
  return packets;
}

/** Cuts a stream into packets, in whatever pieces it comes. With `prefix` it must begin with that. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);
  #prefix: Buffer;

  constructor(prefix = '') {
    this.#prefix = Buffer.from(prefix, 'ascii');
  }

  /** The packets that are whole now. Throws NotAPacket. */
  push(piece: Buffer): Packet[] {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const packets: Packet[] = [];
    if (!this.#skipPrefix()) return packets;
    for (;;) {
      const packet = this.#next();
      if (!packet) return packets;
      packets.push(packet);
    }
  }

  #skipPrefix(): boolean {
    const seen = Math.min(this.#prefix.length, this.#rest.length);
    if (!this.#rest.subarray(0, seen).equals(this.#prefix.subarray(0, seen))) {
      throw new NotAPacket('the stream does not begin as this protocol does');
    }
    this.#rest = this.#rest.subarray(seen);
    this.#prefix = this.#prefix.subarray(seen);
    return this.#prefix.length === 0;
  }

  #next(): Packet | null {
    if (this.#rest.length < HEADER_CHARS) return null;
    const match = HEADER.exec(this.#rest.toString('latin1', 0, HEADER_CHARS));
    if (!match) throw new NotAPacket('not a header');
    const [length = 0, number = 0, flags = 0] = match.slice(1).map((part) => parseInt(part, 16));
    const end = HEADER_CHARS + length;
    if (this.#rest.length < end) return null;
    const body = Buffer.from(this.#rest.subarray(HEADER_CHARS, end));
    this.#rest = this.#rest.subarray(end);
    return { number, more: (flags & MORE) !== 0, body };
  }
}

/** Puts packets together again; an empty packet in between is a ping. */
export class MessageReader {
  #pieces: Buffer[] = [];
  #number: number | null = null;
  #bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /** The message that this packet ends; null when it goes on, or was a ping. Throws NotAPacket. */
  take({ number, more, body }: Packet): Message | null {
    const isFirst = this.#number === null;
    if (body.length === 0 && (isFirst || number !== this.#number)) return null;
    if (!isFirst && number !== this.#number) throw new NotAPacket('a message inside another');
    this.#bytes += body.length;
    if (this.#bytes > this.bytesMax)
      throw new NotAPacket(`a message of over ${this.bytesMax} bytes`);
    if (body.length > 0) this.#pieces.push(body);
    this.#number = number;
    if (more) return null;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#number = null;
    this.#bytes = 0;
    return { number, body: whole };
  }
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0');
}
