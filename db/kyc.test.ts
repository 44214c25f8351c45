import { permissionsOf, type Role } from '../domain/access/roles';
import { type StaffScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import {
  passport,
  passportLines,
  picture,
  register,
  submit,
  upload,
  utilityBill,
} from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { inScope, rows, type Database } from './connection';
import { currentDocuments, documentsOf, readDocumentContent, readingsOf } from './documents';
import { eventsOfSubject } from './events';
import { listCases, openCase, readCase } from './kyc';
import { screeningsOf } from './screening';

describe('an application', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  function staff(entities: readonly string[], ...roles: Role[]): StaffScope {
    const userId = newId('user');
    return {
      kind: 'staff',
      actor: `user:${userId}`,
      userId,
      entities,
      roles,
      permissions: permissionsOf(roles),
      restricted: roles.includes('mlro'),
    };
  }

  it('has one open case, however often it is asked for at once', async () => {
    const who = await register(ground);
    const cases = await Promise.all(
      Array.from({ length: 8 }, () => ground.system((tx) => openCase(tx, who.clientId))),
    );
    expect(new Set(cases.map((of) => of.id)).size).toBe(1);
  });

  it('says what is missing, and is taken once it is complete', async () => {
    const who = await register(ground);
    await expect(submit(ground, who)).rejects.toMatchObject({
      status: 422,
      extra: { missing: ['document:identity', 'document:address'] },
    });
    await passport(ground, who);
    await utilityBill(ground, who);
    expect(await submit(ground, who)).toMatchObject({ state: 'checking', round: 1 });
  });

  it('takes no account type that the policy does not name', async () => {
    const account = { accountType: 'Mr Somebody', currency: 'EUR' };
    await expect(register(ground, { answers: { account } })).rejects.toMatchObject({
      code: 'unknown_account_type',
      extra: { accountTypes: expect.arrayContaining(['standard', 'pro']) as unknown },
    });
  });

  it('cannot be changed or submitted again after it was submitted', async () => {
    const who = await register(ground);
    await passport(ground, who);
    await utilityBill(ground, who);
    await submit(ground, who);
    await expect(submit(ground, who)).rejects.toMatchObject({ code: 'not_collecting' });
    await expect(passport(ground, who)).rejects.toMatchObject({ code: 'not_collecting' });
  });

  it('keeps no personal data in clear, in no table it writes to', async () => {
    const who = await register(ground, { given: 'Zebedee', family: 'Plantedname' });
    const content = Buffer.concat([picture(), Buffer.from('planted-in-the-picture')]);
    const mrz = passportLines(who.name, { number: 'PLANTED77' });
    await upload(ground, who, 'passport', { mrz }, content);
    await utilityBill(ground, who);
    await submit(ground, who);
    const tables = ['client', 'party', 'kyc_case', 'document', 'event', 'process', 'outbox'];
    for (const table of tables) {
      const found = await ground.system((tx) =>
        rows<{ text: string }>(tx, `select t::text as text from ${table} t`),
      );
      const text = found.map((row) => row.text).join('\n');
      expect(text).not.toMatch(/zebedee|plantedname|planted77/i);
      expect(text).not.toContain(Buffer.from('planted-in-the-picture').toString('hex'));
    }
  });

  it('puts a new document in the place of the old one of the same purpose', async () => {
    const who = await register(ground);
    const first = await passport(ground, who);
    const second = await upload(ground, who, 'id_card', { number: 'X1', expiresOn: '2033-01-01' });
    const documents = await ground.system((tx) => documentsOf(tx, second.document.caseId));
    expect(documents.map(({ id, state }) => ({ id, state }))).toEqual([
      { id: second.document.id, state: 'new' },
      { id: first.document.id, state: 'archived' },
    ]);
  });

  it('refuses what is neither a picture nor a PDF, whatever it is called', async () => {
    const who = await register(ground);
    const page = Buffer.from('<!doctype html><script>alert(1)</script>');
    await expect(upload(ground, who, 'passport', {}, page)).rejects.toMatchObject({ status: 415 });
    await expect(upload(ground, who, 'selfie', {})).rejects.toMatchObject({
      code: 'document_not_accepted',
    });
  });

  it('warns of what the checks will find, before anything is submitted', async () => {
    const who = await register(ground);
    const { warnings } = await passport(ground, who, { expiresOn: '2021-02-03' });
    expect(warnings.map((warning) => warning.code)).toEqual(['DOC_EXPIRED']);
  });

  it('logs who looked at a document, and shows it to nobody without the permission', async () => {
    const who = await register(ground);
    const content = picture();
    const mrz = passportLines(who.name);
    const { document } = await upload(ground, who, 'passport', { mrz }, content);
    const [officer, support] = [staff(['cy'], 'compliance'), staff(['cy'], 'support')];
    const read = await inScope(db, officer, (tx) => readDocumentContent(tx, document.id));
    expect(read.content.equals(content)).toBe(true);
    await expect(
      inScope(db, support, (tx) => readDocumentContent(tx, document.id)),
    ).rejects.toMatchObject({ status: 403, extra: { permission: 'document.read' } });
    const readings = await ground.system((tx) => readingsOf(tx, document.id));
    expect(readings.map((reading) => reading.userId)).toEqual([officer.userId]);
    const events = await ground.system((tx) => eventsOfSubject(tx, document.caseId));
    expect(events.map((event) => event.type)).not.toContain('document.read');
  });

  it('is not there for another entity’s staff and for another client', async () => {
    const who = await register(ground);
    const stranger = await register(ground);
    const { document } = await passport(ground, who);
    for (const scope of [staff(['off'], 'compliance', 'mlro'), stranger.scope]) {
      await expect(inScope(db, scope, (tx) => readCase(tx, document.caseId))).rejects.toMatchObject(
        { status: 404 },
      );
      await expect(
        inScope(db, scope, (tx) => readDocumentContent(tx, document.id)),
      ).rejects.toMatchObject({ status: 404 });
      expect(await inScope(db, scope, (tx) => currentDocuments(tx, document.caseId))).toEqual([]);
      const seen = await inScope(db, scope, (tx) => listCases(tx, { limit: 200 }));
      expect(seen.map((of) => of.id)).not.toContain(document.caseId);
    }
  });

  it('shows screenings to nobody who may not judge them', async () => {
    const who = await register(ground);
    const { document } = await passport(ground, who);
    for (const scope of [staff(['cy'], 'support'), who.scope]) {
      await expect(
        inScope(db, scope, (tx) => screeningsOf(tx, document.caseId)),
      ).rejects.toMatchObject({ status: 403 });
    }
  });

  it('cannot show a document whose key has been erased', async () => {
    const who = await register(ground);
    const { document } = await passport(ground, who);
    await ground.system((tx) =>
      rows(tx, 'update data_key set wrapped_key = null, erased_at = now() where person_id = :id', {
        id: document.partyId,
      }),
    );
    await expect(ground.system((tx) => readDocumentContent(tx, document.id))).rejects.toMatchObject(
      { status: 410 },
    );
  });
});
