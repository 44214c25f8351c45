import { describeError } from './command';
import { serve } from './serve';

/** `npm start`: the whole brokerage on this machine, until Ctrl-C. */
serve().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\n${describeError(error)}\n`);
    process.exit(1);
  },
);
