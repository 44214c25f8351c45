import { inScope } from '../../db/connection';
import { decideDocument, currentDocuments } from '../../db/documents';
import { readCaseFile } from '../../db/case-file';
import { readCase, type KycCase } from '../../db/kyc';
import { readClient } from '../../db/clients';
import { eventsOfClient, eventsOfSubject } from '../../db/events';
import { mayLeave } from '../../db/payout-gate';
import { matchCounts, matchesOfRescreening, rescreeningOfVersion } from '../../db/rescreenings';
import { isRestricted } from '../../db/restrictions';
import { loadList, type StoredListVersion } from '../../db/sanction-lists';
import { mailsOfClient } from '../../db/mails';
import { readProcess } from '../../db/processes';
import { screeningsOf } from '../../db/screening';
import { decide as decideTask } from '../../db/task-decisions';
import { tasksOfClient } from '../../db/task-lists';
import { latestTask, readTask, type Task } from '../../db/tasks';
import { accountsOfClient } from '../../db/accounts';
import { proposeEntity } from '../../db/entity-requests';
import { houseBankAccounts } from '../../db/house-bank-accounts';
import type { EntityPlan } from '../../domain/entity/plan';
import type { StaffScope } from '../../domain/access/scope';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  caseIn,
  letters,
  passport,
  passportLines,
  picture,
  proveSources,
  register,
  submit,
  upload,
  utilityBill,
  type Applicant,
  type PassportOptions,
} from './applicants';
import { publishedList } from './listed';
import { colleague, walletOf } from './people';
import { askDeposit, cardOf, payPageOf } from './payments';
import { passportPicture } from '../specimens/passport';
import { openTestTemporal } from '../setup/temporal';
import { openStage, type Stage } from './stage';
import { until } from './until';

/** A licence in the Gulf, on a group that the simulated server has. */
const gulf: EntityPlan = {
  code: 'ae',
  legalName: 'Keelson Markets (AE) Ltd',
  regulator: 'SCA',
  licence: '20200000001',
  jurisdiction: 'AE',
  countries: ['AE', 'OM'],
  currencies: ['USD'],
  brand: {
    name: 'Keelson Markets Gulf',
    colour: '#7a4a12',
    postalAddress: '1 Example Road, Dubai',
    supportEmail: 'support@ae.keelson.example',
    mailFrom: 'no-reply@ae.keelson.example',
  },
  bankAccounts: [
    {
      currency: 'USD',
      holder: 'Keelson Markets (AE) Ltd',
      bank: 'Sample Bank of the Gulf',
      iban: 'AE070331234567890123456',
      bic: 'SMPLAEAD',
    },
  ],
  groups: [
    {
      platform: 'mt5',
      server: 'mt5',
      accountType: 'standard',
      currency: 'USD',
      group: 'real\\off-usd-std',
      leverage: 100,
    },
  ],
  legalTexts: [{ title: 'Client agreement', text: 'Between you and us.' }],
};

