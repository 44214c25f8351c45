import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, open, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Checkpoint, CheckpointFormat } from '../../domain/audit/checkpoint';
import { rows, type Tx } from '../connection';
import { listCheckpoints } from './checkpoint-rows';

/** First 64 bits of each event's hash: enough to name the event that a re-hashed chain differs in. */
export const markLength = 16;

/** A checkpoint as the copy outside the database holds it. */
export interface CopiedCheckpoint extends Checkpoint {
  /** Events since the checkpoint before: subject, first seq, and the marks of its events in a row. */
  readonly events: readonly (readonly [subject: string, firstSeq: number, marks: string])[];
}

/** Where the copy stands in a data folder. */
export function checkpointCopyPath(dataFolder: string): string {
  return path.join(dataFolder, 'checkpoints.jsonl');
}

const perRound = 100;

/** Appends every checkpoint that the copy lacks. The caller holds the writers' lock. */
export async function appendToCopy(tx: Tx, copyPath: string): Promise<number> {
  await mkdir(path.dirname(copyPath), { recursive: true, mode: 0o700 });
  const file = await open(copyPath, 'a', 0o600);
  let appended = 0;
  try {
    await chmod(copyPath, 0o600);
    let after = await lastNumber(copyPath);
    for (;;) {
      const missing = await listCheckpoints(tx, { after, limit: perRound });
      for (const checkpoint of missing) {
        const line: CopiedCheckpoint = { ...checkpoint, events: await marksOf(tx, checkpoint) };
        await file.appendFile(`${JSON.stringify(line)}\n`);
        after = checkpoint.number;
        appended += 1;
      }
      if (missing.length < perRound) break;
    }
    if (appended > 0) await file.sync();
  } finally {
    await file.close();
  }
  return appended;
}

async function marksOf(tx: Tx, checkpoint: Checkpoint): Promise<CopiedCheckpoint['events']> {
  const found = await rows<{ subject: string; first_seq: string; marks: string }>(
    tx,
    `select subject, min(seq) as first_seq, string_agg(left(encode(hash, 'hex'), ${markLength}), '' order by seq) as marks
     from event
     where recorded_order <= :lastOrder
       and recorded_order > coalesce((select last_order from checkpoint where number = :number::bigint - 1), 0)
     group by subject order by subject collate "C"`,
    { lastOrder: checkpoint.lastOrder, number: checkpoint.number },
  );
  return found.map((row) => [row.subject, Number(row.first_seq), row.marks] as const);
}

/** The copy, oldest first. @throws when a line is not a checkpoint. */
export async function* readCopy(copyPath: string): AsyncGenerator<CopiedCheckpoint> {
  if (!existsSync(copyPath)) return;
  const lines = createInterface({ input: createReadStream(copyPath, 'utf8'), crlfDelay: Infinity });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    yield parseLine(line, number);
  }
}

export class MalformedCopy extends Error {
  override readonly name = 'MalformedCopy';
}

function parseLine(line: string, number: number): CopiedCheckpoint {
  try {
    // Lines from before there were forms have none.
    const read = JSON.parse(line) as CopiedCheckpoint & { readonly format?: CheckpointFormat };
    const parsed: CopiedCheckpoint = { ...read, format: read.format ?? 1 };
    if (typeof parsed.number === 'string' && Array.isArray(parsed.events)) return parsed;
  } catch {
    // Said below, in words for a person.
  }
  throw new MalformedCopy(`line ${number} of the copy of checkpoints is not a checkpoint`);
}

const tailBytes = 65_536;

/** Number of the last checkpoint that the copy holds, 0 without a copy. */
export async function lastNumberCopied(copyPath: string): Promise<string> {
  return existsSync(copyPath) ? await lastNumber(copyPath) : '0';
}

/** Number of the last whole line; a line that a crash cut off is dropped first. */
async function lastNumber(copyPath: string): Promise<string> {
  const file = await open(copyPath, 'r');
  try {
    const { size } = await file.stat();
    const end = (await lastIndexOfNewline(file, size)) + 1;
    if (end < size) await truncate(copyPath, end);
    if (end === 0) return '0';
    const start = (await lastIndexOfNewline(file, end - 1)) + 1;
    const head = Buffer.alloc(Math.min(64, end - start));
    await file.read(head, 0, head.length, start);
    const match = /^\{"number":"(\d+)"/.exec(head.toString('utf8'));
    if (!match?.[1]) throw new MalformedCopy('the last line of the copy is not a checkpoint');
    return match[1];
  } finally {
    await file.close();
  }
}

/** Position of the last newline before `end`, −1 when there is none. */
async function lastIndexOfNewline(file: FileHandle, end: number): Promise<number> {
  const buffer = Buffer.alloc(tailBytes);
  for (let to = end; to > 0; to -= tailBytes) {
    const from = Math.max(0, to - tailBytes);
    const { bytesRead } = await file.read(buffer, 0, to - from, from);
    const index = buffer.subarray(0, bytesRead).lastIndexOf(10);
    if (index >= 0) return from + index;
  }
  return -1;
}
