/** Signals that ask the stack to end: Ctrl-C, `kill`, a closed terminal. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on a Ctrl-C that the terminal has sent already: within this time they are one. */
const sameSignalMs = 1000;

/**
 * Waits for a signal to end. A second one, a second later or more, ends the process at once; its
 * guard then ends the children.
 */
export async function untilSignal(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    let firstAt: number | undefined;
    for (const signal of endSignals) {
      process.on(signal, () => {
        if (firstAt === undefined) {
          firstAt = Date.now();
          resolve(signal);
        } else if (Date.now() - firstAt > sameSignalMs) {
          process.exit(130);
        }
      });
    }
  });
}
