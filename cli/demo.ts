import { writeFileSync } from 'node:fs';
import { describeError } from './command';
import { bootstrapFirstTwo } from './demo/bootstrap';
import { startChaos } from './demo/chaos';
import { startLosses } from './demo/lost-temporal';
import { demoPassword } from './demo/people';
import { proveAll } from './demo/prove';
import { Report } from './demo/report';
import { runScenario, type Subjects } from './demo/scenario';
import { demoLogins } from './demo/staff';
import { addressesOf, World } from './demo/world';
import { describeAddresses, type DemoLogin } from './stack/addresses';
import { startStack, type Stack } from './stack/start-stack';
import { untilSignal } from './stack/until-signal';

interface Options {
  readonly exit: boolean;
  readonly chaos: boolean;
  readonly loseTemporal: boolean;
  readonly seed: number;
}

const killsMin = 10;
const roundsMax = 4;

function readOptions(args: readonly string[]): Options {
  const known = new Set(['--exit', '--chaos', '--lose-temporal', '--seed']);
  const seedAt = args.indexOf('--seed');
  const seed = seedAt === -1 ? 1 : Number(args[seedAt + 1]);
  const unknown = args.filter(
    (arg, position) => !known.has(arg) && (seedAt === -1 || position !== seedAt + 1),
  );
  if (unknown.length > 0 || !Number.isInteger(seed)) {
    throw new Error(
      `npm run demo -- [--exit] [--chaos] [--lose-temporal] [--seed N]; not known: ${unknown.join(' ') || '--seed needs a whole number'}`,
    );
  }
  return {
    exit: args.includes('--exit'),
    chaos: args.includes('--chaos'),
    loseTemporal: args.includes('--lose-temporal'),
    seed,
  };
}

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const signalled = untilSignal();
  print('Starting Keelson …');
  const stack = await Promise.race([
    startStack({ report: (message) => print(`  ${message}`) }),
    signalled,
  ]);
  if (typeof stack === 'string') process.exit(130);
  try {
    const outcome = await Promise.race([demonstrate(stack, options), signalled]);
    if (typeof outcome === 'string') return;
    print(`\n${describeAddresses(stack, outcome)}`);
    if (options.exit) return;
    print('\nCtrl-C ends it; the data stays. npm run reset drops the data.');
    await signalled;
  } finally {
    print('\nEnding …');
    await stack.stop();
  }
}

/**
 * The scenario once in calm; with `--chaos` again while everything is being killed, with `--lose-temporal` again
 * while Temporal's database is deleted, each to the same end state.
 */
async function demonstrate(stack: Stack, options: Options): Promise<readonly DemoLogin[]> {
  await bootstrapFirstTwo(stack);
  const calm = new Report(print);
  const { subjects, world } = await scenario(stack, calm, 'a');
  if (options.chaos) await underChaos(stack, calm, options.seed);
  if (options.loseTemporal) await withoutTemporal(stack, calm, options.seed);
  await settleDown(stack);
  await proveAll(stack, calm);
  print(`\nEnd state ${calm.digest()}`);
  return keepLogins(stack, world, subjects);
}

async function scenario(
  stack: Stack,
  report: Report,
  mark: string,
): Promise<{ subjects: Subjects; world: World }> {
  const world = new World(addressesOf(stack), `${mark}${Date.now().toString(36)}`);
  print(`\nRun ${world.run}`);
  return { subjects: await runScenario(world, report), world };
}

async function underChaos(stack: Stack, calm: Report, seed: number): Promise<void> {
  print(`\nThe same again while workers, relays, API and simulators are killed (seed ${seed})`);
  const chaos = startChaos(stack, { seed, print });
  const ends: Report[] = [];
  let kills = 0;
  try {
    // A fast machine is through before ten kills have struck: then the same once more.
    while (ends.length < roundsMax && (ends.length === 0 || chaos.kills() < killsMin)) {
      const wild = new Report(print);
      await scenario(stack, wild, 'c');
      ends.push(wild);
    }
  } finally {
    kills = await chaos.stop();
  }
  for (const wild of ends) assertSameEnd(calm, wild);
  if (kills < killsMin)
    throw new Error(`only ${kills} kills hit work in flight; ${killsMin} are asked for`);
  calm.chapter('Under kills');
  calm.step(`${kills} kills with work in flight, and the same end state`, calm.digest());
}

async function withoutTemporal(stack: Stack, calm: Report, seed: number): Promise<void> {
  print(`\nThe same again while Temporal's database is deleted (seed ${seed})`);
  const lost = startLosses(stack, { seed, print });
  const wild = new Report(print);
  let losses = 0;
  try {
    await scenario(stack, wild, 't');
  } finally {
    losses = await lost.stop();
  }
  assertSameEnd(calm, wild);
  if (losses === 0) throw new Error('Temporal was lost at no time with work in flight');
  calm.chapter('Without Temporal');
  calm.step(`lost ${losses} times with work in flight, and the same end state`, calm.digest());
}

function assertSameEnd(calm: Report, wild: Report): void {
  if (wild.digest() === calm.digest()) return;
  throw new Error(`another end state:\n  calm  ${calm.canonical()}\n  wild  ${wild.canonical()}`);
}

/** Letters and feeds finish what the scenario did not wait for. */
async function settleDown(stack: Stack): Promise<void> {
  for (const name of stack.supervisor.names()) await stack.supervisor.whenReady(name, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}

/** Log-ins to look around with; also for the script that makes pictures. */
function keepLogins(stack: Stack, world: World, subjects: Subjects): DemoLogin[] {
  const logins = [
    ...demoLogins().map((login) => ({ ...login, kind: 'staff' })),
    { role: 'client (Anna)', email: world.address('anna'), password: demoPassword, kind: 'client' },
    { role: 'partner', email: subjects.partnerEmail, password: demoPassword, kind: 'partner' },
  ];
  writeFileSync(stack.folder.demoFile, JSON.stringify({ logins, subjects }, null, 2), {
    mode: 0o600,
  });
  return logins.map(({ role, email, password }) => ({ role, email, password }));
}

main().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    process.stderr.write(`\n${describeError(error)}\n`);
    process.exit(1);
  },
);
