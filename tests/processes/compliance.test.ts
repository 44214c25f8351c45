import { inScope, rows } from '../../db/connection';
import { liftRestriction } from '../../db/client-restrictions';
import { changesBefore, doCheck, takeMeasure } from '../../db/client-measures';
import { readClient } from '../../db/clients';
import { readAccount } from '../../db/accounts';
import { openRequests } from '../../db/account-requests';
import { changeClientDetails } from '../../db/client-details';
import { eventsOfSubject } from '../../db/events';
import { mayLeave } from '../../db/payout-gate';
import { readProcess } from '../../db/processes';
import { isRestricted } from '../../db/restrictions';
import { startComplianceCalendar } from '../../db/compliance-calendars';
import { isMeasure, measureDefinitions } from '../../domain/compliance/measures';
import { taskQueues } from '../../temporal-config/task-queues';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  colleague,
  decide,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
  type TestClient,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a client’s calendar and measures', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
    client = await seedClient(stage, { name: 'Marguerite Plantedname' });
    account = await openAccount(stage, client);
    const { id: clientId, entityId } = client;
    await stage.system((tx) =>
      startComplianceCalendar(tx, { clientId, entityId, isApproved: true }),
    );
  }, 120_000);

  afterAll(() => stage.close());

  const calendar = () => stage.system((tx) => readProcess(tx, workflowIds.compliance(client.id)));
  const waitsFor = (words: string | RegExp) =>
    until(`the calendar to wait for ${String(words)}`, async () => {
      const process = await calendar();
      if (process?.waitsFor?.match(words)) return process;
      throw new Error(`waits for ${process?.waitsFor}`);
    });

  it('sleeps until its next date, and names it', async () => {
    const process = await waitsFor('the next date of the calendar');
    // Nobody has said whether the client is politically exposed: a year, asked for 30 days before.
    const days = (Date.parse(process.due ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBeGreaterThanOrEqual(334);
    expect(Math.round(days)).toBeLessThanOrEqual(336);
  });

  it('wakes when an officer changes the client, and goes on when another has reviewed it', async () => {
    const editor = colleague('compliance');
    stage.plant('Plantedroad');
    await inScope(stage.db, editor, (tx) =>
      changeClientDetails(tx, client.id, { address: '1 Plantedroad, Victoria' }),
    );
    const task = await openTaskOf(stage, client.id, 'compliance_review');
    expect(task.issue).toMatchObject([
      { code: 'CLIENT_CHANGED', detail: 'Changed: address.' },
      // Nobody knows what this client lives on, and what is not known counts against.
      { code: 'RISK_DIFFERS' },
    ]);
    await waitsFor(`task ${task.id}`);
    await expect(decide(stage, editor, task, 'keep')).rejects.toMatchObject({ code: 'four_eyes' });
    await decide(stage, colleague('compliance'), task, 'risk_medium');
    await waitsFor('the next date of the calendar');
    expect(await stage.system((tx) => readClient(tx, client.id))).toMatchObject({
      riskLevel: 'medium',
    });
    const events = await stage.system((tx) => eventsOfSubject(tx, client.id));
    expect(events.filter(({ type }) => type === 'client.reviewed')).toHaveLength(1);
  });

  it('shuts out who has taken a client over, at every place and on the server, until each check is done', async () => {
    const officer = colleague('compliance');
    const taken = await inScope(stage.db, officer, (tx) =>
      takeMeasure(tx, { clientId: client.id, measure: 'takeover', reason: 'TEST' }),
    );
    expect(await stage.system((tx) => mayLeave(tx, client.id, undefined))).toBe(false);
    expect(await stage.system((tx) => isRestricted(tx, client.id, 'login'))).toBe(true);
    const read = () => stage.system((tx) => readAccount(tx, account.id));
    await until('the log-in to be blocked', async () => (await read()).access === 'blocked');
    const onServer = await stage.deps.platformFor('mt5').readAccount(account.login);
    expect(onServer?.access.loginEnabled).toBe(false);
    // The platform password is one that nobody knows: it was set, and nothing of it is kept.
    await until(
      'the password to be set',
      async () => (await stage.system((tx) => openRequests(tx, account.id))).length === 0,
    );
    const passwords = await stage.system((tx) =>
      rows(
        tx,
        `select state, secret_ct from account_request where account_id = :id and kind = 'set_password'`,
        { id: account.id },
      ),
    );
    expect(passwords).toEqual([{ state: 'done', secret_ct: null }]);

    const seen = await inScope(stage.db, officer, (tx) => changesBefore(tx, taken));
    expect(seen.map(({ type }) => type)).toContain('client.data_changed');
    await expect(
      inScope(stage.db, officer, (tx) =>
        takeMeasure(tx, { clientId: client.id, measure: 'takeover', reason: 'TEST' }),
      ),
    ).rejects.toMatchObject({ code: 'measure_in_force' });

    const other = colleague('compliance');
    const lift = () =>
      inScope(stage.db, other, (tx) => liftRestriction(tx, client.id, taken.id, 'TEST'));
    await expect(lift()).rejects.toMatchObject({
      code: 'checklist_open',
      extra: { open: ['identity', 'changes', 'address'] },
    });
    const { kind } = taken;
    if (!isMeasure(kind)) throw new Error(kind);
    for (const { code, beforeLifting } of measureDefinitions[kind].checklist)
      if (beforeLifting)
        await inScope(stage.db, other, (tx) =>
          doCheck(tx, { clientId: client.id, restrictionId: taken.id, code }),
        );
    await lift();
    await until('the log-in to be open', async () => (await read()).access === 'full');
    expect(await stage.system((tx) => mayLeave(tx, client.id, undefined))).toBe(true);
  });

  it('has its tasks kept in time by the clock of the inbox', async () => {
    const turned = await stage.temporal.client.workflow.execute('inboxClock', {
      taskQueue: taskQueues.workflows,
      workflowId: 'inbox-clock-in-test',
      args: [],
    });
    expect(turned).toEqual({ tasks: 0, absences: 0 });
  });

  it('leaves nothing that no process owns', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
