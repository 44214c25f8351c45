import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Change } from './records';

/**
 * Append-only file of what happened: one JSON line per transaction, synced to disk before anyone is answered.
 * A line that a kill cut short is the last one, was never answered, and is dropped when the file is opened.
 */
export class Journal {
  #length: number;

  private constructor(
    private readonly file: number,
    length: number,
  ) {
    this.#length = length;
  }

  /** Opens or creates the file and gives every whole transaction in it; throws when a line before the last is damaged. */
  static open(path: string): { journal: Journal; transactions: Change[][] } {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'a+', 0o600);
    syncDirectory(dirname(path));
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) {
      ftruncateSync(file, end);
      fsyncSync(file);
    }
    const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
    const transactions = lines.map((line, index) => {
      try {
        return decode(line);
      } catch (error) {
        throw new Error(`journal ${path} is damaged at line ${index + 1}`, { cause: error });
      }
    });
    return { journal: new Journal(file, end), transactions };
  }

  /** Writes one transaction and syncs it. When that fails the file is cut back, so that a later line stays readable. */
  append(changes: readonly Change[]): void {
    const line = Buffer.from(`${encode(changes)}\n`, 'utf8');
    try {
      for (let written = 0; written < line.length;) {
        written += writeSync(this.file, line, written);
      }
      fsyncSync(this.file);
      this.#length += line.length;
    } catch (error) {
      ftruncateSync(this.file, this.#length);
      throw error;
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Amounts are the only big integers, and the only keys that end in `Minor`. */
function encode(changes: readonly Change[]): string {
  return JSON.stringify(changes, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function decode(line: string): Change[] {
  return JSON.parse(line, (key, value: unknown) =>
    key.endsWith('Minor') && typeof value === 'string' ? BigInt(value) : value,
  ) as Change[];
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