describe('a KYC case', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterAll(() => stage.close());

  async function applicant(options: Parameters<typeof register>[1] = {}): Promise<Applicant> {
    const who = await register(stage, options);
    stage.plant(...who.name.split(' '), who.email);
    return who;
  }

  async function apply(who: Applicant, zone: PassportOptions = {}): Promise<KycCase> {
    await passport(stage, who, zone);
    await utilityBill(stage, who);
    return submit(stage, who);
  }

  /** The open task that the case waits for. */
  function taskOf(of: KycCase, kind: Task['kind']): Promise<Task> {
    return until(`${kind} for ${of.id}`, async () => {
      const now = await stage.system((tx) => readCase(tx, of.id));
      if (now.taskId === null) throw new Error(`${now.state} ${JSON.stringify(now.issues)}`);
      const task = await stage.system((tx) => readTask(tx, now.taskId ?? ''));
      return task.kind === kind && task.state === 'open' && task;
    });
  }

  function decide(who: StaffScope, task: Task, decision: string, reason = 'TEST'): Promise<Task> {
    return inScope(stage.db, who, async (tx) => {
      const now = await readTask(tx, task.id);
      const { id: taskId, version: expectedVersion, contentHash } = now;
      return decideTask(tx, { taskId, expectedVersion, contentHash, decision, reason });
    });
  }

  async function approveDocuments(who: StaffScope, of: KycCase): Promise<void> {
    await inScope(stage.db, who, async (tx) => {
      for (const { id } of await currentDocuments(tx, of.id)) {
        await decideDocument(tx, id, { approve: true, reasons: [] });
      }
    });
  }

  const clientOf = (of: KycCase) => stage.system((tx) => readClient(tx, of.clientId));
  const mailsOf = async (of: KycCase) =>
    (await stage.system((tx) => mailsOfClient(tx, of.clientId))).map((mail) => mail.kind);

  it('whose passport is read from its picture is approved though nothing was typed in', async () => {
    const who = await applicant({ given: 'Anna', family: 'Specimen' });
    const zone = passportLines(who.name, { birthDate: who.birthDate, number: 'K4938271' });
    stage.plant('K4938271');
    await upload(stage, who, 'passport', {}, passportPicture(zone));
    await utilityBill(stage, who);
    const of = await caseIn(stage, await submit(stage, who), 'approved');
    const [first] = await stage.system((tx) => currentDocuments(tx, of.id));
    expect(first?.checks).toContainEqual(
      expect.objectContaining({ code: 'MRZ_CHECK_DIGIT', result: 'passed' }),
    );
    const { prints } = await stage.system((tx) => readCaseFile(tx, of.id));
    expect(prints.get(first?.id ?? '')?.zone?.split('\n')[1]).toBe(zone.split('\n')[1]);
  });

  it('whose lines were typed otherwise than the picture has them goes to a person or back to the client', async () => {
    const who = await applicant({ given: 'Anna', family: 'Specimen' });
    const lines = (number: string) => passportLines(who.name, { birthDate: who.birthDate, number });
    const mrz = lines('K7777777');
    await upload(stage, who, 'passport', { mrz }, passportPicture(lines('K4938271')));
    await utilityBill(stage, who);
    const of = await submit(stage, who);
    await taskOf(of, 'kyc_review');
    const [first] = await stage.system((tx) => currentDocuments(tx, of.id));
    expect(first?.checks).toContainEqual({
      code: 'MRZ_CHECK_DIGIT',
      result: 'failed',
      detail: 'other than on the picture: document number',
    });
  });

  it('that is clean is approved by policy alone, and the client gets an account', async () => {
    const who = await applicant({
      answers: { account: { accountType: 'standard', currency: 'EUR' } },
    });
    const of = await caseIn(stage, await apply(who), 'approved');
    expect(of).toMatchObject({ round: 1, riskLevel: 'low', issues: [], taskId: null });
    expect(of.policyPins.length).toBeGreaterThan(3);
    expect(await clientOf(of)).toMatchObject({ state: 'approved', kycLevel: 2, riskLevel: 'low' });
    await until('the first account', async () => {
      const mails = await mailsOf(of);
      return mails.includes('application_approved') && mails.includes('account_ready');
    });
    const process = await stage.system((tx) =>
      readProcess(tx, workflowIds.onboarding(who.clientId)),
    );
    expect(process).toMatchObject({ state: 'approved', outcome: 'done' });
  });

  it('is followed by a higher level once an officer has accepted the proof that the client sends', async () => {
    const who = await applicant();
    const of = await caseIn(stage, await apply(who), 'approved');
    const today = new Date().toISOString().slice(0, 10);
    await upload(stage, who, 'source_of_income', { issuedOn: today });
    // Every check passes, and a person looks all the same: this is more than anybody has asked for.
    const task = await until('an officer to be asked', async () => {
      const found = await inScope(stage.db, colleague('compliance'), (tx) =>
        tasksOfClient(tx, who.clientId),
      );
      return found.find(({ kind, state }) => kind === 'document_renewal' && state === 'open');
    });
    expect(task.issue).toMatchObject([{ code: 'LEVEL_EVIDENCE' }]);
    expect(await clientOf(of)).toMatchObject({ kycLevel: 2 });
    await decide(colleague('compliance'), task, 'approve');
    await until('level 3', async () => (await clientOf(of)).kycLevel === 3);
  });

  it('of a third entity, made by two people a moment ago, leads to an account there and a deposit', async () => {
    const [asker, approver] = [colleague('admin'), colleague('senior_approver')];
    const proposal = await inScope(stage.db, asker, (tx) => proposeEntity(tx, gulf));
    const [task] = [await stage.system((tx) => latestTask(tx, proposal.id, 'entity_approval'))];
    if (!task) throw new Error('nobody is asked');
    await expect(decide(asker, task, 'approve')).rejects.toMatchObject({ code: 'four_eyes' });
    const narrow = { ...approver, entities: ['cy'] };
    await expect(decide(narrow, task, 'approve')).rejects.toMatchObject({ code: 'not_whole' });
    await decide(approver, task, 'approve');
    const wide = { ...asker, entities: ['ae', ...asker.entities] };
    await expect(inScope(stage.db, wide, (tx) => proposeEntity(tx, gulf))).rejects.toMatchObject({
      code: 'entity_exists',
    });

    const who = await applicant({
      ...{ residence: 'AE', currency: 'USD' },
      answers: { account: { accountType: 'standard', currency: 'USD' } },
    });
    expect(who.entityId).toBe('ae');
    const of = await caseIn(stage, await apply(who, { country: 'ARE' }), 'approved');
    expect(of.entityId).toBe('ae');
    const [account] = await until('the account', async () => {
      const found = await stage.system((tx) => accountsOfClient(tx, who.clientId));
      return found[0]?.state === 'active' && found;
    });
    // The base caps what the group would give: nobody has said otherwise for this jurisdiction.
    expect(account).toMatchObject({ entityId: 'ae', group: 'real\\off-usd-std', leverage: 30 });
    const client = { ...who, id: who.clientId, currency: 'USD' };
    const asked = await askDeposit(stage, client, '75.00');
    await stage.psp.payAt(await payPageOf(stage, asked), cardOf(client));
    await until('the money', async () => (await walletOf(stage, client)).balanceMinor === 7500n);
    // Where to pay by bank, as the entity's own rows say.
    const accounts = await inScope(stage.db, who.scope, (tx) => houseBankAccounts(tx, []));
    expect(accounts).toMatchObject([{ entityId: 'ae', iban: gulf.bankAccounts[0]?.iban }]);
    const mails = await stage.mail.to(who.email);
    expect(mails.length).toBeGreaterThan(0);
    // Everybody else's residence stays where it was.
    expect((await applicant()).entityId).toBe('cy');
  }, 60_000);

  it('asks an offshore client for the identity document alone', async () => {
    const who = await applicant({ residence: 'SC', currency: 'USD' });
    expect(who.entityId).toBe('off');
    await passport(stage, who, { country: 'SYC' });
    const of = await caseIn(stage, await submit(stage, who), 'approved');
    expect(await clientOf(of)).toMatchObject({ kycLevel: 1 });
  });

  it('names DOC_EXPIRED to an officer, asks again, and is approved when the new one is good', async () => {
    const who = await applicant();
    const sent = await apply(who, { expiresOn: '2020-01-31' });
    const task = await taskOf(sent, 'kyc_review');
    expect(task.issue[0]).toMatchObject({ code: 'DOC_EXPIRED' });
    const officer = colleague('compliance');
    await decide(officer, task, 'request_information', 'DOC_EXPIRED');
    const asked = await caseIn(stage, sent, 'information_requested');
    expect(asked.requested).toEqual(['DOC_EXPIRED']);
    expect(await clientOf(asked)).toMatchObject({ state: 'information_requested' });
    await until('the mail', async () => (await mailsOf(asked)).includes('documents_requested'));
    await expect(submit(stage, who)).rejects.toMatchObject({ code: 'application_incomplete' });
    await passport(stage, who);
    const again = await submit(stage, who);
    expect(again).toMatchObject({ round: 2 });
    await caseIn(stage, again, 'approved');
  });

  it('is not approved by an officer while a document is pending or rejected', async () => {
    const who = await applicant();
    const sent = await apply(who, { expiresOn: '2020-01-31' });
    const task = await taskOf(sent, 'kyc_review');
    const officer = colleague('compliance');
    await expect(decide(officer, task, 'approve')).rejects.toMatchObject({
      status: 409,
      code: 'documents_pending',
    });
    const [first] = await stage.system((tx) => currentDocuments(tx, sent.id));
    await approveDocuments(officer, sent);
    await inScope(stage.db, officer, (tx) =>
      decideDocument(tx, first?.id ?? '', { approve: false, reasons: ['DOC_UNREADABLE'] }),
    );
    await expect(decide(officer, task, 'approve')).rejects.toMatchObject({
      code: 'documents_rejected',
    });
    await approveDocuments(officer, sent);
    await decide(officer, task, 'approve', 'seen by video');
    await caseIn(stage, sent, 'approved');
    expect(await clientOf(sent)).toMatchObject({ state: 'approved' });
  });

  it('waits for two people when the name is near a listed one, and never tells the client', async () => {
    const who = await applicant({
      given: 'Orelin',
      family: 'Vardanosk',
      birthDate: '1968-03-12',
    });
    const sent = await apply(who, { sex: 'M' });
    const task = await taskOf(sent, 'screening_match');
    expect(task).toMatchObject({ approvalsRequired: 2, clientId: null });
    expect(JSON.stringify(task)).not.toMatch(/vardanosk|orelin/i);
    const [first, second] = [colleague('compliance'), colleague('compliance')];
    const [screening] = await inScope(stage.db, first, (tx) => screeningsOf(tx, sent.id));
    expect(screening?.candidates[0]).toMatchObject({ entryId: 'sdn:900001' });
    expect(screening?.candidates[0]?.parts.length).toBeGreaterThan(0);
    const process = await stage.system((tx) => readProcess(tx, workflowIds.kyc(sent.id)));
    expect(process?.waitsFor).toBe('a routine review');
    await decide(first, task, 'dismiss', 'another birthplace');
    await expect(decide(first, task, 'dismiss')).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });
    expect(await stage.system((tx) => readCase(tx, sent.id))).toMatchObject({ state: 'in_review' });
    await decide(second, task, 'dismiss', 'another birthplace');
    await caseIn(stage, sent, 'approved');
    // What support reads of the client says nothing of a list.
    const support = colleague('support');
    const events = await inScope(stage.db, support, (tx) => eventsOfClient(tx, who.clientId));
    expect(JSON.stringify(events)).not.toMatch(/screening|sanction/i);
    expect(JSON.stringify(events)).not.toContain(task.id);
    const file = await inScope(stage.db, support, (tx) => readCaseFile(tx, sent.id));
    expect(file.screenings).toBeUndefined();
    const outcomes = file.evaluations.map((evaluation) => evaluation.outcome);
    expect(JSON.stringify([file.tasks, outcomes])).not.toMatch(/SANCTIONS/);
    expect(await mailsOf(sent)).not.toContain('documents_requested');
  });

  it('freezes the client when the match is confirmed, and goes on when it was somebody else', async () => {
    const who = await applicant({
      given: 'Desire Mbonyi',
      family: 'Nkurubanza',
      birthDate: '1972-06-03',
    });
    const sent = await apply(who, { sex: 'M' });
    await decide(colleague('compliance'), await taskOf(sent, 'screening_match'), 'confirm', 'same');
    const hold = await until('the hold', async () => {
      const task = await taskOf(sent, 'screening_match');
      return task.restricted && task;
    });
    expect(hold.choices).toEqual(['dismiss']);
    for (const scope of ['login', 'deposit', 'trade', 'withdraw'] as const) {
      expect(await stage.system((tx) => isRestricted(tx, who.clientId, scope))).toBe(true);
    }
    expect(await clientOf(sent)).toMatchObject({ state: 'in_review' });
    const process = await stage.system((tx) => readProcess(tx, workflowIds.kyc(sent.id)));
    expect(process?.waitsFor).toBe('a routine review');
    const outsider = colleague('compliance');
    await expect(inScope(stage.db, outsider, (tx) => readTask(tx, hold.id))).rejects.toMatchObject({
      status: 404,
    });
    await decide(colleague('mlro'), hold, 'dismiss', 'fingerprints differ');
    await decide(colleague('mlro'), hold, 'dismiss', 'fingerprints differ');
    await caseIn(stage, sent, 'approved');
    expect(await stage.system((tx) => isRestricted(tx, who.clientId, 'withdraw'))).toBe(false);
  });

  it('needs a senior approver for a politically exposed person, and another officer after', async () => {
    const who = await applicant({ answers: { pep: true } });
    await proveSources(stage, who);
    const sent = await apply(who);
    const senior = colleague('senior_approver');
    await decide(senior, await taskOf(sent, 'pep_approval'), 'approve', 'known');
    const review = await taskOf(sent, 'kyc_review');
    expect(review.issue.map((issue) => issue['code'])).toContain('PEP_POSSIBLE');
    await approveDocuments(senior, sent);
    await expect(decide(senior, review, 'approve')).rejects.toMatchObject({ code: 'four_eyes' });
    await decide(colleague('compliance'), review, 'approve', 'enhanced checks done');
    await caseIn(stage, sent, 'approved');
    expect(await clientOf(sent)).toMatchObject({ state: 'approved', riskLevel: 'high' });
  });

  it('is refused with the words a client may read', async () => {
    const who = await applicant({ birthDate: '2012-02-01' });
    const sent = await apply(who);
    const task = await taskOf(sent, 'kyc_review');
    expect(task.issue.map((issue) => issue['code'])).toContain('UNDERAGE');
    await decide(colleague('compliance'), task, 'reject', 'UNDERAGE');
    await caseIn(stage, sent, 'rejected');
    expect(await clientOf(sent)).toMatchObject({ state: 'rejected' });
    await until('the mail', async () => (await mailsOf(sent)).includes('application_rejected'));
    const process = await stage.system((tx) =>
      readProcess(tx, workflowIds.onboarding(who.clientId)),
    );
    expect(process).toMatchObject({ outcome: 'rejected' });
  });

  it('names DUPLICATE_IDENTITY when the same document belongs to another client', async () => {
    const family = letters();
    const [one, two] = [await applicant({ family }), await applicant({ family })];
    const mrz = passportLines(one.name, { number: `D${letters().toUpperCase()}`.slice(0, 9) });
    for (const who of [one, two]) {
      await upload(stage, who, 'passport', { mrz });
      await utilityBill(stage, who);
    }
    await caseIn(stage, await submit(stage, one), 'approved');
    const task = await taskOf(await submit(stage, two), 'kyc_review');
    expect(task.issue[0]).toMatchObject({ code: 'DUPLICATE_IDENTITY' });
  });

  it('names SAME_IMAGE_RESUBMITTED when the client answers with the same picture', async () => {
    const who = await applicant();
    const same = picture();
    const expired = passportLines(who.name, { expiresOn: '2021-06-30' });
    await upload(stage, who, 'passport', { mrz: expired }, same);
    await utilityBill(stage, who);
    const sent = await submit(stage, who);
    await decide(
      colleague('compliance'),
      await taskOf(sent, 'kyc_review'),
      'request_information',
      'DOC_EXPIRED',
    );
    await caseIn(stage, sent, 'information_requested');
    const { warnings } = await upload(
      stage,
      who,
      'passport',
      { mrz: passportLines(who.name) },
      same,
    );
    expect(warnings.map((warning) => warning.code)).toContain('SAME_IMAGE_RESUBMITTED');
    const task = await taskOf(await submit(stage, who), 'kyc_review');
    expect(task.issue[0]).toMatchObject({ code: 'SAME_IMAGE_RESUBMITTED' });
  });

  it('that is approved is looked at again with each new version of a list, and asked about once', async () => {
    const who = await applicant();
    const of = await caseIn(stage, await apply(who), 'approved');
    const mlro = colleague('mlro');
    /** Brings a version into force and waits until everybody was held against it. */
    const publish = async (
      ...entries: readonly { id: string; name: string; version: string }[]
    ) => {
      const { version } = await stage.system((tx) => loadList(tx, publishedList(entries)));
      return { version, found: await foundBy(version) };
    };
    const foundBy = (version: StoredListVersion) =>
      until(`the re-screening for version ${version.number}`, () =>
        stage.system(async (tx) => {
          const run = await rescreeningOfVersion(tx, version.id);
          if (run?.state !== 'done') return undefined;
          expect(run.looked).toBe(run.parties);
          return (await matchCounts(tx, [run.id])).get(run.id);
        }),
      );
    const openTasks = async () =>
      (await inScope(stage.db, mlro, (tx) => readCaseFile(tx, of.id))).tasks.filter(
        ({ state }) => state === 'open',
      );
    const none = { opened: 0, judged: 0, held: 0, in_case: 0 };
    const listed = { id: 'test:1', name: who.name, version: 'a' };
    const other = { id: 'test:2', name: 'Zyxomir Qadravelle', version: 'a' };

    const first = await publish(listed);
    expect(first.found).toEqual({ ...none, opened: 1 });
    const [task, ...more] = await openTasks();
    if (!task) throw new Error('nobody was asked');
    expect(more).toEqual([]);
    expect(task).toMatchObject({ kind: 'screening_match', clientId: null, approvalsRequired: 2 });
    expect(await stage.system((tx) => mayLeave(tx, who.clientId, undefined))).toBe(false);
    // A second version while people decide asks nobody again.
    expect((await publish(listed, other)).found).toEqual({ ...none, judged: 1 });
    expect(await openTasks()).toHaveLength(1);

    await decide(colleague('compliance'), task, 'dismiss', 'another birthplace');
    await decide(colleague('compliance'), task, 'dismiss', 'another birthplace');
    await until('the dismissal', () => stage.system((tx) => mayLeave(tx, who.clientId, undefined)));
    const process = await stage.system((tx) => readProcess(tx, task.workflowId ?? ''));
    expect(process).toMatchObject({ outcome: 'dismissed', clientId: null });
    // Dismissed stays dismissed while the entry says the same.
    expect((await publish(listed, { ...other, version: 'b' })).found).toEqual(none);
    const changed = await publish({ ...listed, version: 'b' }, other);
    expect(changed.found).toEqual({ ...none, opened: 1 });

    const [again] = await openTasks();
    if (!again) throw new Error('the match was not opened again');
    await decide(colleague('compliance'), again, 'confirm', 'same');
    await until('the hold', () => stage.system((tx) => isRestricted(tx, who.clientId, 'login')));
    const hold = await until('the question to the MLRO', async () =>
      (await openTasks()).find(({ restricted }) => restricted),
    );
    expect(hold.choices).toEqual(['dismiss']);
    const held = await publish({ ...listed, version: 'b' }, { ...other, version: 'd' });
    expect(held.found).toEqual({ ...none, held: 1 });
    // Nobody outside of those who decide learns of any of it.
    const support = colleague('support');
    const events = await inScope(stage.db, support, (tx) => eventsOfClient(tx, who.clientId));
    expect(JSON.stringify(events)).not.toMatch(/screening|sanction|hold/i);
    const run = await stage.system((tx) => rescreeningOfVersion(tx, first.version.id));
    await expect(
      inScope(stage.db, support, (tx) => matchesOfRescreening(tx, run?.id ?? '', { limit: 5 })),
    ).rejects.toMatchObject({ status: 403 });
    await decide(colleague('mlro'), hold, 'dismiss', 'fingerprints differ');
    await decide(mlro, hold, 'dismiss', 'fingerprints differ');
    await until('the end of the hold', () =>
      stage.system((tx) => mayLeave(tx, who.clientId, undefined)),
    );
  }, 60_000);

  it('goes on from its row when Temporal has forgotten everything', async () => {
    const who = await applicant();
    const sent = await apply(who, { expiresOn: '2020-01-31' });
    const task = await taskOf(sent, 'kyc_review');
    await stage.stopWorkers();
    const officer = colleague('compliance');
    await approveDocuments(officer, sent);
    await decide(officer, task, 'approve', 'seen by video');
    const empty = await openTestTemporal();
    const running = await stage.runWorkers(empty);
    try {
      await caseIn(stage, sent, 'approved');
      await until('the end of onboarding', async () => {
        const process = await stage.system((tx) =>
          readProcess(tx, workflowIds.onboarding(who.clientId)),
        );
        return process?.outcome === 'done';
      });
      const events = await stage.system((tx) => eventsOfSubject(tx, sent.id));
      expect(events.filter((event) => event.type === 'kyc.approved')).toHaveLength(1);
      expect((await mailsOf(sent)).filter((kind) => kind === 'application_approved')).toHaveLength(
        1,
      );
    } finally {
      await running.stop();
      await empty.close();
    }
  });
});
