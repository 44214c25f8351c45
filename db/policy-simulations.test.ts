import { throwawayKeys } from '../connectors/keys/file-keys';
import { permissionsOf, type Role } from '../domain/access/roles';
import { systemScope, type Scope } from '../domain/access/scope';
import { firstIdAt, newId } from '../domain/ids';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import { inScope, openDatabase, rows, type Database, type Tx } from './connection';
import { decideByPolicy } from './evaluations';
import { install } from './installation';
import { checkDraft, errorCount } from './policy-check';
import { diffPolicy } from './policy-diff';
import { compareCase, simulatePage } from './policy-simulation-page';
import { casesOf, readSimulation, simulatePolicy } from './policy-simulations';
import {
  draftPolicy,
  editPolicy,
  publishPolicy,
  submitPolicy,
  withdrawPolicy,
} from './policy-versions';
import { saveGroups } from './server-groups';
import { saveServer } from './servers';

let fresh: FreshDatabase;
let db: Database;
const system = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, systemScope('os:test'), work);

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDatabase({ url: fresh.appUrl, keys: throwawayKeys() });
  await install(db, { actor: 'os:test', settleWindowMs: 1_000 });
});
afterAll(async () => {
  await db?.pool.destroy();
  await fresh?.drop();
});

let people = 0;

