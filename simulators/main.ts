import { main as ctrader } from './ctrader/main';
import { main as mail } from './mail/main';
import { main as mt4 } from './mt4/main';
import { main as mt5 } from './mt5/main';
import { main as psp } from './psp/main';

/** `npm run simulator -- NAME [options]`: starts one simulator; each prints one JSON line with its addresses. */
const SIMULATORS: Record<string, (argv: string[]) => Promise<void>> = {
  mt5,
  mt4,
  ctrader,
  psp,
  mail,
};

async function run(): Promise<void> {
  const [name = '', ...argv] = process.argv.slice(2);
  const main = SIMULATORS[name];
  if (!main) {
    const known = Object.keys(SIMULATORS).join(' | ');
    process.stderr.write(`usage: npm run simulator -- ${known} [options]\n`);
    process.exitCode = 2;
    return;
  }
  if (process.env['npm_lifecycle_event'] !== undefined) endWithParent();
  await main(argv);
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
