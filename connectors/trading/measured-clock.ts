import {
  currentOffsetSeconds,
  measureClock,
  type ServerClock,
} from '../../domain/trading/server-clock';
import { type ServerTime } from './port';

/** A slower answer says too little about the time at which it was written. */
const roundTripMaxMs = 3_000;

export interface Measured {
  readonly clock: ServerClock;
  readonly now: ServerTime;
}

/** What a server's answers to the question for its time have shown of its clock. */
export class MeasuredClock {
  #clock: ServerClock | null = null;

  /**
   * Asks for the server's time in milliseconds and takes the answer in. With `wholeSeconds` a new offset holds from
   * the beginning of the second it was seen in, as it must where records have whole seconds.
   */
  async measure(
    ask: () => Promise<number>,
    { wholeSeconds = false }: { readonly wholeSeconds?: boolean } = {},
  ): Promise<Measured> {
    const askedMs = Date.now();
    const serverTimeMsc = await ask();
    const answeredMs = Date.now();
    const middleMs = Math.round((askedMs + answeredMs) / 2);
    if (this.#clock === null || answeredMs - askedMs <= roundTripMaxMs) {
      const part = wholeSeconds ? middleMs % 1000 : 0;
      this.#clock = measureClock(this.#clock, serverTimeMsc - part, middleMs - part);
    }
    const offsetSeconds = currentOffsetSeconds(this.#clock);
    const now = { at: new Date(middleMs).toISOString(), serverTimeMsc, offsetSeconds };
    return { clock: this.#clock, now };
  }

  /** The clock as known; null when it was never measured. */
  get known(): ServerClock | null {
    return this.#clock;
  }
}
