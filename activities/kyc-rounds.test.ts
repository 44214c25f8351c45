import { ScreeningIndex } from '../domain/screening/candidate-index';
import { kycApprovalPolicy } from '../domain/policy/defaults/kyc-approval';
import { noteAdverseMedia } from '../db/adverse-media';
import { inScope, rows } from '../db/connection';
import { openCase, readCase } from '../db/kyc';
import { draftPolicy, publishPolicy, submitPolicy } from '../db/policy-versions';
import {
  passport,
  proveSources,
  register,
  submit,
  utilityBill,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { createKycActivities } from './kyc';

describe('a case that rules assess', () => {
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
  });
  afterAll(() => ground.close());

  async function publishRounds(roundsMax: number) {
    const [author, publisher] = [colleague('compliance'), colleague('compliance')];
    const { base } = kycApprovalPolicy;
    const body: object = { ...base, parameters: { ...base.parameters, roundsMax } };
    const draft = await inScope(ground.db, author, (tx) =>
      draftPolicy(tx, {
        ...{ kind: 'kyc.approval', layer: 'base', layerKey: '', note: '' },
        body: JSON.parse(JSON.stringify(body)),
      }),
    );
    const { revision } = await inScope(ground.db, author, (tx) =>
      submitPolicy(tx, draft.id, draft.revision),
    );
    await inScope(ground.db, publisher, (tx) =>
      publishPolicy(tx, draft.id, { expectedRevision: revision, reach: 'new' }),
    );
  }

  async function assessed(
    who: Awaited<ReturnType<typeof register>>,
    { isUnreadable = false }: { readonly isUnreadable?: boolean } = {},
  ) {
    await passport(ground, who);
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    if (isUnreadable)
      await ground.system((tx) =>
        rows(
          tx,
          `update document set state = 'rejected', reasons = array['DOC_UNREADABLE']
           where case_id = :id and slot = 'identity' and state = 'new'`,
          { id: of.id },
        ),
      );
    const list = new ScreeningIndex([
      { version: { name: 'test', hash: 'a', publishedOn: '2026-01-01' }, entries: [] },
    ]);
    const activities = createKycActivities({
      db: ground.db,
      screeningList: () => Promise.resolve(list),
    });
    await activities.assessCase(of.id);
    return ground.system((tx) => readCase(tx, of.id));
  }

  const unreadable = { isUnreadable: true };

  it('asks the client again by itself while the policy has rounds left, and not in the last', async () => {
    expect(await assessed(await register(ground), unreadable)).toMatchObject({
      state: 'information_requested',
    });
    await publishRounds(1);
    expect(await assessed(await register(ground), unreadable)).toMatchObject({
      state: 'in_review',
    });
    await publishRounds(2);
    expect(await assessed(await register(ground), unreadable)).toMatchObject({
      state: 'information_requested',
    });
  });

  it('is of a high risk where something grave was published, and waits for a person', async () => {
    const who = await register(ground);
    const { id } = await inScope(ground.db, who.scope, (tx) => openCase(tx, who.clientId));
    await inScope(ground.db, colleague('compliance'), (tx) =>
      noteAdverseMedia(tx, id, {
        ...{ source: 'https://news.example/trial', finding: 'Convicted of fraud.' },
        ...{ publishedOn: '2026-01-02', weight: 'high' },
      }),
    );
    await proveSources(ground, who);
    expect(await assessed(who)).toMatchObject({ riskLevel: 'high', state: 'in_review' });
    expect(await assessed(await register(ground))).toMatchObject({
      riskLevel: 'low',
      state: 'approved',
    });
  });
});
