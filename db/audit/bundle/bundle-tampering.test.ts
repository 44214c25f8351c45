import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EventType } from '../../../domain/access/event-access';
import { systemScope } from '../../../domain/access/scope';
import { genesisHash, hashEvent } from '../../../domain/audit/event-hash';
import { openScratch, past, type Scratch } from '../../../tests/proofs/scratch';
import { seedClient, seedEntities, type SeededClient } from '../../../tests/proofs/seed';
import { appendEvents } from '../../events';
import type { BundledEvent } from './client-events';
import { exportClient } from './export-client';

const run = promisify(execFile);

/** What is done to the chain `dep_1` of three events, all of them signed by a checkpoint. */
type Tampering = (chain: readonly BundledEvent[]) => readonly BundledEvent[];
const at = (chain: readonly BundledEvent[], n: number): BundledEvent => {
  const found = chain[n - 1];
  if (!found) throw new Error(`there is no event ${n}`);
  return found;
};
const renumbered = (chain: readonly BundledEvent[]) =>
  chain.map((event, index) => ({ ...event, seq: String(index + 1) }));
const mine = '{"amount":"9.00"}';

const tamperings: Readonly<
  Record<string, { readonly does: Tampering; readonly plain: RegExp; readonly rehashed: RegExp }>
> = {
  'changed event': {
    does: (chain) => [at(chain, 1), { ...at(chain, 2), payload: mine }, at(chain, 3)],
    plain: /FAULT {2}dep_1 #2: its content is not what was hashed/,
    rehashed: /FAULT {2}dep_1 #3: .*does not lead to the state that checkpoint 1 signed/,
  },
  'deleted event': {
    does: (chain) => [at(chain, 1), at(chain, 3)],
    plain: /FAULT {2}dep_1 #2: is missing, the chain goes on at #3/,
    rehashed: /FAULT {2}dep_1 #2: .*does not lead to the state that checkpoint 1 signed/,
  },
  'chain that was cut': {
    does: (chain) => [at(chain, 1), at(chain, 2)],
    plain: /FAULT {2}dep_1 #3: is missing, checkpoint 1 signed the chain up to #3/,
    rehashed: /FAULT {2}dep_1 #2: .*does not lead to the state that checkpoint 1 signed/,
  },
  'chain that was truncated': {
    does: () => [],
    plain: /FAULT {2}dep_1 #1: is missing, the whole chain is/,
    rehashed: /FAULT {2}dep_1 #1: is missing, the whole chain is/,
  },
  'exchanged order': {
    does: (chain) => [at(chain, 1), at(chain, 3), at(chain, 2)],
    plain: /FAULT {2}dep_1 #2: is missing, the chain goes on at #3/,
    rehashed: /FAULT {2}dep_1 #3: .*does not lead to the state that checkpoint 1 signed/,
  },
  'inserted event': {
    does: (chain) => [at(chain, 1), { ...at(chain, 2), payload: mine }, at(chain, 2), at(chain, 3)],
    plain: /FAULT {2}dep_1 #2: its content is not what was hashed/,
    rehashed: /FAULT {2}dep_1 #4: .*does not lead to the state that checkpoint 1 signed/,
  },
  'appended event that claims to be old': {
    does: (chain) => [...chain, { ...at(chain, 3), seq: '4', payload: mine }],
    plain: /FAULT {2}dep_1 #4: it does not follow the event before it/,
    rehashed: /FAULT {2}dep_1 #4: its place in the order of recording was moved/,
  },
  'event whose place was moved past the checkpoint': {
    does: (chain) => [at(chain, 1), at(chain, 2), { ...at(chain, 3), order: '9000' }],
    plain: /FAULT {2}dep_1 #2: its place in the order of recording was moved/,
    rehashed: /FAULT {2}dep_1 #2: its place in the order of recording was moved/,
  },
};

/** Each event linked to the one before it and hashed again, as the rule says. */
function rehash(chain: readonly BundledEvent[]): BundledEvent[] {
  let prev = genesisHash(chain[0]?.subject ?? '');
  return renumbered(chain).map((event) => {
    const linked = { ...event, prev };
    const hash = hashEvent(linked);
    prev = hash;
    return { ...event, prev: linked.prev.toString('hex'), hash: hash.toString('hex') };
  });
}

