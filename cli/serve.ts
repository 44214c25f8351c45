import { type DemoLogin, describeAddresses } from './stack/addresses';
import { type Stack, type StackOptions, startStack } from './stack/start-stack';
import { untilSignal } from './stack/until-signal';

export interface ServeOptions extends Omit<StackOptions, 'report'> {
  /** Puts data in when there is none yet, and tells the log-ins; run when everything is up. */
  readonly seed?: (stack: Stack) => Promise<readonly DemoLogin[]>;
}

/** Brings the stack up, prints where everything is, and stays until a signal comes. */
export async function serve(options: ServeOptions = {}): Promise<void> {
  const { seed, ...stackOptions } = options;
  const startedAt = Date.now();
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const signalled = untilSignal();
  print('Starting Keelson …');
  const stack = await Promise.race([
    startStack({ ...stackOptions, report: (message) => print(`  ${message}`) }),
    signalled,
  ]);
  // Half a stack is the guard's to end: it does so as soon as this process is gone.
  if (typeof stack === 'string') process.exit(130);
  try {
    const outcome = await Promise.race([
      (seed?.(stack) ?? Promise.resolve([])).then((logins) => ({ logins })),
      signalled,
    ]);
    if (typeof outcome === 'object') {
      print(`\nKeelson is up (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
      print(describeAddresses(stack, outcome.logins));
      print('\nCtrl-C ends it; the data stays. npm run reset drops the data.');
      await signalled;
    }
    print('\nEnding …');
  } finally {
    await stack.stop();
  }
}
