import { ScreeningIndex } from '../domain/screening/candidate-index';
import type { OutsideAnswer, OutsideMatcher } from '../domain/screening/outside';
import type { ListedEntry } from '../domain/screening/entry';
import { inScope, rows, type Database } from '../db/connection';
import { currentDocuments, decideDocument } from '../db/documents';
import { readCase, type KycCase } from '../db/kyc';
import { changeParty, holderOf } from '../db/parties';
import { screeningsOf } from '../db/screening';
import { decide } from '../db/task-decisions';
import { readTask } from '../db/tasks';
import {
  caseOf,
  letters,
  passport,
  register,
  submit,
  upload,
  utilityBill,
  type Applicant,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { createKycActivities } from './kyc';

describe('the checks of a KYC case', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  function entry(name: string, version = 'v1'): ListedEntry {
    return {
      id: 'test:1',
      kind: 'individual',
      name,
      aliases: [],
      datesOfBirth: [],
      nationalities: [],
      countries: [],
      gender: null,
      idNumbers: [],
      programmes: ['TEST'],
      version,
    };
  }

  /** The activities over a list of these entries, published under this hash. */
  function withList(hash: string, ...entries: ListedEntry[]) {
    const version = { name: 'test', hash, publishedOn: '2026-01-01' };
    const list = new ScreeningIndex([{ version, entries }]);
    return createKycActivities({ db, screeningList: () => Promise.resolve(list) });
  }

  async function applied(options: Parameters<typeof register>[1] = {}) {
    const who = await register(ground, options);
    await passport(ground, who);
    await utilityBill(ground, who);
    return { who, of: await submit(ground, who) };
  }

  const now = (of: KycCase) => ground.system((tx) => readCase(tx, of.id));

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

  async function dismissed(of: KycCase): Promise<void> {
    await decided(of, 'dismiss');
    await decided(of, 'dismiss');
  }

  async function askedAgain(who: Applicant, of: KycCase): Promise<void> {
    await ground.system((tx) =>
      rows(
        tx,
        `update kyc_case set state = 'information_requested', task_id = null where id = :id`,
        {
          id: of.id,
        },
      ),
    );
    await submit(ground, who);
  }

  it('approve a clean case once, however often they run', async () => {
    const { of } = await applied();
    const activities = withList('1');
    expect(await activities.assessCase(of.id)).toBe('approved');
    const after = await now(of);
    expect(await activities.assessCase(of.id)).toBe('approved');
    expect(await activities.readCaseDecision(of.id)).toBe('approved');
    expect(await now(of)).toEqual(after);
  });

  it('leave the case as it is when the list cannot be read', async () => {
    const { of } = await applied();
    const broken = createKycActivities({
      db,
      screeningList: () => Promise.reject(new Error('sdn.csv, line 3: expected 12 columns')),
    });
    await expect(broken.assessCase(of.id)).rejects.toThrow('sdn.csv');
    expect(await now(of)).toMatchObject({ state: 'checking' });
  });

  it('ask an outside matcher besides, and approve nobody while it does not answer', async () => {
    const { of } = await applied();
    let answer: OutsideAnswer = { kind: 'unknown' };
    const matcher: OutsideMatcher = { name: 'yente', ask: () => Promise.resolve(answer) };
    const list = Object.assign(new ScreeningIndex([]), { outside: [matcher] });
    const activities = createKycActivities({ db, screeningList: () => Promise.resolve(list) });
    const candidates = async () => {
      const [screening] = await inScope(db, colleague('compliance'), (tx) =>
        screeningsOf(tx, of.id),
      );
      return screening?.candidates.map(({ entryId, score }) => `${entryId} ${score}`);
    };
    expect(await activities.assessCase(of.id)).toBe('in_review');
    expect(await taskOf(of)).toMatchObject({ kind: 'screening_match', approvalsRequired: 2 });
    expect(await candidates()).toEqual(['yente:no-answer 84']);
    // Two people have looked by hand; meanwhile it answers, and knows somebody.
    const found = { kind: 'individual', name: 'Q. Listed', programmes: [], score: 0.85 } as const;
    const match = { ...found, entryId: 'yente:NK-1', entryVersion: 'a' };
    answer = { kind: 'answered', threshold: 0.7, matches: [match, { ...match, score: 0.6 }] };
    await dismissed(of);
    expect(await activities.readCaseDecision(of.id)).toBe('in_review');
    expect(await candidates()).toEqual(['yente:NK-1 92']);
    // Dismissed for what it said of the entry; not answering once more was dismissed for today.
    await dismissed(of);
    answer = { kind: 'unknown' };
    expect(await activities.readCaseDecision(of.id)).toBe('approved');
  });

  it('take the list of today at the last gate, not that of the submission', async () => {
    const who = await register(ground, { family: `Gate${letters()}` });
    await upload(ground, who, 'id_card', { number: letters(), expiresOn: '2033-01-01' });
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    expect(await withList('old').assessCase(of.id)).toBe('in_review');
    const reviewer = colleague('compliance');
    await inScope(db, reviewer, async (tx) => {
      for (const { id } of await currentDocuments(tx, of.id)) {
        await decideDocument(tx, id, { approve: true, reasons: [] });
      }
    });
    await decided(of, 'approve', reviewer);
    const activities = withList('new', entry(who.name));
    expect(await activities.readCaseDecision(of.id)).toBe('in_review');
    expect(await taskOf(of)).toMatchObject({ kind: 'screening_match', state: 'open' });
    await dismissed(of);
    // The officer's approval still stands: nothing is asked twice.
    expect(await activities.readCaseDecision(of.id)).toBe('approved');
  });

  it('do not ask again about a match that was dismissed, on another list with the same entry', async () => {
    const { who, of } = await applied({ family: `Twin${letters()}` });
    const first = withList('1', entry(who.name));
    expect(await first.assessCase(of.id)).toBe('in_review');
    await dismissed(of);
    const later = withList('2', entry(who.name));
    expect(await later.readCaseDecision(of.id)).toBe('approved');
    const [latest] = await ground.system((tx) => screeningsOf(tx, of.id));
    expect(latest).toMatchObject({ verdict: 'clear', dismissed: 1 });
  });

  it('ask again when the listed entry changes', async () => {
    const { who, of } = await applied({ family: `Twin${letters()}` });
    await withList('1', entry(who.name)).assessCase(of.id);
    await dismissed(of);
    const changed = withList('2', entry(who.name, 'v2'));
    expect(await changed.readCaseDecision(of.id)).toBe('in_review');
    expect(await taskOf(of)).toMatchObject({ kind: 'screening_match', state: 'open' });
  });

  it('ask again when the client’s data change', async () => {
    const { who, of } = await applied({ family: `Twin${letters()}` });
    const activities = withList('1', entry(who.name));
    await activities.assessCase(of.id);
    await dismissed(of);
    await ground.system(async (tx) => {
      const holder = await holderOf(tx, who.clientId);
      await changeParty(tx, holder.id, { name: `${who.name} Otherwise` });
    });
    expect(await activities.readCaseDecision(of.id)).toBe('in_review');
    expect(await taskOf(of)).toMatchObject({ kind: 'screening_match', state: 'open' });
  });

  it('have two people read a name that cannot be compared, once', async () => {
    const who = await register(ground, { given: 'Ольга', family: 'Примерова' });
    await upload(ground, who, 'id_card', { number: letters(), expiresOn: '2033-01-01' });
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    const activities = withList('1', entry('Nobody Atall'));
    expect(await activities.assessCase(of.id)).toBe('in_review');
    expect((await taskOf(of)).issue[0]?.['detail']).toMatch(/no Latin form/);
    await dismissed(of);
    await activities.readCaseDecision(of.id);
    expect(await taskOf(of)).toMatchObject({ kind: 'kyc_review' });
  });

  it('ask the client by themselves twice, and in the third round a person looks', async () => {
    const { who, of } = await applied();
    const activities = withList('1');
    const rejectOne = () =>
      ground.system((tx) =>
        rows(
          tx,
          `update document set state = 'rejected', reasons = array['DOC_UNREADABLE']
           where case_id = :id and slot = 'identity' and state = 'new'`,
          { id: of.id },
        ),
      );
    for (const round of [1, 2]) {
      await rejectOne();
      expect(await activities.assessCase(of.id)).toBe('information_requested');
      expect(await now(of)).toMatchObject({ round, requested: ['DATA_MISSING'] });
      await passport(ground, who);
      await submit(ground, who);
    }
    await rejectOne();
    expect(await activities.assessCase(of.id)).toBe('in_review');
    expect(await now(of)).toMatchObject({ round: 3 });
    expect((await taskOf(of)).issue[0]).toMatchObject({ code: 'DATA_MISSING' });
  });

  it('do not count an approval of an earlier round', async () => {
    const who = await register(ground);
    await upload(ground, who, 'id_card', { number: letters(), expiresOn: '2033-01-01' });
    await utilityBill(ground, who);
    const of = await submit(ground, who);
    const activities = withList('1');
    await activities.assessCase(of.id);
    const first = await taskOf(of);
    const reviewer = colleague('compliance');
    await inScope(db, reviewer, async (tx) => {
      for (const { id } of await currentDocuments(tx, of.id)) {
        await decideDocument(tx, id, { approve: true, reasons: [] });
      }
    });
    await decided(of, 'approve', reviewer);
    // Before the process acted on it, the client was asked again and sent something new.
    await askedAgain(who, of);
    await ground.system((tx) =>
      rows(tx, `update document set state = 'new' where case_id = :id and state = 'approved'`, {
        id: of.id,
      }),
    );
    expect(await activities.assessCase(of.id)).toBe('in_review');
    expect((await taskOf(of)).id).not.toBe(first.id);
    expect(await caseOf(ground, who)).toMatchObject({ round: 2 });
  });
});
