import { systemScope, type Scope } from '../../domain/access/scope';
import { permissionsOf } from '../../domain/access/roles';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import { seedAccount, seedClient, seedDeposit, seedEntities } from '../../tests/proofs/seed';
import { inScope, rows } from '../connection';
import { enqueueStart } from '../dispatch';
import { requestWithdrawal } from '../withdrawals';
import { carried } from './carried';
import { describeScans, findOrphans, sumOfScans } from './find-orphans';
import { processesWithoutRun } from './without-run';

/** A small brokerage in which everything has its process. */
async function keepHouse(scratch: Scratch) {
  const house = await scratch.asSystem(async (tx) => {
    await seedEntities(tx);
    const client = await seedClient(tx, 'cy');
    await seedDeposit(tx, client, 100_000n);
    const account = await seedAccount(tx, client, '1001');
    const start = (process: string, key: string, subject: string) =>
      enqueueStart(tx, {
        ...{ workflow: process, workflowId: `${process}/${key}`, taskQueue: 'workflows' },
        ...{ args: {}, subject, ...client, state: 'active', waitsFor: 'the next thing' },
      });
    await start('feed', 'mt5-test', 'mt5-test');
    await start('account', account, account);
    const amount = { amountMinor: 5_000n, currency: 'USD' };
    const asked = { ...client, amount, userId: 'usr_1', bankSourceId: null };
    const withdrawal = (await requestWithdrawal(tx, asked)).id;
    return { ...client, account, withdrawal };
  });
  await scratch.asOwner(`
    update outbox set dispatched_at = now(), result = 'started';
    update process set state = 'active', waits_for = 'the next thing', since = now() - interval '1 hour'`);
  return house;
}

type House = Awaited<ReturnType<typeof keepHouse>>;

const ended = (where: string) =>
  `update process set finished_at = now(), outcome = 'lost', waits_for = null where ${where}`;
const task = (id: string, more: { workflow: string; state?: string; restricted?: boolean }) => `
  insert into task (id, kind, subject, workflow_id, entity_id, title, issue, choices, permission, content, content_hash,
      opened_key, state, restricted, decided_at)
    values ('${id}', 'withdrawal_approval', 'x', '${more.workflow}', 'cy', 'A task', '[]', '{approve}', 'withdrawal.approve',
      '{}', 'x', '${id}', '${more.state ?? 'open'}', ${more.restricted ?? false}, now() - interval '1 hour')`;
const processRow = (workflowId: string, subject: string, more = '') => `
  insert into process (workflow_id, workflow, task_queue, args, subject, entity_id, state, waits_for, since)
    values ('${workflowId}', 'w', 'workflows', '{}', '${subject}', 'cy', 'active', ${more || `'the next thing'`},
      now() - interval '1 hour')`;

const receipt = (state: string) => `
  insert into bank_statement (id, entity_id, file_hash, accounts, credits, receipts, taken_back, pending, doubts, imported_by)
    values ('bst_1', 'cy', '-', '{}', 0, 0, 0, 0, '{}', 'user:x');
  insert into receipt (id, statement_id, entity_id, bank_account, entry_key, amount_minor, currency, person_id, payer_ct, state)
    values ('rcp_orphan', 'bst_1', 'cy', 'x', '1', 1, 'USD', 'pty_1', '-', '${state}')`;
const settlement = `
  insert into plan_set (id, entity_id, name, period, currency) values ('ps_1', 'cy', 'x', 'monthly', 'USD');
  insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency)
    values ('set_1', 'ps_1', 'cy', '2026-10', now() - interval '1 day', now(), 'paying', 'USD')`;

/** Each kind, how one of it is planted, and the orphan that must be named. */
const planted: Readonly<
  Record<
    string,
    { readonly plant: (house: House) => string; readonly thing: (house: House) => string }
  >
