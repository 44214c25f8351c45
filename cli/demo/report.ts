import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Prints each step with what proves it, and gathers the end state by alias for the digest. */
export class Report {
  readonly #startedAt = Date.now();
  readonly #end = new Map<string, unknown>();
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  chapter(title: string): void {
    this.#print(`\n${title}`);
  }

  /** One step that was done, and what proves it. */
  step(what: string, proof: string): void {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(1).padStart(6);
    this.#print(`${seconds} s  ✓ ${what}\n           ${proof}`);
  }

  note(text: string): void {
    this.#print(`           ${text}`);
  }

  /** States, amounts and outcomes: without ids, times and hashes, so that two runs can be compared. */
  record(alias: string, end: unknown): void {
    this.#end.set(alias, end);
  }

  /** SHA-256 of the canonical JSON of everything recorded. */
  digest(): string {
    return createHash('sha256').update(this.canonical()).digest('hex');
  }

  canonical(): string {
    const sorted = Object.fromEntries([...this.#end].sort(([a], [b]) => (a < b ? -1 : 1)));
    return canonicalize(sorted) ?? '';
  }
}
