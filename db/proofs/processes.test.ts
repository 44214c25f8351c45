import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import {
  seedAccount,
  seedClient,
  seedDeposit,
  seedEntities,
  seedLimits,
} from '../../tests/proofs/seed';
import { rows } from '../connection';
import { enqueueStart } from '../dispatch';
import { setProcess } from '../processes';
import { openTask } from '../tasks';
import { requestTransfer } from '../transfer-requests';
import { completeTransfer } from '../transfer-end';
import { requestWithdrawal } from '../withdrawals';
import { type ProcessesOptions, proveProcesses } from './processes';

/** One transfer that ended, one withdrawal that waits for its task. */
async function keepHouse(scratch: Scratch) {
  return scratch.asSystem(async (tx) => {
    await seedEntities(tx);
    await seedLimits(tx);
    const client = await seedClient(tx, 'cy');
    const deposit = await seedDeposit(tx, client, 100_000n);
    const account = await seedAccount(tx, client, '1001');
    const start = async (workflow: string, id: string, subject: string, waitsFor?: string) => {
      await enqueueStart(tx, {
        workflow,
        workflowId: id,
        taskQueue: 'workflows',
        args: {},
        subject,
        ...client,
        state: 'active',
        waitsFor: waitsFor ?? 'the next thing',
      });
    };
    await start('dealFeed', 'feed/mt5-test', 'mt5-test');
    await start('tradingAccount', `account/${account}`, account);
    await start('deposit', `deposit/${deposit}`, deposit);
    const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });
    const transfer = (
      await requestTransfer(tx, { accountId: account, direction: 'to_account', amount: usd(200n) })
    ).id;
    await completeTransfer(tx, transfer, '7');
    const asked = { ...client, amount: usd(5_000n), userId: 'usr_1', bankSourceId: null };
    const withdrawal = (await requestWithdrawal(tx, asked)).id;
    const task = await openTask(tx, {
      kind: 'withdrawal_approval',
      subject: withdrawal,
      workflowId: `withdrawal/${withdrawal}`,
      entityId: client.entityId,
      clientId: client.clientId,
      title: 'A withdrawal',
      issue: [],
      content: {},
      key: withdrawal,
    });
    await setProcess(tx, `withdrawal/${withdrawal}`, {
      state: 'in_review',
      waitsFor: `task ${task.id}`,
    });
    return { account, deposit, transfer, withdrawal, task: task.id };
  });
}

/** Time passes: whatever happened, happened an hour ago. */
const anHourAgo = `
  update process set since = since - interval '1 hour', updated_at = updated_at - interval '1 hour';
  update outbox set created_at = created_at - interval '1 hour', dispatched_at = now(), result = 'started';
  update process set finished_at = now(), outcome = 'done', state = 'credited', waits_for = null where workflow = 'deposit';`;