> = {
  'open withdrawal': {
    plant: ({ withdrawal }) => ended(`subject = '${withdrawal}'`),
    thing: ({ withdrawal }) => withdrawal,
  },
  'hold on money': {
    plant: ({ withdrawal }) => `delete from process where subject = '${withdrawal}'`,
    thing: () => 'hold_',
  },
  'open trading account': {
    plant: ({ account }) => `delete from process where workflow_id = 'account/${account}'`,
    thing: ({ account }) => account,
  },
  'open deposit': {
    plant: ({
      clientId,
    }) => `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state)
      values ('dep_orphan', 'cy', '${clientId}', 1, 'USD', 'stripe', 'requested')`,
    thing: () => 'dep_orphan',
  },
  'open transfer': {
    plant: ({
      clientId,
      account,
    }) => `insert into transfer (id, entity_id, client_id, account_id, direction,
        amount_minor, currency, state)
      values ('tr_orphan', 'cy', '${clientId}', '${account}', 'to_account', 1, 'USD', 'unknown')`,
    thing: () => 'tr_orphan',
  },
  'open refund of a deposit': {
    plant:
      () => `insert into deposit_refund (id, deposit_id, entity_id, client_id, amount_minor, currency, provider,
        hold_id, state, reason_ct, requested_by)
      select 'rf_orphan', id, entity_id, client_id, 1, currency, provider, 'hold_none', 'requested', '-', 'usr_1' from deposit`,
    thing: () => 'rf_orphan',
  },
  'open chargeback': {
    plant:
      () => `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor,
        currency, reason, state, told, told_at, taken_minor, owed_minor)
      select 'cb_orphan', id, entity_id, client_id, provider, 'dp_1', 1, currency, 'fraudulent', 'open', 'open', now(), 0, 1
      from deposit`,
    thing: () => 'cb_orphan',
  },
  'open bonus': {
    plant: ({ clientId, account }) => `
      insert into evaluation (id, kind, subject, entity_id, client_id, pins, compiled_hash, facts, outcome, trace)
        values ('evl_1', 'bonus', '${clientId}', 'cy', '${clientId}', '{}', '-', '{}', '{}', '[]');
      insert into bonus (id, entity_id, client_id, account_id, origin, paid_minor, amount_minor, currency, removal,
          reason_ct, requested_by, evaluation_id, state)
        values ('bon_orphan', 'cy', '${clientId}', '${account}', 'hand', 0, 1, 'USD', 'whole', '-', 'usr_1', 'evl_1',
          'granting')`,
    thing: () => 'bon_orphan',
  },
  'open receipt': { plant: () => receipt('unallocated'), thing: () => 'rcp_orphan' },
  'open receipt that goes back': { plant: () => receipt('returning'), thing: () => 'rcp_orphan' },
  'open settlement': { plant: () => settlement, thing: () => 'ps_1/2026-10' },
  'open partner’s payout': {
    plant: () => `${settlement};
      insert into partner (id, entity_id, name_ct, email_ct, level, plan_set, payout_currency)
        values ('ptr_1', 'cy', '-', '-', 1, 'ps_1', 'USD');
      insert into settlement_payout (id, settlement_id, entity_id, partner_id, amount_minor, currency, lines, state)
        values ('po_orphan', 'set_1', 'cy', 'ptr_1', 1, 'USD', 1, 'paying')`,
    thing: () => 'set_1/ptr_1',
  },
  'open watch over a provider': {
    plant: () => `insert into provider_watch (provider) values ('chain')`,
    thing: () => 'chain',
  },
  'open request about an account': {
    plant: ({ clientId, account }) => `
      insert into account_request (id, account_id, entity_id, client_id, kind, state)
        values ('req_orphan', '${account}', 'cy', '${clientId}', 'close', 'requested');
      ${ended(`workflow_id = 'account/${account}'`)}`,
    thing: () => 'req_orphan',
  },
  'open rescreening': {
    plant: () => `insert into sanction_list (id, name, invented) values ('test', 'Test', true);
      insert into sanction_list_version (id, list_id, number, published_on, file_hash, content_hash, files, entries, added,
          changed, removed, loaded_by)
        values ('lsv_1', 'test', 1, now(), '-', '-', '[]', 1, 1, 0, 0, 'os:test');
      insert into rescreening (id, version_id, parties, until_party) values ('rsc_orphan', 'lsv_1', 1, 'z')`,
    thing: () => 'rsc_orphan',
  },
  'open policy simulation': {
    plant:
      () => `insert into policy_version (id, kind, layer, version, body, body_hash, state, edited_by)
        values ('pol_1', 'withdrawal', 'base', 1, '{}', '-', 'draft', '{usr_1}');
      insert into policy_simulation (id, policy_id, kind, body, body_hash, layers, entities, restricted, wanted, asked_by)
        values ('sim_orphan', 'pol_1', 'withdrawal', '{}', '-', '{}', '{cy}', false, 1, 'user:usr_1')`,
    thing: () => 'sim_orphan',
  },
  'open kyc case': {
    plant: ({ clientId }) =>
      `insert into kyc_case (id, client_id, entity_id, state) values ('kyc_orphan', '${clientId}', 'cy', 'collecting')`,
    thing: () => 'kyc_orphan',
  },
  'open verification clock': {
    plant: ({ clientId }) =>
      `insert into verification_clock (client_id, entity_id, started_at) values ('${clientId}', 'cy', now())`,
    thing: ({ clientId }) => clientId,
  },
  'open identity check': {
    plant: ({ clientId }) => `
      insert into kyc_case (id, client_id, entity_id, state) values ('kyc_1', '${clientId}', 'cy', 'approved');
      insert into party (id, entity_id, client_id, role, name_ct, email_ct)
        values ('pty_1', 'cy', '${clientId}', 'holder', '-', '-');
      insert into identity_check (id, case_id, client_id, party_id, entity_id, provider, step, level, round, documents, due_at)
        values ('idc_orphan', 'kyc_1', '${clientId}', 'pty_1', 'cy', 'x', 'x', 'x', 1, '{}', now())`,
    thing: () => 'idc_orphan',
  },
  'open compliance calendar': {
    plant: ({ clientId }) =>
      `insert into compliance_calendar (client_id, entity_id) values ('${clientId}', 'cy')`,
    thing: ({ clientId }) => clientId,
  },
  'open mail': {
    plant: () => `insert into mail (id, key, entity_id, recipient, kind, data_ct, state)
      values ('mail_orphan', 'mail_orphan', 'cy', 'user:usr_1', 'welcome', '-', 'queued')`,
    thing: () => 'mail_orphan',
  },
  'open deal feed': {
    plant: () => ended(`workflow_id = 'feed/mt5-test'`),
    thing: () => 'mt5-test',
  },
  'unfinished process of a deposit': {
    plant: () => processRow('deposit/dep_gone', 'dep_gone'),
    thing: () => 'deposit/dep_gone',
  },
  'unfinished process of a kyc case': {
    plant: () => processRow('kyc/kyc_gone', 'kyc_gone'),
    thing: () => 'kyc/kyc_gone',
  },
  'unfinished process': {
    plant: ({ withdrawal }) =>
      `update process set waits_for = null where subject = '${withdrawal}'`,
    thing: ({ withdrawal }) => `withdrawal/${withdrawal}`,
  },
  'process that waits for a task': {
    plant: ({ withdrawal }) =>
      `${task('tsk_done', { workflow: `withdrawal/${withdrawal}`, state: 'decided' })};
       update process set waits_for = 'task tsk_done' where subject = '${withdrawal}'`,
    thing: ({ withdrawal }) => `withdrawal/${withdrawal}`,
  },
  'open task that speaks for a process': {
    plant: () => task('tsk_orphan', { workflow: 'withdrawal/wd_gone' }),
    thing: () => 'tsk_orphan',
  },
  'step outside whose end is not known': {
    plant:
      () => `insert into intent (id, workflow_id, step, kind, target, reference, entity_id, state)
      values ('int_orphan', 'transfer/tr_gone', 'platform', 'balance_operation', 'mt5-test', '1001', 'cy', 'unknown')`,
    thing: () => 'int_orphan',
  },
  'command on its way to a workflow': {
    plant: ({
      withdrawal,
    }) => `insert into outbox (kind, workflow_id, signal, command_id, args, created_at)
      values ('signal', 'withdrawal/${withdrawal}', 'decided', 'cmd_1', '{}', now() - interval '1 hour')`,
    thing: () => 'outbox ',
  },
};

