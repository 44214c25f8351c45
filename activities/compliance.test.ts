import { permissionsOf } from '../domain/access/roles';
import { type StaffScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import { setRestriction } from '../db/client-restrictions';
import { readClient } from '../db/clients';
import { calendarOfClient, takenSteps } from '../db/compliance-calendars';
import { inScope, rows, type Database } from '../db/connection';
import { currentDocuments, decideDocument, documentsOf } from '../db/documents';
import { eventsOfSubject } from '../db/events';
import { mailsOfClient } from '../db/mails';
import { changeParty, holderOf } from '../db/parties';
import { readProcess } from '../db/processes';
import { restrictionsOf } from '../db/restrictions';
import { decide } from '../db/task-decisions';
import { readTask, type Task } from '../db/tasks';
import {
  caseOf,
  passport,
  proveSources,
  register,
  submit,
  utilityBill,
  type Applicant,
  type ApplicantOptions,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { createComplianceActivities } from './compliance';
import { createKycActivities } from './kyc';

describe('a client’s compliance calendar', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  const version = { name: 'test', hash: 'none', publishedOn: '2026-01-01' };
  const screeningList = () => Promise.resolve(new ScreeningIndex([{ version, entries: [] }]));
  const look = (who: Applicant, now: string) =>
    createComplianceActivities({ db, screeningList }).lookAtCalendar(who.clientId, now);

  /** An approved client whose passport is good until the first of May 2033, reviewed last on the first of 2032. */
  async function approved(
    options: ApplicantOptions = {},
    expiresOn = '2033-05-01',
  ): Promise<Applicant> {
    const who = await register(ground, options);
    if (options.answers?.pep === true) await proveSources(ground, who);
    await passport(ground, who, { expiresOn });
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    const kyc = createKycActivities({ db, screeningList });
    // A politically exposed person is approved by a senior colleague and an officer.
    for (let state = await kyc.assessCase(of.id); state !== 'approved';) {
      const task = await openTaskOf(who);
      if (task.kind === 'kyc_review')
        await inScope(db, officer(), async (tx) => {
          for (const { id } of await currentDocuments(tx, of.id))
            await decideDocument(tx, id, { approve: true, reasons: [] });
        });
      const by = task.kind === 'pep_approval' ? officer(['senior_approver']) : officer();
      await decided(by, task, 'approve');
      state = await kyc.readCaseDecision(of.id);
    }
    await reviewed(who, '2032-01-01T00:00:00Z');
    return who;
  }

  const reviewed = (who: Applicant, at: string) =>
    ground.system((tx) =>
      rows(tx, 'update compliance_calendar set reviewed_at = :at where client_id = :id', {
        id: who.clientId,
        at,
      }),
    );

  function officer(roles: readonly ('compliance' | 'mlro' | 'senior_approver')[] = ['compliance']) {
    const userId = newId('user');
    return {
      kind: 'staff',
      actor: `user:${userId}`,
      userId,
      entities: ['cy'],
      roles: [...roles],
      permissions: permissionsOf([...roles]),
      restricted: roles.includes('mlro'),
    } satisfies StaffScope;
  }

  async function openTasks(who: Applicant): Promise<Task[]> {
    const found = await ground.system((tx) =>
      rows<{ id: string }>(
        tx,
        `select id from task where client_id = :id and state = 'open' order by opened_at, id`,
        { id: who.clientId },
      ),
    );
    return Promise.all(found.map(({ id }) => ground.system((tx) => readTask(tx, id))));
  }

  async function openTaskOf(who: Applicant): Promise<Task> {
    const [task] = await openTasks(who);
    if (!task) throw new Error('nobody is asked');
    return task;
  }

  const decided = (by: StaffScope, task: Task, decision: string, reason = 'TEST') =>
    inScope(db, by, (tx) =>
      decide(tx, {
        taskId: task.id,
        expectedVersion: task.version,
        contentHash: task.contentHash,
        decision,
        reason,
      }),
    );

  const mailsOf = async (who: Applicant) =>
    (await ground.system((tx) => mailsOfClient(tx, who.clientId)))
      .map(({ kind }) => kind)
      .filter((kind) => kind.startsWith('document_'))
      .reverse();

  const bars = async (who: Applicant) =>
    (await ground.system((tx) => restrictionsOf(tx, who.clientId)))
      .filter(({ liftedAt }) => liftedAt === null)
      .map(({ kind, scopes }) => [kind, scopes]);

  it('begins with the approval, and has a process that can be resumed', async () => {
    const who = await approved();
    const row = await ground.system((tx) => calendarOfClient(tx, who.clientId));
    expect(row).toMatchObject({ entityId: 'cy', changedAt: null, endedAt: null });
    const process = await ground.system((tx) => readProcess(tx, `compliance/${who.clientId}`));
    expect(process).toMatchObject({
      workflow: 'complianceCalendar',
      args: { id: who.clientId },
      finishedAt: null,
    });
  });

  it('writes 60, 30 and 7 days before a document expires, then bars what the policy says, each once', async () => {
    const who = await approved();
    await look(who, '2033-03-02T00:00:00.000Z');
    expect(await mailsOf(who)).toEqual([]);
    for (const now of ['2033-03-03T12:00:00.000Z', '2033-03-20T00:00:00.000Z']) {
      await look(who, now);
      expect(await mailsOf(who)).toEqual(['document_expiring']);
    }
    await look(who, '2033-04-02T00:00:00.000Z');
    await look(who, '2033-04-25T00:00:00.000Z');
    expect(await mailsOf(who)).toEqual(Array<string>(3).fill('document_expiring'));
    await look(who, '2033-05-01T23:00:00.000Z');
    expect(await bars(who)).toEqual([]);
    for (const now of ['2033-05-02T00:00:00.000Z', '2033-05-03T00:00:00.000Z']) {
      await look(who, now);
      expect((await mailsOf(who)).filter((kind) => kind === 'document_expired')).toHaveLength(1);
      expect(await bars(who)).toEqual([['expired_kyc', ['deposit', 'trade']]]);
    }
  });

  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const dayIn = (days: number) => inDays(days).slice(0, 10);

  const passports = async (who: Applicant) => {
    const of = await caseOf(ground, who);
    const all = await ground.system((tx) => documentsOf(tx, of?.id ?? ''));
    return all
      .filter(({ slot }) => slot === 'identity')
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ state }) => state);
  };

  it('lifts the bar when a newer document has passed every check, and counts the old one until then', async () => {
    const who = await approved({}, dayIn(45));
    await look(who, inDays(47));
    expect(await bars(who)).toHaveLength(1);
    await passport(ground, who, { expiresOn: dayIn(4000) });
    expect(await passports(who)).toEqual(['approved', 'new']);
    await look(who, inDays(47));
    expect(await passports(who)).toEqual(['archived', 'approved']);
    expect(await bars(who)).toEqual([]);
    // That one is good for years: nothing to renew.
    await expect(passport(ground, who, { expiresOn: dayIn(4100) })).rejects.toMatchObject({
      code: 'not_collecting',
    });
  });

  it('has an officer look at a newer document that does not pass, and writes what was wrong', async () => {
    const who = await approved({}, dayIn(45));
    await passport(ground, { ...who, name: 'Somebody Else' }, { expiresOn: dayIn(4000) });
    await look(who, inDays(1));
    await look(who, inDays(1));
    const [task, ...others] = await openTasks(who);
    expect(others).toEqual([]);
    expect(task).toMatchObject({ kind: 'document_renewal', issue: [{ code: 'NAME_MISMATCH' }] });
    await decided(officer(), await openTaskOf(who), 'reject', 'NAME_MISMATCH');
    await look(who, inDays(2));
    expect(await passports(who)).toEqual(['approved', 'rejected']);
    expect(await mailsOf(who)).toEqual(['document_expiring', 'document_refused']);
    await passport(ground, { ...who, name: 'Somebody Else' }, { expiresOn: dayIn(4000) });
    await look(who, inDays(3));
    await decided(officer(), await openTaskOf(who), 'approve');
    await look(who, inDays(4));
    expect(await passports(who)).toEqual(['archived', 'archived', 'approved']);
  });

  it('asks for the review before it is due, and counts the next one from the decision', async () => {
    const who = await approved();
    await look(who, '2034-12-01T00:00:00.000Z');
    expect((await openTasks(who)).map(({ kind }) => kind)).toEqual([]);
    const now = '2034-12-03T00:00:00.000Z';
    await look(who, now);
    await look(who, now);
    const [task, ...others] = await openTasks(who);
    expect(others).toEqual([]);
    expect(task).toMatchObject({
      kind: 'compliance_review',
      dueAt: '2035-01-01T00:00:00Z',
      issue: [{ code: 'REVIEW_DUE' }],
      content: { because: 'review', riskLevel: 'low', riskByRules: 'low' },
    });
    const process = await ground.system((tx) => readProcess(tx, `compliance/${who.clientId}`));
    expect(process?.waitsFor).toBe(`task ${task?.id}`);
    await decided(officer(), await openTaskOf(who), 'risk_high');
    await look(who, '2034-12-10T00:00:00.000Z');
    expect(await ground.system((tx) => readClient(tx, who.clientId))).toMatchObject({
      riskLevel: 'high',
    });
    const row = await ground.system((tx) => calendarOfClient(tx, who.clientId));
    expect(row?.reviewedAt).toBe('2034-12-10T00:00:00Z');
    const events = await ground.system((tx) => eventsOfSubject(tx, who.clientId));
    expect(events.filter(({ type }) => type === 'client.reviewed')).toHaveLength(1);
    // High: a year from there, less the lead.
    await look(who, '2035-11-09T00:00:00.000Z');
    expect(await openTasks(who)).toEqual([]);
    await look(who, '2035-11-11T00:00:00.000Z');
    expect(await openTasks(who)).toHaveLength(1);
  });

  it('reviews a politically exposed person every year whatever the risk score says', async () => {
    const who = await approved({ answers: { pep: true } });
    await ground.system((tx) =>
      rows(tx, `update client set risk_level = 'low' where id = :id`, { id: who.clientId }),
    );
    await look(who, '2032-11-30T00:00:00.000Z');
    expect(await openTasks(who)).toEqual([]);
    await look(who, '2032-12-03T00:00:00.000Z');
    expect(await openTaskOf(who)).toMatchObject({ kind: 'compliance_review' });
  });

  it('has a client who changed assessed again, once for each change that was asked about', async () => {
    const who = await approved();
    const change = (changes: Parameters<typeof changeParty>[2]) =>
      ground.system(async (tx) => changeParty(tx, (await holderOf(tx, who.clientId)).id, changes));
    await change({ phone: '+35799000001' });
    await look(who, '2032-02-01T00:00:00.000Z');
    expect(await openTasks(who)).toEqual([]);
    await change({ address: '2 Quay, Limassol' });
    await change({ nationality: 'IR', address: '2 Quay, Limassol' });
    const now = new Date().toISOString();
    await look(who, now);
    await look(who, now);
    expect(await openTasks(who)).toMatchObject([
      {
        issue: [{ code: 'CLIENT_CHANGED', detail: 'Changed: address, nationality.' }],
        content: { because: 'change', changed: ['address', 'nationality'] },
      },
    ]);
    await change({ address: '3 Quay, Limassol' });
    await look(who, new Date().toISOString());
    expect(await openTasks(who)).toHaveLength(2);
    const [first, second] = await openTasks(who);
    if (!first || !second) throw new Error('nobody is asked');
    await decided(officer(), first, 'risk_high');
    await decided(officer(), second, 'keep');
    await look(who, new Date().toISOString());
    // To keep it keeps what the other has said.
    expect(await ground.system((tx) => readClient(tx, who.clientId))).toMatchObject({
      riskLevel: 'high',
    });
  });

  it('stands still under a hold of the MLRO’s circle, and goes on when it is lifted', async () => {
    const who = await approved();
    const mlro = officer(['compliance', 'mlro']);
    await inScope(db, mlro, (tx) =>
      setRestriction(tx, {
        clientId: who.clientId,
        kind: 'restricted_hold',
        scopes: ['withdraw'],
        reason: 'TEST',
      }),
    );
    await look(who, '2033-05-02T00:00:00.000Z');
    expect(await mailsOf(who)).toEqual([]);
    const process = await ground.system((tx) => readProcess(tx, `compliance/${who.clientId}`));
    expect(process).toMatchObject({ waitsFor: 'a routine review' });
    await ground.system((tx) =>
      rows(tx, `update restriction set lifted_at = now() where client_id = :id`, {
        id: who.clientId,
      }),
    );
    await look(who, '2033-05-02T00:00:00.000Z');
    expect(await mailsOf(who)).toEqual(['document_expired']);
  });

  it('ends with the client', async () => {
    const who = await approved();
    await ground.system((tx) =>
      rows(tx, `update client set state = 'closed' where id = :id`, { id: who.clientId }),
    );
    expect(await look(who, '2033-01-01T00:00:00.000Z')).toEqual({ kind: 'ended' });
    const process = await ground.system((tx) => readProcess(tx, `compliance/${who.clientId}`));
    expect(process).toMatchObject({ outcome: 'ended' });
    expect(await ground.system((tx) => takenSteps(tx, who.clientId))).toEqual([]);
  });
});