function colleague(roles: readonly Role[], entities: readonly string[] = ['cy', 'off']): Scope {
  people += 1;
  const userId = `usr_test${people}`;
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

const author = colleague(['operations']);
const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(db, scope, work);

/** A withdrawal of the amount that policy has looked at once. */
async function decided(
  amount: string,
  more: { readonly entityId?: string; readonly held?: boolean } = {},
): Promise<string> {
  const { entityId = 'off', held = false } = more;
  const person = newId('client');
  const { id } = await system((tx) =>
    decideByPolicy(tx, {
      kind: 'withdrawal',
      subject: newId('withdrawal'),
      entityId,
      clientId: person,
      personId: person,
      facts: {
        'withdrawal.amount': amount,
        'withdrawal.currency': 'USD',
        'withdrawal.total24h': amount,
        'withdrawal.total30d': amount,
        'withdrawal.count24h': 1,
        'withdrawal.excessToBank': '0.00',
        'withdrawal.otherSources': false,
        'withdrawal.toUnprovenAddress': '0.00',
        'withdrawal.fromPartner': false,
        'instrument.ownName': true,
        'instrument.expired': false,
        'client.approved': true,
        'client.kycExpired': false,
        'client.withdrawRestricted': held,
        'client.category': 'retail',
        'client.openChargebacks': 0,
        'client.openAlerts': 0,
        'security.hoursSinceChange': 100_000,
        'screening.verdict': 'clear',
      },
    }),
  );
  return id;
}

async function emptyOverlay(entity: string, rules: readonly object[] = []) {
  return as(author, (tx) =>
    draftPolicy(tx, {
      kind: 'withdrawal',
      layer: 'entity',
      layerKey: entity,
      body: {
        title: 'An overlay',
        changes: rules.map((rule) => ({
          target: 'rule',
          mode: 'add',
          with: JSON.parse(JSON.stringify(rule)),
        })),
      },
      note: '',
    }),
  );
}

const withdrawDraft = (id: string) => as(author, (tx) => withdrawPolicy(tx, id));

const review = (id: string, when: object) => ({
  id,
  title: id,
  when,
  then: { decision: 'review' },
  reason: 'HOUSE_RULE',
  source: 'house rule',
});

async function run(id: string): Promise<number> {
  let pages = 1;
  while ((await system((tx) => simulatePage(tx, id))) === 'more') pages += 1;
  return pages;
}

describe('a simulation', () => {
  it('counts old against new, and keeps who would be decided otherwise with both traces', async () => {
    const small = await decided('10.00');
    const middle = await decided('500.00');
    await decided('12.00', { entityId: 'cy' });
    const draft = await emptyOverlay('off', [
      review('off.middle', {
        fact: 'withdrawal.amount',
        operator: 'greaterThan',
        value: '400.00',
      }),
    ]);
    const { id } = await as(author, (tx) => simulatePolicy(tx, draft.id, 100));
    await run(id);
    const done = await as(author, (tx) => readSimulation(tx, id));
    expect(done).toMatchObject({ state: 'done', looked: 2, changed: 1, unread: 0 });
    expect(done.matrix).toEqual(
      expect.arrayContaining([
        { was: 'approve', becomes: 'review', n: 1, differing: 1 },
        { was: 'approve', becomes: 'approve', n: 1, differing: 0 },
      ]),
    );
    const cases = await as(author, (tx) => casesOf(tx, id, { about: 'past', limit: 10 }));
    expect(cases.map((each) => each.id)).toEqual([middle]);
    const both = await as(author, (tx) => compareCase(tx, done, middle));
    expect(both.was.hits.map(({ ruleId }) => ruleId)).not.toContain('off.middle');
    expect(both.becomes.hits.map(({ ruleId }) => ruleId)).toContain('off.middle');
    expect((await as(author, (tx) => compareCase(tx, done, small))).becomes.outcome).toMatchObject({
      decision: 'approve',
    });
    expect(await run(id)).toBe(1);
    await withdrawDraft(draft.id);
  });

  it('stops at as many as were asked for, the newest first', async () => {
    await decided('20.00');
    const newest = await decided('900.00');
    const draft = await emptyOverlay('off', [review('off.all', { all: [] })]);
    const { id } = await as(author, (tx) => simulatePolicy(tx, draft.id, 1));
    await run(id);
    const cases = await as(author, (tx) => casesOf(tx, id, { about: 'past', limit: 10 }));
    expect(cases.map((each) => each.id)).toEqual([newest]);
    await withdrawDraft(draft.id);
  });

  it('leaves out what is longer ago than was asked for', async () => {
    const recent = await decided('40.00');
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();
    await system((tx) =>
      rows(
        tx,
        `insert into evaluation (id, kind, subject, entity_id, client_id, person_id, pins, compiled_hash, facts, outcome, trace, at)
         select :old, kind, subject, entity_id, client_id, person_id, pins, compiled_hash, facts, outcome, trace, :at
         from evaluation where id = :recent`,
        { recent, old: `${firstIdAt('evaluation', day(32))}-7000-8000-000000000000`, at: day(32) },
      ),
    );
    const draft = await emptyOverlay('off', [review('off.all', { all: [] })]);
    const looked = async (of: { days?: number }) => {
      const { id } = await as(author, (tx) => simulatePolicy(tx, draft.id, 100, of));
      await run(id);
      return (await as(author, (tx) => readSimulation(tx, id))).looked;
    };
    const ofAll = await looked({});
    expect(await looked({ days: 31 })).toBe(ofAll - 1);
    expect(await looked({ days: 33 })).toBe(ofAll);
    await withdrawDraft(draft.id);
  });

  it('does not tell who is held to whoever may not see holds', async () => {
    const held = await decided('30.00', { held: true });
    const draft = await emptyOverlay('off', [
      review('off.who', { fact: 'client.withdrawRestricted', operator: 'equal', value: true }),
    ]);
    const blind = await as(author, (tx) => simulatePolicy(tx, draft.id, 100));
    await run(blind.id);
    expect(await as(author, (tx) => casesOf(tx, blind.id, { about: 'past', limit: 10 }))).toEqual(
      [],
    );
    const officer = colleague(['mlro', 'operations']);
    const seeing = await as(officer, (tx) => simulatePolicy(tx, draft.id, 100));
    await run(seeing.id);
    const found = await as(officer, (tx) => casesOf(tx, seeing.id, { about: 'past', limit: 10 }));
    expect(found.map((each) => each.id)).toEqual([held]);
    await expect(as(author, (tx) => readSimulation(tx, seeing.id))).rejects.toMatchObject({
      status: 404,
    });
    await withdrawDraft(draft.id);
  });

  it('counts whose data is erased, and guesses nothing', async () => {
    const id = await decided('40.00');
    await system((tx) =>
      rows(
        tx,
        `update data_key set wrapped_key = null where person_id = (select person_id from evaluation where id = :id)`,
        { id },
      ),
    );
    const draft = await emptyOverlay('off', [review('off.all', { all: [] })]);
    const simulation = await as(author, (tx) => simulatePolicy(tx, draft.id, 1));
    await run(simulation.id);
    const done = await as(author, (tx) => readSimulation(tx, simulation.id));
    expect(done).toMatchObject({ looked: 1, unread: 1, changed: 0, matrix: [] });
    await withdrawDraft(draft.id);
  });

  it('is for those who may read the cases, and of their own entities', async () => {
    const draft = await emptyOverlay('off');
    const simulation = await as(author, (tx) => simulatePolicy(tx, draft.id, 10));
    const partners = colleague(['partner_manager']);
    await expect(as(partners, (tx) => simulatePolicy(tx, draft.id, 10))).rejects.toMatchObject({
      status: 403,
    });
    const elsewhere = colleague(['operations'], ['cy']);
    await expect(as(elsewhere, (tx) => readSimulation(tx, simulation.id))).rejects.toMatchObject({
      status: 404,
    });
    await expect(as(elsewhere, (tx) => diffPolicy(tx, draft.id))).rejects.toMatchObject({
      status: 404,
    });
    await withdrawDraft(draft.id);
  });

  it('is refused for a draft with errors', async () => {
    const draft = await emptyOverlay('off', [
      review('off.never', {
        all: [
          { fact: 'withdrawal.amount', operator: 'lessThan', value: '1.00' },
          { fact: 'withdrawal.amount', operator: 'greaterThan', value: '2.00' },
        ],
      }),
    ]);
    await expect(as(author, (tx) => simulatePolicy(tx, draft.id, 10))).rejects.toMatchObject({
      code: 'policy_has_errors',
    });
    await withdrawDraft(draft.id);
  });
});

describe('a publication that is to reach what exists', () => {
  it('needs a simulation of exactly its text', async () => {
    const draft = await emptyOverlay('cy');
    const publisher = colleague(['compliance']);
    const publish = (expectedRevision: number) =>
      as(publisher, (tx) => publishPolicy(tx, draft.id, { expectedRevision, reach: 'existing' }));
    const before = await as(author, (tx) => simulatePolicy(tx, draft.id, 10));
    await run(before.id);
    await as(author, (tx) =>
      editPolicy(tx, draft.id, {
        body: { title: 'Another text', changes: [] },
        note: '',
        expectedRevision: 1,
      }),
    );
    await as(author, (tx) => submitPolicy(tx, draft.id, 2));
    await expect(publish(2)).rejects.toMatchObject({ status: 422, code: 'preview_required' });
    const after = await as(publisher, (tx) => simulatePolicy(tx, draft.id, 10));
    await run(after.id);
    expect(await publish(2)).toMatchObject({ state: 'published', reach: 'existing' });
  });
});

describe('the check of a draft that sends accounts to servers', () => {
  it('warns of a server that is not here and of a group that the server has not', async () => {
    await system(async (tx) => {
      await saveServer(tx, { id: 'mt5-a', platform: 'mt5', name: 'A', settleWindowMs: 1_000 });
      await saveServer(tx, { id: 'mt5-b', platform: 'mt5', name: 'B', settleWindowMs: 1_000 });
      await saveGroups(tx, 'mt5-a', [{ name: 'real\\std', currency: 'EUR' }]);
    });
    const row = (id: string, then: Readonly<Record<string, unknown>>) => ({
      target: 'rule',
      mode: 'add',
      with: {
        id,
        title: id,
        when: { fact: 'account.type', operator: 'equal', value: id },
        then: { decision: 'provision', leverage: 30, ...then },
        reason: 'PROVISIONED',
        source: 'house rule',
      },
    });
    const body = {
      title: 'Rows',
      changes: [
        row('right', { server: 'mt5-a', group: 'real\\std' }),
        row('elsewhere', { server: 'mt5-c', group: 'real\\std' }),
        row('misspelt', { server: 'mt5-a', group: 'real\\sdt' }),
        // No feed has run there yet: nobody can tell.
        row('unread', { server: 'mt5-b', group: 'real\\std' }),
      ],
    };
    const scope = { layer: 'entity', layerKey: 'cy' } as const;
    const found = await as(author, (tx) =>
      checkDraft(tx, { kind: 'account.provisioning', scope, body }),
    );
    const ofServers = found.filter(({ code }) => code.startsWith('unknown_'));
    expect(ofServers.map(({ pointer, code, severity }) => [pointer, code, severity])).toEqual([
      ['/changes/1/with/then/server', 'unknown_server', 'warning'],
      ['/changes/2/with/then/group', 'unknown_group', 'warning'],
    ]);
    expect(errorCount(found)).toBe(0);
  });
});
