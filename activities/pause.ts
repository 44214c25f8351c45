import { Context } from '@temporalio/activity';

/** Waits, or less when the worker is shutting down. */
export async function pause(ms: number): Promise<void> {
  const signal = Context.current().cancellationSignal;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
