import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EventType } from '../../../domain/access/event-access';
import { permissionsOf, type Role } from '../../../domain/access/roles';
import { systemScope, type Scope } from '../../../domain/access/scope';
import { openScratch, type Scratch } from '../../../tests/proofs/scratch';
import {
  seedClient,
  seedDeposit,
  seedEntities,
  type SeededClient,
} from '../../../tests/proofs/seed';
import { throwawayKeys } from '../../../connectors/keys/file-keys';
import { appendEvents } from '../../events';
import { exportClient } from './export-client';

const run = promisify(execFile);
const verifier = join(__dirname, 'verify.mjs');

describe('an exported bundle', () => {
  let scratch: Scratch;
  let folder: string;
  let client: SeededClient;
  let other: SeededClient;

  beforeEach(async () => {
    scratch = await openScratch();
    folder = mkdtempSync(join(tmpdir(), 'keelson-bundle-'));
    await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      client = await seedClient(tx, 'cy');
      other = await seedClient(tx, 'cy');
      const deposit = await seedDeposit(tx, client, 1_000n);
      const event = (subject: string, type: EventType, of: SeededClient) => ({
        subject,
        type,
        ...of,
      });
      await appendEvents(tx, [
        {
          ...event(client.clientId, 'client.registered', client),
          personal: { personId: client.clientId, data: { name: 'Ada Löwe', born: '1990-01-01' } },
        },
        { ...event(deposit, 'deposit.credited', client), payload: { note: '=1+1,"x"\n<b>' } },
        event(deposit, 'deposit.noted', client),
        event('shared/1', 'account.looked_at', client),
        event('shared/1', 'account.looked_at', other),
        event('shared/1', 'account.looked_at', client),
        event(other.clientId, 'client.registered', other),
        { ...event(`restricted/${client.clientId}`, 'restriction.set', client), restricted: true },
      ]);
    });
    writeFileSync(join(folder, 'signing.pub'), scratch.db.keys.publicKey);
  });

  afterEach(async () => {
    await scratch.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const bundle = () => join(folder, 'bundle');
  const write = (scope: Scope = systemScope('os:root'), openPersonal = false) =>
    exportClient(scratch.db, scope, {
      clientId: client.clientId,
      out: bundle(),
      openPersonal,
      copyPath: join(folder, 'checkpoints.jsonl'),
    });
  const read = (name: string) => readFileSync(join(bundle(), name), 'utf8');
  const staff = (...roles: Role[]): Scope => ({
    kind: 'staff',
    actor: 'user:usr_1',
    userId: 'usr_1',
    entities: ['cy'],
    roles,
    permissions: permissionsOf(roles),
    restricted: permissionsOf(roles).has('restricted.read'),
  });

  /** Runs the verifier as an auditor would: Node alone, the script that is in the bundle. */
  async function verify(key = join(folder, 'signing.pub')): Promise<{ code: number; out: string }> {
    try {
      const { stdout } = await run(process.execPath, [join(bundle(), 'verify.mjs'), '--key', key]);
      return { code: 0, out: stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { code, out: stdout };
    }
  }

  it('is verified by the script in it, with the public key alone', async () => {
    const done = await write();
    expect(done).toMatchObject({ events: 6, subjects: 3, checkpoint: '1' });
    const { code, out } = await verify();
    expect(out).toContain('1 events of others are withheld');
    expect(out).toContain('covers 6 of them');
    expect(out).toContain('unanchored tail: 0 events');
    expect(out).toContain('everything holds');
    expect(code).toBe(0);
    expect(readFileSync(verifier, 'utf8')).toBe(read('verify.mjs'));
    expect(statSync(join(bundle(), 'events.jsonl')).mode & 0o777).toBe(0o600);
  });

  it('keeps personal data sealed, other clients out, and restricted records to the circle', async () => {
    await write();
    const all = ['events.jsonl', 'events.csv', 'events.html', 'manifest.json'].map(read).join('\n');
    expect(all).not.toContain('Ada');
    expect(all).not.toContain(other.clientId);
    expect(all).not.toContain('restricted/');
    expect(all).not.toContain('restriction.set');
  });

  it('shows restricted chains to who may see them', async () => {
    await write(staff('mlro'));
    expect(read('events.jsonl')).toContain('restriction.set');
    expect((await verify()).code).toBe(0);
  });

  it('opens personal data for a person with both permissions, and notes who took it', async () => {
    await expect(write(systemScope('os:root'), true)).rejects.toMatchObject({ status: 403 });
    await expect(write(staff('finance'), true)).rejects.toMatchObject({ status: 403 });
    await write(staff('compliance'), true);
    expect(read('personal.jsonl')).toContain('Ada Löwe');
    expect(read('events.html')).toContain('Ada Löwe');
    expect((await verify()).code).toBe(0);
    const [row] = await scratch.asSystem((tx) =>
      tx.sql('event').where({ type: 'audit.exported' }).select('actor', 'payload'),
    );
    expect(row).toEqual({
      actor: 'user:usr_1',
      payload: '{"events":6,"personalDataInClear":true}',
    });
  });

  it('writes cells that no spreadsheet runs, and a page that no browser does', async () => {
    await write();
    expect(read('events.csv')).toContain('"{""note"":""=1+1,\\""x\\""\\n<b>""}"');
    expect(read('events.html')).not.toContain('<b>');
  });

  it('is refused for a client of another entity, and into a folder with things in it', async () => {
    await expect(write({ ...staff('auditor'), entities: ['sc'] } as Scope)).rejects.toMatchObject({
      status: 404,
    });
    writeFileSync(join(bundle(), 'x'), '');
    await expect(write()).rejects.toMatchObject({ status: 409, code: 'not_empty' });
  });

  it('is not believed under another key', async () => {
    await write();
    writeFileSync(join(folder, 'other.pub'), throwawayKeys().publicKey);
    const { code, out } = await verify(join(folder, 'other.pub'));
    expect(code).toBe(1);
    expect(out).toContain('FAULT  manifest.json: the signature does not fit this key');
    expect(out).toContain('FAULT  checkpoint 1: the signature does not fit this key');
  });
});
