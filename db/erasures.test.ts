import type { StaffScope } from '../domain/access/scope';
import {
  letters,
  passport,
  picture,
  register,
  utilityBill,
  type Applicant,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { verifyAudit } from './audit/verify';
import { setRestriction } from './client-restrictions';
import { addPaper } from './client-papers';
import { readClient, searchClients } from './clients';
import { inScope, rows, type Database } from './connection';
import { readDocumentContent } from './documents';
import { erasureRequestsOf, requestErasure } from './erasure-requests';
import { listErasures, proposeErasure, readErasure } from './erasures';
import { appendEvents } from './events';
import {
  askToLiftLegalHold,
  placeLegalHold,
  readLegalHold,
  taskOfHold,
  wordsOfHold,
} from './legal-holds';
import { queueMail } from './mails';
import { readPersonalData } from './parties';
import { noteIp } from './personal-data';
import { holdsOn } from './restrictions';
import { endRelationship, readRetention } from './retention';
import { turnRetention } from './retention-clock';
import { decide } from './task-decisions';
import { latestTask, type Task } from './tasks';
import { userOfClient } from './users';
import type { TaskKind } from '../domain/task/task';

const today = () => new Date().toISOString().slice(0, 10);
const officer = colleague('compliance');
const mlro = colleague('mlro');
const secondMlro = colleague('mlro');

let db: Database;
let ground: Awaited<ReturnType<typeof openGround>>;

beforeAll(async () => {
  ground = await openGround();
  ({ db } = ground);
});
afterAll(() => ground.close());

/** A client of years ago, with papers, whose relationship a colleague ended. */
async function ended(yearsAgo: number): Promise<Applicant & { document: string }> {
  const who = await register(ground, { given: letters() });
  const { document } = await passport(ground, who);
  await utilityBill(ground, who);
  await ground.system((tx) =>
    rows(tx, `update client set state = 'approved', approved_at = now() where id = :id`, {
      id: who.clientId,
    }),
  );
  await inScope(db, officer, (tx) => endRelationship(tx, who.clientId, 'moved away'));
  await passYears(who, yearsAgo);
  return { ...who, document: document.id };
}

/** A paper of a request of the client's. */
const handIn = ({ clientId, entityId }: Applicant) =>
  ground.system((tx) =>
    addPaper(tx, {
      ...{ subject: `creq_${clientId}`, purpose: 'portfolio', clientId, entityId },
      content: picture(),
    }),
  );

const passYears = (who: Applicant, years: number) =>
  ground.system((tx) =>
    rows(
      tx,
      `update retention set ended_at = ended_at - :years::int * interval '1 year' - interval '1 day', look_at = null
       where client_id = :id`,
      { id: who.clientId, years },
    ),
  );

const propose = (who: Applicant, by: StaffScope = officer) =>
  inScope(db, by, (tx) => proposeErasure(tx, who.clientId, 'retention_over'));

async function answer(
  { subject, kind }: { readonly subject: string; readonly kind: TaskKind },
  decision: string,
  by: StaffScope,
): Promise<Task> {
  const task = await ground.system((tx) => latestTask(tx, subject, kind));
  if (!task) throw new Error(`nobody is asked about ${subject}`);
  return inScope(db, by, (tx) =>
    decide(tx, {
      taskId: task.id,
      expectedVersion: task.version,
      contentHash: task.contentHash,
      decision,
      reason: 'looked into',
    }),
  );
}

const approve = (erasure: string, by: StaffScope = mlro) =>
  answer({ subject: erasure, kind: 'erasure_approval' }, 'approve', by);

const standing = (who: Applicant) =>
  ground.system(async (tx) => (await readRetention(tx, who.clientId, today())).standing);

describe('the time of keeping', () => {
  it('lasts with the relationship, then runs by the entity’s law, and is over', async () => {
    const who = await ended(0);
    const retention = await ground.system((tx) => readRetention(tx, who.clientId, today()));
    expect(retention.standing).toBe('kept');
    expect(retention.kept.find(({ record }) => record === 'identity')).toMatchObject({
      years: 5,
      source: 'CY AML Law 188(I)/2007 s. 68',
    });
    expect(retention.kept.map(({ record }) => record)).not.toContain('application');
    await passYears(who, 5);
    expect(await standing(who)).toBe('kept');
    await passYears(who, 1);
    expect(await standing(who)).toBe('over');
    expect((await ground.system((tx) => readClient(tx, who.clientId))).state).toBe('closed');
  });

  it('is another under another law', async () => {
    const who = await register(ground, { residence: 'SC', currency: 'USD' });
    await ground.system((tx) =>
      rows(tx, `update client set state = 'approved', approved_at = now() where id = :id`, {
        id: who.clientId,
      }),
    );
    expect(await standing(who)).toBe('lasts');
    const retention = await inScope(db, officer, (tx) => endRelationship(tx, who.clientId, 'bye'));
    expect(retention.kept.find(({ record }) => record === 'identity')?.years).toBe(7);
  });

  it('counts from what an applicant did last, and not from what colleagues do', async () => {
    const who = await register(ground);
    const before = await ground.system((tx) => readRetention(tx, who.clientId, today()));
    expect(before).toMatchObject({ standing: 'kept', kept: [{ record: 'application', years: 1 }] });
    await inScope(db, officer, (tx) =>
      setRestriction(tx, {
        ...{ clientId: who.clientId, kind: 'manual_review', scopes: ['trade'], reason: 'x' },
      }),
    );
    const after = await ground.system((tx) => readRetention(tx, who.clientId, today()));
    expect(after.endedAt).toBe(before.endedAt);
  });

  it('does not begin while something is open', async () => {
    const who = await register(ground);
    await ground.system((tx) =>
      rows(
        tx,
        `insert into process (workflow_id, workflow, task_queue, args, subject, entity_id, client_id, state)
         values (:id, 'withdrawal', 'workflows', '{}', 'wd_x', 'cy', :client, 'in_review')`,
        { id: `withdrawal/${who.clientId}`, client: who.clientId },
      ),
    );
    await expect(
      inScope(db, officer, (tx) => endRelationship(tx, who.clientId, 'bye')),
    ).rejects.toMatchObject({ status: 409, code: 'still_open', extra: { open: ['payments'] } });
    await expect(
      inScope(db, colleague('support'), (tx) => endRelationship(tx, who.clientId, 'bye')),
    ).rejects.toMatchObject({ status: 403 });
  });
});

describe('erasure', () => {
  it('is refused while the time runs, with its last day', async () => {
    const who = await ended(3);
    await expect(propose(who)).rejects.toMatchObject({ status: 422, code: 'retention_runs' });
    await expect(propose(who)).rejects.toThrow(/kept to the end of \d{4}-\d\d-\d\d/);
    const client = await register(ground);
    await ground.system((tx) =>
      rows(tx, `update client set state = 'approved', approved_at = now() where id = :id`, {
        id: client.clientId,
      }),
    );
    await expect(propose(client)).rejects.toMatchObject({ code: 'relationship_lasts' });
  });

  it('is proposed by one person and approved by another, who may', async () => {
    const who = await ended(6);
    await expect(propose(who, colleague('support'))).rejects.toMatchObject({ status: 403 });
    const alone = colleague('compliance', 'mlro');
    const erasure = await propose(who, alone);
    await expect(propose(who)).rejects.toMatchObject({ code: 'proposed_already' });
    await expect(approve(erasure.id, alone)).rejects.toMatchObject({ code: 'four_eyes' });
    await expect(approve(erasure.id, colleague('support'))).rejects.toMatchObject({ status: 403 });
    expect(await standing(who)).toBe('over');
    await approve(erasure.id);
    expect(await standing(who)).toBe('erased');
    await expect(propose(who)).rejects.toMatchObject({ code: 'already_erased' });
  });

  it('leaves nothing that tells of the person, and the chain of events whole', async () => {
    const who = await ended(6);
    await handIn(who);
    const user = await ground.system((tx) => userOfClient(tx, who.clientId));
    await ground.system((tx) => noteIp(tx, user?.id ?? '', '203.0.113.77'));
    const marks = await marksOf(who);
    expect(marks.length).toBeGreaterThan(9);
    expect(await digestsOf(who)).toEqual(
      expect.arrayContaining(['address', 'email', 'ip', 'name']),
    );
    const erasure = await propose(who);
    await approve(erasure.id);
    expect(await ground.system((tx) => readErasure(tx, erasure.id))).toMatchObject({
      state: 'done',
      erased: { persons: 3, documents: 2, papers: 1, logIns: 1 },
      decidedBy: mlro.userId,
    });
    const holder = await ground.system(async (tx) => {
      const [party] = await rows<{ id: string }>(tx, 'select id from party where client_id = :id', {
        id: who.clientId,
      });
      return party?.id ?? '';
    });
    expect(await ground.system((tx) => readPersonalData(tx, holder))).toMatchObject({
      name: '[erased]',
      email: '[erased]',
    });
    await expect(
      ground.system((tx) => readDocumentContent(tx, who.document)),
    ).rejects.toMatchObject({ status: 410, code: 'erased' });
    expect(await ground.system((tx) => searchClients(tx, who.email))).toEqual([]);
    expect(await ground.system((tx) => searchClients(tx, who.name))).toEqual([]);
    expect(await placesOf(marks)).toEqual([]);
    expect(await digestsOf(who)).toEqual([]);
    const verdict = await verifyAudit(db);
    expect([verdict.faultCount, verdict.faults]).toEqual([0, []]);
    // The address is free again for whoever has it.
    await expect(register(ground)).resolves.toBeDefined();
  });

  it('keeps nothing new of the person, and writes to nobody', async () => {
    const who = await ended(6);
    const { id } = await propose(who);
    await approve(id);
    await expect(
      inScope(db, officer, (tx) =>
        setRestriction(tx, {
          ...{ clientId: who.clientId, kind: 'manual_review', scopes: ['trade'], reason: 'x' },
        }),
      ),
    ).rejects.toMatchObject({ status: 410, code: 'erased' });
    await ground.system((tx) =>
      queueMail(tx, {
        ...{ key: `after/${id}`, kind: 'application_approved', clientId: who.clientId },
        ...{ entityId: who.entityId, data: { link: '/client' } },
      }),
    );
    const letters = await ground.system((tx) =>
      rows(tx, 'select 1 from mail where key = :key', { key: `after/${id}` }),
    );
    expect(letters).toEqual([]);
  });

  it('is over for now when it is rejected, and asked about again later', async () => {
    const who = await ended(6);
    const { id } = await propose(who);
    await answer({ subject: id, kind: 'erasure_approval' }, 'reject', mlro);
    expect(await ground.system((tx) => readErasure(tx, id))).toMatchObject({ state: 'rejected' });
    expect(await standing(who)).toBe('over');
    const [row] = await ground.system((tx) =>
      rows<{ days: number }>(
        tx,
        `select extract(day from look_at - now())::int as days from retention where client_id = :id`,
        { id: who.clientId },
      ),
    );
    expect(row?.days).toBe(364);
    await expect(propose(who)).resolves.toMatchObject({ state: 'proposed' });
  });
});

describe('a client’s own request', () => {
  it('is recorded, and answered with what is kept and until when', async () => {
    const who = await register(ground);
    const request = await inScope(db, who.scope, (tx) => requestErasure(tx, who.clientId));
    expect(request.kept).toMatchObject([{ record: 'application', years: 1 }]);
    expect(request.keptUntil).toMatch(/^\d{4}-/);
    await expect(
      inScope(db, who.scope, (tx) => requestErasure(tx, who.clientId)),
    ).rejects.toMatchObject({ code: 'asked_already' });
    expect(await inScope(db, who.scope, (tx) => erasureRequestsOf(tx, who.clientId))).toHaveLength(
      1,
    );
    const other = await register(ground);
    expect(await inScope(db, other.scope, (tx) => erasureRequestsOf(tx, who.clientId))).toEqual([]);
    await expect(
      inScope(db, other.scope, (tx) => requestErasure(tx, who.clientId)),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('has colleagues asked where nothing has to be kept any more', async () => {
    const who = await ended(6);
    await inScope(db, officer, (tx) => requestErasure(tx, who.clientId));
    await answer({ subject: who.clientId, kind: 'retention_over' }, 'propose_erasure', officer);
    const [erasure] = await ground.system((tx) =>
      listErasures(tx, { clientId: who.clientId, limit: 1 }),
    );
    expect(erasure).toMatchObject({ cause: 'client_request', proposedBy: officer.userId });
    await expect(
      approve(erasure?.id ?? '', { ...officer, permissions: mlro.permissions }),
    ).rejects.toMatchObject({ code: 'four_eyes' });
    await approve(erasure?.id ?? '');
    expect(await standing(who)).toBe('erased');
  });
});

describe('the clock of keeping', () => {
  it('asks about those whose time is over, once, and about nobody else', async () => {
    await ground.system((tx) => turnRetention(tx, 100));
    const [over, kept] = [await ended(6), await ended(2)];
    const living = await register(ground);
    await ground.system((tx) =>
      rows(tx, `update client set state = 'approved', approved_at = now() where id = :id`, {
        id: living.clientId,
      }),
    );
    const turn = () => ground.system((tx) => turnRetention(tx, 100));
    expect((await turn()).asked).toBe(1);
    expect(await turn()).toEqual({ looked: 0, asked: 0 });
    const tasks = await ground.system((tx) =>
      rows<{ client_id: string }>(
        tx,
        `select client_id from task where kind = 'retention_over' and state = 'open' and client_id = any (:of)`,
        { of: [over.clientId, kept.clientId, living.clientId] },
      ),
    );
    expect(tasks).toEqual([{ client_id: over.clientId }]);
    await ground.system((tx) => rows(tx, 'update retention set look_at = null', {}));
    expect((await turn()).asked).toBe(0);
    await answer({ subject: over.clientId, kind: 'retention_over' }, 'keep_data', officer);
    await ground.system((tx) => rows(tx, `update retention set look_at = now()`, {}));
    expect((await turn()).asked).toBe(1);
  });
});

describe('a legal hold', () => {
  const place = (who: Applicant, by: StaffScope = mlro) =>
    inScope(db, by, (tx) =>
      placeLegalHold(tx, { clientId: who.clientId, reason: 'Order', reference: 'XC-1/26' }),
    );
  const settle = async (hold: string, decision: string, by: StaffScope) => {
    const task = await ground.system(async (tx) => taskOfHold(tx, await readLegalHold(tx, hold)));
    return answer({ subject: task?.subject ?? '', kind: 'legal_hold' }, decision, by);
  };

  it('keeps everything from the moment it is placed until two people have let go of it', async () => {
    const who = await ended(6);
    const hold = await place(who);
    await expect(propose(who)).rejects.toMatchObject({
      code: 'restricted',
      detail: 'This is in a routine review and not possible at the moment.',
    });
    await expect(propose(who, mlro)).rejects.toMatchObject({ code: 'legal_hold' });
    await expect(settle(hold.id, 'approve', mlro)).rejects.toMatchObject({ code: 'four_eyes' });
    await settle(hold.id, 'approve', secondMlro);
    const stands = await inScope(db, mlro, (tx) => readLegalHold(tx, hold.id));
    expect(stands).toMatchObject({ state: 'standing', confirmedBy: secondMlro.userId });
    await expect(propose(who)).rejects.toMatchObject({ code: 'restricted' });
    await inScope(db, secondMlro, (tx) =>
      askToLiftLegalHold(tx, hold.id, { reason: 'Withdrawn', version: stands.version }),
    );
    await expect(propose(who)).rejects.toMatchObject({ code: 'restricted' });
    await expect(settle(hold.id, 'approve', secondMlro)).rejects.toMatchObject({
      code: 'four_eyes',
    });
    await settle(hold.id, 'approve', mlro);
    const words = await inScope(db, mlro, (tx) => wordsOfHold(tx, hold.id));
    expect(words).toEqual({ reason: 'Order', reference: 'XC-1/26', liftReason: 'Withdrawn' });
    await expect(propose(who)).resolves.toMatchObject({ state: 'proposed' });
  });

  it('stops an erasure that was proposed before it', async () => {
    const who = await ended(6);
    const { id } = await propose(who);
    await place(who);
    const senior = colleague('senior_approver');
    await expect(approve(id, senior)).rejects.toMatchObject({ code: 'restricted' });
    expect(await standing(who)).toBe('over');
  });

  it('ends at once when the second person refuses it', async () => {
    const who = await ended(6);
    const { id } = await place(who);
    await settle(id, 'reject', secondMlro);
    expect(await inScope(db, mlro, (tx) => readLegalHold(tx, id))).toMatchObject({
      state: 'refused',
    });
    await expect(propose(who)).resolves.toMatchObject({ state: 'proposed' });
  });

  it('is the circle’s alone, and counts as a legal hold for what happens by rule', async () => {
    const who = await ended(6);
    await expect(place(who, officer)).rejects.toMatchObject({ status: 403 });
    const { id } = await place(who);
    await expect(inScope(db, officer, (tx) => readLegalHold(tx, id))).rejects.toMatchObject({
      status: 404,
    });
    expect(await ground.system((tx) => holdsOn(tx, who.clientId))).toMatchObject({
      legalHold: true,
    });
  });

  it('is held by the database, whoever asks it to forget', async () => {
    const who = await ended(6);
    await handIn(who);
    await place(who);
    const tries = [
      [`update data_key set wrapped_key = null where person_id = :id`, who.clientId],
      [`update data_key set wrapped_key = null where person_id = :id`, who.userId],
      [`update document set content_ct = '' where id = :id`, who.document],
      [`update client_paper set content_ct = '' where client_id = :id`, who.clientId],
    ] as const;
    for (const [sql, id] of tries)
      await expect(ground.system((tx) => rows(tx, sql, { id }))).rejects.toThrow(/is kept/);
  });

  it('lets a paper go, and nothing take its place', async () => {
    const who = await ended(6);
    await handIn(who);
    for (const change of [`content_ct = 'other'`, `media_type = 'image/png'`])
      await expect(
        ground.system((tx) =>
          rows(tx, `update client_paper set ${change} where client_id = :id`, { id: who.clientId }),
        ),
      ).rejects.toThrow(/append-only|permission denied/);
  });

  it('cannot be placed on who is gone', async () => {
    const who = await ended(6);
    const { id } = await propose(who);
    await approve(id);
    await expect(place(who)).rejects.toMatchObject({ status: 410, code: 'erased' });
  });

  it('stands in no chain that others see', async () => {
    const who = await ended(6);
    await place(who);
    const seen = await inScope(db, officer, (tx) =>
      rows(tx, `select 1 from event where client_id = :id and type like 'legal_hold.%'`, {
        id: who.clientId,
      }),
    );
    expect(seen).toEqual([]);
    await expect(
      ground.system((tx) =>
        appendEvents(tx, [
          { subject: 'x', type: 'legal_hold.placed', entityId: null, restricted: true },
        ]),
      ),
    ).rejects.toThrow(/subject of its own/);
  });
});

/** What the client, their people and papers are known again by. */
async function marksOf(who: Applicant): Promise<string[]> {
  return ground.system(async (tx) => {
    const found = await rows<{ mark: string }>(
      tx,
      `with own as (select id from party where client_id = :id union select id from user_account where client_id = :id)
       -- An address or a name that others have as well stays theirs.
       select digest as mark from blind_index b where person_id in (select id from own)
         and not exists (select 1 from blind_index o where o.digest = b.digest and o.person_id not in (select id from own))
       union select digest from name_token where client_id = :id
       union select data_hash from party where client_id = :id
       union select content_hash from document where client_id = :id
       union select content_hash from client_paper where client_id = :id
       union select email_index from user_account where client_id = :id`,
      { id: who.clientId },
    );
    return [who.name, who.email, ...found.map(({ mark }) => mark)];
  });
}

/** By what others could find the person. */
async function digestsOf(who: Applicant): Promise<string[]> {
  const found = await ground.system((tx) =>
    rows<{ field: string }>(
      tx,
      `select field from blind_index where person_id in (
         select id from party where client_id = :id union select id from user_account where client_id = :id)`,
      { id: who.clientId },
    ),
  );
  return found.map(({ field }) => field);
}

/** Every column of every table that holds one of them; an event's payload keeps the keyed hash of a paper. */
async function placesOf(marks: readonly string[]): Promise<string[]> {
  return ground.system(async (tx) => {
    const tables = await rows<{ name: string }>(
      tx,
      `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition and has_table_privilege(c.oid, 'select') order by 1`,
    );
    const places: string[] = [];
    for (const { name } of tables) {
      const found = await rows<{ row: Record<string, unknown> }>(
        tx,
        `select to_jsonb(t) as row from "${name}" t`,
      );
      for (const { row } of found)
        for (const [column, value] of Object.entries(row))
          if (
            `${name}.${column}` !== 'event.payload' &&
            marks.some((mark) => JSON.stringify(value).includes(mark))
          )
            places.push(`${name}.${column}`);
    }
    return [...new Set(places)];
  });
}
