import { type StaffScope } from '../domain/access/scope';
import { measureDefinitions, measures, type Measure } from '../domain/compliance/measures';
import { restrictedScopes } from '../domain/compliance/restriction';
import { admit } from '../api/auth/principal';
import { register, type Applicant } from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';
import { colleague } from '../tests/processes/people';
import { createApiKey } from './api-keys';
import { doCheck, takeMeasure } from './client-measures';
import { liftRestriction, setRestriction, setRestrictionReview } from './client-restrictions';
import { requestAccount } from './account-opening';
import { bonusOffers } from './bonus-offers';
import { calendarOfClient } from './compliance-calendars';
import { inScope, rows, type Database } from './connection';
import { requestDeposit } from './deposits';
import { mayLeave } from './payout-gate';
import { isRestricted, restrictionsOf } from './restrictions';
import { findUserOfKey, readUser } from './users';

describe('what is done when something has happened to a client', () => {
  let db: Database;
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
    ({ db } = ground);
  });

  afterAll(() => ground.close());

  async function client(): Promise<Applicant> {
    const who = await register(ground);
    await ground.system((tx) =>
      rows(tx, `update user_account set state = 'active' where id = :id`, { id: who.userId }),
    );
    return who;
  }

  const take = (who: Applicant, measure: Measure, by = colleague('compliance')) =>
    inScope(db, by, (tx) => takeMeasure(tx, { clientId: who.clientId, measure, reason: 'TEST' }));

  const lift = (who: Applicant, id: string, by: StaffScope) =>
    inScope(db, by, (tx) => liftRestriction(tx, who.clientId, id, 'TEST'));

  async function checkAll(who: Applicant, id: string, measure: Measure): Promise<void> {
    for (const { code } of measureDefinitions[measure].checklist)
      await inScope(db, colleague('compliance'), (tx) =>
        doCheck(tx, { clientId: who.clientId, restrictionId: id, code }),
      );
  }

  it.each(measures)(
    '%s bars exactly what it says, with a date that somebody is asked on',
    async (measure) => {
      const who = await client();
      const made = await take(who, measure);
      expect(made).toMatchObject({ kind: measure, isMeasure: true });
      const { scopes, reviewDays } = measureDefinitions[measure];
      for (const scope of restrictedScopes)
        expect([scope, await ground.system((tx) => isRestricted(tx, who.clientId, scope))]).toEqual(
          [scope, scopes.includes(scope)],
        );
      const days = (Date.parse(made.reviewAt ?? '') - Date.now()) / 86_400_000;
      expect(Math.round(days)).toBe(reviewDays);
      const calendar = await ground.system((tx) => calendarOfClient(tx, who.clientId));
      expect(calendar).toMatchObject({ reviewedAt: null, endedAt: null });
      await expect(take(who, measure)).rejects.toMatchObject({ code: 'measure_in_force' });
    },
  );

  it('adds up: what one still bars stays barred when another is lifted', async () => {
    const who = await client();
    const order = await take(who, 'court_order');
    await take(who, 'vulnerable');
    await checkAll(who, order.id, 'court_order');
    await lift(who, order.id, colleague('mlro'));
    const barred = await ground.system(async (tx) => [
      await isRestricted(tx, who.clientId, 'withdraw'),
      await isRestricted(tx, who.clientId, 'marketing'),
    ]);
    expect(barred).toEqual([false, true]);
  });

  describe('is enforced', () => {
    async function barred(...scopes: (typeof restrictedScopes)[number][]): Promise<Applicant> {
      const who = await client();
      await inScope(db, colleague('compliance'), (tx) =>
        setRestriction(tx, {
          clientId: who.clientId,
          kind: 'manual_review',
          scopes,
          reason: 'TEST',
        }),
      );
      return who;
    }

    it('where somebody logs in', async () => {
      const [shut, open] = [await barred('login'), await barred('trade')];
      const admitted = (who: Applicant) =>
        ground.system(async (tx) => admit(tx, await readUser(tx, who.userId), 'session'));
      expect(await admitted(shut)).toBeUndefined();
      expect(await admitted(open)).toMatchObject({ user: { id: open.userId } });
    });

    it('where somebody pays in', async () => {
      const who = await barred('deposit');
      await expect(
        inScope(db, who.scope, (tx) =>
          requestDeposit(
            tx,
            {
              entityId: who.entityId,
              clientId: who.clientId,
              amount: { amountMinor: 10_000n, currency: 'EUR' },
              rail: 'card',
            },
            () => Promise.resolve({ provider: 'stripe', evaluationId: null }),
          ),
        ),
      ).rejects.toMatchObject({ code: 'restricted', extra: { scope: 'deposit' } });
    });

    it('where somebody opens an account to trade on', async () => {
      const who = await barred('trade');
      const wish = { clientId: who.clientId, accountType: 'standard', currency: 'EUR' };
      await expect(inScope(db, who.scope, (tx) => requestAccount(tx, wish))).rejects.toMatchObject({
        code: 'restricted',
      });
    });

    it('where money leaves', async () => {
      const who = await barred('withdraw');
      expect(await ground.system((tx) => mayLeave(tx, who.clientId, undefined))).toBe(false);
    });

    it('where something is advertised', async () => {
      const who = await barred('marketing');
      const { clientId, entityId } = who;
      expect(await inScope(db, who.scope, (tx) => bonusOffers(tx, { clientId, entityId }))).toEqual(
        [],
      );
    });
  });

  it('ends sessions, keys and the password of who was taken over, and says nothing to the address', async () => {
    const who = await client();
    const key = await inScope(db, who.scope, async (tx) =>
      createApiKey(tx, await readUser(tx, who.userId), { name: 'mine', hours: 24 }),
    );
    const before = await ground.system((tx) => readUser(tx, who.userId));
    await take(who, 'takeover');
    const after = await ground.system((tx) => readUser(tx, who.userId));
    expect(after.version).toBeGreaterThan(before.version);
    expect(await ground.system((tx) => findUserOfKey(tx, key.token))).toBeUndefined();
    const [found] = await ground.system((tx) =>
      rows<{ gone: boolean; letters: number }>(
        tx,
        `select password_hash is null as gone,
           (select count(*)::int from mail where client_id = :client and kind = 'instrument_changed') as letters
         from user_account where id = :id`,
        { id: who.userId, client: who.clientId },
      ),
    );
    expect(found).toEqual({ gone: true, letters: 0 });
  });

  it('is lifted by another person, with its checklist done', async () => {
    const who = await client();
    const officer = colleague('compliance');
    const made = await take(who, 'takeover', officer);
    await expect(lift(who, made.id, officer)).rejects.toMatchObject({ code: 'four_eyes' });
    await expect(lift(who, made.id, colleague('compliance'))).rejects.toMatchObject({
      code: 'checklist_open',
    });
    await checkAll(who, made.id, 'takeover');
    await lift(who, made.id, colleague('compliance'));
    const [lifted] = await ground.system((tx) => restrictionsOf(tx, who.clientId));
    expect(lifted?.liftedAt).not.toBeNull();
  });

  it.each(['deceased', 'court_order'] as const)(
    '%s is lifted by who answers for it alone',
    async (measure) => {
      const who = await client();
      const made = await take(who, measure);
      await checkAll(who, made.id, measure);
      await expect(lift(who, made.id, colleague('compliance'))).rejects.toMatchObject({
        status: 403,
      });
      await lift(who, made.id, colleague('senior_approver'));
    },
  );

  it('is not lifted before the time that the client chose, nor made shorter', async () => {
    const who = await client();
    const made = await take(who, 'self_excluded');
    await checkAll(who, made.id, 'self_excluded');
    await expect(lift(who, made.id, colleague('mlro'))).rejects.toMatchObject({ code: 'binding' });
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    await expect(
      inScope(db, colleague('compliance'), (tx) =>
        setRestrictionReview(tx, who.clientId, made.id, soon),
      ),
    ).rejects.toMatchObject({ code: 'binding' });
    await ground.system((tx) =>
      rows(tx, `update restriction set review_at = now() where id = :id`, { id: made.id }),
    );
    await lift(who, made.id, colleague('compliance'));
  });
});
