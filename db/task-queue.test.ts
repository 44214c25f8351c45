import type { Role } from '../domain/access/roles';
import type { StaffScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { createInboxClockActivities } from '../activities/inbox-clock';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { endAbsence, listAbsences, noteAbsence } from './absences';
import { addHoliday, readCalendar, removeHoliday, saveCalendar } from './business-calendars';
import { inScope, rows, type Tx } from './connection';
import { eventsOfSubject } from './events';
import { install } from './installation';
import { nameQueueLead } from './queue-leads';
import { inviteStaff, sendInvitationAgain } from './staff';
import { changeTasks, type TaskAction } from './task-bulk';
import { claimNext, claimTask, decideTask, whyNot } from './task-inbox';
import { countTasks, listTasks } from './task-lists';
import { reassignTask } from './task-reassignment';
import { resumeOfClient, resumeTask, waitForClient } from './task-waiting';
import { openTask, readTask, reviseTask, type NewTask, type Task } from './tasks';
import { createUser, readUser, scopeOf, setUserState } from './users';

const hourMs = 3_600_000;

describe('the queue of tasks', () => {
  let scratch: Scratch;
  let clock: ReturnType<typeof createInboxClockActivities>;

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: 8 });
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
    clock = createInboxClockActivities({ db: scratch.db });
  });

  afterAll(() => scratch.close());

  afterEach(async () => {
    await scratch.asSystem(async (tx) => {
      await rows(tx, `update task set state = 'cancelled' where state = 'open'`);
      await rows(tx, `update user_account set state = 'disabled' where kind = 'staff'`);
      await rows(tx, 'delete from public_holiday');
    });
    await scratch.asOwner('delete from business_calendar; delete from queue_lead');
  });

  async function staff(...roles: Role[]): Promise<StaffScope> {
    const scope = await scratch.asSystem(async (tx) => {
      const user = await createUser(tx, {
        kind: 'staff',
        email: `${newId('user')}@staff.example`,
        name: 'A Colleague',
        roles,
        entities: ['cy', 'off'],
      });
      return scopeOf(tx, user);
    });
    if (scope.kind !== 'staff') throw new Error('no colleague');
    return scope;
  }

  function open(change: Partial<NewTask> = {}): Promise<Task> {
    const subject = newId('withdrawal');
    return scratch.asSystem((tx) =>
      openTask(tx, {
        kind: 'withdrawal_approval',
        subject,
        workflowId: null,
        entityId: 'off',
        clientId: newId('client'),
        title: 'Withdrawal of 10.00 USD',
        issue: [],
        content: { amount: '10.00' },
        key: subject,
        ...change,
      }),
    );
  }

  const as = <T>(who: StaffScope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, who, work);
  const now = (task: Task) => scratch.asSystem((tx) => readTask(tx, task.id));
  const eventsOf = async (task: Task) =>
    (await scratch.asSystem((tx) => eventsOfSubject(tx, task.subject))).map(({ type, payload }) => {
      const { task: _task, kind: _kind, ...rest } = JSON.parse(payload) as Record<string, unknown>;
      return { type, ...rest };
    });
  const decide = (who: StaffScope, task: Task, decision = 'approve') =>
    as(who, (tx) =>
      decideTask(tx, {
        taskId: task.id,
        expectedVersion: task.version,
        contentHash: task.contentHash,
        decision,
        reason: 'OK',
      }),
    );
  /** As if so much time had passed since the task opened. */
  const pass = (task: Task, hours: number) =>
    scratch.asSystem((tx) =>
      rows(
        tx,
        `update task set opened_at = opened_at - :hours * interval '1 hour', due_at = due_at - :hours * interval '1 hour',
           clock_at = clock_at - :hours * interval '1 hour', waiting_until = waiting_until - :hours * interval '1 hour'
         where id = :id`,
        { id: task.id, hours },
      ),
    );
  const set = (who: StaffScope, expectedVersion = 0) =>
    as(who, (tx) =>
      saveCalendar(tx, 'off', {
        timeZone: 'Indian/Mahe',
        workingDays: [5, 1, 2, 3, 4],
        opensMinute: 540,
        closesMinute: 1_080,
        expectedVersion,
      }),
    );

  describe('whose time runs by a calendar', () => {
    it('is due by its entity’s calendar, which people edit', async () => {
      const admin = await staff('admin');
      expect(await as(admin, (tx) => readCalendar(tx, 'off'))).toMatchObject({
        version: 0,
        timeZone: 'UTC',
      });
      expect(await set(admin)).toMatchObject({ version: 1, workingDays: [1, 2, 3, 4, 5] });
      await expect(set(admin)).rejects.toMatchObject({ code: 'stale', extra: { version: 1 } });
      const { dueAt } = await open();
      // Eight working hours of nine a day, four hours ahead of UTC.
      const local = new Date(Date.parse(dueAt ?? '') + 4 * hourMs);
      expect(local.getUTCHours() * 60 + local.getUTCMinutes()).toBeGreaterThanOrEqual(540);
      expect(local.getUTCHours()).toBeLessThanOrEqual(18);
      const day = (dueAt ?? '').slice(0, 10);
      await as(admin, (tx) => addHoliday(tx, 'off', { day, name: 'A day off' }));
      expect((await open()).dueAt?.slice(0, 10)).not.toBe(day);
      expect((await as(admin, (tx) => readCalendar(tx, 'off'))).holidays).toEqual([
        { day, name: 'A day off' },
      ]);
      await as(admin, (tx) => removeHoliday(tx, 'off', day));
      await expect(as(admin, (tx) => removeHoliday(tx, 'off', day))).rejects.toMatchObject({
        status: 404,
      });
    });

    it('refuses what is no calendar, and another entity’s', async () => {
      const admin = await staff('admin');
      const odd = { timeZone: 'Mars/Base', workingDays: [], opensMinute: 600, closesMinute: 540 };
      await expect(
        as(admin, (tx) => saveCalendar(tx, 'off', { ...odd, expectedVersion: 0 })),
      ).rejects.toMatchObject({
        status: 400,
        errors: [
          { pointer: '/body/timeZone' },
          { pointer: '/body/workingDays' },
          { pointer: '/body/closes' },
        ],
      });
      await expect(set({ ...admin, entities: ['cy'] })).rejects.toMatchObject({ status: 404 });
    });

    it('tells at half of it, and goes to the lead at all of it, once each', async () => {
      const [lead, deputy] = [await staff('finance'), await staff('senior_approver')];
      await as(await staff('admin'), (tx) =>
        nameQueueLead(tx, {
          entityId: 'off',
          queue: 'withdrawal_approval',
          leadId: lead.userId,
          deputyId: deputy.userId,
        }),
      );
      const task = await open();
      expect(await clock.turnInboxClock()).toMatchObject({ tasks: 0 });
      await pass(task, 5 + 72);
      await scratch.asSystem((tx) =>
        rows(tx, `update task set due_at = now() + interval '2 hours' where id = :id`, {
          id: task.id,
        }),
      );
      expect(await clock.turnInboxClock()).toMatchObject({ tasks: 1, isLast: true });
      expect(await now(task)).toMatchObject({
        escalatedAt: null,
        noticedAt: expect.any(String) as string,
      });
      await pass(task, 3);
      await clock.turnInboxClock();
      await clock.turnInboxClock();
      expect(await now(task)).toMatchObject({
        escalatedAt: expect.any(String) as string,
        escalatedTo: lead.userId,
      });
      expect((await eventsOf(task)).map(({ type }) => type)).toEqual([
        'task.opened',
        'task.half_time',
        'task.escalated',
      ]);
      const seen = await as(lead, (tx) => listTasks(tx, { view: 'escalated', limit: 10 }));
      expect(seen.map(({ id }) => id)).toEqual([task.id]);
    });

    it('goes to the deputy while the lead is away, and to nobody who does not see it', async () => {
      const [lead, deputy] = [await staff('finance'), await staff('finance')];
      const admin = await staff('admin');
      await expect(
        as(admin, async (tx) => {
          const partner = await staff('partner_manager');
          return nameQueueLead(tx, {
            entityId: 'off',
            queue: 'screening_match',
            leadId: partner.userId,
            deputyId: null,
          });
        }),
      ).rejects.toMatchObject({ status: 422, code: 'cannot_lead' });
      await as(admin, (tx) =>
        nameQueueLead(tx, {
          entityId: 'off',
          queue: 'any',
          leadId: lead.userId,
          deputyId: deputy.userId,
        }),
      );
      await as(lead, (tx) => noteAbsence(tx, away(lead)));
      const [task, match] = [await open(), await open({ kind: 'screening_match' })];
      await pass(task, 200);
      await pass(match, 200);
      await clock.turnInboxClock();
      expect((await now(task)).escalatedTo).toBe(deputy.userId);
      expect(await now(match)).toMatchObject({
        escalatedTo: null,
        escalatedAt: expect.any(String) as string,
      });
    });

    it('stands still while the client is waited for, and goes on with what was left', async () => {
      const [officer, other] = [await staff('finance'), await staff('finance')];
      const task = await open();
      await pass(task, 1);
      const before = Date.parse((await now(task)).dueAt ?? '') - Date.now();
      const wait = () => as(officer, (tx) => waitForClient(tx, task.id, { reason: 'a paper' }));
      expect(await wait()).toMatchObject({ waitingSince: expect.any(String) as string });
      await expect(wait()).rejects.toMatchObject({ code: 'waiting' });
      await scratch.asSystem((tx) =>
        rows(tx, `update task set due_at = due_at - interval '20 hours' where id = :id`, {
          id: task.id,
        }),
      );
      await clock.turnInboxClock();
      expect(await as(officer, claimNext)).toBeUndefined();
      const listed = async (view: 'waiting' | 'overdue' | 'unclaimed') =>
        (await as(other, (tx) => listTasks(tx, { view, limit: 10 }))).length;
      expect([await listed('waiting'), await listed('overdue'), await listed('unclaimed')]).toEqual(
        [1, 0, 0],
      );
      const resumed = await as(other, (tx) => resumeTask(tx, task.id));
      const after = Date.parse(resumed.dueAt ?? '') - Date.now();
      expect(Math.abs(after - before)).toBeLessThanOrEqual(3 * 24 * hourMs);
      expect(resumed.waitingSince).toBeNull();
      await expect(as(other, (tx) => resumeTask(tx, task.id))).rejects.toMatchObject({
        code: 'not_waiting',
      });
      expect((await eventsOf(task)).map(({ type }) => type)).toEqual([
        'task.opened',
        'task.waiting',
        'task.resumed',
      ]);
    });

    it('goes on when the client has done something, or it was waited for long enough', async () => {
      const officer = await staff('finance');
      const [answered, silent] = [await open(), await open()];
      for (const { id } of [answered, silent]) {
        await as(officer, (tx) => waitForClient(tx, id, { reason: 'a paper' }));
      }
      await scratch.asSystem((tx) => resumeOfClient(tx, answered.clientId ?? ''));
      expect((await now(answered)).waitingSince).toBeNull();
      expect((await now(silent)).waitingSince).not.toBeNull();
      await pass(silent, 31 * 24);
      await clock.turnInboxClock();
      expect(await now(silent)).toMatchObject({ waitingSince: null, waitingUntil: null });
    });

    it('refuses to wait for nobody, or longer than is allowed', async () => {
      const officer = await staff('finance');
      const nobodys = await open({ clientId: null });
      const wait = (id: string, until?: string) =>
        as(officer, (tx) => waitForClient(tx, id, { reason: 'x', ...(until ? { until } : {}) }));
      await expect(wait(nobodys.id)).rejects.toMatchObject({ status: 422, code: 'no_client' });
      for (const until of ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z']) {
        await expect(wait((await open()).id, until)).rejects.toMatchObject({
          code: 'wait_out_of_reach',
        });
      }
    });

    it('asks again with the time that was left when the client was asked', async () => {
      const subject = newId('kycCase');
      const ask = (key: string) => open({ kind: 'kyc_review', subject, key: `${subject}/${key}` });
      const first = await ask('1');
      await scratch.asSystem((tx) =>
        rows(tx, `update task set due_at = now() + interval '90 seconds' where id = :id`, {
          id: first.id,
        }),
      );
      await decide(await staff('compliance'), first, 'request_information');
      const again = await ask('2');
      const [kept] = await scratch.asSystem((tx) =>
        rows<{ due_minutes: number; minutes_left: number }>(
          tx,
          `select a.due_minutes, f.minutes_left from task a, task f where a.id = :again and f.id = :first`,
          { again: again.id, first: first.id },
        ),
      );
      expect(kept?.due_minutes).toBe(kept?.minutes_left);
      expect(kept?.due_minutes).toBeLessThanOrEqual(2);
    });
  });

  const away = (who: StaffScope, deputyId?: string) => ({
    userId: who.userId,
    from: new Date(Date.now() - 60_000).toISOString(),
    until: new Date(Date.now() + hourMs).toISOString(),
    ...(deputyId === undefined ? {} : { deputyId }),
  });

  describe('changes hands', () => {
    it('by a lead, with a reason, to one who may decide it', async () => {
      const [holder, other] = [await staff('finance'), await staff('finance')];
      const lead = await staff('senior_approver');
      const task = await open();
      await as(holder, (tx) => claimTask(tx, task.id));
      const give = (who: StaffScope, to: string) =>
        as(who, (tx) => reassignTask(tx, task.id, { to, reason: 'Knows the client.' }));
      await expect(give(holder, other.userId)).rejects.toMatchObject({ status: 403 });
      await expect(give(lead, (await staff('support')).userId)).rejects.toMatchObject({
        status: 422,
        code: 'not_eligible',
      });
      await expect(give(lead, newId('user'))).rejects.toMatchObject({ status: 404 });
      expect(await give(lead, other.userId)).toMatchObject({ claimedBy: other.userId });
      await expect(give(lead, other.userId)).rejects.toMatchObject({ code: 'held_already' });
      await expect(decide(holder, task)).rejects.toMatchObject({ code: 'claimed' });
      // Claiming what was given for a day does not shorten it.
      const held = await as(other, (tx) => claimTask(tx, task.id));
      expect(Date.parse(held.leaseUntil ?? '') - Date.now()).toBeGreaterThan(7 * hourMs);
      expect(await eventsOf(task)).toContainEqual(
        expect.objectContaining({
          type: 'task.reassigned',
          from: holder.userId,
          to: other.userId,
          why: 'lead',
        }),
      );
      const events = await scratch.asSystem((tx) => eventsOfSubject(tx, task.subject));
      expect(JSON.stringify(events)).not.toContain('Knows the client');
    });

    it('never without a word: who takes over what somebody let run out is named', async () => {
      const [holder, other] = [await staff('finance'), await staff('finance')];
      const task = await open();
      await as(holder, (tx) => claimTask(tx, task.id));
      await scratch.asSystem((tx) =>
        rows(tx, `update task set lease_until = now() - interval '1 second' where id = :id`, {
          id: task.id,
        }),
      );
      expect(await as(other, claimNext)).toMatchObject({ id: task.id });
      expect(await eventsOf(task)).toContainEqual(
        expect.objectContaining({
          type: 'task.taken_over',
          from: holder.userId,
          to: other.userId,
        }),
      );
    });

    it('when somebody is away: to the deputy who may decide it, or back to everybody', async () => {
      const [holder, deputy] = [await staff('finance'), await staff('finance')];
      const [one, two] = [await open(), await open({ excluded: [deputy.userId] })];
      for (const { id } of [one, two]) await as(holder, (tx) => claimTask(tx, id));
      const absence = await as(holder, (tx) => noteAbsence(tx, away(holder, deputy.userId)));
      expect(absence.begunAt).not.toBeNull();
      expect((await now(one)).claimedBy).toBe(deputy.userId);
      expect((await now(two)).claimedBy).toBeNull();
      expect(await eventsOf(one)).toContainEqual(
        expect.objectContaining({ type: 'task.reassigned', why: 'absence' }),
      );
      expect(await eventsOf(two)).toContainEqual(
        expect.objectContaining({ type: 'task.returned', why: 'absence' }),
      );
      await expect(as(holder, (tx) => noteAbsence(tx, away(holder)))).rejects.toMatchObject({
        code: 'absence_overlaps',
      });
      await expect(as(deputy, (tx) => noteAbsence(tx, away(holder)))).rejects.toMatchObject({
        status: 403,
      });
      expect(await as(deputy, (tx) => listAbsences(tx, { limit: 10 }))).toContainEqual(absence);
      await as(holder, (tx) => endAbsence(tx, absence.id));
      await expect(as(holder, (tx) => endAbsence(tx, absence.id))).rejects.toMatchObject({
        code: 'absence_ended',
      });
    });

    it('when an absence that was noted before begins', async () => {
      const holder = await staff('finance');
      const task = await open();
      await as(holder, (tx) => claimTask(tx, task.id));
      const later = { ...away(holder), from: new Date(Date.now() + hourMs / 2).toISOString() };
      const absence = await as(holder, (tx) => noteAbsence(tx, later));
      await clock.turnInboxClock();
      expect((await now(task)).claimedBy).toBe(holder.userId);
      await scratch.asSystem((tx) =>
        rows(tx, 'update absence set from_at = now() where id = :id', { id: absence.id }),
      );
      expect(await clock.turnInboxClock()).toMatchObject({ absences: 1 });
      expect((await now(task)).claimedBy).toBeNull();
      expect(await clock.turnInboxClock()).toMatchObject({ absences: 0 });
    });
  });

  describe('with too few people', () => {
    it('says so when it opens and names the deputy, and lets nobody in for want of others', async () => {
      const [only, deputy] = [await staff('finance'), await staff('senior_approver')];
      await scratch.asSystem((tx) =>
        nameQueueLead(tx, {
          entityId: 'off',
          queue: 'any',
          leadId: only.userId,
          deputyId: deputy.userId,
        }),
      );
      const fine = await open({ approvalsRequired: 2 });
      expect(fine).toMatchObject({ shortHanded: false, escalatedTo: null });
      const short = await open({ approvalsRequired: 2, excluded: [deputy.userId] });
      expect(short).toMatchObject({ shortHanded: true, escalatedTo: deputy.userId });
      expect(await eventsOf(short)).toContainEqual({
        type: 'task.short_handed',
        needed: 2,
        left: 1,
        to: deputy.userId,
      });
      await expect(decide(deputy, short)).rejects.toMatchObject({ code: 'four_eyes' });
      const listed = await as(deputy, (tx) => listTasks(tx, { view: 'escalated', limit: 5 }));
      expect(listed.map(({ id }) => id)).toEqual([short.id]);
      // An edit can take the last one away, too.
      const edited = await scratch.asSystem((tx) =>
        reviseTask(tx, fine.id, { content: { amount: '11.00' }, editor: only.userId }),
      );
      expect(edited.shortHanded).toBe(true);
    });
  });

  describe('about many at once', () => {
    const seen = (task: Task) => ({
      taskId: task.id,
      expectedVersion: task.version,
      contentHash: task.contentHash,
    });
    const change = (who: StaffScope, tasks: readonly Task[], action: TaskAction) =>
      as(who, (tx) => changeTasks(tx, { tasks: tasks.map(seen), action }));
    const outcomes = (items: readonly { outcome: string; code: string | null }[]) =>
      items.map(({ outcome, code }) => [outcome, code]);

    it('answers for each by itself, and decides nothing that needs a second person', async () => {
      const [officer, other] = [await staff('finance'), await staff('finance')];
      const [plain, two, involved, held, gone, stale, foreign] = [
        await open(),
        await open({ approvalsRequired: 2 }),
        await open({ excluded: [other.userId] }),
        await open(),
        await open(),
        await open(),
        await open({ kind: 'kyc_review' }),
      ];
      await as(other, (tx) => claimTask(tx, held.id));
      await decide(other, gone, 'reject');
      const bulk = await change(
        officer,
        [plain, two, involved, held, gone, { ...stale, version: 7 }, foreign],
        { kind: 'decide', decision: 'approve', reason: 'In order' },
      );
      expect(outcomes(bulk.items)).toEqual([
        ['processed', null],
        ['skipped', 'four_eyes_task'],
        ['skipped', 'four_eyes_task'],
        ['skipped', 'claimed'],
        ['skipped', 'already_decided'],
        ['errored', 'stale'],
        ['errored', 'not_found'],
      ]);
      expect(await now(plain)).toMatchObject({ state: 'decided', decidedBy: officer.userId });
      for (const task of [two, involved]) expect((await now(task)).approvals).toBe(0);
    });

    it('claims, gives back and reassigns', async () => {
      const [officer, lead] = [await staff('finance'), await staff('senior_approver')];
      const tasks = [await open(), await open()];
      expect(outcomes((await change(officer, tasks, { kind: 'claim' })).items)).toEqual([
        ['processed', null],
        ['processed', null],
      ]);
      const to = { kind: 'reassign', to: lead.userId, reason: 'Shared out' } as const;
      await expect(change(officer, tasks, to)).rejects.toMatchObject({ status: 403 });
      await change(lead, tasks, to);
      expect(outcomes((await change(officer, tasks, { kind: 'release' })).items)).toEqual([
        ['skipped', 'not_held'],
        ['skipped', 'not_held'],
      ]);
      expect((await as(lead, countTasks)).mine).toBe(2);
    });

    it('takes fifty at most', async () => {
      const many = Array.from({ length: 51 }, () => ({ ...seen_, taskId: newId('task') }));
      await expect(
        as(await staff('finance'), (tx) =>
          changeTasks(tx, { tasks: many, action: { kind: 'claim' } }),
        ),
      ).rejects.toMatchObject({ status: 400 });
    });
    const seen_ = { expectedVersion: 1, contentHash: '0'.repeat(64) };
  });

  describe('of two people who are one', () => {
    async function invite(by: StaffScope): Promise<StaffScope> {
      const { user } = await as(by, (tx) =>
        inviteStaff(tx, {
          email: `${newId('user')}@staff.example`,
          name: 'A Second Self',
          roles: ['finance'],
          entities: ['cy', 'off'],
        }),
      );
      const scope = await scratch.asSystem(async (tx) =>
        scopeOf(tx, await setUserState(tx, user.id, 'active')),
      );
      if (scope.kind !== 'staff') throw new Error('no colleague');
      return scope;
    }

    it('counts whoever asked for a log-in and its owner as one', async () => {
      const self = await staff('finance', 'admin');
      const second = await invite(self);
      const third = await staff('finance');
      for (const [one, two] of [
        [self, second],
        [second, self],
      ] as const) {
        const task = await open({ approvalsRequired: 2 });
        const once = await decide(one, task);
        await expect(decide(two, once)).rejects.toMatchObject({ code: 'four_eyes' });
        expect(await as(two, claimNext)).toBeUndefined();
        expect(await decide(third, once)).toMatchObject({ state: 'decided', approvals: 2 });
      }
      const asked = await open({ excluded: [self.userId] });
      expect(await as(second, (tx) => whyNot(tx, asked))).toMatchObject({ code: 'four_eyes' });
    });

    it('counts whoever had a way in sent as one with its owner, and both as two again after a quarter', async () => {
      const [self, admin] = [await staff('finance'), await staff('admin')];
      const second = await invite(admin);
      const resender = { ...self, actor: `user:${self.userId}` };
      await as(resender, async (tx) => sendInvitationAgain(tx, await readUser(tx, second.userId)));
      const task = await open({ approvalsRequired: 2 });
      const once = await decide(self, task);
      await expect(decide(second, once)).rejects.toMatchObject({ code: 'four_eyes' });
      await scratch.asOwner(`update login_hand set at = at - interval '91 days'`);
      expect(await decide(second, once)).toMatchObject({ state: 'decided' });
    });
  });
});
