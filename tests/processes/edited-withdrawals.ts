import { setRestriction, liftRestriction } from '../../db/client-restrictions';
import { asSystem, inScope, rows } from '../../db/connection';
import { readDeposit } from '../../db/deposits';
import { addBankAccount } from '../../db/payment-sources';
import { decideTask } from '../../db/task-inbox';
import { latestTask, openTask, type Task } from '../../db/tasks';
import { recordSecurityChange } from '../../db/users';
import type { Withdrawal } from '../../db/withdrawals';
import { newId } from '../../domain/ids';
import { type ApiProcess, type Caller, startApiProcess } from './api-process';
import { askWithdrawal, bankOf, depositor, watch } from './payments';
import {
  colleague,
  decide,
  fund,
  openTaskOf,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import type { Stage } from './stage';
import { until } from './until';

/** What may be changed of a withdrawal before it is paid, by whom, and what never pays by itself; on a stage with workers. */
export function describeEdits(open: () => Stage): void {
  let stage: Stage;
  let api: ApiProcess;

  beforeAll(async () => {
    stage = open();
    api = await startApiProcess(stage);
  }, 60_000);

  const approvalOf = (withdrawal: Withdrawal) =>
    openTaskOf(stage, withdrawal.id, 'withdrawal_approval');
  const approve = (as: Caller, { id, version, contentHash }: Task) =>
    api.call(as, 'POST', `/api/v1/tasks/${id}/decision`, {
      ...{ expectedVersion: version, contentHash, decision: 'approve', reason: 'In order.' },
    });
  const edit = (as: Caller, { id }: Withdrawal, body: object) =>
    api.call(as, 'POST', `/api/v1/withdrawals/${id}/edit`, { reason: 'By phone.', ...body });
  const usd = (amount: string) => ({ amount, currency: 'USD' });
  /** The approval of the plan after so many edits. */
  const plannedAnew = (withdrawal: Withdrawal, amount: string) =>
    until(`the approval of ${amount}`, async () => {
      const task = await stage.system((tx) => latestTask(tx, withdrawal.id, 'withdrawal_approval'));
      return task?.state === 'open' && task.content['amount'] === amount && task;
    });
  const payee = async (amount: string): Promise<{ client: TestClient; bankId: string }> => {
    const client = await seedClient(stage);
    await fund(stage, client, amount);
    return { client, bankId: await bankOf(stage, client) };
  };

  it('voids approvals when a colleague pays less, and takes three people', async () => {
    const { client, bankId } = await payee('30000.00');
    const withdrawal = await askWithdrawal(stage, client, '26000.00', bankId);
    const before = await approvalOf(withdrawal);
    const [first, second, third] = [
      await api.staff('finance'),
      await api.staff('finance'),
      await api.staff('finance'),
    ];
    // The same person through two roles, and by two keys.
    const editor = await api.staff('operations', 'finance');
    const editorAgain = await api.keyOf(editor.userId);
    expect(await approve(first, before)).toMatchObject({ status: 200, json: { approvals: 1 } });
    expect(await edit(editor, withdrawal, { amount: usd('25500.00') })).toMatchObject({
      status: 202,
      json: { amount: usd('25500.00') },
    });
    expect(await approve(second, { ...before, version: before.version + 1 })).toMatchObject({
      status: 409,
      json: { code: 'stale' },
    });
    const task = await plannedAnew(withdrawal, '25500.00');
    expect(task).toMatchObject({ approvals: 0, approvalsRequired: 2 });
    for (const who of [first, editor, editorAgain])
      expect(await approve(who, task)).toMatchObject({ status: 409, json: { code: 'four_eyes' } });
    const both = await Promise.all([approve(second, task), approve(third, task)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)?.json['code']).toBe('stale');
    const slower = both[0]?.status === 409 ? second : third;
    const again = await stage.system((tx) => latestTask(tx, withdrawal.id, 'withdrawal_approval'));
    expect(await approve(slower, again ?? task)).toMatchObject({
      status: 200,
      json: { state: 'decided' },
    });
    expect(await watch(stage, withdrawal).ended()).toMatchObject({
      state: 'paid',
      editedBy: [editor.userId],
    });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 450_000n, heldMinor: 0n });
  });

  it('asks another person also where the policy would pay what is left by itself', async () => {
    const { client, bankId } = await payee('6000.00');
    const withdrawal = await askWithdrawal(stage, client, '5500.00', bankId);
    await approvalOf(withdrawal);
    await edit(await api.staff('operations'), withdrawal, { amount: usd('10.00') });
    const task = await plannedAnew(withdrawal, '10.00');
    expect(task.issue).toMatchObject([{ code: 'EDITED' }, { code: 'WITHIN_AUTO_LIMITS' }]);
    await decide(stage, colleague('finance'), task, 'approve');
    expect(await watch(stage, withdrawal).ended()).toMatchObject({ state: 'paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 599_000n, heldMinor: 0n });
  });

  it('asks again when it is edited between its approval and the payment', async () => {
    const { client, deposit } = await depositor(stage, '6000.00');
    const other = await bankOf(stage, client);
    const withdrawal = await askWithdrawal(stage, client, '5500.00');
    const task = await approvalOf(withdrawal);
    // Approved, and stopped before it is paid, in one transaction: nothing comes between.
    const restriction = await inScope(stage.db, colleague('finance'), async (tx) => {
      await decideTask(tx, {
        ...{ taskId: task.id, expectedVersion: task.version, contentHash: task.contentHash },
        ...{ decision: 'approve', reason: 'TEST' },
      });
      return asSystem(tx, (system) =>
        setRestriction(system, {
          ...{ clientId: client.id, kind: 'manual_review', scopes: ['withdraw'], reason: 'test' },
        }),
      );
    });
    await watch(stage, withdrawal).waitsFor('a routine review');
    const editor = await api.staff('operations');
    expect(
      await edit(editor, withdrawal, { amount: usd('5400.00'), bankAccountId: other }),
    ).toMatchObject({ status: 202 });
    const again = await plannedAnew(withdrawal, '5400.00');
    expect(again).toMatchObject({ approvals: 0, content: { legs: [{ deposit: deposit.id }] } });
    expect(again.id).not.toBe(task.id);
    await inScope(stage.db, colleague('compliance'), (tx) =>
      liftRestriction(tx, client.id, restriction.id, 'test'),
    );
    let latest = again;
    for (let person = 0; person < again.approvalsRequired; person += 1)
      latest = await decide(stage, colleague('finance'), latest, 'approve');
    expect(await watch(stage, withdrawal).ended()).toMatchObject({ state: 'paid' });
    expect((await stage.system((tx) => readDeposit(tx, deposit.id))).refundedMinor).toBe(540_000n);
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 60_000n, heldMinor: 0n });
  });

  it('lets nobody raise it, send it to another client, or change it too late', async () => {
    const { client, bankId } = await payee('6000.00');
    const withdrawal = await askWithdrawal(stage, client, '5500.00', bankId);
    const task = await approvalOf(withdrawal);
    const editor = await api.staff('operations');
    const stranger = await payee('1.00');
    for (const [body, status, code] of [
      [{ amount: usd('5500.01') }, 422, 'above_request'],
      [{ amount: usd('5500.00') }, 422, 'nothing_changed'],
      [{ amount: { amount: '1.00', currency: 'EUR' } }, 422, 'other_currency'],
      [{ bankAccountId: stranger.bankId }, 404, 'not_found'],
    ] as const)
      expect(await edit(editor, withdrawal, body)).toMatchObject({ status, json: { code } });
    for (const who of [await api.client(client), await api.staff('finance')])
      expect((await edit(who, withdrawal, { amount: usd('1.00') })).status).toBe(403);
    await decide(stage, colleague('finance'), task, 'reject');
    await watch(stage, withdrawal).ended();
    expect(await edit(editor, withdrawal, { amount: usd('1.00') })).toMatchObject({
      status: 409,
      json: { code: 'too_late' },
    });
  });

  it('pays past an expired card with evidence and by a second person, and counts it as given back', async () => {
    const { client, deposit } = await depositor(stage, '100.00');
    const bankId = await bankOf(stage, client);
    await stage.system((tx) =>
      rows(tx, `update payment_source set expires_on = '2020-01-31' where id = :id`, {
        id: deposit.sourceId,
      }),
    );
    const withdrawal = await askWithdrawal(stage, client, '100.00', bankId);
    const task = await approvalOf(withdrawal);
    expect(task.issue.map((issue) => issue['code'])).toContain('EXPIRED_INSTRUMENT');
    const [clerk, finance] = [await api.staff('operations', 'finance'), await api.staff('finance')];
    expect(await approve(finance, task)).toMatchObject({
      status: 409,
      json: { code: 'evidence_missing' },
    });
    const path = `/api/v1/withdrawals/${withdrawal.id}/evidence`;
    const evidence = { sourceId: deposit.sourceId, statement: 'Letter of the bank: closed.' };
    expect(await api.call(clerk, 'POST', path, evidence)).toMatchObject({
      status: 201,
      json: { data: [{ ...evidence, suppliedBy: clerk.userId }] },
    });
    const shown = await approvalOf(withdrawal);
    expect(shown.content['expired']).toEqual([{ source: deposit.sourceId, evidence: true }]);
    expect(await approve(clerk, shown)).toMatchObject({ status: 409, json: { code: 'four_eyes' } });
    expect(await approve(finance, shown)).toMatchObject({ status: 200 });
    expect(await watch(stage, withdrawal).ended()).toMatchObject({ state: 'paid' });
    expect(await watch(stage, withdrawal).legs()).toMatchObject([
      { kind: 'bank_payout', depositId: deposit.id, sourceId: bankId, amountMinor: 10_000n },
    ]);
    expect((await stage.system((tx) => readDeposit(tx, deposit.id))).refundedMinor).toBe(10_000n);
  });

  it('is not paid by itself after what may mean a takeover, an error or a debt', async () => {
    const mishaps: readonly (readonly [
      what: string,
      code: string,
      befall: (client: TestClient) => Promise<unknown>,
    ])[] = [
      [
        'the password changed',
        'RECENT_SECURITY_CHANGE',
        ({ userId }) =>
          stage.system(async (tx) => {
            await recordSecurityChange(tx, userId, 'password_changed');
            await rows(
              tx,
              `update user_account set created_at = now() - interval '9 days' where id = :userId`,
              { userId },
            );
          }),
      ],
      [
        'a bank account was added',
        'RECENT_SECURITY_CHANGE',
        ({ entityId, id: clientId, name, scope }) =>
          inScope(stage.db, scope, (tx) =>
            addBankAccount(
              tx,
              { entityId, clientId },
              { holderName: name, country: 'GB', iban: 'GB82WEST12345698765432', bic: null },
            ),
          ),
      ],
      [
        'something unexpected is looked into',
        'OPEN_ALERT',
        ({ entityId, id: clientId }) =>
          stage.system((tx) =>
            openTask(tx, {
              ...{ kind: 'unexpected_payment', subject: newId('intent'), workflowId: null },
              ...{
                entityId,
                clientId,
                title: 'test',
                issue: [],
                content: {},
                key: newId('command'),
              },
            }),
          ),
      ],
      [
        'the KYC has expired',
        'KYC_NOT_IN_ORDER',
        ({ id: clientId }) =>
          stage.system((tx) =>
            setRestriction(tx, {
              clientId,
              kind: 'expired_kyc',
              scopes: ['trade'],
              reason: 'test',
            }),
          ),
      ],
    ];
    const found = await Promise.all(
      mishaps.map(async ([what, code, befall]) => {
        const { client, bankId } = await payee('100.00');
        await befall(client);
        const task = await approvalOf(await askWithdrawal(stage, client, '10.00', bankId));
        const codes = task.issue.map((issue) => issue['code']);
        return [what, codes.includes(code), task.approvalsRequired];
      }),
    );
    expect(found).toEqual(mishaps.map(([what]) => [what, true, 1]));
  });

  it('needs two people above the sum of 30 days, and nobody for what is longer ago', async () => {
    const { client, bankId } = await payee('200000.00');
    const large = await askWithdrawal(stage, client, '99995.00', bankId);
    const once = await decide(stage, colleague('finance'), await approvalOf(large), 'approve');
    await decide(stage, colleague('finance'), once, 'approve');
    await watch(stage, large).ended();
    const wasAsked = (daysAgo: number) =>
      stage.system((tx) =>
        rows(
          tx,
          `update withdrawal set created_at = now() - :daysAgo * interval '1 day' where id = :id`,
          { id: large.id, daysAgo },
        ),
      );
    await wasAsked(29);
    const task = await approvalOf(await askWithdrawal(stage, client, '10.00', bankId));
    expect(task).toMatchObject({ approvalsRequired: 2 });
    expect(task.issue.map((issue) => issue['code'])).toContain('ABOVE_ROLLING_LIMIT');
    await wasAsked(31);
    const small = await askWithdrawal(stage, client, '10.00', bankId);
    expect(await watch(stage, small).ended()).toMatchObject({ state: 'paid' });
  });

  it('tells the client by letter what has changed', async () => {
    const client = await seedClient(stage);
    await inScope(stage.db, client.scope, (tx) =>
      addBankAccount(
        tx,
        { entityId: client.entityId, clientId: client.id },
        { holderName: client.name, country: 'DE', iban: 'DE89370400440532013000', bic: null },
      ),
    );
    await stage.system((tx) => recordSecurityChange(tx, client.userId, 'password_changed'));
    await until('two letters', async () => (await stage.mail.to(client.email)).length === 2);
    for (const { subject } of await stage.mail.to(client.email))
      expect(subject).toBe('A change to your account');
  });
}
