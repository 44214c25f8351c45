const windowMs = 1_000;

/**
 * How long the next request has to wait so that no second sees more than `perSecond` of them.
 * `sentAtMs` are the moments of the latest ones, oldest first; older than `perSecond` back do not matter.
 */
export function waitMs(sentAtMs: readonly number[], nowMs: number, perSecond: number): number {
  const oldest = sentAtMs[sentAtMs.length - perSecond];
  return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - nowMs);
}

/** Holds requests to a number a second: MT5 answers 12 (too frequent) to more, and may do worse. */
export class Pace {
  readonly #perSecond: number;
  #sentAtMs: number[] = [];

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Waits until one more request may go, and counts it. One caller at a time. */
  async turn(): Promise<void> {
    for (;;) {
      // The monotonic clock: a clock set back would hold everything up.
      const nowMs = performance.now();
      const wait = waitMs(this.#sentAtMs, nowMs, this.#perSecond);
      if (wait === 0) {
        this.#sentAtMs = [...this.#sentAtMs, nowMs].slice(-this.#perSecond);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)));
    }
  }
}
