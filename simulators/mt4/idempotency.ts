import { createHash } from 'node:crypto';
import { Journal } from '../journal/journal';
import { type Answer, failed, Invalid } from './envelope';

const table = 'answers';
const KEY_CHARS_MAX = 255;
const KEPT_MS = 86_400_000;

interface Kept {
  request: string;
  at: number;
  answer: Answer;
}

/**
 * The bridge's memory of keys: the first answer to a key is given again for a day, and nothing is carried out
 * twice while it remembers. It is written down after the operation, in a book of its own, so a kill in between
 * forgets the key and keeps the operation: a replayed answer is what is promised, and no more.
 */
export class Answers {
  readonly #journal: Journal;
  readonly #running = new Set<string>();

  constructor(
    file: string,
    private readonly now: () => number,
  ) {
    this.#journal = new Journal(file);
    const old = this.#kept().filter(([, kept]) => now() - kept.at > KEPT_MS);
    if (old.length > 0) this.#journal.commit(old.map(([id]) => ({ table, id, row: null })));
  }

  /** What is known of the key: the answer, or that the request still runs; undefined lets it run. */
  take(key: string, request: string): Answer | undefined {
    if (key.length > KEY_CHARS_MAX || !/^[\x21-\x7e]+$/.test(key)) {
      throw new Invalid(`Idempotency-Key must be 1 to ${KEY_CHARS_MAX} printable characters`);
    }
    const digest = digestOf(request);
    const kept = this.#journal.rows(table).get(key) as Kept | undefined;
    if (kept !== undefined && this.now() - kept.at <= KEPT_MS) {
      if (kept.request !== digest) throw new Invalid('the key was used for another request');
      return kept.answer;
    }
    if (this.#running.has(key)) {
      return failed('OutcomeUnknown', 'a request with this key is still running', {
        outcome: 'in-progress',
      });
    }
    this.#running.add(key);
    return undefined;
  }

  keep(key: string, request: string, answer: Answer): void {
    const row: Kept = { request: digestOf(request), at: this.now(), answer };
    this.#journal.commit([{ table, id: key, row }]);
    this.#running.delete(key);
  }

  /** The request ended without an answer worth keeping. */
  forget(key: string): void {
    this.#running.delete(key);
  }

  close(): void {
    this.#journal.close();
  }

  #kept(): [string, Kept][] {
    return [...this.#journal.rows(table)] as [string, Kept][];
  }
}

function digestOf(request: string): string {
  return createHash('sha256').update(request).digest('hex');
}
