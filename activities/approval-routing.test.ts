import { permissionsOf, type Role } from '../domain/access/roles';
import { type StaffScope } from '../domain/access/scope';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import { kycApprovalPolicy } from '../domain/policy/defaults/kyc-approval';
import { inScope, type Database } from '../db/connection';
import type { Json } from '../db/events';
import { readCase, type KycCase } from '../db/kyc';
import { currentDocuments, decideDocument } from '../db/documents';
import {
  draftPolicy,
  publishPolicy,
  readPolicy,
  submitPolicy,
  type StoredPolicy,
} from '../db/policy-versions';
import { checkDraft } from '../db/policy-check';
import { decide } from '../db/task-decisions';
import { assertQueue, listTasks, openQueues } from '../db/task-lists';
import { readTask } from '../db/tasks';
import { createUser } from '../db/users';
import {
  passport,
  proveSources,
  register,
  submit,
  utilityBill,
  type Applicant,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { createKycActivities } from './kyc';

const board = { code: 'board', name: 'Board of directors', permission: 'pep.approve' };

describe('approval of politically exposed persons', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;
  let hired = 0;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  async function hire(role: Role): Promise<StaffScope> {
    hired += 1;
    const { id } = await ground.system((tx) =>
      createUser(tx, {
        ...{ kind: 'staff', email: `c${hired}@keelson.example`, name: `Colleague ${hired}` },
        ...{ roles: [role], entities: ['cy', 'off'], passwordHash: 'none' },
      }),
    );
    return {
      ...{ kind: 'staff', actor: `user:${id}`, userId: id, entities: ['cy', 'off'] },
      ...{ roles: [role], permissions: permissionsOf([role]), restricted: false },
    };
  }

  const activities = () => {
    const version = { name: 'test', hash: 'a', publishedOn: '2026-01-01' };
    const list = new ScreeningIndex([{ version, entries: [] }]);
    return createKycActivities({ db, screeningList: () => Promise.resolve(list) });
  };

  async function apply(who: Applicant): Promise<KycCase> {
    await passport(ground, who);
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    await activities().assessCase(of.id);
    return of;
  }

  const exposed = async () => {
    const who = await register(ground, { answers: { pep: true } });
    await proveSources(ground, who);
    return who;
  };

  async function taskOf(of: KycCase) {
    const { taskId } = await ground.system((tx) => readCase(tx, of.id));
    return ground.system((tx) => readTask(tx, taskId ?? ''));
  }

  async function decided(of: KycCase, who: StaffScope): Promise<void> {
    const { id: taskId, version: expectedVersion, contentHash } = await taskOf(of);
    await inScope(db, who, (tx) =>
      decide(tx, { taskId, expectedVersion, contentHash, decision: 'approve', reason: 'TEST' }),
    );
    await activities().readCaseDecision(of.id);
  }

  /** A draft of the base whose row about politically exposed persons says this. */
  function draft(
    author: StaffScope,
    then: object,
    queues: readonly object[],
    off: readonly string[] = [],
  ): Promise<StoredPolicy> {
    const { base } = kycApprovalPolicy;
    const body: { readonly [key: string]: Json } = JSON.parse(
      JSON.stringify({
        ...base,
        parameters: { ...base.parameters, queues },
        rules: base.rules
          .filter(({ id }) => !off.includes(id))
          .map((rule) => (rule.id === 'pep' ? { ...rule, then } : rule)),
      }),
    );
    return inScope(db, author, (tx) =>
      draftPolicy(tx, { kind: 'kyc.approval', layer: 'base', layerKey: '', body, note: '' }),
    );
  }

  async function publish(of: StoredPolicy, author: StaffScope, publisher: StaffScope) {
    const { revision } = await inScope(db, author, (tx) => submitPolicy(tx, of.id, of.revision));
    await inScope(db, publisher, (tx) =>
      publishPolicy(tx, of.id, { expectedRevision: revision, reach: 'new' }),
    );
  }

  it('is not routed to a queue that nobody may decide, and then is, for the next case alone', async () => {
    const [author, publisher] = [await hire('compliance'), await hire('compliance')];
    const [open, sent] = [await exposed(), await exposed()];
    const before = await apply(sent);
    expect(await taskOf(before)).toMatchObject({
      ...{ kind: 'pep_approval', permission: 'pep.approve' },
      queue: { code: 'senior_approver' },
    });
    const then = { decision: 'review', queue: 'board', dueHours: 2, fourEyes: true };
    const version = await draft(author, then, [board]);
    const problems = async () =>
      inScope(db, author, async (tx) => checkDraft(tx, await readPolicy(tx, version.id)));
    expect((await problems()).filter(({ severity }) => severity === 'error')).toMatchObject([
      {
        code: 'unstaffed_queue',
        rule: 'pep',
        detail: expect.stringContaining('nobody of cy, off'),
      },
    ]);
    await expect(publish(version, author, publisher)).rejects.toMatchObject({
      code: 'policy_has_errors',
    });
    const senior = await hire('senior_approver');
    expect((await problems()).filter(({ rule }) => rule === 'pep')).toEqual([]);
    await publish(version, author, publisher);

    const kept = await apply(open);
    expect(await taskOf(kept)).toMatchObject({ queue: { code: 'senior_approver' } });
    const who = await exposed();
    const next = await apply(who);
    const task = await taskOf(next);
    expect(task).toMatchObject({
      ...{ kind: 'pep_approval', permission: 'pep.approve', queue: { code: 'board' } },
      content: { queue: 'board' },
    });
    const hours = (Date.parse(task.dueAt ?? '') - Date.parse(task.openedAt)) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(2);
    const listed = await inScope(db, senior, (tx) =>
      listTasks(tx, { view: 'all', queue: 'board', limit: 10 }),
    );
    expect(listed.map(({ id }) => id)).toEqual([task.id]);
    expect(await inScope(db, senior, (tx) => openQueues(tx))).toEqual([
      expect.objectContaining({ code: 'senior_approver', open: 2 }),
      { code: 'board', name: 'Board of directors', open: 1 },
    ]);
    await expect(inScope(db, senior, (tx) => assertQueue(tx, 'nowhere'))).rejects.toMatchObject({
      status: 400,
    });

    const officer = await hire('compliance');
    await expect(decided(next, officer)).rejects.toMatchObject({ status: 403 });
    await decided(next, senior);
    const review = await taskOf(next);
    expect(review).toMatchObject({ kind: 'kyc_review', queue: { code: 'compliance' } });
    await inScope(db, officer, async (tx) => {
      for (const { id } of await currentDocuments(tx, next.id))
        await decideDocument(tx, id, { approve: true, reasons: [] });
    });
    await decided(next, officer);
    expect(await ground.system((tx) => readCase(tx, next.id))).toMatchObject({ state: 'approved' });
  });

  it('ends with senior management where the row wants no second officer', async () => {
    const [author, publisher] = [await hire('compliance'), await hire('compliance')];
    const then = { decision: 'review', queue: 'board' };
    // High risk wants an officer besides, and every exposed person is of high risk.
    const version = await draft(author, then, [board], ['risk.high']);
    await publish(version, author, publisher);
    const of = await apply(await exposed());
    await decided(of, await hire('senior_approver'));
    expect(await ground.system((tx) => readCase(tx, of.id))).toMatchObject({ state: 'approved' });
  });
});
