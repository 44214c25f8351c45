import { MalformedAnswer } from '../fields';
import {
  decodeMessage,
  encodeMessage,
  type Outgoing,
  type PayloadName,
  payloads,
} from './messages';

const headerBytes = 4;
/** A longer answer is not read: lists come in chunks. */
const frameBytesMax = 64 * 1024 * 1024;

export interface Envelope {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  /** Whose answer it is; events have none. */
  readonly clientMsgId: string | null;
}

/** A message in its envelope, behind the envelope's length in four bytes, the highest first. */
export function encodeFrame(name: PayloadName, fields: Outgoing, clientMsgId?: string): Buffer {
  const envelope = encodeMessage('Envelope', {
    payloadType: payloads[name],
    payload: encodeMessage(name, fields),
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
  });
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(envelope.length);
  return Buffer.concat([header, envelope]);
}

/** Cuts a stream into envelopes, in whatever pieces it comes. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The envelopes that are whole now. Throws MalformedAnswer; the stream is of no use after that. */
  push(piece: Buffer): Envelope[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    const envelopes: Envelope[] = [];
    for (;;) {
      const length = this.#nextLength();
      if (length === null || this.#bytes < headerBytes + length) return envelopes;
      const whole = this.#joined();
      envelopes.push(openEnvelope(whole.subarray(headerBytes, headerBytes + length)));
      const rest = whole.subarray(headerBytes + length);
      this.#pieces = rest.length === 0 ? [] : [rest];
      this.#bytes = rest.length;
    }
  }

  #nextLength(): number | null {
    if (this.#bytes < headerBytes) return null;
    const first = this.#pieces[0];
    const head = first !== undefined && first.length >= headerBytes ? first : this.#joined();
    const length = head.readUInt32BE();
    if (length > frameBytesMax) throw new MalformedAnswer(`a frame of ${length} bytes`);
    return length;
  }

  #joined(): Buffer {
    const [first, ...others] = this.#pieces;
    const whole = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }
}

function openEnvelope(bytes: Uint8Array): Envelope {
  const { payloadType, payload, clientMsgId } = decodeMessage('Envelope', bytes);
  if (typeof payloadType !== 'number') {
    throw new MalformedAnswer('an envelope names no payload type');
  }
  return {
    payloadType,
    payload: payload instanceof Uint8Array ? payload : new Uint8Array(),
    clientMsgId: typeof clientMsgId === 'string' && clientMsgId !== '' ? clientMsgId : null,
  };
}