describe('the proof of the processes', () => {
  let scratch: Scratch;
  let house: Awaited<ReturnType<typeof keepHouse>>;

  beforeEach(async () => {
    scratch = await openScratch();
    house = await keepHouse(scratch);
    await scratch.asOwner(anHourAgo);
  });

  afterEach(() => scratch.close());

  async function found(statements = '', options: ProcessesOptions = {}): Promise<string[]> {
    await scratch.asOwner(statements);
    const { faults } = await proveProcesses(scratch.db, options);
    return faults.map(({ thing, rule }) => `${thing} | ${rule}`);
  }
  const withdrawalProcess = () => `withdrawal/${house.withdrawal}`;
  const ofWithdrawal = (change: string) =>
    `update process set ${change} where workflow_id = 'withdrawal/${house.withdrawal}'`;

  it('holds where everything open has a process that waits for a named thing', async () => {
    expect(await found()).toEqual([]);
  });

  it('names a process that waits for nothing', async () => {
    expect(await found(ofWithdrawal('waits_for = null'))).toEqual([
      `${withdrawalProcess()} | every process has ended with an outcome or waits for a named thing`,
    ]);
  });

  it('knows that a case which is being filled in is carried by its onboarding', async () => {
    const client = await scratch.asSystem(async (tx) => {
      const { clientId, entityId } = await seedClient(tx, 'cy');
      const of = { clientId, entityId };
      await rows(
        tx,
        `insert into kyc_case (id, client_id, entity_id, state) values ('kyc_filling', :clientId, :entityId, 'collecting')`,
        of,
      );
      await enqueueStart(tx, {
        workflow: 'onboarding',
        workflowId: `onboarding/${clientId}`,
        taskQueue: 'workflows',
        args: {},
        subject: clientId,
        ...of,
        state: 'collecting',
        waitsFor: 'the client to submit',
      });
      return clientId;
    });
    const dispatched = `update outbox set dispatched_at = now(), result = 'started';`;
    expect(await found(dispatched)).toEqual([]);
    expect(await found(`delete from process where workflow_id = 'onboarding/${client}'`)).toEqual([
      `onboarding/${client} | every open kyc case has an unfinished process, every finished one an ended one`,
    ]);
  });

  it('lets a process work for a moment', async () => {
    expect(await found(ofWithdrawal('waits_for = null, since = now()'))).toEqual([]);
  });

  it('names a process that no worker ever took', async () => {
    expect(await found(ofWithdrawal(`state = 'queued', waits_for = 'a worker'`))).toEqual([
      `${withdrawalProcess()} | no process waits for a worker that never came`,
    ]);
  });

  it('names a process that waits for a task which was decided long ago', async () => {
    expect(
      await found(
        `update task set state = 'decided', decided_at = now() - interval '1 hour' where id = '${house.task}'`,
      ),
    ).toEqual([`${withdrawalProcess()} | a task that a process waits for is there and open`]);
  });

  it('names a withdrawal, its hold and its task when their process is over', async () => {
    const over = ofWithdrawal(`finished_at = now(), outcome = 'lost', waits_for = null`);
    expect(await found(over)).toEqual([
      `${house.task} | every open task that speaks for a process has that process unfinished`,
      expect.stringMatching(/^hold_.* \| every open hold belongs to an unfinished process$/),
      `${withdrawalProcess()} | every open withdrawal has an unfinished process, every finished one an ended one`,
    ]);
  });

  it('names a transfer that has no process at all', async () => {
    await scratch.asOwner(`update transfer set state = 'unknown' where id = '${house.transfer}'`);
    expect(await found(`delete from process where workflow = 'transfer'`)).toEqual([
      `transfer/${house.transfer} | every open transfer has an unfinished process, every finished one an ended one`,
    ]);
  });

  it('names a process that goes on after its deposit is over', async () => {
    expect(
      await found(
        `update process set finished_at = null, waits_for = 'the payer' where workflow = 'deposit'`,
      ),
    ).toEqual([
      `deposit/${house.deposit} | every open deposit has an unfinished process, every finished one an ended one`,
    ]);
  });

  it('names a command that is not handed over, with what went wrong', async () => {
    await scratch.asOwner(
      `update outbox set dispatched_at = null, attempts = 9, last_error = 'ServiceError' where workflow_id = 'feed/mt5-test'`,
    );
    const { faults } = await proveProcesses(scratch.db);
    expect(faults).toEqual([
      expect.objectContaining({
        rule: 'every command has been handed to Temporal',
        detail: expect.stringMatching(
          /start for feed\/mt5-test.*tried 9 times, last: ServiceError/,
        ) as string,
      }),
    ]);
  });

  it('names a step outside that nobody looks up any more', async () => {
    const id = 'int_1';
    expect(
      await found(
        `insert into intent (id, workflow_id, step, kind, target, reference, entity_id, state)
         values ('${id}', 'transfer/${house.transfer}', 'platform', 'balance_operation', 'mt5-test', '1001', 'cy', 'unknown')`,
      ),
    ).toEqual([
      `${id} | every step outside whose end is not known belongs to an unfinished process`,
    ]);
  });

  it('names an unfinished process whose workflow Temporal does not know', async () => {
    const describe: ProcessesOptions['describe'] = (workflowId) =>
      Promise.resolve(workflowId.startsWith('account/') ? 'missing' : 'running');
    expect(await found('', { describe })).toEqual([
      `account/${house.account} | every unfinished process has a running workflow`,
    ]);
  });
});
