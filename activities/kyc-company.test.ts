import { type StaffScope } from '../domain/access/scope';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import type { ListedEntry } from '../domain/screening/entry';
import { addMember, companyOf, declareCompany, removeMember, setShares } from '../db/companies';
import { inScope, rows, type Database } from '../db/connection';
import { currentDocuments, decideDocument } from '../db/documents';
import { readClient } from '../db/clients';
import { readCase, type KycCase } from '../db/kyc';
import { saveDetails, uploadDocument } from '../db/kyc-submission';
import { holderOf, partiesOf, type PartyRole } from '../db/parties';
import { screeningsOf } from '../db/screening';
import { decide } from '../db/task-decisions';
import { readTask } from '../db/tasks';
import {
  letters,
  passportLines,
  picture,
  register,
  submit,
  type Applicant,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { createKycActivities } from './kyc';

const today = new Date().toISOString().slice(0, 10);

describe('a company that applies', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  function withList(...entries: ListedEntry[]) {
    const version = { name: 'test', hash: letters(), publishedOn: '2026-01-01' };
    const list = new ScreeningIndex([{ version, entries }]);
    return createKycActivities({ db, screeningList: () => Promise.resolve(list) });
  }

  const now = (of: KycCase) => ground.system((tx) => readCase(tx, of.id));
  const as = <T>(who: Applicant, work: Parameters<typeof inScope<T>>[2]) =>
    inScope(db, who.scope, work);

  async function taskOf(of: KycCase) {
    const { taskId } = await now(of);
    return ground.system((tx) => readTask(tx, taskId ?? ''));
  }

  async function decided(
    of: KycCase,
    decision: string,
    who = colleague('compliance'),
  ): Promise<void> {
    const { id: taskId, version: expectedVersion, contentHash } = await taskOf(of);
    await inScope(db, who, (tx) =>
      decide(tx, { taskId, expectedVersion, contentHash, decision, reason: 'TEST' }),
    );
  }

  const send = (
    who: Applicant,
    kind: string,
    details: object,
    partyId?: string,
  ): Promise<unknown> =>
    as(who, (tx) =>
      uploadDocument(tx, who.clientId, {
        ...{ kind, slot: undefined, partyId, content: picture(), details, today },
      }),
    );

  interface Firm {
    readonly who: Applicant;
    readonly companyId: string;
  }

  async function declared(): Promise<Firm> {
    const who = await register(ground, { given: 'Signa', family: letters() });
    await as(who, async (tx) => {
      await declareCompany(tx, who.clientId, {
        ...{ name: `Firm ${letters()} Ltd`, address: '1 Quay, Limassol', country: 'CY' },
        details: {
          registrationNumber: 'HE 123456',
          legalForm: 'Limited company',
          incorporatedOn: '2015-03-01',
        },
      });
      await saveDetails(tx, who.clientId, {
        personal: {},
        answers: {
          ...{ pep: false, occupation: 'employed', fundsSource: 'business', account: null },
          expectedDeposit: '5000.00',
        },
      });
    });
    const { id: companyId } = await ground.system((tx) => holderOf(tx, who.clientId));
    return { who, companyId };
  }

  /** Adds a person, with their own papers unless told. */
  async function add(
    { who }: Firm,
    role: PartyRole,
    { papers = true, name = `Quennia ${letters()}` }: { papers?: boolean; name?: string } = {},
  ): Promise<string> {
    const kind = role === 'shareholder' ? 'organisation' : 'individual';
    const { id } = await as(who, (tx) =>
      addMember(tx, who.clientId, {
        ...{ role, kind },
        personal: { name, nationality: 'CY', address: '2 Quay', birth_date: '1980-01-02' },
      }),
    );
    if (papers) await papersOf(who, { id, name, kind });
    return id;
  }

  async function papersOf(
    who: Applicant,
    { id, name, kind }: { id: string; name: string; kind: string },
  ): Promise<void> {
    if (kind === 'organisation')
      return void (await send(who, 'company_registration', { issuedOn: today }, id));
    const birthDate = id === 'own' ? who.birthDate : '1980-01-02';
    const mrz = passportLines(name, { birthDate });
    await send(who, 'passport', { mrz }, id);
    await send(who, 'utility_bill', { issuedOn: today }, id);
  }

  async function companyPapers({ who }: Firm): Promise<void> {
    await send(who, 'company_registration', { issuedOn: today });
    await send(who, 'utility_bill', { issuedOn: today });
    await send(who, 'register_of_members', {});
    await send(who, 'authority_resolution', {});
  }

  async function signatory({ who }: Firm): Promise<string> {
    const parties = await ground.system((tx) => partiesOf(tx, who.clientId));
    return parties.find(({ role }) => role === 'signatory')?.id ?? '';
  }

  /** Everything there: a holding in between, whose owner has 36 percent of the company in the end. */
  async function whole(more: { readonly director?: string } = {}) {
    const firm = await declared();
    await companyPapers(firm);
    const { who, companyId } = firm;
    const signer = await signatory(firm);
    const mrz = passportLines(who.name, { birthDate: who.birthDate });
    await send(who, 'passport', { mrz }, signer);
    await send(who, 'utility_bill', { issuedOn: today }, signer);
    const holding = await add(firm, 'shareholder');
    const owner = await add(firm, 'beneficial_owner');
    const small = await add(firm, 'beneficial_owner', { papers: false });
    const director = await add(firm, 'director', more.director ? { name: more.director } : {});
    const percent = (who_: string, of: string, share: number) => ({
      ...{ owner: who_, owned: of, basisPoints: share * 100 },
    });
    await as(who, (tx) =>
      setShares(tx, who.clientId, [
        percent(holding, companyId, 60),
        percent(small, companyId, 24),
        percent(owner, holding, 90),
      ]),
    );
    return { ...firm, holding, owner, small, director, signer };
  }

  const approveDocuments = (of: KycCase, who: StaffScope) =>
    inScope(db, who, async (tx) => {
      for (const { id } of await currentDocuments(tx, of.id)) {
        await decideDocument(tx, id, { approve: true, reasons: [] });
      }
    });

  it('is the client, and who registered signs for it', async () => {
    const { who, companyId } = await declared();
    const parties = await ground.system((tx) => partiesOf(tx, who.clientId));
    expect(parties.map(({ role, kind }) => [role, kind])).toEqual([
      ['holder', 'organisation'],
      ['signatory', 'individual'],
    ]);
    expect(await ground.system((tx) => readClient(tx, who.clientId))).toMatchObject({
      kind: 'corporate',
    });
    const structure = await ground.system((tx) => companyOf(tx, who.clientId));
    expect(structure).toMatchObject({ partyId: companyId, missing: ['owners', 'director'] });
  });

  it('is not handed in before every owner of a quarter, every director and their papers are there', async () => {
    const firm = await declared();
    const { who, companyId } = firm;
    const missing = async () =>
      submit(ground, who).then(
        () => [],
        (problem: { extra?: { missing?: string[] } }) => problem.extra?.missing ?? [],
      );
    expect(await missing()).toEqual(
      expect.arrayContaining(['document:identity', 'document:ownership', 'company:owners']),
    );
    await companyPapers(firm);
    const owner = await add(firm, 'beneficial_owner', { papers: false });
    await as(who, (tx) =>
      setShares(tx, who.clientId, [{ owner, owned: companyId, basisPoints: 7_400 }]),
    );
    // 26 percent belong to nobody who was named: one person may own it.
    expect(await missing()).toEqual(
      expect.arrayContaining([
        'company:owners',
        'company:director',
        `party:${owner}:document:identity`,
      ]),
    );
    await as(who, (tx) =>
      setShares(tx, who.clientId, [{ owner, owned: companyId, basisPoints: 7_600 }]),
    );
    expect(await missing()).not.toContain('company:owners');
    await expect(
      as(who, (tx) => setShares(tx, who.clientId, [{ owner, owned: companyId, basisPoints: 0 }])),
    ).rejects.toThrow();
  });

  it('has each person screened and verified, and is not approved while one of them is pending', async () => {
    const { who, director, small, owner, holding } = await whole();
    const of = await submit(ground, who);
    expect(await withList().assessCase(of.id)).toBe('in_review');
    const screened = await ground.system((tx) => screeningsOf(tx, of.id));
    const parties = await ground.system((tx) => partiesOf(tx, who.clientId));
    expect(new Set(screened.map(({ partyId }) => partyId))).toEqual(
      new Set(parties.map(({ id }) => id)),
    );
    expect([director, small, owner, holding].every((id) => parties.some((p) => p.id === id))).toBe(
      true,
    );
    expect(await taskOf(of)).toMatchObject({ kind: 'kyc_review' });
    await expect(decided(of, 'approve')).rejects.toMatchObject({ code: 'documents_pending' });
    const reviewer = colleague('compliance');
    await approveDocuments(of, reviewer);
    const paper = (state: string) =>
      ground.system((tx) =>
        rows(
          tx,
          `update document set state = :state where party_id = :director and kind = 'passport'`,
          { state, director },
        ),
      );
    await paper('archived');
    await expect(decided(of, 'approve', reviewer)).rejects.toMatchObject({
      code: 'parties_pending',
      extra: { parties: [director] },
    });
    await paper('approved');
    await decided(of, 'approve', reviewer);
    expect(await withList().readCaseDecision(of.id)).toBe('approved');
  });

  it('waits for two people when one of its directors is near a listed name', async () => {
    const director = `Vardan ${letters()}`;
    const { who } = await whole({ director });
    const of = await submit(ground, who);
    const listed: ListedEntry = {
      ...{ id: 'test:1', kind: 'individual', name: director, aliases: [], datesOfBirth: [] },
      ...{ nationalities: [], countries: [], gender: null, idNumbers: [], programmes: ['TEST'] },
      version: 'v1',
    };
    expect(await withList(listed).assessCase(of.id)).toBe('in_review');
    expect(await taskOf(of)).toMatchObject({ kind: 'screening_match', approvalsRequired: 2 });
  });

  it('asks a person to apply anew once their own papers are in, and lets nobody own a person', async () => {
    const who = await register(ground);
    await send(who, 'passport', { mrz: passportLines(who.name) });
    await expect(
      as(who, (tx) =>
        declareCompany(tx, who.clientId, {
          ...{ name: 'Late Ltd', address: '1 Quay', country: 'CY' },
          details: { registrationNumber: '1', legalForm: 'x', incorporatedOn: '2015-03-01' },
        }),
      ),
    ).rejects.toMatchObject({ code: 'documents_present' });
    const firm = await declared();
    const [a, b] = [await add(firm, 'director'), await add(firm, 'beneficial_owner')];
    await expect(
      as(firm.who, (tx) =>
        setShares(tx, firm.who.clientId, [{ owner: a, owned: b, basisPoints: 100 }]),
      ),
    ).rejects.toMatchObject({ code: 'person_is_owned' });
    await as(firm.who, (tx) => removeMember(tx, firm.who.clientId, a));
    const left = await ground.system((tx) => partiesOf(tx, firm.who.clientId));
    expect(left.map(({ id }) => id)).not.toContain(a);
    await expect(add({ ...firm, who }, 'director')).rejects.toMatchObject({
      code: 'role_not_possible',
    });
  });

  it('of two people has the joint holder verified as the first is', async () => {
    const who = await register(ground);
    await send(who, 'passport', { mrz: passportLines(who.name) });
    await send(who, 'utility_bill', { issuedOn: today });
    const joint = await add({ who, companyId: '' }, 'joint_holder', { papers: false });
    await expect(submit(ground, who)).rejects.toMatchObject({ code: 'application_incomplete' });
    const [, party] = await ground.system((tx) => partiesOf(tx, who.clientId));
    expect(party).toMatchObject({ id: joint, role: 'joint_holder' });
    await as(who, (tx) => removeMember(tx, who.clientId, joint));
    const name = `Quennia ${letters()}`;
    await add({ who, companyId: '' }, 'joint_holder', { name });
    const of = await submit(ground, who);
    expect(await withList().assessCase(of.id)).toBe('approved');
  });
});