const staff = (entities: string[], roles: Parameters<typeof permissionsOf>[0]): Scope => {
  const permissions = permissionsOf(roles);
  return {
    ...{ kind: 'staff', actor: 'user:usr_1', userId: 'usr_1', entities, roles, permissions },
    restricted: permissions.has('restricted.read'),
  };
};

describe('the search for orphans', () => {
  let scratch: Scratch;
  let house: House;

  beforeEach(async () => {
    scratch = await openScratch();
    house = await keepHouse(scratch);
  });

  afterEach(() => scratch.close());

  const scanAs = (scope: Scope) => inScope(scratch.db, scope, (tx) => findOrphans(tx));
  const scan = () => scanAs(systemScope('os:test'));

  it('finds none where everything has its process, and says how many it scanned of each kind', async () => {
    const scans = await scan();
    expect(sumOfScans(scans).found).toBe(0);
    const counted = Object.fromEntries(scans.map(({ kind, scanned }) => [kind, scanned]));
    expect(counted).toMatchObject({
      'open withdrawal': 1,
      'open trading account': 1,
      'open deposit': 0,
      'hold on money': 1,
      'unfinished process': 3,
      'unfinished process of a withdrawal': 1,
    });
    expect(describeScans(scans)).toMatch(/ {7}1 {2}hold on money\n[^]*\d+ scanned, 0 orphans$/);
  });

  it.each(Object.entries(planted))('names a planted %s', async (kind, { plant, thing }) => {
    await scratch.asOwner(plant(house));
    const found = (await scan()).find((each) => each.kind === kind);
    expect(found).toMatchObject({ found: 1 });
    expect(found?.orphans[0]?.thing).toContain(thing(house));
    expect(found?.orphans[0]?.why).toMatch(/\w/);
  });

  it('has one of every kind planted, except that each kind of process loses its thing alike', async () => {
    const kinds = (await scan()).map(({ kind }) => kind);
    const left = kinds.filter((kind) => !Object.hasOwn(planted, kind));
    expect(left.filter((kind) => !kind.startsWith('unfinished process of a '))).toEqual([]);
  });

  it('names a process whose workflow Temporal does not know', async () => {
    const scanned = await processesWithoutRun(scratch.db, (workflowId) =>
      Promise.resolve(workflowId.startsWith('account/') ? 'missing' : 'running'),
    );
    expect(scanned).toMatchObject({ scanned: 3, found: 1 });
    expect(scanned.orphans[0]?.thing).toBe(`account/${house.account}`);
  });

  it('looks at every kind of process that there is', async () => {
    expect(Object.keys(carried).sort()).toEqual(Object.keys(workflowIds).sort());
    // Every statement runs, whatever is planted: `scan` throws when one does not.
    const kinds = (await scan()).map(({ kind }) => kind);
    for (const { name } of Object.values(carried)) {
      expect(kinds).toContain(`unfinished process of a ${name}`);
    }
  });

  it('shows and counts restricted records for the MLRO’s circle alone, and no other entity’s', async () => {
    await scratch.asOwner(task('tsk_hidden', { workflow: 'match/scr_gone', restricted: true }));
    const ofTasks = async (scope: Scope) =>
      (await scanAs(scope)).find(({ kind }) => kind === 'open task that speaks for a process');
    expect(await ofTasks(staff(['cy'], ['operations']))).toMatchObject({ scanned: 0, found: 0 });
    expect(await ofTasks(staff(['cy'], ['mlro']))).toMatchObject({ scanned: 1, found: 1 });
    expect(await ofTasks(staff(['sc'], ['mlro']))).toMatchObject({ scanned: 0, found: 0 });
  });

  it('shows what is of no entity to who works for all of them, and to nobody else', async () => {
    await scratch.asOwner(`insert into outbox (kind, workflow_id, signal, command_id, args, created_at)
      values ('signal', 'feed/none', 'pause', 'cmd_feed', '{}', now() - interval '1 hour')`);
    const all = await scratch.asSystem((tx) => rows<{ id: string }>(tx, 'select id from entity'));
    const ids = all.map(({ id }) => id);
    const ofCommands = async (entities: string[]) =>
      (await scanAs(staff(entities, ['operations']))).find(
        ({ kind }) => kind === 'command on its way to a workflow',
      );
    expect(ids.length).toBeGreaterThan(1);
    expect(await ofCommands(ids)).toMatchObject({ found: 1, orphans: [{ entityId: null }] });
    expect(await ofCommands(ids.slice(1))).toMatchObject({ scanned: 0, found: 0 });
  });

  it('is unmoved by what the reader may not see: a hidden task makes no orphan of its process', async () => {
    await scratch.asOwner(
      `${task('tsk_hidden', { workflow: `withdrawal/${house.withdrawal}`, restricted: true })};
       update process set waits_for = 'task tsk_hidden' where subject = '${house.withdrawal}'`,
    );
    const permissions = permissionsOf(['operations']);
    const scans = await scanAs({
      ...{ kind: 'staff', actor: 'user:usr_1', userId: 'usr_1', entities: ['cy'], permissions },
      ...{ roles: ['operations'], restricted: false },
    });
    expect(sumOfScans(scans).found).toBe(0);
    expect(JSON.stringify(scans)).not.toContain('tsk_hidden');
  });

  it('is not for a client', async () => {
    const scope: Scope = {
      kind: 'client',
      actor: 'client:cl_1',
      clientId: house.clientId,
      entityId: 'cy',
      userId: 'usr_2',
    };
    await expect(scanAs(scope)).rejects.toMatchObject({ status: 403 });
  });

  it('keeps from others that a payment is told of a restriction, which may be a hidden one', async () => {
    await scratch.asOwner(`
      insert into outbox (kind, workflow_id, signal, command_id, args, created_at)
      select 'signal', 'withdrawal/${house.withdrawal}', 'changed', 'cmd_' || what, jsonb_build_object('what', what),
        now() - interval '1 hour' from unnest('{restriction,client}'::text[]) what`);
    const ofCommands = async (scope: Scope) =>
      (await scanAs(scope)).find(({ kind }) => kind === 'command on its way to a workflow');
    expect(await ofCommands(staff(['cy'], ['operations']))).toMatchObject({ scanned: 1, found: 1 });
    expect(await ofCommands(staff(['cy'], ['mlro']))).toMatchObject({ scanned: 2, found: 2 });
  });
});
