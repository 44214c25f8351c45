import { permissionsOf } from '../../domain/access/roles';
import type { StaffScope } from '../../domain/access/scope';
import { newId } from '../../domain/ids';
import { publishAgreed } from '../../db/agreed-policy';
import { inScope, rows } from '../../db/connection';
import { eventsOfClient } from '../../db/events';
import { checksOf, type IdentityCheck } from '../../db/identity-checks';
import { readCase, type KycCase } from '../../db/kyc';
import { mailsOfClient } from '../../db/mails';
import { decide as decideTask } from '../../db/task-decisions';
import { openTask, readTask, type Task } from '../../db/tasks';
import { createUser } from '../../db/users';
import { createIdentityCheckActivities } from '../../activities/identity-check';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { caseIn, passport, register, submit, utilityBill, type Applicant } from './applicants';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a step that an outside verifier does', () => {
  let stage: Stage;
  const people = new Map<string, Applicant>();

  beforeAll(async () => {
    stage = await openStage({ verifier: true });
    // A queue that nobody may decide is no queue to send cases to.
    for (const name of ['First Officer', 'Second Officer']) {
      await stage.system((tx) =>
        createUser(tx, {
          ...{ kind: 'staff', email: `${newId('user')}@keelson.example`, name },
          ...{ roles: ['compliance'], entities: ['cy'], passwordHash: 'none' },
        }),
      );
    }
    await stage.system((tx) =>
      publishAgreed(tx, {
        kind: 'kyc.approval',
        layer: 'entity',
        layerKey: 'cy',
        body: {
          title: 'KYC approval in Cyprus',
          changes: [
            {
              target: 'parameter',
              mode: 'override',
              name: 'steps',
              value: [
                {
                  code: 'identity',
                  name: 'Identity at the verifier',
                  instruction: 'Compare the face with the picture.',
                  verifier: 'sumsub',
                  level: 'basic-kyc-level',
                },
              ],
              reason: 'the verifier looks first',
            },
            {
              target: 'rule',
              mode: 'add',
              with: {
                id: 'verifier.tampering',
                title: 'The verifier suspects a forgery',
                when: {
                  fact: 'verification.reasons',
                  operator: 'contains',
                  value: 'SUSPECTED_TAMPERING',
                },
                then: { decision: 'review', queue: 'compliance', dueHours: 8, fourEyes: true },
                reason: 'SUSPECTED_TAMPERING',
                source: 'house rule',
              },
            },
          ],
        },
        proposedBy: newId('user'),
        approvedBy: newId('user'),
      }),
    );
  }, 120_000);

  afterEach(() => stage.verifier.clearFaults());
  afterAll(() => stage.close());

  async function applied(): Promise<KycCase> {
    const who = await register(stage);
    stage.plant(...who.name.split(' '), who.email);
    await passport(stage, who);
    await utilityBill(stage, who);
    const of = await submit(stage, who);
    people.set(of.id, who);
    return of;
  }

  function whoOf(of: KycCase): Applicant {
    const who = people.get(of.id);
    if (!who) throw new Error('nobody applied so');
    return who;
  }

  /** The last check of the case, once the verifier has it. */
  function checkOf(of: KycCase, round = 1): Promise<IdentityCheck> {
    return until(`the verifier to have ${of.id}`, async () => {
      const [check] = (await stage.system((tx) => checksOf(tx, of.id))).filter(
        (each) => each.round === round,
      );
      const known = await stage.verifier.applicants();
      const there = known.find(
        ({ reference, status }) => reference === check?.id && status !== 'init',
      );
      return there && check;
    });
  }

  const now = (of: KycCase) => stage.system((tx) => readCase(tx, of.id));

  function taskOf(of: KycCase, kind: Task['kind']): Promise<Task> {
    return until(`${kind} for ${of.id}`, async () => {
      const { taskId, state, issues } = await now(of);
      if (taskId === null) throw new Error(`${state} ${JSON.stringify(issues)}`);
      const task = await stage.system((tx) => readTask(tx, taskId));
      return task.kind === kind && task.state === 'open' && task;
    });
  }

  function officer(roles: Parameters<typeof permissionsOf>[0] = ['compliance']): StaffScope {
    const userId = newId('user');
    return {
      kind: 'staff',
      ...{ actor: `user:${userId}`, userId, entities: ['cy'], roles, restricted: false },
      permissions: permissionsOf(roles),
    };
  }

  async function decide(task: Task, decision: string, who = officer()): Promise<Task> {
    return inScope(stage.db, who, async (tx) => {
      const { id: taskId, version: expectedVersion, contentHash } = await readTask(tx, task.id);
      return decideTask(tx, { taskId, expectedVersion, contentHash, decision, reason: 'TEST' });
    });
  }

  const eventsOf = async (of: KycCase) =>
    (await stage.system((tx) => eventsOfClient(tx, of.clientId))).map(({ type }) => type);

  const messages = (check: IdentityCheck) =>
    stage.system((tx) =>
      rows<{ type: string; times_received: number; body: boolean }>(
        tx,
        `select type, times_received, body_ct is not null as body from provider_event where operation_id = :id order by received_at`,
        { id: check.id },
      ),
    );

  it('lets the case wait, and approves it on a green answer that came twice and behind a later one', async () => {
    await stage.verifier.fault('webhook_out_of_order', { event: 'applicantPending', ms: 700 });
    await stage.verifier.fault('webhook_twice', { event: 'applicantReviewed' });
    const of = await applied();
    const check = await checkOf(of);
    expect(check).toMatchObject({ step: 'identity', provider: 'sumsub' });
    expect(await now(of)).toMatchObject({ state: 'in_review', taskId: null });
    await stage.verifier.review(check.id, { answer: 'GREEN' });
    await caseIn(stage, of, 'approved');
    const [after] = await stage.system((tx) => checksOf(tx, of.id));
    expect(after).toMatchObject({ state: 'answered', answer: 'passed', reasons: [] });
    await until('both messages, one of them twice', async () => {
      const all = await messages(check);
      return all.length === 2 && all.some(({ times_received: times }) => times === 2);
    });
    expect((await eventsOf(of)).filter((type) => type === 'kyc.verifier_answered')).toHaveLength(1);
    expect((await messages(check)).every(({ body }) => body)).toBe(true);
  });

  it('sends the papers once, however often its answers are lost, and hears an answer that is faster than its reply', async () => {
    await stage.verifier.fault('lose_reply_after_accept', { operation: 'create' });
    await stage.verifier.fault('error_before_accept', { operation: 'document' });
    await stage.verifier.fault('answer_before_reply', { operation: 'submit' });
    const of = await applied();
    await caseIn(stage, of, 'approved');
    const [check] = await stage.system((tx) => checksOf(tx, of.id));
    const mine = (await stage.verifier.applicants()).filter(
      ({ reference }) => reference === check?.id,
    );
    expect(mine).toHaveLength(1);
    expect(mine[0]?.documents.map(({ idDocType }) => idDocType).sort()).toEqual([
      'PASSPORT',
      'UTILITY_BILL',
    ]);
  });

  it('takes nothing of a message that somebody else has signed', async () => {
    const of = await applied();
    const check = await checkOf(of);
    await stage.verifier.fault('bad_signature', { event: 'applicantReviewed' });
    await stage.verifier.review(check.id, { answer: 'GREEN' });
    // The verifier sends it again, and signs it itself then.
    await caseIn(stage, of, 'approved');
    const reviewed = await messages(check);
    expect(reviewed.every(({ times_received: times }) => times === 1)).toBe(true);
  });

  it('asks the client with what they may read, and looks at the new papers in another round', async () => {
    const of = await applied();
    const check = await checkOf(of);
    const labels = ['UNSATISFACTORY_PHOTOS', 'SCREENSHOTS'];
    await stage.verifier.review(check.id, { answer: 'RED', retry: true, labels });
    const asked = await caseIn(stage, of, 'information_requested');
    expect(asked.requested).toEqual(['DOC_UNREADABLE', 'DOC_SCREENSHOT']);
    const mails = await stage.system((tx) => mailsOfClient(tx, of.clientId));
    expect(mails.map(({ kind }) => kind)).toContain('documents_requested');
    const who = whoOf(of);
    await passport(stage, who);
    await submit(stage, who);
    const second = await checkOf(of, 2);
    expect(second.documents).not.toEqual(check.documents);
    await stage.verifier.review(second.id, { answer: 'GREEN' });
    await caseIn(stage, of, 'approved');
  });

  it('is a fact that rules read, whose internal reason the client never reads', async () => {
    const of = await applied();
    const check = await checkOf(of);
    await stage.verifier.review(check.id, { answer: 'RED', labels: ['FORGERY'] });
    const task = await taskOf(of, 'kyc_review');
    expect(task.approvalsRequired).toBe(2);
    expect(task.issue.map(({ code }) => code)).toContain('SUSPECTED_TAMPERING');
    const who = whoOf(of);
    const told = JSON.stringify(
      await inScope(stage.db, who.scope, async (tx) => [
        await readCase(tx, of.id).then(({ requested }) => requested),
        await checksOf(tx, of.id),
        (await mailsOfClient(tx, of.clientId)).map(({ kind }) => kind),
      ]),
    );
    expect(told).not.toMatch(/FORGERY|TAMPERING|sumsub/);
    await decide(task, 'reject');
    await caseIn(stage, of, 'rejected');
  });

  it('goes to an officer where the verifier refuses the order, and is not approved before they say so', async () => {
    await stage.verifier.fault('refuse', { operation: 'create' });
    const of = await applied();
    const task = await taskOf(of, 'kyc_step');
    expect(task.issue[1]?.['detail']).toBe('sumsub did not take the order');
    await decide(task, 'approve');
    await caseIn(stage, of, 'approved');
  });

  it('holds back every approval while it is not answered', async () => {
    const of = await applied();
    const check = await checkOf(of);
    // However such a task came to be: no approval passes.
    const task = await stage.system(async (tx) => {
      const opened = await openTask(tx, {
        kind: 'kyc_step',
        subject: `${of.id}/identity/by_hand`,
        workflowId: workflowIds.kyc(of.id),
        entityId: of.entityId,
        clientId: of.clientId,
        title: 'By hand',
        issue: [],
        content: { case: of.id },
        key: `by_hand/${of.id}`,
      });
      await rows(tx, 'update kyc_case set task_id = :task where id = :id', {
        task: opened.id,
        id: of.id,
      });
      return opened;
    });
    await expect(decide(task, 'approve')).rejects.toMatchObject({ code: 'verification_pending' });
    await stage.system((tx) =>
      rows(tx, 'update kyc_case set task_id = null where id = :id', { id: of.id }),
    );
    await stage.verifier.review(check.id, { answer: 'GREEN' });
    await caseIn(stage, of, 'approved');
  });

  it('is read at the verifier where its message is lost, and given up when its time is over', async () => {
    await stage.verifier.fault('hold_webhooks', { event: 'applicantReviewed' });
    const of = await applied();
    const check = await checkOf(of);
    const activities = createIdentityCheckActivities(stage.deps);
    await activities.lookAtIdentityCheck(check.id);
    expect(await now(of)).toMatchObject({ state: 'in_review' });
    await stage.verifier.review(check.id, { answer: 'GREEN' });
    await activities.lookAtIdentityCheck(check.id);
    await caseIn(stage, of, 'approved');
    const late = await applied();
    const unanswered = await checkOf(late);
    await stage.system((tx) =>
      rows(tx, `update identity_check set due_at = now() - interval '1 minute' where id = :id`, {
        id: unanswered.id,
      }),
    );
    expect(await activities.followIdentityCheck(unanswered.id)).toBe('ended');
    const task = await taskOf(late, 'kyc_step');
    expect(task.issue[1]?.['detail']).toBe('sumsub did not answer in time');
  });

  it('tells of a list to those who decide on screenings, and to nobody else', async () => {
    const of = await applied();
    const check = await checkOf(of);
    await stage.verifier.review(check.id, { answer: 'RED', labels: ['SANCTIONS', 'LOW_QUALITY'] });
    const task = await taskOf(of, 'screening_match');
    const reader = { ...officer(), permissions: new Set(['kyc.read', 'client.personal'] as const) };
    const seen = await inScope(stage.db, reader, async (tx) => ({
      checks: await checksOf(tx, of.id),
      events: await eventsOfClient(tx, of.clientId),
    }));
    expect(seen.checks).toMatchObject([{ state: 'sent', answer: null, reasons: [], labels: [] }]);
    expect(seen.events.map(({ type }) => type)).not.toContain('kyc.verifier_answered');
    expect(JSON.stringify(seen)).not.toMatch(/SANCTION|nearListed":true/);
    await decide(task, 'dismiss');
    await decide(task, 'dismiss');
    // Somebody else: what is left is a bad picture, and the verifier's no for good.
    const step = await taskOf(of, 'kyc_step');
    expect(step).toMatchObject({ approvalsRequired: 2 });
    const [cleared] = await inScope(stage.db, reader, (tx) => checksOf(tx, of.id));
    expect(cleared).toMatchObject({ answer: 'refused', reasons: ['DOC_UNREADABLE'] });
  });

  it('has people look when the verifier takes its yes back, which an older message does not', async () => {
    const of = await applied();
    const check = await checkOf(of);
    await stage.verifier.review(check.id, { answer: 'GREEN' });
    await caseIn(stage, of, 'approved');
    await stage.verifier.review(check.id, { answer: 'RED', labels: ['FORGERY'] });
    const opened = await until('the task about it', async () => {
      const [row] = await stage.system((tx) =>
        rows<{ id: string; restricted: boolean }>(
          tx,
          `select id, restricted from task where kind = 'verifier_change' and subject = :id`,
          { id: check.id },
        ),
      );
      return row;
    });
    expect(opened.restricted).toBe(true);
    expect(await now(of)).toMatchObject({ state: 'approved' });
    await stage.verifier.redeliver();
    const [after] = await stage.system((tx) => checksOf(tx, of.id));
    expect(after).toMatchObject({ answer: 'refused' });
  });
});
