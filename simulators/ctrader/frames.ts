import { decodeMessage, encodeMessage, type Fields, type PayloadName, PAYLOADS } from './messages';

const HEADER_BYTES = 4;
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** An envelope: what it carries, and the id by which its sender knows the answer. */
export interface Envelope {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly clientMsgId: string | undefined;
}

/** A message in its envelope behind its length: four bytes, the highest first. */
export function encodeFrame(name: PayloadName, fields: Fields, clientMsgId?: string): Buffer {
  const envelope = encodeMessage('Envelope', {
    payloadType: PAYLOADS[name],
    payload: encodeMessage(name, fields),
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
  });
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(envelope.length);
  return Buffer.concat([header, envelope]);
}

/** Cuts a stream of bytes into envelopes, whatever the pieces it comes in. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The envelopes that are whole now. Throws when a length is too large or the bytes are no envelope. */
  push(chunk: Buffer): Envelope[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const envelopes: Envelope[] = [];
    for (;;) {
      if (this.#rest.length < HEADER_BYTES) return envelopes;
      const length = this.#rest.readUInt32BE();
      if (length > FRAME_BYTES_MAX) throw new Error(`a frame of ${length} bytes`);
      if (this.#rest.length < HEADER_BYTES + length) return envelopes;
      envelopes.push(openEnvelope(this.#rest.subarray(HEADER_BYTES, HEADER_BYTES + length)));
      this.#rest = this.#rest.subarray(HEADER_BYTES + length);
    }
  }
}

function openEnvelope(bytes: Uint8Array): Envelope {
  const { payloadType, payload, clientMsgId } = decodeMessage('Envelope', bytes);
  if (typeof payloadType !== 'number') throw new Error('an envelope without a payload type');
  return {
    payloadType,
    payload: payload instanceof Uint8Array ? payload : new Uint8Array(),
    clientMsgId: typeof clientMsgId === 'string' ? clientMsgId : undefined,
  };
}
