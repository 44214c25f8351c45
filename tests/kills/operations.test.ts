/**
 * The whole product as processes of its own; 500 operations on accounts of all three platforms (opening, transfers,
 * leverage, type, password, group, override, freezing, moving, closing) in calm, then the same 500 while workers, API,
 * trading servers and PostgreSQL are killed with SIGKILL. KILLS_SEED (default 1) repeats a run, KILLS_OPERATIONS
 * (default 500) makes it shorter.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrapFirstTwo } from '../../cli/demo/bootstrap';
import { startChaos } from '../../cli/demo/chaos';
import { Report } from '../../cli/demo/report';
import { gatherStaff, type Staff } from '../../cli/demo/staff';
import { addressesOf, World } from '../../cli/demo/world';
import { runProof } from '../../cli/proofs';
import { startStack, type Stack } from '../../cli/stack/start-stack';
import { parseAmount } from '../../domain/money';
import { readEnvironment } from '../../temporal-config/environment.schema';
import { replayStack } from '../setup/temporal';
import { type Books, readBooks, whenAllRests } from './books';
import { carryOut, type Outcome } from './carry-out';
import { currency, gatherTraders, type Trader } from './clients';
import { drawOperations, type OperationKind } from './operations';

const seed = Number(process.env['KILLS_SEED'] ?? 1);
const operationsInAll = Number(process.env['KILLS_OPERATIONS'] ?? 500);
const traderCount = 10;
const killsMin = Math.min(20, operationsInAll / 10);
const proofs = ['ledger', 'servers', 'processes', 'audit'] as const;

/** From so many operations on each kind is among them and succeeds at least once. */
const everyKindFrom = 300;
const kinds = [
  'open',
  'to_account',
  'to_wallet',
  'leverage',
  'type',
  'password',
  'group',
  'override',
  'freeze',
  'migrate',
  'close',
] as const satisfies readonly OperationKind[];

interface Operated {
  readonly world: World;
  readonly traders: readonly Trader[];
  readonly outcomes: Readonly<Record<string, readonly Outcome[]>>;
}

describe('account operations under kills', () => {
  let folder: string;
  let stack: Stack;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'keelson-kills-'));
    stack = await startStack({ data: path.join(folder, 'data'), environment: unlimited });
    await bootstrapFirstTwo(stack);
  }, 300_000);

  afterAll(async () => {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function operate(mark: string, staff: Staff): Promise<Operated> {
    const world = new World(addressesOf(stack), `${mark}${Date.now().toString(36)}`);
    const traders = await gatherTraders(world, traderCount);
    const each = await Promise.all(
      traders.map((trader, index) =>
        carryOut(
          { world, staff, trader },
          drawOperations(seed * 1_000 + index, Math.round(operationsInAll / traderCount)),
        ),
      ),
    );
    const outcomes = traders.map(({ alias }, index) => [alias, each[index] ?? []] as const);
    return { world, traders, outcomes: Object.fromEntries(outcomes) };
  }

  async function booksOf({ world, traders }: Operated): Promise<Books> {
    await whenAllRests(stack.ownerUrl);
    return readBooks(stack.ownerUrl, world, traders);
  }

  it(`reach the same end state as in calm: ${operationsInAll} operations, seed ${seed}`, async () => {
    const world = new World(addressesOf(stack), `s${Date.now().toString(36)}`);
    const staff = await gatherStaff(world, new Report(() => undefined));
    const calm = await operate('a', staff);
    const calmBooks = await booksOf(calm);
    const said: string[] = [];
    const chaos = startChaos(stack, {
      seed,
      print: (line) => void said.push(line.trim()),
      victims: /^(worker-|api$|simulator-(mt|ct)|postgres$)/,
    });
    let kills = 0;
    let wild: Operated;
    try {
      wild = await operate('k', staff);
    } finally {
      kills = await chaos.stop();
    }
    const books = await booksOf(wild);
    process.stdout.write(`${said.join('\n')}\n${kills} kills; ${summary(wild)}\n`);
    expect(wild.outcomes).toEqual(calm.outcomes);
    expect(books).toEqual(calmBooks);
    expect(books).toMatchObject({ openIntents: [], strangers: [] });
    expect(kills).toBeGreaterThanOrEqual(killsMin);
    expect(said.filter((line) => line.includes('postgres')).length).toBeGreaterThan(0);
    for (const [alias, account] of Object.entries(books.accounts)) {
      const { balance, group, leverage, passwordFits } = account.server;
      expect({ alias, ledger: BigInt(account.ledger), group, leverage, passwordFits }).toEqual({
        alias,
        ledger: parseAmount(balance, currency),
        group: account.group,
        leverage: account.leverage,
        passwordFits: passwordFits === null ? null : true,
      });
    }
    if (operationsInAll >= everyKindFrom) expect(succeeded(wild)).toEqual([...kinds]);
    const environment = readEnvironment({ ...stack.environment, DATABASE_URL: stack.ownerUrl });
    for (const name of proofs) {
      expect(await runProof(name, environment)).toMatchObject({ faultCount: 0 });
    }
  }, 2_700_000);

  it('leave histories that replay', async () => {
    expect(await replayStack(stack.environment)).toBeGreaterThan(traderCount);
  }, 600_000);
});

/** Ten people who do not wait between two requests: more than the limits allow anybody. */
const unlimited = {
  KEELSON_REQUESTS_MAX: '1000000000',
  KEELSON_PUBLIC_COMMANDS_MAX: '1000000000',
  KEELSON_LOGIN_FAILURES_MAX: '1000000000',
};

/** Kinds of operations of which one at least was not refused. */
function succeeded({ outcomes }: Operated): OperationKind[] {
  const all = Object.values(outcomes).flat();
  return kinds.filter((kind) =>
    all.some(
      (outcome) => outcome.startsWith(`${kind}: `) && /\b(done|active|given back)\b/.test(outcome),
    ),
  );
}

function summary({ outcomes }: Operated): string {
  const counts = new Map<string, number>();
  for (const outcome of Object.values(outcomes).flat()) {
    const words = outcome.replace(/(: |1:)[\d.]+/g, '$1…');
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => `${count} × ${words}`).join(', ');
}
