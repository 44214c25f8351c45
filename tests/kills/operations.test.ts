/**
 * The whole product as processes of its own; 500 operations on accounts in calm, then the same 500 while workers,
 * API, trading servers and PostgreSQL are killed with SIGKILL. KILLS_SEED (default 1) repeats a run,
 * KILLS_OPERATIONS (default 500) makes it shorter.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrapFirstTwo } from '../../cli/demo/bootstrap';
import { startChaos } from '../../cli/demo/chaos';
import { Report } from '../../cli/demo/report';
import { gatherStaff } from '../../cli/demo/staff';
import { addressesOf, World } from '../../cli/demo/world';
import { runProof } from '../../cli/proofs';
import { startStack, type Stack } from '../../cli/stack/start-stack';
import { parseAmount } from '../../domain/money';
import { readEnvironment } from '../../temporal-config/environment.schema';
import { replayStack } from '../setup/temporal';
import { type Books, readBooks } from './books';
import { carryOut, type Outcome } from './carry-out';
import { currency, gatherTraders } from './clients';
import { drawOperations } from './operations';

const seed = Number(process.env['KILLS_SEED'] ?? 1);
const operationsInAll = Number(process.env['KILLS_OPERATIONS'] ?? 500);
const traderCount = 10;
const killsMin = Math.min(20, operationsInAll / 10);
const proofs = ['ledger', 'servers', 'processes', 'audit'] as const;

interface End {
  readonly outcomes: Readonly<Record<string, readonly Outcome[]>>;
  readonly books: Books;
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

  async function run(mark: string): Promise<End> {
    const world = new World(addressesOf(stack), `${mark}${Date.now().toString(36)}`);
    const traders = await gatherTraders(world, traderCount);
    const each = await Promise.all(
      traders.map((trader, index) =>
        carryOut(
          world,
          trader,
          drawOperations(seed * 1_000 + index, Math.round(operationsInAll / traderCount)),
        ),
      ),
    );
    return {
      outcomes: Object.fromEntries(traders.map(({ alias }, index) => [alias, each[index] ?? []])),
      books: await readBooks(stack.ownerUrl, world, traders),
    };
  }

  it(`reach the same end state as in calm: ${operationsInAll} operations, seed ${seed}`, async () => {
    const world = new World(addressesOf(stack), `s${Date.now().toString(36)}`);
    await gatherStaff(world, new Report(() => undefined));
    const calm = await run('a');
    const said: string[] = [];
    const chaos = startChaos(stack, {
      seed,
      print: (line) => void said.push(line.trim()),
      victims: /^(worker-|api$|simulator-(mt|ct)|postgres$)/,
    });
    let kills = 0;
    let wild: End;
    try {
      wild = await run('k');
    } finally {
      kills = await chaos.stop();
    }
    process.stdout.write(`${said.join('\n')}\n${kills} kills; ${summary(wild)}\n`);
    expect(wild).toEqual(calm);
    expect(kills).toBeGreaterThanOrEqual(killsMin);
    expect(said.filter((line) => line.includes('postgres')).length).toBeGreaterThan(0);
    for (const { server, ledger } of Object.values(wild.books.accounts)) {
      expect(BigInt(ledger)).toBe(parseAmount(server, currency));
    }
    const environment = readEnvironment({ ...stack.environment, DATABASE_URL: stack.ownerUrl });
    for (const name of proofs) {
      expect(await runProof(name, environment)).toMatchObject({ faultCount: 0 });
    }
  }, 1_800_000);

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

function summary({ outcomes }: End): string {
  const counts = new Map<string, number>();
  for (const outcome of Object.values(outcomes).flat()) {
    const words = outcome.replace(/[\d.]+: /, '');
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => `${count} × ${words}`).join(', ');
}
