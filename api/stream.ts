import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { z } from 'zod';
import type { Scope } from '../domain/access/scope';
import { unavailable } from '../domain/problem';
import { inScope, type Database, type Tx } from '../db/connection';

/** An answer that is too long to be held in memory: it is written while it is read. */
export interface Streamed {
  readonly mediaType: string;
  readonly fileName: string;
  /** Its parts in order, read in a transaction of the caller's scope that lasts as long as the sending. */
  readonly parts: (tx: Tx) => AsyncIterable<string>;
}

/** Schema of an answer that is streamed; `mediaType` stands in the document. */
export function streamed(mediaType: string) {
  return z.custom<Streamed>().meta({ override: { type: 'string', format: 'binary' }, mediaType });
}

export function isStreamed(body: unknown): body is Streamed {
  return typeof body === 'object' && body !== null && 'parts' in body;
}

/** A stream holds a connection of the pool and a snapshot: so many at once, and none for longer. */
const atOnceMax = 3;
const minutesMax = 10;
/** As much as is handed to the socket at a time. */
const charactersPerWrite = 64 * 1024;

let open = 0;

/**
 * Sends a stream at the pace of its reader. Whoever breaks off, stalls for a minute or takes longer than ten ends
 * the transaction. What fails after the first byte breaks the connection, so that half a file is not taken for one.
 */
export async function sendStream(
  { mediaType, fileName, parts }: Streamed,
  { db, scope, response }: { db: Database; scope: Scope; response: Response },
): Promise<void> {
  if (open >= atOnceMax) {
    throw unavailable('busy', 'Other files are being written. Try again in a minute.', {
      retryAfterSeconds: 60,
    });
  }
  open += 1;
  try {
    await inScope(db, scope, async (tx) => {
      const chunks = gathered(parts(tx));
      // Read before anything is said: what fails here is still told as a problem.
      const first = await chunks.next();
      response.type(mediaType);
      response.attachment(fileName);
      response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
      await pipeline(Readable.from(from(first, chunks)), response, {
        signal: AbortSignal.timeout(minutesMax * 60_000),
      });
    });
  } catch (error) {
    if (!isBrokenOff(error)) throw error;
  } finally {
    open -= 1;
  }
}

/** What a stream fails with when its reader has gone. */
const brokenOff = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'EPIPE'];

function isBrokenOff(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    brokenOff.includes(error.code)
  );
}

async function* gathered(parts: AsyncIterable<string>): AsyncGenerator<Buffer, undefined> {
  let text = '';
  for await (const part of parts) {
    text += part;
    if (text.length < charactersPerWrite) continue;
    yield Buffer.from(text, 'utf8');
    text = '';
  }
  if (text !== '') yield Buffer.from(text, 'utf8');
}

async function* from(
  first: IteratorResult<Buffer, undefined>,
  rest: AsyncGenerator<Buffer, undefined>,
): AsyncGenerator<Buffer> {
  if (!first.done) yield first.value;
  yield* rest;
}
