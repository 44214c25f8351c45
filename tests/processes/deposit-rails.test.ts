import { inScope } from '../../db/connection';
import { requestDepositByPolicy } from '../../db/deposit-requests';
import { readDeposit, type Deposit } from '../../db/deposits';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { readBalance } from '../../db/ledger';
import { addBankAccount, assertOwnBankAccount, sourcesOfClient } from '../../db/payment-sources';
import { readProcess } from '../../db/processes';
import { requestWithdrawal } from '../../db/withdrawals';
import { wallet } from '../../domain/ledger/account';
import type { ShownAction } from '../../domain/payments/next-action.schema';
import type { DepositRail } from '../../domain/payments/rails';
import type { PayerGiven } from '../../domain/payments/ways-to-pay';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { actionOf, watch } from './payments';
import { colleague, decide, openTaskOf, seedClient, type TestClient } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

interface Way {
  readonly rail: DepositRail;
  readonly currency: string;
  readonly amountMinor: bigint;
  /** The provider, and its side at the simulator. */
  readonly provider: 'ewallet' | 'mpesa' | 'xendit' | 'fawry';
  readonly residence: string;
  readonly payer?: PayerGiven;
}

let phones = 700_000_000;

const ewallet: Way = {
  ...{ rail: 'e-wallet', provider: 'ewallet', residence: 'SC' },
  ...{ currency: 'USD', amountMinor: 5_000n },
};
const mpesa = (): Way => ({
  ...{ rail: 'mobile_money', provider: 'mpesa', residence: 'KE' },
  ...{ currency: 'KES', amountMinor: 250_000n, payer: { phone: `+254${(phones += 1)}` } },
});
const promptPay: Way = {
  ...{ rail: 'qr', provider: 'xendit', residence: 'TH' },
  ...{ currency: 'THB', amountMinor: 100_000n },
};
const account: Way = {
  ...{ rail: 'virtual_account', provider: 'xendit', residence: 'ID' },
  ...{ currency: 'IDR', amountMinor: 50_000_000n, payer: { bankCode: 'BCA' } },
};
const fawry: Way = {
  ...{ rail: 'reference_number', provider: 'fawry', residence: 'EG' },
  ...{ currency: 'EGP', amountMinor: 150_000n, payer: { phone: '+201012345678' } },
};

