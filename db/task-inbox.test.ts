import type { Role } from '../domain/access/roles';
import type { StaffScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { colleague } from '../tests/processes/people';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { inScope, rows } from './connection';
import { claimNext, claimTask, decideTask, releaseTask } from './task-inbox';
import {
  openTask,
  readTask,
  recordParticipation,
  reviseTask,
  type NewTask,
  type Task,
} from './tasks';

describe('the task inbox', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: 12 });
  });

  afterAll(() => scratch.close());

  function open(change: Partial<NewTask> = {}): Promise<Task> {
    const subject = newId('withdrawal');
    return scratch.asSystem((tx) =>
      openTask(tx, {
        kind: 'withdrawal_approval',
        subject,
        workflowId: `withdrawal/${subject}`,
        entityId: 'off',
        clientId: null,
        title: 'Withdrawal of 10.00 USD',
        issue: [{ code: 'ABOVE_AUTO_LIMIT' }],
        content: { amount: '10.00' },
        key: subject,
        ...change,
      }),
    );
  }

  const as = (...roles: Role[]) => colleague(...roles);
  const claim = (who: StaffScope, task: Task) =>
    inScope(scratch.db, who, (tx) => claimTask(tx, task.id));
  const decide = (
    who: StaffScope,
    task: Task,
    decision: string,
    change: {
      expectedVersion?: number;
      contentHash?: string;
      reason?: string;
      officer?: string;
    } = {},
  ) =>
    inScope(scratch.db, who, (tx) =>
      decideTask(tx, {
        taskId: task.id,
        expectedVersion: task.version,
        contentHash: task.contentHash,
        decision,
        reason: 'OK',
        ...change,
      }),
    );
  const now = (task: Task) => scratch.asSystem((tx) => readTask(tx, task.id));
  const conflict = (code: string) => ({ status: 409, code });

  it('opens one task for one question', async () => {
    const first = await open({ key: 'question-1' });
    expect((await open({ key: 'question-1' })).id).toBe(first.id);
    expect(Date.parse(first.dueAt ?? '')).toBeGreaterThan(Date.now());
  });

  it('gives a task to one of those who claim it at the same moment', async () => {
    const task = await open();
    const ended = await Promise.allSettled(
      Array.from({ length: 6 }, () => claim(as('finance'), task)),
    );
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of ended) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject(conflict('claimed'));
    }
  });

  it('gives the next task of the inbox to one person each', async () => {
    await scratch.asSystem((tx) =>
      rows(tx, `update task set state = 'cancelled' where state = 'open'`),
    );
    await Promise.all(Array.from({ length: 5 }, () => open()));
    const people = Array.from({ length: 6 }, () => as('finance'));
    const taken = await Promise.all(people.map((who) => inScope(scratch.db, who, claimNext)));
    const ids = taken.flatMap((task) => (task ? [task.id] : []));
    expect(new Set(ids).size).toBe(5);
    expect(taken.filter((task) => task === undefined)).toHaveLength(1);
    expect(await inScope(scratch.db, as('support'), claimNext)).toBeUndefined();
  });

  it('holds a claim for its lease, and not longer', async () => {
    const task = await open();
    const [holder, other] = [as('finance'), as('finance')];
    await claim(holder, task);
    await expect(claim(other, task)).rejects.toMatchObject(conflict('claimed'));
    await expect(decide(other, task, 'approve')).rejects.toMatchObject(conflict('claimed'));
    await scratch.asSystem((tx) =>
      rows(tx, `update task set lease_until = now() - interval '1 second' where id = :id`, {
        id: task.id,
      }),
    );
    expect((await claim(other, task)).claimedBy).toBe(other.userId);
    await inScope(scratch.db, other, (tx) => releaseTask(tx, task.id));
    expect((await now(task)).claimedBy).toBeNull();
  });

  it('is decided by people with the permission, of the entity', async () => {
    const task = await open();
    await expect(decide(as('support'), task, 'approve')).rejects.toMatchObject({ status: 403 });
    await expect(
      decide({ ...as('finance'), entities: ['cy'] }, task, 'approve'),
    ).rejects.toMatchObject({ status: 404 });
    expect(await decide(as('finance'), task, 'approve')).toMatchObject({
      state: 'decided',
      decision: 'approve',
    });
  });

  it('wants two people where two are needed, and counts nobody twice', async () => {
    const task = await open({ approvalsRequired: 2 });
    const first = as('finance');
    const once = await decide(first, task, 'approve');
    expect(once).toMatchObject({ state: 'open', approvals: 1, decision: null });
    await expect(decide(first, once, 'approve')).rejects.toMatchObject(conflict('four_eyes'));
    await expect(claim(first, once)).rejects.toMatchObject(conflict('four_eyes'));
    expect(await decide(as('finance'), once, 'approve')).toMatchObject({
      state: 'decided',
      approvals: 2,
    });
  });

  it('lets one of two decide when both decide at the same moment', async () => {
    const task = await open();
    const ended = await Promise.allSettled([
      decide(as('finance'), task, 'approve'),
      decide(as('finance'), task, 'reject'),
      decide(as('finance'), task, 'approve'),
    ]);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const signals = await scratch.asSystem((tx) =>
      rows(tx, `select 1 from outbox where workflow_id = :id and signal = 'decided'`, {
        id: task.workflowId,
      }),
    );
    expect(signals).toHaveLength(1);
  });

  it('lets one of two decide and tells the other who, when and what, two hundred times', async () => {
    const [one, two] = [as('finance'), as('finance')];
    for (let round = 0; round < 200; round += 1) {
      const task = await open();
      const [first, second] = await Promise.allSettled([
        decide(one, task, 'approve'),
        decide(two, task, 'reject'),
      ]);
      const [won, lost, winner] =
        first.status === 'fulfilled' ? [first, second, one] : [second, first, two];
      if (won.status !== 'fulfilled' || lost.status !== 'rejected')
        throw new Error('not one of two');
      const { decidedBy, decidedAt, decision } = won.value;
      expect(decidedBy).toBe(winner.userId);
      expect(lost.reason).toMatchObject({
        ...conflict('already_decided'),
        extra: { decidedBy, decidedAt, decision },
      });
    }
  });

  it('refuses a decision that was made out for another officer', async () => {
    const task = await open();
    const [one, two] = [as('finance'), as('finance')];
    await expect(decide(one, task, 'approve', { officer: two.userId })).rejects.toMatchObject(
      conflict('named_for_another'),
    );
    expect(await decide(two, task, 'approve', { officer: two.userId })).toMatchObject({
      state: 'decided',
      decidedBy: two.userId,
    });
  });

  it('never lets two approvals of one moment count as two people’s if they are one’s', async () => {
    const task = await open({ approvalsRequired: 2 });
    const who = as('finance');
    const ended = await Promise.allSettled([
      decide(who, task, 'approve'),
      decide(who, task, 'approve'),
    ]);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await now(task)).toMatchObject({ state: 'open', approvals: 1 });
  });

  it('is closed by the first refusal', async () => {
    const task = await open({ approvalsRequired: 2 });
    expect(await decide(as('finance'), task, 'reject')).toMatchObject({
      state: 'decided',
      decision: 'reject',
    });
    await expect(decide(as('finance'), await now(task), 'approve')).rejects.toMatchObject({
      ...conflict('already_decided'),
      extra: { decision: 'reject' },
    });
  });

  it('is 409 for who decides on an old version or other content', async () => {
    const task = await open();
    for (const change of [{ expectedVersion: task.version + 1 }, { contentHash: 'f'.repeat(64) }]) {
      await expect(decide(as('finance'), task, 'approve', change)).rejects.toMatchObject(
        conflict('stale'),
      );
    }
  });

  it('voids approvals when what is decided is edited, and excludes the editor', async () => {
    const task = await open({ approvalsRequired: 2 });
    const editor = as('finance');
    const once = await decide(as('finance'), task, 'approve');
    const revised = await scratch.asSystem((tx) =>
      reviseTask(tx, task.id, { content: { amount: '11.00' }, editor: editor.userId }),
    );
    expect(revised).toMatchObject({ approvals: 0, state: 'open' });
    await expect(decide(as('finance'), once, 'approve')).rejects.toMatchObject(conflict('stale'));
    await expect(decide(editor, revised, 'approve')).rejects.toMatchObject(conflict('four_eyes'));
    const again = await decide(as('finance'), revised, 'approve');
    expect(again).toMatchObject({ approvals: 1, state: 'open' });
    expect(await decide(as('finance'), again, 'approve')).toMatchObject({ state: 'decided' });
  });

  it.each(['requested', 'edited', 'supplied_evidence', 'approved'])(
    'excludes who %s the subject before',
    async (what) => {
      const task = await open();
      const who = as('finance');
      await scratch.asSystem((tx) => recordParticipation(tx, task.subject, who.userId, what));
      await expect(decide(who, task, 'approve')).rejects.toMatchObject(conflict('four_eyes'));
    },
  );

  it('excludes whom it names', async () => {
    const who = as('finance');
    const task = await open({ excluded: [who.userId] });
    await expect(claim(who, task)).rejects.toMatchObject(conflict('four_eyes'));
  });

  it('wants a reason and one of its choices', async () => {
    const task = await open();
    await expect(decide(as('finance'), task, 'maybe')).rejects.toMatchObject({ status: 400 });
    await expect(decide(as('finance'), task, 'approve', { reason: '  ' })).rejects.toMatchObject({
      status: 400,
    });
    expect(await now(task)).toMatchObject({ state: 'open', version: 1 });
  });
});
