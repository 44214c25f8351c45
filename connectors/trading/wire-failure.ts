import { type IncomingMessage } from 'node:http';

/** The wire failed. `sent` is false only when no byte of the request can have left. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  constructor(
    readonly kind: 'connect' | 'lost' | 'timeout' | 'oversized',
    readonly sent: boolean,
    detail: string,
  ) {
    super(detail);
  }
}

/** A longer answer is not read to its end. */
export const answerBytesMax = 64 * 1024 * 1024;

/** The body of an answer. Throws WireFailure (`oversized`, `lost`). */
export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const arriving: AsyncIterable<Buffer> = response;
  let bytes = 0;
  try {
    for await (const chunk of arriving) {
      bytes += chunk.length;
      if (bytes > answerBytesMax) {
        throw new WireFailure('oversized', true, `the answer is over ${answerBytesMax} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof WireFailure) throw error;
    throw new WireFailure('lost', true, `the answer broke off: ${reasonOf(error)}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The system's code of an error: messages may quote what they failed on. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    return error.name;
  }
  return 'unknown error';
}
