import { ScreeningIndex } from '../domain/screening/candidate-index';
import { noteAdverseMedia } from '../db/adverse-media';
import { inScope, rows, type Database } from '../db/connection';
import { addSourcePaper, decideSource, declareSource } from '../db/declared-sources';
import { openCase, readCase, type KycCase } from '../db/kyc';
import { kycGuards } from '../db/kyc-guards';
import { readTask } from '../db/tasks';
import {
  passport,
  picture,
  register,
  submit,
  utilityBill,
  type Applicant,
  type ApplicantOptions,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { createKycActivities } from './kyc';

describe('sources of money that a policy asks for', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });
  afterAll(() => ground.close());

  async function withPapers(options: ApplicantOptions): Promise<Applicant> {
    const who = await register(ground, options);
    await passport(ground, who);
    await utilityBill(ground, who);
    return who;
  }

  const ownCase = (who: Applicant) => inScope(db, who.scope, (tx) => openCase(tx, who.clientId));

  async function assess({ id }: KycCase): Promise<KycCase> {
    const list = new ScreeningIndex([
      { version: { name: 'test', hash: 'a', publishedOn: '2026-01-01' }, entries: [] },
    ]);
    await createKycActivities({ db, screeningList: () => Promise.resolve(list) }).assessCase(id);
    return ground.system((tx) => readCase(tx, id));
  }

  async function declare(who: Applicant, basis: 'funds' | 'wealth'): Promise<string> {
    const of = await ownCase(who);
    return inScope(db, who.scope, async (tx) => {
      const { id } = await declareSource(tx, of.id, {
        ...{ basis, kind: 'salary', per: 'year', narrative: 'A shipyard pays it.' },
        ...{ amountFrom: '30000.00', amountTo: '40000.00', currency: 'EUR' },
      });
      await addSourcePaper(tx, id, { kind: 'tax_statement', content: picture() });
      return id;
    });
  }

  const approving = (of: KycCase) =>
    ground.system(async (tx) => {
      const { taskId } = await readCase(tx, of.id);
      await kycGuards.kyc_review?.(tx, await readTask(tx, taskId ?? ''), 'approve');
    });

  it('are missing from the application of somebody exposed, and of nobody else', async () => {
    expect(await submit(ground, await withPapers({}))).toMatchObject({ state: 'checking' });
    const exposed = await withPapers({ answers: { pep: true } });
    await expect(submit(ground, exposed)).rejects.toMatchObject({
      extra: { missing: ['source:funds', 'source:wealth'] },
    });
    await declare(exposed, 'funds');
    await expect(submit(ground, exposed)).rejects.toMatchObject({
      extra: { missing: ['source:wealth'] },
    });
  });

  it('are asked of whoever turns out to be of high risk, and corroborated before anybody is approved', async () => {
    const who = await withPapers({});
    const of = await ownCase(who);
    await inScope(db, colleague('compliance'), (tx) =>
      noteAdverseMedia(tx, of.id, {
        ...{ source: 'https://news.example/x', finding: 'A trial.' },
        ...{ publishedOn: '2026-01-01', weight: 'high' },
      }),
    );
    const asked = await assess(await submit(ground, who));
    expect(asked).toMatchObject({ state: 'information_requested', riskLevel: 'high' });
    expect(asked.requested).toContain('SOURCE_WANTED');
    await expect(submit(ground, who)).rejects.toMatchObject({
      extra: { missing: ['source:funds', 'source:wealth'] },
    });
    const ids = [await declare(who, 'funds'), await declare(who, 'wealth')];
    const waiting = await assess(await submit(ground, who));
    expect(waiting).toMatchObject({ state: 'in_review' });
    expect(waiting.issues.map(({ code }) => code)).toContain('SOURCE_UNDECIDED');

    await ground.system((tx) =>
      rows(tx, `update document set state = 'approved' where case_id = :id`, { id: of.id }),
    );
    const [first = '', second = ''] = ids;
    const officer = colleague('compliance');
    const decide = (id: string, corroborate: boolean) =>
      inScope(db, officer, (tx) =>
        decideSource(tx, id, { corroborate, note: 'seen', clientReason: 'Of another year.' }),
      );
    await decide(first, true);
    await expect(approving(waiting)).rejects.toMatchObject({
      ...{ status: 409, code: 'sources_pending' },
      extra: { missing: [], undecided: ['wealth'] },
    });
    await decide(second, false);
    await expect(approving(waiting)).rejects.toMatchObject({
      ...{ code: 'sources_pending', extra: { missing: ['wealth'], undecided: [] } },
    });
    const { id: third } = await inScope(db, colleague('compliance'), (tx) =>
      declareSource(tx, of.id, {
        ...{ basis: 'wealth', kind: 'gift', per: 'once', narrative: 'Told by telephone.' },
        ...{ amountFrom: '1.00', amountTo: '1.00', currency: 'EUR' },
      }),
    );
    await decide(third, true);
    await expect(approving(waiting)).resolves.toBeUndefined();
  });
});
