import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A row to keep (or, with `row` null, to forget) in a named table. */
export interface Change {
  readonly table: string;
  readonly id: string;
  readonly row: unknown;
}

/**
 * Tables in memory behind a journal on disk. A commit is one line, fsynced before it returns:
 * a process that is killed comes back with every commit it ever answered for, and with no half of one.
 */
export class Journal {
  readonly #tables = new Map<string, Map<string, unknown>>();
  readonly #file: string;
  #handle: number;

  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#load();
    this.#handle = this.#compact();
  }

  /** Applies the changes together and makes them durable. */
  commit(changes: readonly Change[]): void {
    writeWhole(this.#handle, `${JSON.stringify(changes)}\n`);
    fsyncSync(this.#handle);
    for (const change of changes) this.#apply(change);
  }

  rows(table: string): ReadonlyMap<string, unknown> {
    return this.#tables.get(table) ?? new Map<string, unknown>();
  }

  close(): void {
    closeSync(this.#handle);
  }

  #apply(change: Change): void {
    const table = this.#tables.get(change.table) ?? new Map<string, unknown>();
    this.#tables.set(change.table, table);
    if (change.row === null) table.delete(change.id);
    else table.set(change.id, change.row);
  }

  #load(): void {
    if (!existsSync(this.#file)) return;
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    // Whatever follows the last newline was never fsynced whole, so it was never answered for.
    lines.pop();
    for (const line of lines) {
      for (const change of parseLine(line)) this.#apply(change);
    }
  }

  /** Rewrites the journal as the rows that count, so that it does not grow with every restart. */
  #compact(): number {
    const next = `${this.#file}.next`;
    const handle = openSync(next, 'w', 0o600);
    for (const [table, rows] of this.#tables) {
      for (const [id, row] of rows) {
        writeWhole(handle, `${JSON.stringify([{ table, id, row }])}\n`);
      }
    }
    fsyncSync(handle);
    renameSync(next, this.#file);
    syncFolder(dirname(this.#file));
    return handle;
  }
}

/** Makes a rename or a new file in the folder durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeWhole(handle: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(handle, bytes, written);
}

function parseLine(line: string): Change[] {
  const value: unknown = JSON.parse(line);
  if (!Array.isArray(value)) throw new Error('the journal is damaged');
  return value as Change[];
}
