import type { Condition } from '../domain/policy/condition';
import { parseAmount, type Money } from '../domain/money';
import { permissionsOf } from '../domain/access/roles';
import { type StaffScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { evaluationsOf } from './case-file';
import { gradeLevel, readLevel } from './client-levels';
import { assertWithinLimits, showLimits, type Movement } from './client-limits';
import { inScope, rows } from './connection';
import { requestAccount } from './account-opening';
import { decideReceivedDeposit } from './deposit-requests';
import { readDeposit } from './deposits';
import { eventsOfSubject } from './events';
import { openCase, readCase, type KycCase } from './kyc';
import { installPolicies } from './policies';
import { draftPolicy, publishPolicy, submitPolicy } from './policy-versions';
import { requestOwnWithdrawal } from './withdrawal-requests';
import { type Applicant, passport, register, upload } from '../tests/processes/applicants';
import { openGround } from '../tests/processes/ground';

describe('the limits of a client’s level', () => {
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
  });

  afterAll(() => ground.close());

  const usd = (text: string): Money => ({ amountMinor: parseAmount(text, 'USD'), currency: 'USD' });

  /** An offshore client at a level, as approved as that says. */
  async function clientAt(level: number): Promise<Applicant> {
    const who = await register(ground, { residence: 'SC', currency: 'USD' });
    await ground.system((tx) =>
      rows(
        tx,
        `update client set kyc_level = :level, risk_level = 'low', state = 'approved', approved_at = now() where id = :id`,
        { id: who.clientId, level },
      ),
    );
    return who;
  }

  async function deposited(
    { clientId, entityId }: Applicant,
    { amountMinor, currency }: Money,
    state = 'credited',
  ): Promise<string> {
    const id = newId('deposit');
    await ground.system((tx) =>
      rows(
        tx,
        `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, state)
         values (:id, :entityId, :clientId, :amount, :currency, 'card', 'stripe', :state)`,
        { id, entityId, clientId, amount: amountMinor.toString(), currency, state },
      ),
    );
    return id;
  }

  const ask = (who: Applicant, movement: Movement) =>
    inScope(ground.db, who.scope, (tx) => assertWithinLimits(tx, who.clientId, movement));

  it('let pass what they allow, to the cent, and say what is left and how to go on', async () => {
    const who = await clientAt(1);
    await deposited(who, usd('49000.00'));
    await ask(who, { kind: 'deposit', amount: usd('1000.00') });
    await expect(ask(who, { kind: 'deposit', amount: usd('1000.01') })).rejects.toMatchObject({
      status: 422,
      code: 'level_limit',
      detail:
        'Level 1, Identity verified: you can deposit up to 50000.00 USD in all, of which 1000.00 USD are left. To go on, complete your application.',
      extra: { level: 1, limit: 'deposit', left: '1000.00 USD' },
    });
    // Only what was let pass is on record: a refusal undoes its transaction.
    const kept = await ground.system((tx) => evaluationsOf(tx, [who.clientId]));
    const limits = kept.filter(({ kind }) => kind === 'kyc.limits');
    expect(limits).toHaveLength(1);
    expect(limits[0]?.outcome).toMatchObject({ decision: 'within', passed: [] });
    expect(limits[0]?.facts).toMatchObject({ 'client.level': 1, 'sum.ever': '50000.00' });
  });

  it('count what is under way when more is asked for, other currencies too, and what went back not', async () => {
    const who = await clientAt(1);
    await deposited(who, { amountMinor: 4_000_000n, currency: 'EUR' }, 'awaiting_payment');
    await expect(ask(who, { kind: 'deposit', amount: usd('6000.01') })).rejects.toMatchObject({
      code: 'level_limit',
    });
    await ask(who, { kind: 'deposit', amount: usd('6000.00') });
    await ground.system((tx) =>
      rows(tx, `update deposit set state = 'failed' where client_id = :id`, { id: who.clientId }),
    );
    await ask(who, { kind: 'deposit', amount: usd('50000.00') });
  });

  it('refuse what is worth an unknown amount, since it may be above', async () => {
    const who = await clientAt(1);
    const amount = { amountMinor: 100n, currency: 'JPY' };
    await expect(ask(who, { kind: 'deposit', amount })).rejects.toMatchObject({
      code: 'level_limit',
    });
    // Its own policy hands it to people.
    await ask(who, { kind: 'withdrawal', amount });
  });

  it('stop a withdrawal before its hold, and nothing that a higher level allows', async () => {
    const request = (who: Applicant) => {
      const { clientId, entityId, userId, scope } = who;
      const amount = usd('50000.01');
      return inScope(ground.db, scope, (tx) =>
        requestOwnWithdrawal(tx, { clientId, entityId, userId, amount, bankSourceId: null }),
      );
    };
    await expect(request(await clientAt(1))).rejects.toMatchObject({ code: 'level_limit' });
    await expect(request(await clientAt(2))).rejects.toMatchObject({ code: 'insufficient_funds' });
  });

  it('hold money that arrives past them for people, and name the row to colleagues', async () => {
    const who = await clientAt(1);
    await deposited(who, usd('49999.00'));
    const id = await deposited(who, usd('2.00'), 'awaiting_payment');
    const decided = (amount: Money) =>
      ground.system(async (tx) =>
        decideReceivedDeposit(tx, await readDeposit(tx, id), { amount, instrument: undefined }),
      );
    expect(await decided(usd('1.00'))).toMatchObject({ decision: 'accept' });
    const above = await decided(usd('2.00'));
    expect(above).toMatchObject({ decision: 'review', reasons: ['LEVEL_LIMIT'] });
    expect(above.says?.[0]).toMatch(
      /^Level 1 can deposit up to 50000\.00 USD in all: row level1\.deposits \(jurisdiction:SC, /,
    );
  });

  it('are shown with what is used and left of each', async () => {
    const who = await clientAt(2);
    await deposited(who, usd('100.00'));
    const shown = await inScope(ground.db, who.scope, (tx) => showLimits(tx, who.clientId));
    expect(shown).toMatchObject([
      { rule: 'level2.deposits', used: '100.00 USD', left: '249900.00 USD' },
    ]);
  });

  it('leave as many accounts and as much leverage as they say', async () => {
    const rule = (id: string, then: unknown, when: Condition = { all: [] }) => ({
      ...{ id, title: id, when, then, reason: 'LEVEL_LIMIT', source: 'test' },
    });
    const whenPaidOut: Condition = {
      fact: 'movement.kind',
      operator: 'equal',
      value: 'withdrawal',
    };
    await ground.system((tx) =>
      installPolicies(tx, [
        {
          ...{ kind: 'kyc.limits', layer: 'entity', layerKey: 'off' },
          body: {
            title: 'x',
            changes: [
              { target: 'rule', mode: 'add', with: rule('one', { limit: 'accounts', most: 1 }) },
              {
                target: 'rule',
                mode: 'add',
                with: rule('less', { limit: 'leverage', leverage: 7 }),
              },
              {
                target: 'rule',
                mode: 'add',
                with: rule('out', { limit: 'withdrawal', max: '10.00' }, whenPaidOut),
              },
            ],
          },
        },
      ]),
    );
    const who = await clientAt(2);
    const open = () =>
      inScope(ground.db, who.scope, (tx) =>
        requestAccount(tx, { clientId: who.clientId, accountType: 'standard', currency: 'USD' }),
      );
    expect(await open()).toMatchObject({ leverage: 7 });
    await expect(open()).rejects.toMatchObject({
      code: 'level_limit',
      detail: expect.stringContaining('you can have one live account') as string,
    });
    // A row may ask what is moved.
    await ask(who, { kind: 'withdrawal', amount: usd('10.00') });
    await expect(ask(who, { kind: 'withdrawal', amount: usd('10.01') })).rejects.toMatchObject({
      code: 'level_limit',
    });
  });
});

