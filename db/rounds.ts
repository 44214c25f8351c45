export interface RoundsOptions {
  readonly everyMs: number;
  readonly round: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Does the same work again and again until stopped, with a pause between. A failure is reported and the next
 * round tries again. `stop` waits for the round that runs.
 */
export function startRounds({ everyMs, round, onError }: RoundsOptions): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  const next = async () => {
    try {
      await round();
    } catch (error) {
      onError(error);
    }
    if (!isStopped) schedule();
  };
  const schedule = () => {
    timer = setTimeout(() => {
      running = next();
    }, everyMs);
    timer.unref();
  };
  schedule();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
