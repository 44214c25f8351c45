import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { enqueueStart } from '../db/dispatch';
import { appendEvents } from '../db/events';
import { openScratch, past, type Scratch } from '../tests/proofs/scratch';
import { seedClient, seedDeposit, seedEntities, type SeededClient } from '../tests/proofs/seed';
import { nodeProgram } from './stack/children';
import { keepSecrets } from './stack/secrets';

const run = promisify(execFile);

describe('the commands that prove and export', () => {
  let scratch: Scratch;
  let data: string;
  let client: SeededClient;

  beforeAll(async () => {
    scratch = await openScratch();
    data = mkdtempSync(path.join(tmpdir(), 'keelson-commands-'));
    await keepSecrets(path.join(data, 'secrets'));
    await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      client = await seedClient(tx, 'cy');
      const id = await seedDeposit(tx, client, 1_000n);
      await appendEvents(tx, [{ subject: id, type: 'deposit.credited', ...client }]);
      await enqueueStart(tx, {
        workflow: 'dealFeed',
        workflowId: 'feed/mt5-test',
        taskQueue: 'workflows',
        args: {},
        subject: 'mt5-test',
        entityId: null,
        state: 'reading',
        waitsFor: 'the next deals of the server',
      });
    });
  });

  afterAll(async () => {
    await scratch.close();
    rmSync(data, { recursive: true, force: true });
  });

  /** As a person runs it: a process of its own, told by the environment where its database is. */
  async function keelson(...args: string[]): Promise<{ code: number; out: string }> {
    const { args: main } = nodeProgram('cli/main');
    const environment = { KEELSON_DATA: data, KEELSON_DATABASE_URL: scratch.appUrl };
    const { PATH = '' } = process.env;
    try {
      const { stdout } = await run(process.execPath, [...main, ...args], {
        env: { PATH, ...environment },
      });
      return { code: 0, out: stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout + stderr };
    }
  }

  it('prove says what it checked, and fails naming the thing', async () => {
    const holds = await keelson('prove', 'ledger');
    expect(holds.out).toMatch(/^ledger: holds\n +1 {2}every transaction has two entries/);
    expect(holds.code).toBe(0);
    const wallet = `cy/wallet/${client.clientId}/USD`;
    await scratch.asOwner(`update ledger_account set balance = 7 where id = '${wallet}'`);
    const fails = await keelson('prove', 'ledger');
    expect(fails.out).toContain('ledger: FAILS (1)');
    expect(fails.out).toContain(`FAULT  ${wallet}: balance 7, entries sum to 1000`);
    expect(fails.code).toBe(1);
    await scratch.asOwner(`update ledger_account set balance = 1000 where id = '${wallet}'`);
  });

  it('audit signs, verifies and exports, and verifies what it exported', async () => {
    expect((await keelson('audit', 'checkpoint')).out).toBe('checkpoint 1 signs 1 chains\n');
    const whole = await keelson('audit', 'verify');
    expect(whole.out).toContain('1 events in 1 chains, 1 checkpoints');
    expect(whole.out).toContain('everything holds');
    const out = path.join(data, 'bundle');
    const exported = await keelson('audit', 'export', '--client', client.clientId, '--out', out);
    expect(exported.out).toContain('1 events in 1 chains, checkpoint 1');
    const key = path.join(data, 'secrets', 'signing.pub');
    const bundle = await keelson('audit', 'verify', out, '--key', key);
    expect(bundle.out).toContain('everything holds');
    expect(bundle.code).toBe(0);
  });

  it('audit verify and prove audit name an event that was altered', async () => {
    await scratch.asOwner(
      past('event', `update event set actor = 'user:other' where type = 'deposit.credited'`),
    );
    const verified = await keelson('audit', 'verify');
    expect(verified.out).toMatch(
      /FAULT {2}event_altered dep_\S+ #1: its content is not what was hashed/,
    );
    expect(verified.code).toBe(1);
    const proved = await keelson('prove', 'audit');
    expect(proved.out).toMatch(/FAULT {2}dep_\S+ #1: event_altered/);
    expect(proved.code).toBe(1);
  });

  it('opens no personal data for somebody who is not logged in', async () => {
    const out = path.join(data, 'personal');
    const args = ['--client', client.clientId, '--out', out, '--personal'];
    const refused = await keelson('audit', 'export', ...args);
    expect(refused.out).toContain(
      'This acts for a person: run npm run keelson -- login EMAIL first.',
    );
    expect(refused.code).toBe(1);
  });

  it('stuck shows what an unfinished process waits for', async () => {
    const { out } = await keelson('stuck');
    expect(out).toContain('feed/mt5-test  reading  waits for the next deals of the server');
    expect(out).toContain('1 unfinished processes');
    expect((await keelson('stuck', '--minutes', '5')).out).toContain('0 unfinished processes');
  });

  it('a wrong command line is told apart from a failed proof', async () => {
    expect((await keelson('prove', 'everything')).code).toBe(2);
    expect((await keelson('audit', 'verify', 'bundle')).code).toBe(2);
  });
});