describe('a client’s level', () => {
  let ground: Awaited<ReturnType<typeof openGround>>;

  beforeAll(async () => {
    ground = await openGround();
  });

  afterAll(() => ground.close());

  function colleague(): StaffScope {
    const userId = newId('user');
    return {
      ...{ kind: 'staff', actor: `user:${userId}`, userId, entities: ['cy', 'off'] },
      ...{ roles: ['compliance'], permissions: permissionsOf(['compliance']), restricted: false },
    };
  }

  /** The client's case as an approval leaves it. */
  async function approved(who: Applicant): Promise<KycCase> {
    const { id } = await ground.system((tx) => openCase(tx, who.clientId));
    await ground.system(async (tx) => {
      await rows(tx, `update document set state = 'approved' where case_id = :id`, { id });
      await rows(tx, `update kyc_case set state = 'approved' where id = :id`, { id });
    });
    return ground.system((tx) => readCase(tx, id));
  }

  const grade = (of: KycCase) => ground.system((tx) => gradeLevel(tx, of));

  it('goes up with what is proven and down again, each time with its event and evaluation', async () => {
    const who = await register(ground, { residence: 'SC', currency: 'USD' });
    await passport(ground, who, { country: 'SYC' });
    const before = await ground.system((tx) => openCase(tx, who.clientId));
    expect(await grade(before)).toBe(0);
    expect(await grade(await approved(who))).toBe(1);
    const view = await inScope(ground.db, who.scope, (tx) => readLevel(tx, who.clientId));
    expect(view).toMatchObject({
      ...{ level: 1, name: 'Identity verified' },
      next: { level: 2, wants: [{ kind: 'document', slot: 'address' }] },
    });
    expect(view.evaluationId).toMatch(/^evl_/);
    await ground.system((tx) =>
      rows(tx, `update document set state = 'rejected' where client_id = :id`, {
        id: who.clientId,
      }),
    );
    expect(await grade(await approvedStill(who))).toBe(0);
    const events = await ground.system((tx) => eventsOfSubject(tx, who.clientId));
    const changes = events.filter(({ type }) => type === 'client.level_changed');
    expect(changes.map(({ payload }) => JSON.parse(payload) as unknown)).toMatchObject([
      { from: 0, to: 1, case: before.id, reasons: ['LEVEL_1'] },
      { from: 1, to: 0, case: before.id },
    ]);
  });

  const approvedStill = (who: Applicant) =>
    ground.system(async (tx) => readCase(tx, (await openCase(tx, who.clientId)).id));

  it('is asked of an approved client’s next proof alone, and not of what nobody wants', async () => {
    const who = await register(ground, { residence: 'SC', currency: 'USD' });
    await passport(ground, who, { country: 'SYC' });
    await grade(await approved(who));
    const today = new Date().toISOString().slice(0, 10);
    const { document } = await upload(ground, who, 'utility_bill', { issuedOn: today });
    expect(document).toMatchObject({ slot: 'address', state: 'new' });
    await expect(
      upload(ground, who, 'source_of_income', { issuedOn: today }),
    ).rejects.toMatchObject({ code: 'document_not_accepted' });
  });

  it('keeps the version that the case was opened under, and the next case has the new one', async () => {
    const old = await register(ground, { residence: 'SC', currency: 'USD' });
    await passport(ground, old, { country: 'SYC' });
    const of = await approved(old);
    const [author, publisher] = [colleague(), colleague()];
    const draft = await inScope(ground.db, author, (tx) =>
      draftPolicy(tx, {
        ...{ kind: 'kyc.levels', layer: 'entity', layerKey: 'off', note: '' },
        body: {
          title: 'Offshore asks for more',
          changes: [{ target: 'rule', mode: 'off', id: 'level.1', reason: 'house rule' }],
        },
      }),
    );
    const { revision } = await inScope(ground.db, author, (tx) =>
      submitPolicy(tx, draft.id, draft.revision),
    );
    await expect(
      inScope(ground.db, author, (tx) =>
        publishPolicy(tx, draft.id, { expectedRevision: revision, reach: 'new' }),
      ),
    ).rejects.toMatchObject({ code: 'four_eyes' });
    await inScope(ground.db, publisher, (tx) =>
      publishPolicy(tx, draft.id, { expectedRevision: revision, reach: 'new' }),
    );
    expect(await grade(of)).toBe(1);
    const late = await register(ground, { residence: 'SC', currency: 'USD' });
    await passport(ground, late, { country: 'SYC' });
    expect(await grade(await approved(late))).toBe(0);
  });
});