describe('a deposit by any rail', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  async function ask(way: Way): Promise<{ client: TestClient; deposit: Deposit }> {
    const { residence, rail, currency, amountMinor, payer = {} } = way;
    const client = await seedClient(stage, { name: 'Raila Plantedname', residence });
    if (payer.phone) stage.plant(payer.phone, payer.phone.slice(1));
    const deposit = await inScope(stage.db, client.scope, (tx) =>
      requestDepositByPolicy(
        tx,
        {
          ...{ clientId: client.id, entityId: client.entityId, rail, payer },
          amount: { amountMinor, currency },
        },
        stage.deps.providers,
      ),
    );
    return { client, deposit };
  }

  const read = ({ id }: Deposit) => stage.system((tx) => readDeposit(tx, id));
  const shown = ({ id }: Deposit): Promise<ShownAction> =>
    until('what the payer has to do', async () => (await actionOf(stage, id)) ?? false);
  const inState = (deposit: Deposit, state: Deposit['state'], msMax?: number) =>
    until(
      `${deposit.id} to be ${state}`,
      async () => {
        const now = await read(deposit);
        if (now.state === state) return now;
        const process = await stage.system((tx) =>
          readProcess(tx, workflowIds.deposit(deposit.id)),
        );
        throw new Error(`${now.state} ${now.failure}, waits for ${process?.waitsFor}`);
      },
      msMax,
    );
  /** The payer does what they were shown; every client has a wallet of their own. */
  const pay = ({ provider }: Way, { id, clientId }: Deposit) =>
    until('the payment at the provider', async () => {
      const order = { side: provider, reference: id };
      const payer = provider === 'ewallet' ? { payer: `${clientId}@wallet.example` } : {};
      await stage.psp.control('/pay-in', { ...order, ...payer });
      return true;
    });
  const balanceOf = async ({ entityId, clientId, currency }: Deposit) =>
    (await stage.system((tx) => readBalance(tx, wallet({ entityId, clientId, currency }))))
      .balanceMinor;

  it.each<[string, Way, object]>([
    ['a wallet on its page', ewallet, { kind: 'redirect', url: expect.stringContaining('sid=') }],
    ['M-Pesa on the phone', mpesa(), { kind: 'phone_prompt' }],
    ['PromptPay by its code', promptPay, { kind: 'qr', payload: expect.stringMatching(/^000201/) }],
    [
      'a transfer to an account of its own',
      account,
      { kind: 'virtual_account', bankCode: 'BCA', accountName: 'Raila Plantedname' },
    ],
    ['Fawry with a number', fawry, { kind: 'reference', number: expect.stringMatching(/^\d+$/) }],
  ])('is paid by %s, and credited when its message comes', async (_name, way, action) => {
    const { deposit } = await ask(way);
    expect(deposit.provider).toBe(way.provider);
    expect(await shown(deposit)).toMatchObject(action);
    await pay(way, deposit);
    await inState(deposit, 'credited');
    expect(await balanceOf(deposit)).toBe(way.amountMinor);
    expect(await actionOf(stage, deposit.id)).toBeNull();
  });

  it.each<[string, Way]>([
    ['by our reference, of a code', promptPay],
    ['by our reference, of a number', { ...fawry, payer: { phone: '+201112345678' } }],
  ])('is found when the answer was lost: %s', async (_name, way) => {
    await stage.psp.fault('lose_reply_after_accept', { operation: 'payment' });
    const { deposit } = await ask(way);
    expect((await shown(deposit)).kind).not.toBe('none');
    await pay(way, deposit);
    await inState(deposit, 'credited');
    expect(
      await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.deposit(deposit.id))),
    ).toMatchObject([{ attempt: 1, state: 'done' }]);
    expect(await balanceOf(deposit)).toBe(way.amountMinor);
  });

  it('is told of by its message when M-Pesa’s answer was lost with its id', async () => {
    await stage.psp.fault('lose_reply_after_accept', { operation: 'payment' });
    const way = mpesa();
    const { deposit } = await ask(way);
    await pay(way, deposit);
    await inState(deposit, 'credited', 30_000);
    expect(await balanceOf(deposit)).toBe(way.amountMinor);
  });

  it('is asked about with its amount when M-Pesa tells nothing, and knows the phone', async () => {
    await stage.psp.fault('hold_webhooks');
    const way = mpesa();
    const { client, deposit } = await ask(way);
    await shown(deposit);
    await pay(way, deposit);
    await inState(deposit, 'credited', 30_000);
    expect(await stage.system((tx) => sourcesOfClient(tx, client.id))).toMatchObject([
      { kind: 'msisdn', provider: 'mpesa', label: `Phone •••${way.payer?.phone?.slice(-4)}` },
    ]);
  });

  it('fails with the reason when the payer declines on the phone', async () => {
    const { deposit } = await ask(mpesa());
    await shown(deposit);
    await stage.psp.control('/decline', { side: 'mpesa', reference: deposit.id, code: '1032' });
    expect(await inState(deposit, 'failed')).toMatchObject({ failure: 'mpesa_1032' });
  });

  it('is refused before it begins when nobody takes it, or something of the payer is missing', async () => {
    await expect(ask({ ...mpesa(), residence: 'SC' })).rejects.toMatchObject({
      code: 'no_provider',
    });
    await expect(ask({ ...mpesa(), payer: {} })).rejects.toMatchObject({
      code: 'payer_incomplete',
      errors: [{ pointer: '/body/payer/phone' }],
    });
  });

  it.each<[string, () => Way, string]>([
    ['a wallet by a refund', () => ewallet, 'source_refund'],
    ['a phone by a payment to it', mpesa, 'source_payout'],
  ])('goes back to %s', async (_name, wayOf, kind) => {
    const way = wayOf();
    const { client, deposit } = await ask(way);
    await shown(deposit);
    await pay(way, deposit);
    await inState(deposit, 'credited');
    const { entityId, id: clientId, userId } = client;
    const asked = await inScope(stage.db, client.scope, (tx) =>
      requestWithdrawal(tx, {
        ...{ entityId, clientId, userId, bankSourceId: null },
        amount: { amountMinor: way.amountMinor, currency: way.currency },
      }),
    );
    expect(await watch(stage, asked).ended()).toMatchObject({ state: 'paid' });
    expect(await watch(stage, asked).legs()).toMatchObject([
      { kind, depositId: deposit.id, provider: way.provider, state: 'paid' },
    ]);
    expect(await balanceOf(deposit)).toBe(0n);
  });

  it('goes to a bank account of the country when nothing goes back to a code, and in no other currency', async () => {
    const { client, deposit } = await ask(promptPay);
    await shown(deposit);
    await pay(promptPay, deposit);
    await inState(deposit, 'credited');
    const { entityId, id: clientId, userId, name: holderName } = client;
    const local = { accountNumber: '4060123456', bankCode: 'SCB', currency: 'THB' };
    stage.plant(local.accountNumber);
    const bank = await inScope(stage.db, client.scope, (tx) =>
      addBankAccount(
        tx,
        { entityId, clientId },
        {
          ...{ holderName, country: 'TH', iban: null, bic: null, local },
        },
      ),
    );
    await expect(
      stage.system((tx) =>
        assertOwnBankAccount(tx, { clientId, sourceId: bank.id, currency: 'USD' }),
      ),
    ).rejects.toMatchObject({ status: 422, code: 'account_currency' });
    const asked = await inScope(stage.db, client.scope, (tx) =>
      requestWithdrawal(tx, {
        ...{ entityId, clientId, userId, bankSourceId: bank.id },
        amount: { amountMinor: promptPay.amountMinor, currency: 'THB' },
      }),
    );
    const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
    expect(task.issue).toMatchObject([{ code: 'RECENT_SECURITY_CHANGE' }]);
    await decide(stage, colleague('finance'), task, 'approve');
    expect(await watch(stage, asked).ended()).toMatchObject({ state: 'paid' });
    expect(await watch(stage, asked).legs()).toMatchObject([
      { kind: 'bank_payout', sourceId: bank.id, provider: 'xendit', state: 'paid' },
    ]);
    expect(await balanceOf(deposit)).toBe(0n);
  });

  it('leaves books that agree', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
