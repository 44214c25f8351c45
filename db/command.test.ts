import { conflict } from '../domain/problem';
import { colleague } from '../tests/processes/people';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { runCommand, type Command } from './command';
import { rows } from './connection';
import { appendEvents, type Json } from './events';

describe('a command', () => {
  let scratch: Scratch;
  const scope = colleague('finance');

  beforeAll(async () => {
    scratch = await openScratch();
  });

  afterAll(() => scratch.close());

  function command(key: string | undefined, body: Json, change: Partial<Command> = {}): Command {
    return { scope, route: 'POST /api/v1/things', key, keyRequired: true, body, ...change };
  }

  /** Does something that can be counted, and answers a number of its own. */
  function run(of: Command, subject: string) {
    return runCommand(scratch.db, of, async (tx) => {
      await appendEvents(tx, [{ subject, type: 'deposit.credited', entityId: null }]);
      return { status: 201, body: { number: Math.random() } };
    });
  }

  const timesDone = async (subject: string) =>
    (
      await scratch.asSystem((tx) =>
        rows(tx, 'select 1 from event where subject = :subject', { subject }),
      )
    ).length;

  it('is done once and answered alike however often it is sent', async () => {
    const first = await run(command('key-1', { amount: '1.00', note: 'a' }), 'once');
    expect(await run(command('key-1', { note: 'a', amount: '1.00' }), 'once')).toEqual(first);
    expect(await timesDone('once')).toBe(1);
  });

  it('is 409 under a key that was used with another body or on another route', async () => {
    await run(command('key-2', { amount: '1.00' }), 'other');
    for (const other of [
      command('key-2', { amount: '1.01' }),
      command('key-2', { amount: '1.00' }, { route: 'POST /api/v1/others' }),
    ]) {
      await expect(run(other, 'other')).rejects.toMatchObject({
        status: 409,
        code: 'idempotency_mismatch',
      });
    }
    expect(await timesDone('other')).toBe(1);
  });

  it('is its own sender’s: the same key of another person is another command', async () => {
    await run(command('key-3', {}), 'shared');
    await run(command('key-3', {}, { scope: colleague('finance') }), 'shared');
    expect(await timesDone('shared')).toBe(2);
  });

  it('is done once when it is sent twice at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => run(command('key-4', { same: true }), 'at once')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await timesDone('at once')).toBe(1);
  });

  it('can be sent again under its key when it was refused', async () => {
    const refusedOnce = runCommand(scratch.db, command('key-5', {}), async (tx) => {
      await appendEvents(tx, [{ subject: 'refused', type: 'deposit.credited', entityId: null }]);
      throw conflict('no', 'Not now.');
    });
    await expect(refusedOnce).rejects.toMatchObject({ status: 409 });
    expect(await timesDone('refused')).toBe(0);
    await expect(run(command('key-5', {}), 'refused')).resolves.toMatchObject({ status: 201 });
  });

  it('needs a key where money or decisions are at stake, and a readable one', async () => {
    await expect(run(command(undefined, {}), 'keyless')).rejects.toMatchObject({ status: 400 });
    await expect(run(command('with space', {}), 'keyless')).rejects.toMatchObject({ status: 400 });
    await expect(run(command('k'.repeat(201), {}), 'keyless')).rejects.toMatchObject({
      status: 400,
    });
    await expect(
      run(command(undefined, {}, { keyRequired: false }), 'keyless'),
    ).resolves.toMatchObject({ status: 201 });
    expect(await timesDone('keyless')).toBe(1);
  });
});
