import { conflict, unavailable } from '../domain/problem';
import { newId } from '../domain/ids';
import type { StepResult } from '../domain/outside';
import { rows, type Tx } from '../db/connection';
import { install } from '../db/installation';
import { intentsOfWorkflow } from '../db/intent-readers';
import type { IntentOutcome } from '../db/intents';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { performAndFollow, type FollowedStep, type OutsideStep } from './outside';

describe('a step outside and what belongs to it', () => {
  let scratch: Scratch;
  let workflowId: string;
  let calls: number;

  beforeAll(async () => {
    scratch = await openScratch();
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  beforeEach(() => {
    workflowId = `transfer/${newId('transfer')}`;
    calls = 0;
  });

  afterAll(() => scratch.close());

  const step = (outcome: IntentOutcome, more: Partial<OutsideStep> = {}): OutsideStep => ({
    plan: {
      ...{ workflowId, step: 'platform', kind: 'balance_operation', target: 'mt5' },
      ...{ reference: workflowId, entityId: 'off', clientId: null, amountMinor: 1n },
      currency: 'USD',
    },
    tokenOf: (id) => id,
    call: () => {
      calls += 1;
      return Promise.resolve(outcome);
    },
    ...more,
  });
  /** The other side's number is one operation's alone. */
  const done = (): IntentOutcome => ({ kind: 'done', externalId: workflowId });
  const note = (tx: Tx, what: string) =>
    rows(
      tx,
      `insert into participation (subject, user_id, what) values (:workflowId, 'nobody', :what)`,
      {
        ...{ workflowId, what },
      },
    );
  const perform = (parts: Omit<FollowedStep, 'workflowId'>) =>
    performAndFollow(scratch.db, { workflowId, ...parts });
  const standing = () =>
    scratch.asSystem(async (tx) => ({
      intents: (await intentsOfWorkflow(tx, workflowId)).map(({ state }) => state),
      notes: (
        await rows<{ what: string }>(
          tx,
          'select what from participation where subject = :workflowId order by what',
          { workflowId },
        )
      ).map(({ what }) => what),
    }));

  it('keeps both with what was read before and what follows', async () => {
    const result = await perform({
      prepare: async (tx) => {
        await note(tx, 'before');
        return step(done());
      },
      follow: async (tx, answered) => {
        await note(tx, 'after');
        return answered;
      },
    });
    expect(result).toMatchObject({ kind: 'done', externalId: workflowId });
    expect(await standing()).toEqual({ intents: ['done'], notes: ['after', 'before'] });
  });

  it('records what happened outside whatever becomes of what follows', async () => {
    const follow = async (tx: Tx) => {
      await note(tx, 'after');
      throw unavailable('policy_missing', 'for this test');
    };
    const performed = perform({ prepare: () => Promise.resolve(step(done())), follow });
    await expect(performed).rejects.toMatchObject({ code: 'policy_missing' });
    expect(await standing()).toEqual({ intents: ['done'], notes: [] });
    expect(calls).toBe(1);
  });

  it('follows, without a call, on what may not be sent now, and keeps what was read', async () => {
    const gate = () => Promise.reject(conflict('in_flight', 'for this test'));
    const result = await perform({
      prepare: async (tx) => {
        await note(tx, 'before');
        return step(done(), { gate });
      },
      follow: async (tx, answered) => {
        await note(tx, 'after');
        return answered;
      },
    });
    expect(result).toMatchObject({ kind: 'blocked', code: 'in_flight' });
    expect(await standing()).toEqual({ intents: ['planned'], notes: ['after', 'before'] });
    expect(calls).toBe(0);
  });

  it('neither calls nor follows where there is nothing to do', async () => {
    const ended: StepResult = { kind: 'refused', intentId: '', code: 'OVER', reason: 'it is over' };
    const follow = () => Promise.reject(new Error('followed'));
    expect(await perform({ prepare: () => Promise.resolve(ended), follow })).toEqual(ended);
    expect(await standing()).toEqual({ intents: [], notes: [] });
  });

  it('calls once, whoever comes second', async () => {
    const parts = { prepare: () => Promise.resolve(step(done())) };
    expect(await perform(parts)).toMatchObject({ kind: 'done' });
    expect(await perform(parts)).toMatchObject({ kind: 'done', externalId: workflowId });
    expect(calls).toBe(1);
  });
});
