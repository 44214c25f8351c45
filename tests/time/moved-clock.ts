import { renameSync, writeFileSync } from 'node:fs';

/**
 * The wall clock of this whole run: PostgreSQL, the simulators, the workers and the test itself read through
 * libfaketime how far it is ahead (scripts/time-skipping.js). Monotonic time stays what it is, so pauses and
 * time-outs last as long as ever.
 */
export class MovedClock {
  readonly #file: string;
  #aheadMs = 0;

  constructor() {
    const file = process.env['FAKETIME_TIMESTAMP_FILE'];
    if (!file)
      throw new Error('Run this test as npm run test:time: it needs a clock that can move.');
    this.#file = file;
  }

  moveOn(ms: number): void {
    this.#set(this.#aheadMs + ms);
  }

  /** Back to the machine's own time, when nothing of the stage is left. */
  reset(): void {
    this.#set(0);
  }

  #set(aheadMs: number): void {
    this.#aheadMs = aheadMs;
    // Renamed into place: nobody reads half a number.
    writeFileSync(`${this.#file}.new`, `+${(aheadMs / 1_000).toFixed(3)}`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