describe('a bundle that is not what was recorded', () => {
  let scratch: Scratch;
  let folder: string;
  let client: SeededClient;

  beforeEach(async () => {
    scratch = await openScratch();
    folder = mkdtempSync(join(tmpdir(), 'keelson-bundle-'));
    client = await scratch.asSystem(async (tx) => {
      await seedEntities(tx);
      return seedClient(tx, 'cy');
    });
    await record('dep_1', '1.00');
    await record('dep_2', '2.00');
    await record('dep_1', '3.00');
    await record('dep_1', '4.00');
    writeFileSync(join(folder, 'signing.pub'), scratch.db.keys.publicKey);
  });

  afterEach(async () => {
    await scratch.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const record = (subject: string, amount: string) =>
    scratch.asSystem((tx) =>
      appendEvents(tx, [
        { subject, type: 'deposit.credited' satisfies EventType, ...client, payload: { amount } },
      ]),
    );
  const bundle = (name: string) => join(folder, 'bundle', name);
  const read = (name: string) => readFileSync(bundle(name), 'utf8');
  const write = () =>
    exportClient(scratch.db, systemScope('os:root'), {
      clientId: client.clientId,
      out: join(folder, 'bundle'),
      openPersonal: false,
      copyPath: join(folder, 'checkpoints.jsonl'),
    });

  /** As an auditor on another machine: Node alone, no environment, the script of the bundle. */
  async function verify(): Promise<{ code: number; out: string }> {
    const args = [bundle('verify.mjs'), '--key', join(folder, 'signing.pub')];
    try {
      const { stdout } = await run(process.execPath, args, { cwd: folder, env: {} });
      return { code: 0, out: stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { code, out: stdout };
    }
  }

  /** Replaces the chain `dep_1` and makes everything fit again that needs no signature. */
  function forge(tampering: Tampering, hashAgain: boolean): void {
    const events = read('events.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BundledEvent);
    const tampered = tampering(events.filter(({ subject }) => subject === 'dep_1'));
    const chain = hashAgain ? rehash(tampered) : tampered;
    const lines = [...events.filter(({ subject }) => subject !== 'dep_1'), ...chain];
    const manifest = JSON.parse(read('manifest.json')) as {
      files: Record<string, string>;
      heads: { subject: string; seq: string; hash: string }[];
      checkpoint: { lastOrder: string };
    };
    const end = chain.at(-1);
    manifest.heads = [
      ...manifest.heads.filter(({ subject }) => subject !== 'dep_1'),
      ...(end ? [{ subject: 'dep_1', seq: end.seq, hash: end.hash }] : []),
    ];
    const signedEnd = chain.findLast(
      ({ order }) => BigInt(order) <= BigInt(manifest.checkpoint.lastOrder),
    );
    // A proof that still fits is left alone: moving an event's place changes no hash.
    const fits = (anchor: { hash: string }) => chain.some(({ hash }) => hash === anchor.hash);
    const anchors = read('anchors.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { subject: string; hash: string })
      .map((anchor) =>
        hashAgain && signedEnd && anchor.subject === 'dep_1' && !fits(anchor)
          ? { ...anchor, seq: signedEnd.seq, hash: signedEnd.hash }
          : anchor,
      );
    const put = (name: string, values: readonly unknown[]) => {
      const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
      writeFileSync(bundle(name), text);
      manifest.files[name] = createHash('sha256').update(text).digest('hex');
    };
    put('events.jsonl', lines);
    put('anchors.jsonl', anchors);
    writeFileSync(bundle('manifest.json'), JSON.stringify(manifest));
  }

  describe.each(Object.entries(tamperings))('holds a %s and', (_, { does, plain, rehashed }) => {
    it('is found out, and the place is named', async () => {
      await write();
      forge(does, false);
      const { code, out } = await verify();
      expect(out).toMatch(plain);
      expect(out).toContain('FAULT  manifest.json: the signature does not fit this key');
      expect(code).toBe(1);
    });

    it('is found out when chain and bundle were hashed again consistently', async () => {
      await write();
      forge(does, true);
      const { code, out } = await verify();
      expect(out).not.toContain('is not what was hashed');
      expect(out).toMatch(rehashed);
      expect(code).toBe(1);
    });
  });

  it('was tampered with in the database first, and says where', async () => {
    await write();
    rmSync(join(folder, 'bundle'), { recursive: true });
    await scratch.asOwner(
      past(
        'event',
        `update event set payload = replace(payload, '3.00', '9.00') where subject = 'dep_1' and seq = 2;
         update event set hash = event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
           where subject = 'dep_1' and seq = 2;
         update event set prev = (select hash from event where subject = 'dep_1' and seq = 2) where subject = 'dep_1' and seq = 3;
         update event set hash = event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
           where subject = 'dep_1' and seq = 3;
         update event_head set hash = (select hash from event where subject = 'dep_1' and seq = 3) where subject = 'dep_1'`,
      ),
    );
    await write();
    const { code, out } = await verify();
    expect(out).toContain(
      'FAULT  when this bundle was written: chain_rewritten dep_1 #2: it was recorded with another hash',
    );
    expect(out).toContain('FAULT  dep_1 #3: nothing proves that checkpoint 1 holds this chain');
    expect(code).toBe(1);
  });

  it('lacks a chain that was truncated in the database first, and says which', async () => {
    await write();
    rmSync(join(folder, 'bundle'), { recursive: true });
    await scratch.asOwner(
      past(
        'event',
        `delete from event where subject = 'dep_1'; delete from event_head where subject = 'dep_1'`,
      ),
    );
    await write();
    const { code, out } = await verify();
    expect(out).toContain('FAULT  when this bundle was written: event_missing dep_1 #1');
    expect(code).toBe(1);
  });

  it('prints what no checkpoint covers yet, event by event', async () => {
    let letGo: () => void = () => undefined;
    await write();
    rmSync(join(folder, 'bundle'), { recursive: true });
    // A transaction that does not end holds the next checkpoint back.
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    await record('dep_1', '5.00');
    const slow = scratch.asSystem(async (tx) => {
      await appendEvents(tx, [{ subject: 'slow', type: 'deposit.held', entityId: null }]);
      await gate;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await exportClient(scratch.db, systemScope('os:root'), {
      clientId: client.clientId,
      out: join(folder, 'bundle'),
      openPersonal: false,
      copyPath: join(folder, 'checkpoints.jsonl'),
      checkpointWaitMsMax: 200,
    });
    letGo();
    await slow;
    const { code, out } = await verify();
    expect(out).toMatch(/unanchored tail: 2 events\n(.*\n)? {2}dep_1 #4 \S+Z deposit\.credited/);
    expect(out).toContain('everything holds');
    expect(code).toBe(0);
  });
});
