import { ScreeningIndex } from '../domain/screening/candidate-index';
import { kycApprovalPolicy } from '../domain/policy/defaults/kyc-approval';
import { kycDocumentsPolicy } from '../domain/policy/defaults/kyc-documents';
import type { PolicyKind } from '../domain/policy/kinds/registry';
import { inScope, rows, type Database } from '../db/connection';
import { lockCase, openCase, readCase } from '../db/kyc';
import { mailsOfClient, readMail } from '../db/mails';
import { checkDraft } from '../db/policy-check';
import { factsOfVersion } from '../db/policy-questions';
import { draftPolicy, publishPolicy, submitPolicy } from '../db/policy-versions';
import { passport, register, submit, utilityBill } from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { createKycActivities } from './kyc';
import { askClient } from './kyc-outcome';

describe('what an officer has changed of the documents’ policy', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  async function publish(kind: PolicyKind, body: object) {
    const [author, publisher] = [colleague('compliance'), colleague('compliance')];
    const draft = await inScope(db, author, (tx) =>
      draftPolicy(tx, {
        ...{ kind, layer: 'base', layerKey: '', note: '' },
        body: JSON.parse(JSON.stringify(body)),
      }),
    );
    const problems = await inScope(db, author, (tx) => checkDraft(tx, draft));
    const offered = await inScope(db, author, (tx) => factsOfVersion(tx, draft));
    const { revision } = await inScope(db, author, (tx) =>
      submitPolicy(tx, draft.id, draft.revision),
    );
    await inScope(db, publisher, (tx) =>
      publishPolicy(tx, draft.id, { expectedRevision: revision, reach: 'new' }),
    );
    return { problems: problems.map(({ code }) => code), offered };
  }

  async function decidedWith(questionnaire: Readonly<Record<string, string | string[]>>) {
    const who = await register(ground, { answers: { questionnaire } });
    await passport(ground, who);
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    const list = new ScreeningIndex([
      { version: { name: 'test', hash: 'a', publishedOn: '2026-01-01' }, entries: [] },
    ]);
    const activities = createKycActivities({ db, screeningList: () => Promise.resolve(list) });
    await activities.assessCase(of.id);
    return ground.system((tx) => readCase(tx, of.id));
  }

  it('an answer is compared as what it is by the next case; one that is not there goes to a person', async () => {
    const documents = kycDocumentsPolicy.base;
    const approval = kycApprovalPolicy.base;
    const asking = {
      id: 'estate.recent',
      title: 'A large estate of late',
      when: {
        all: [
          { fact: 'answer.number.estate', operator: 'greaterThan', value: 100_000 },
          { fact: 'answer.date.since', operator: 'greaterThanInclusive', value: '2024-01-01' },
          { fact: 'answer.choices.assets', operator: 'contains', value: 'gold' },
        ],
      },
      then: { decision: 'review' },
      reason: 'FUNDS_EVIDENCE',
      source: 'house rule',
    };
    const early = await publish('kyc.approval', {
      ...approval,
      rules: [...approval.rules, asking],
    });
    // Nobody is asked yet: three answers, and every case would go to a person.
    expect(early.problems.filter((code) => code === 'unknown_question')).toHaveLength(3);
    expect(await decidedWith({})).toMatchObject({
      state: 'in_review',
      issues: expect.arrayContaining([
        { code: 'DATA_MISSING', detail: 'data missing: the answer “estate”' },
      ]),
    });

    await publish('kyc.documents', {
      ...documents,
      parameters: {
        ...documents.parameters,
        questions: [
          { code: 'estate', text: 'How much?', type: 'number', required: true },
          { code: 'since', text: 'Since when?', type: 'date', required: true },
          {
            ...{ code: 'assets', text: 'Which?', type: 'choices', required: true },
            choices: ['gold', 'art'],
          },
        ],
      },
    });
    const late = await publish('kyc.approval', { ...approval, rules: [...approval.rules, asking] });
    expect(late.problems).not.toContain('unknown_question');
    expect(late.offered['answer.date.since']).toMatchObject({
      ...{ label: 'answer: Since when?', type: 'date' },
    });
    const rich = { estate: '250000', since: '2025-06-01', assets: ['art', 'gold'] };
    expect(await decidedWith(rich)).toMatchObject({
      state: 'in_review',
      issues: [expect.objectContaining({ code: 'FUNDS_EVIDENCE' })],
    });
    expect(await decidedWith({ ...rich, estate: '99999.5' })).toMatchObject({ state: 'approved' });
    expect(await decidedWith({ ...rich, since: '2023-12-31' })).toMatchObject({
      state: 'approved',
    });
    expect(await decidedWith({ ...rich, assets: ['art'] })).toMatchObject({ state: 'approved' });
    await expect(decidedWith({ estate: '1' })).rejects.toMatchObject({
      extra: { missing: ['question:since', 'question:assets'] },
    });
  });

  it('a reason is read in the house’s words by the next client, when uploading and in the mail', async () => {
    const documents = kycDocumentsPolicy.base;
    const text = 'This one is out of date, we are afraid.';
    const before = await register(ground);
    await publish('kyc.documents', {
      ...documents,
      parameters: {
        ...documents.parameters,
        reasonTexts: [{ code: 'DOC_EXPIRED', locale: 'en', text }],
      },
    });
    const warned = async (who: Awaited<ReturnType<typeof register>>) => {
      const { warnings } = await passport(ground, who, { expiresOn: '2020-01-31' });
      return warnings.map((warning) => warning.text);
    };
    const who = await register(ground);
    expect(await warned(who)).toEqual([text]);
    expect(await warned(before)).not.toContain(text);

    const of = await inScope(db, who.scope, (tx) => openCase(tx, who.clientId));
    await ground.system((tx) =>
      rows(tx, `update kyc_case set state = 'in_review' where id = :id`, { id: of.id }),
    );
    await ground.system(async (tx) => askClient(tx, await lockCase(tx, of.id), ['DOC_EXPIRED']));
    const [mail] = await ground.system((tx) => mailsOfClient(tx, who.clientId));
    const sent = await ground.system((tx) => readMail(tx, mail?.id ?? ''));
    expect(JSON.stringify(sent)).toContain(text);
  });
});
