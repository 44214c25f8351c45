import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openScratch, past, type Scratch } from '../../tests/proofs/scratch';
import { checkpointCopyPath } from '../audit/checkpoint-copy';
import { writeCheckpoint } from '../audit/checkpoints';
import { appendEvents } from '../events';
import { proveAudit } from './audit';

const whole = 'every event is whole and follows the one before it, as the checkpoints signed it';
const ends = 'every chain ends where it is said to';
const signed = 'every checkpoint is signed and in its place, and as its copy has it';

/** Two events on each of two chains, and a checkpoint over them. */
describe('the proof of the audit trail', () => {
  let folder: string;
  let scratch: Scratch;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'keelson-proof-'));
    scratch = await openScratch();
    const event = {
      type: 'deposit.credited',
      entityId: null,
      payload: { amount: '1.00' },
    } as const;
    for (const subject of ['dep_1', 'dep_2', 'dep_1', 'dep_2']) {
      await scratch.asSystem((tx) => appendEvents(tx, [{ ...event, subject }]));
    }
    await writeCheckpoint(scratch.db, { copyPath: checkpointCopyPath(folder) });
  });

  afterEach(async () => {
    await scratch.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds for what was recorded, and says on how much each rule was tried', async () => {
    expect(await proveAudit(scratch.db)).toMatchObject({
      faultCount: 0,
      checks: [
        { rule: whole, count: 4 },
        { rule: ends, count: 2 },
        { rule: signed, count: 1 },
      ],
    });
  });

  it.each([
    [
      'an event that was altered',
      past('event', `update event set payload = '{}' where subject = 'dep_1' and seq = 2`),
      [{ rule: whole, thing: 'dep_1 #2' }],
    ],
    [
      'a chain whose end was moved back',
      `update event_head set seq = 1, hash = (select hash from event where subject = 'dep_2' and seq = 1)
       where subject = 'dep_2'`,
      [{ rule: ends, thing: 'dep_2 #2' }],
    ],
    [
      'a checkpoint that says another thing than was signed',
      past('checkpoint', 'update checkpoint set subjects = subjects + 1'),
      [{ rule: signed, thing: 'checkpoint 1' }],
    ],
  ])('finds %s, under the rule that it breaks', async (_what, fault, found) => {
    await scratch.asOwner(fault);
    const { faults, faultCount } = await proveAudit(scratch.db);
    expect(faults).toMatchObject(found);
    expect(faultCount).toBe(found.length);
  });
});
