import { indexPerson } from '../personal-data';
import { rows, type Tx } from '../connection';
import { appendEvents } from '../events';
import { openTask } from '../tasks';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import {
  seedAccount,
  seedClient,
  seedDeposit,
  seedEntities,
  seedPaidWithdrawal,
} from '../../tests/proofs/seed';
import { listDeposits } from '../deposits';
import { asSystem } from '../connection';
import { storeReaders } from './access-readers';
import { proveAccess } from './access';

/** Two entities with two clients each, and a partner in each who referred one of them. */
async function populate(tx: Tx): Promise<void> {
  await seedEntities(tx);
  for (const entityId of ['cy', 'sc']) {
    for (const n of [1, 2]) {
      const client = await seedClient(tx, entityId);
      const deposit = await seedDeposit(tx, client, 10_000n);
      await seedPaidWithdrawal(tx, client, { amountMinor: 1_000n, depositId: deposit });
      await seedAccount(tx, client, `${entityId === 'cy' ? 1 : 2}00${n}`);
      await indexPerson(tx, client.clientId, 'email', `${client.clientId}@example.test`);
      await rows(
        tx,
        `insert into restriction (id, entity_id, client_id, kind, scopes, restricted, reason, set_by)
         values (:id, :entityId, :clientId, 'mlro_hold', '{withdraw}', true, 'x', 'usr_1')`,
        { id: `rst_${client.clientId}`, ...client },
      );
      await appendEvents(tx, [
        {
          subject: `restricted/${client.clientId}`,
          type: 'restriction.set',
          restricted: true,
          ...client,
        },
      ]);
      await openTask(tx, {
        kind: 'kyc_review',
        subject: client.clientId,
        workflowId: null,
        ...client,
        restricted: n === 1,
        title: 't',
        issue: [],
        content: {},
        key: client.clientId,
      });
      if (n === 1) {
        await rows(
          tx,
          `insert into partner (id, entity_id, name_ct, email_ct, level, plan_set, payout_currency)
           values (:id, :entityId, '-', '-', 1, 'ps', 'USD')`,
          { id: `ptr_${entityId}`, entityId },
        );
        await rows(
          tx,
          `insert into attribution (client_id, partner_id, entity_id, from_at, actor)
           values (:clientId, :partner, :entityId, now(), 'user:x')`,
          { ...client, partner: `ptr_${entityId}` },
        );
      }
    }
  }
}

describe('the proof of access', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openScratch();
    await scratch.asSystem(populate);
  });

  afterEach(() => scratch.close());

  async function found(statements = ''): Promise<string[]> {
    await scratch.asOwner(statements);
    const { faults } = await proveAccess(scratch.db);
    return faults.map(({ thing, detail }) => `${thing}: ${detail}`);
  }

  it('holds for the schema as it is migrated, over every role, entity, client and partner', async () => {
    const result = await proveAccess(scratch.db);
    expect(result.faults).toEqual([]);
    expect(result.notes[0]).toMatch(
      /^tried: 22 roles in entities, 4 clients, 2 partners, \d+ readers$/,
    );
    const stores = result.checks.find(({ rule }) => rule.startsWith('no store'));
    expect(stores?.count).toBeGreaterThan(1_000);
  });

  it('names a table whose row-level security is off, and whom it shows what', async () => {
    const all = await found('alter table withdrawal disable row level security');
    expect(all).toEqual(
      expect.arrayContaining([
        'withdrawal: row-level security is off',
        'withdrawal: shows rows without a scope',
        expect.stringMatching(/^withdrawal: shows client cl_.* a row of another one$/),
        expect.stringMatching(/^withdrawal: shows compliance of cy a row of another one$/),
        expect.stringMatching(/^readWithdrawal: shows compliance of cy the foreign wd_/),
      ]),
    );
  });

  it('names a policy that lets everybody see everything', async () => {
    const all = await found('create policy open on deposit using (true)');
    expect(all).toContain('deposit: policy open lets everybody see everything');
    expect(all).toContainEqual(expect.stringMatching(/^listDeposits: shows .* of cy entityId sc$/));
  });

  it('names a policy that shows restricted records outside the circle', async () => {
    const all = await found(
      `drop policy visible on task; create policy visible on task using (may_see_staff(entity_id))`,
    );
    expect(all).toContain('task: shows compliance of cy a row of another one');
    expect(all).toContainEqual(expect.stringMatching(/^listTasks: shows .* a restricted record$/));
    expect(all.join()).not.toContain('mlro');
  });

  it('names a policy that hides from people what is theirs', async () => {
    const all = await found(
      `drop policy visible on client; create policy visible on client using (scope_kind() = 'system')`,
    );
    expect(all).toContain('compliance of cy: sees 0 of its 2 clients');
  });

  it('names a table that the application may change and should not', async () => {
    expect(await found('grant update (payload) on event to keelson_app')).toEqual([
      'event: the application may update',
    ]);
    expect(await found('revoke update (payload) on event from keelson_app')).toEqual([]);
    expect(await found('grant delete, insert on ledger_entry to keelson_app')).toEqual([
      'ledger_entry: the application may delete',
      'ledger_entry: the application may insert past its function',
    ]);
  });

  it('names a trigger that was switched off', async () => {
    expect(await found('alter table ledger_entry disable trigger append_only')).toEqual([
      'ledger_entry: trigger append_only is not there, or not always on',
    ]);
  });

  it('names a new table that nobody thought about', async () => {
    expect(
      await found(
        `create table scratch (id text); create table secret (id text, entity_id text);
         grant select on secret to keelson_app`,
      ),
    ).toEqual(
      expect.arrayContaining([
        'scratch: has no entity and is not known to need none',
        'secret: row-level security is off',
      ]),
    );
  });

  it('names a partition that can be read past its table’s policy', async () => {
    expect(await found('grant select on deal_default to keelson_app')).toEqual([
      'deal_default: can be read directly',
    ]);
  });

  it('names a function that runs with the owner’s rights and the caller’s search path', async () => {
    expect(await found('alter function post_ledger(jsonb) reset search_path')).toEqual([
      'post_ledger: runs with the owner’s rights and a search path of the caller’s',
    ]);
  });

  it('names a store that forgets its scope', async () => {
    const leaky = {
      name: 'leakyList',
      list: (tx: Tx) => asSystem(tx, (system) => listDeposits(system, { limit: 100 })),
    };
    const { faults } = await proveAccess(scratch.db, { readers: [...storeReaders, leaky] });
    expect(faults[0]).toMatchObject({
      rule: 'no store shows a scope another one’s rows',
      thing: 'leakyList',
    });
    expect(new Set(faults.map(({ thing }) => thing))).toEqual(new Set(['leakyList']));
  });
});
