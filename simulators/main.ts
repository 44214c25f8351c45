import { createRequire } from 'node:module';

/** `npm run simulator -- NAME [options]`: starts one simulator; each prints one JSON line with its addresses. */
const SIMULATORS = ['mt5', 'mt4', 'ctrader', 'psp', 'chain', 'verifier', 'mail'];

interface Program {
  readonly main: (argv: string[]) => Promise<void>;
}

/** Loads one simulator and not the others, which together take several times as long to load. */
function load(name: string): Program {
  return createRequire(__filename)(`./${name}/main`);
}

async function run(): Promise<void> {
  const [name = '', ...argv] = process.argv.slice(2);
  if (!SIMULATORS.includes(name)) {
    process.stderr.write(`usage: npm run simulator -- ${SIMULATORS.join(' | ')} [options]\n`);
    process.exitCode = 2;
    return;
  }
  if (process.env['npm_lifecycle_event'] !== undefined) endWithParent();
  await load(name).main(argv);
}

const PARENT_CHECK_MS = 500;

/** npm ends with its shell on SIGTERM and tells nobody below: a simulator that lost its parent ends as if told. */
function endWithParent(): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  watch.unref();
}

run().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
