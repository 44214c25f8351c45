import { MalformedAnswer } from '../../fields';

/**
 * A packet of MT5's raw protocol: nine characters of header (four hex digits of body length, four of
 * the packet's number, one of flags), then the body. Messages that are longer than a packet go on in
 * further ones of the same number; the last of them has no flag 1.
 */
export interface Packet {
  readonly number: number;
  readonly more: boolean;
  readonly body: Buffer;
}

export interface Message {
  readonly number: number;
  readonly body: Buffer;
}

/** Stands in front of the client's first packet, once. */
export const streamPrefix = 'MT5WEBAPI';
/** Numbers of a client; above are the server's own, for its pings. */
export const clientNumberMax = 0x3fff;
const headerBytes = 9;
const headerPattern = /^([0-9a-f]{4})([0-9a-f]{4})([0-9a-f])$/i;
const flagMore = 1;
/** The length field ends at 65,535; even, so that no character is cut in two. */
const packetBodyBytesMax = 65_534;

/** The packets of a message, as they go over the wire. `cipher` sees each body by itself. */
export function encodeMessage(
  { number, body }: Message,
  cipher: (body: Buffer) => Buffer = (plain) => plain,
  bodyBytesMax = packetBodyBytesMax,
): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  do {
    const piece = cipher(body.subarray(at, at + bodyBytesMax));
    at += bodyBytesMax;
    const flags = at < body.length ? flagMore : 0;
    parts.push(Buffer.from(`${hex(piece.length)}${hex(number)}${flags}`, 'latin1'), piece);
  } while (at < body.length);
  return Buffer.concat(parts);
}

/** Cuts a stream into packets, in whatever pieces it comes. */
export class PacketReader {
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The packets that are whole now. Throws MalformedAnswer; the stream is of no use after that. */
  push(piece: Buffer): Packet[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    const packets: Packet[] = [];
    if (this.#bytes < headerBytes) return packets;
    const bytes = Buffer.concat(this.#pieces);
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const header = readHeader(bytes.toString('latin1', at, at + headerBytes));
      const end = at + headerBytes + header.length;
      if (end > bytes.length) break;
      const { number, more } = header;
      packets.push({ number, more, body: bytes.subarray(at + headerBytes, end) });
      at = end;
    }
    this.#pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#bytes = bytes.length - at;
    return packets;
  }
}

/** Puts the packets of messages together; empty ones in between are the server's pings. */
export class MessageReader {
  #number: number | null = null;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The message that ends with this packet. Throws MalformedAnswer when two are mixed. */
  push({ number, more, body }: Packet): Message | null {
    const goesOn = this.#number === number;
    if (body.length === 0 && !goesOn) return null;
    if (this.#number !== null && !goesOn) {
      throw new MalformedAnswer('the packets of two answers are mixed');
    }
    this.#number = number;
    this.#bytes += body.length;
    if (body.length > 0) this.#pieces.push(body);
    if (more) return null;
    const message = { number, body: Buffer.concat(this.#pieces) };
    this.#number = null;
    this.#pieces = [];
    this.#bytes = 0;
    return message;
  }

  /** Of the message that has begun. */
  get bytes(): number {
    return this.#bytes;
  }
}

function readHeader(text: string): {
  readonly length: number;
  readonly number: number;
  readonly more: boolean;
} {
  const [, length, number, flags] = headerPattern.exec(text) ?? [];
  if (length === undefined || number === undefined || flags === undefined) {
    throw new MalformedAnswer('what came is no packet');
  }
  return {
    length: parseInt(length, 16),
    number: parseInt(number, 16),
    more: (parseInt(flags, 16) & flagMore) !== 0,
  };
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0');
}
