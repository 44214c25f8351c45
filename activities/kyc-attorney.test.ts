import { inScope, rows, type Database } from '../db/connection';
import { addMember } from '../db/companies';
import { compareOwnName } from '../db/client-facts';
import { expiringDocuments } from '../db/compliance-facts';
import { acceptRenewal, renewableSlots } from '../db/document-renewal';
import { addDocument, decideDocument, type Document } from '../db/documents';
import { openCase, readCase } from '../db/kyc';
import { missingOf, readApplication } from '../db/kyc-requirements';
import { uploadDocument } from '../db/kyc-submission';
import type { DocumentDetails } from '../db/documents';
import type { MemberRole } from '../domain/kyc/ownership';
import { passportLines, picture, register, type Applicant } from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';

describe('those who apply with a person', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;
  const today = new Date().toISOString().slice(0, 10);
  const soon = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });
  afterAll(() => ground.close());

  const own = <T>(who: Applicant, work: Parameters<typeof inScope<T>>[2]) =>
    inScope(db, who.scope, work);
  const caseOf = (who: Applicant) => own(who, (tx) => openCase(tx, who.clientId));
  const join = (who: Applicant, role: MemberRole, name = 'Quirin Test') =>
    own(who, (tx) =>
      addMember(tx, who.clientId, {
        ...{ role, kind: 'individual' },
        personal: { name, birth_date: '1988-04-17', nationality: 'CY', address: '2 Quay' },
      }),
    );
  const send = (who: Applicant, partyId: string, kind: string, details: DocumentDetails) =>
    own(who, (tx) =>
      uploadDocument(tx, who.clientId, {
        ...{ kind, partyId, slot: undefined, content: picture(), details, today },
      }),
    );
  const power = (details: DocumentDetails = {}) => ({
    ...{ scope: 'to trade and to withdraw', expiresOn: soon },
    ...details,
  });

  it('act by a power that says what it allows and until when, and is in force', async () => {
    const who = await register(ground);
    const { id } = await join(who, 'attorney');
    const missing = async () =>
      own(who, async (tx) =>
        missingOf(tx, await readApplication(tx, await openCase(tx, who.clientId))),
      );
    expect(await missing()).toContain(`party:${id}:document:authority`);
    await expect(send(who, id, 'power_of_attorney', power({ scope: '' }))).rejects.toMatchObject({
      ...{ code: 'power_incomplete', errors: [{ pointer: '/body/scope' }] },
    });
    await expect(send(who, id, 'power_of_attorney', { scope: 'to trade' })).rejects.toMatchObject({
      errors: [{ pointer: '/body/expiresOn' }],
    });
    await expect(
      send(who, id, 'power_of_attorney', power({ expiresOn: '2020-01-01' })),
    ).rejects.toMatchObject({ status: 422, code: 'power_expired' });
    await send(who, id, 'power_of_attorney', power());
    expect(await missing()).not.toContain(`party:${id}:document:authority`);
  });

  it('show no power as joint holders', async () => {
    const who = await register(ground);
    const { id } = await join(who, 'joint_holder');
    await expect(send(who, id, 'power_of_attorney', power())).rejects.toMatchObject({
      code: 'document_not_accepted',
    });
  });

  it('do not act by a power that has expired since', async () => {
    const who = await register(ground);
    const { id: partyId } = await join(who, 'attorney');
    const of = await caseOf(who);
    const { id } = await own(who, (tx) =>
      addDocument(tx, of, {
        ...{ partyId, kind: 'power_of_attorney', slot: 'authority', slotCount: 1 },
        ...{ mediaType: 'image/jpeg', content: picture() },
        details: power({ expiresOn: '2020-01-01' }),
      }),
    );
    await ground.system((tx) =>
      rows(tx, `update kyc_case set state = 'in_review' where id = :id`, { id: of.id }),
    );
    await expect(
      inScope(db, colleague('compliance'), (tx) =>
        decideDocument(tx, id, { approve: true, reasons: [] }),
      ),
    ).rejects.toMatchObject({ status: 409, code: 'power_expired' });
  });

  it('have their papers in the client’s calendar, and a newer one takes the place of their own alone', async () => {
    const who = await register(ground);
    const attorney = await join(who, 'attorney');
    const joint = await join(who, 'joint_holder', 'Quendoline Test');
    await send(who, attorney.id, 'power_of_attorney', power());
    const mrz = (name: string) => ({ mrz: passportLines(name, { expiresOn: soon }) });
    const sent: Document[] = [];
    for (const party of [attorney, joint])
      sent.push((await send(who, party.id, 'passport', mrz('Quirin Test'))).document);
    const { id } = await caseOf(who);
    await ground.system(async (tx) => {
      await rows(tx, `update document set state = 'approved' where case_id = :id`, { id });
      await rows(tx, `update kyc_case set state = 'approved' where id = :id`, { id });
      const of = await readCase(tx, id);
      expect(await expiringDocuments(tx, of, today)).toContainEqual(
        expect.objectContaining({
          ...{ kind: 'power_of_attorney', partyId: attorney.id, expiresOn: soon },
        }),
      );
      expect([...(await renewableSlots(tx, of, today, attorney.id))].sort()).toEqual([
        'authority',
        'identity',
      ]);
      expect([...(await renewableSlots(tx, of, today, joint.id))]).toEqual(['identity']);
    });
    const { document } = await send(who, attorney.id, 'passport', mrz('Quirin Test'));
    await ground.system(async (tx) => {
      await acceptRenewal(tx, await readCase(tx, id), document);
      const states = await rows<{ id: string; state: string }>(
        tx,
        'select id, state from document where id = any (:ids) order by id',
        { ids: sent.map((each) => each.id) },
      );
      expect(states.map(({ state }) => state)).toEqual(['archived', 'approved']);
    });
  });

  it('hold an account in their own name, or in all of their names, until they are taken out', async () => {
    const who = await register(ground, { given: 'Quennia', family: 'Quirinus' });
    const { id } = await join(who, 'joint_holder', 'Peter Schmidt');
    await join(who, 'attorney', 'Viktor Orlov');
    const named = (name: string) => ground.system((tx) => compareOwnName(tx, who.clientId, name));
    expect(await named('Peter Schmidt')).toBe('own');
    expect(await named('Quennia Quirinus & Peter Schmidt')).toBe('own');
    expect(await named('Viktor Orlov')).toBe('other');
    await ground.system((tx) =>
      rows(tx, 'update party set removed_at = now() where id = :id', { id }),
    );
    expect(await named('Peter Schmidt')).toBe('other');
  });
});
