import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFault } from '../../domain/audit/fault';
import { appendEvents } from '../events';
import { openScratch, past, type Scratch } from '../../tests/proofs/scratch';
import { checkpointCopyPath } from './checkpoint-copy';
import { writeCheckpoint } from './checkpoints';
import { verifyAudit } from './verify';

describe('the audit trail', () => {
  let scratch: Scratch;
  let copyPath: string;

  beforeEach(async () => {
    scratch = await openScratch();
    copyPath = checkpointCopyPath(mkdtempSync(join(tmpdir(), 'keelson-audit-')));
  });

  afterEach(async () => {
    await scratch.close();
    rmSync(join(copyPath, '..'), { recursive: true, force: true });
  });

  const record = (subject: string, amount: string) =>
    scratch.asSystem((tx) =>
      appendEvents(tx, [
        { subject, type: 'deposit.credited', entityId: null, payload: { amount, name: 'é–ß' } },
      ]),
    );

  const found = async () => (await verifyAudit(scratch.db, { copyPath })).faults.map(describeFault);

  /** Three events on dep_1, two on dep_2, one on Zed, with a checkpoint after each round. */
  async function anchored(): Promise<void> {
    await record('dep_1', '1.00');
    await record('dep_2', '2.00');
    await writeCheckpoint(scratch.db, { copyPath });
    await record('dep_1', '3.00');
    await record('dep_1', '4.00');
    await record('dep_2', '5.00');
    await record('Zed', '6.00');
    await writeCheckpoint(scratch.db, { copyPath });
  }

  const alter = `update event set payload = replace(payload, '3.00', '9.00') where subject = 'dep_1' and seq = 2`;
  /** What somebody who owns the database and knows the rule would do. */
  const rehash = `
    update event set hash = event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
      where subject = 'dep_1' and seq = 2;
    update event set prev = (select hash from event where subject = 'dep_1' and seq = 2) where subject = 'dep_1' and seq = 3;
    update event set hash = event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
      where subject = 'dep_1' and seq = 3;
    update event_head set hash = (select hash from event where subject = 'dep_1' and seq = 3) where subject = 'dep_1'`;

  it('finds an untouched trail whole and says what no checkpoint covers yet', async () => {
    await anchored();
    await record('dep_2', '7.00');
    const verdict = await verifyAudit(scratch.db, { copyPath });
    expect(verdict).toMatchObject({
      subjects: 3,
      events: 7,
      checkpoints: 2,
      statesChecked: 2,
      copyChecked: true,
      faults: [],
      anchored: { checkpoint: '2' },
      unanchored: { events: 1, subjects: 1 },
    });
  });

  it('names the one event that was altered', async () => {
    await anchored();
    await scratch.asOwner(past('event', alter));
    expect(await found()).toEqual(['event_altered dep_1 #2: its content is not what was hashed']);
  });

  it('names the event that was removed', async () => {
    await anchored();
    await scratch.asOwner(past('event', `delete from event where subject = 'dep_1' and seq = 2`));
    expect(await found()).toEqual(['event_missing dep_1 #2: the chain goes on at #3']);
  });

  it('names the events cut off the end of a chain whose stored end was moved back', async () => {
    await anchored();
    await scratch.asOwner(
      past(
        'event',
        `delete from event where subject = 'dep_1' and seq = 3;
         update event_head set seq = 2, hash = (select hash from event where subject = 'dep_1' and seq = 2) where subject = 'dep_1'`,
      ),
    );
    expect(await found()).toEqual([
      expect.stringContaining('state_differs checkpoint 2'),
      'event_missing dep_1 #3: the copy outside knows the chain up to #3',
    ]);
  });

  it('names where a consistently re-hashed chain was changed', async () => {
    await anchored();
    await scratch.asOwner(past('event', `${alter}; ${rehash}`));
    expect(await found()).toEqual([
      'state_differs checkpoint 2: the 3 chains of that moment are not the 3 that were signed',
      'chain_rewritten dep_1 #2: it was recorded with another hash; the chain was re-hashed from here on',
    ]);
    const withoutCopy = await verifyAudit(scratch.db);
    expect(withoutCopy.faults.map((fault) => fault.kind)).toEqual(['state_differs']);
  });

  it('signs nothing on a state that has changed since the last checkpoint', async () => {
    await anchored();
    await scratch.asOwner(past('event', `${alter}; ${rehash}`));
    await record('dep_9', '1.00');
    const outcome = await writeCheckpoint(scratch.db, { copyPath });
    expect(outcome).toMatchObject({ kind: 'refused', last: '2' });
  });

  it('names an event whose place in the order of recording was moved', async () => {
    await anchored();
    await scratch.asOwner(
      past(
        'event',
        `alter table event alter column recorded_order set generated by default;
         update event set recorded_order = 1000 where subject = 'dep_1' and seq = 2`,
      ),
    );
    expect(await found()).toContainEqual(
      'order_changed dep_1 #3: it was recorded before its predecessor',
    );
  });

  it('misses a checkpoint that was removed, and one that was taken out of the row', async () => {
    await anchored();
    await record('dep_3', '1.00');
    await writeCheckpoint(scratch.db, { copyPath });
    await scratch.asOwner(past('checkpoint', 'delete from checkpoint where number = 3'));
    expect(await found()).toEqual([
      'checkpoint_missing checkpoint 3: the copy outside the database has it, the database does not',
    ]);
    await scratch.asOwner(past('checkpoint', 'delete from checkpoint where number = 1'));
    expect((await verifyAudit(scratch.db)).faults.map(describeFault)).toEqual([
      'checkpoint_missing checkpoint 1: checkpoint 2 comes next',
    ]);
  });

  it('recognises a checkpoint that our key did not sign', async () => {
    await anchored();
    await scratch.asOwner(
      past('checkpoint', 'update checkpoint set subjects = 4 where number = 2'),
    );
    expect(await found()).toEqual([
      'checkpoint_forged checkpoint 2: its signature does not fit',
      'checkpoint_forged checkpoint 2: the database holds another one than the copy outside',
    ]);
  });

  it('tells a changed copy from a changed database', async () => {
    await anchored();
    const lines = readFileSync(copyPath, 'utf8');
    writeFileSync(copyPath, lines.replace(/("dep_1",2,")[0-9a-f]{4}/, '$1ffff'));
    expect(await found()).toEqual([
      'copy_differs dep_1 #2: the copy outside has another mark; the signed state is intact',
    ]);
  });

  it('keeps the copy for its owner alone and mends a line that a crash cut off', async () => {
    await anchored();
    expect(statSync(copyPath).mode & 0o777).toBe(0o600);
    appendFileSync(copyPath, '{"number":"3","id":"chk');
    await record('dep_2', '8.00');
    await writeCheckpoint(scratch.db, { copyPath });
    expect(readFileSync(copyPath, 'utf8').trimEnd().split('\n')).toHaveLength(3);
    expect(await found()).toEqual([]);
  });

  it('waits for events that are being recorded, so that a signed state stays as it is', async () => {
    await anchored();
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    // Draws its place in the order, and commits after a later one has.
    const slow = scratch.asSystem(async (tx) => {
      await appendEvents(tx, [{ subject: 'slow', type: 'deposit.held', entityId: null }]);
      await gate;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await record('dep_2', '9.00');
    const outcome = await writeCheckpoint(scratch.db, { copyPath, waitMsMax: 200 });
    expect(outcome.kind).toBe('busy');
    const written = writeCheckpoint(scratch.db, { copyPath });
    letGo();
    await slow;
    expect(await written).toMatchObject({ kind: 'written', checkpoint: { subjects: '4' } });
    expect(await found()).toEqual([]);
  });

  it('does not wait for what another database of the server is doing', async () => {
    const other = await openScratch();
    try {
      let letGo: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (letGo = resolve));
      const slow = other.asSystem(async (tx) => {
        await appendEvents(tx, [{ subject: 'slow', type: 'deposit.held', entityId: null }]);
        await gate;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await record('dep_1', '1.00');
      const outcome = await writeCheckpoint(scratch.db, { copyPath, waitMsMax: 200 });
      letGo();
      await slow;
      expect(outcome.kind).toBe('written');
    } finally {
      await other.close();
    }
  });

  it('writes nothing when nothing was recorded', async () => {
    await anchored();
    expect((await writeCheckpoint(scratch.db, { copyPath })).kind).toBe('nothing_new');
  });
});
