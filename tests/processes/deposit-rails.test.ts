import { inScope, rows } from '../../db/connection';
import { dropReturn, proposeReturn, type ReturnProposal } from '../../db/deposit-return';
import { requestDepositByPolicy } from '../../db/deposit-requests';
import { readDeposit, type Deposit } from '../../db/deposits';
import { eventsOfSubject } from '../../db/events';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { readBalance } from '../../db/ledger';
import { addBankAccount, assertOwnBankAccount, sourcesOfClient } from '../../db/payment-sources';
import { readProcess } from '../../db/processes';
import { decide as decideByRules } from '../../db/task-decisions';
import { latestTaskOfProcess, type Task } from '../../db/tasks';
import { travelRuleOf } from '../../db/travel-rule';
import { supplyEvidence } from '../../db/withdrawal-evidence';
import { requestWithdrawal } from '../../db/withdrawals';
import type { StaffScope } from '../../domain/access/scope';
import { wallet } from '../../domain/ledger/account';
import type { ShownAction } from '../../domain/payments/next-action.schema';
import type { DepositRail } from '../../domain/payments/rails';
import type { PayerGiven } from '../../domain/payments/ways-to-pay';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { listOf } from './listed';
import { actionOf, watch } from './payments';
import { colleague, decide, openTaskOf, seedClient, type TestClient } from './people';
import { openStage, type Stage } from './stage';
import { addressOf, ownAddress, seenAs, sentByCustodian } from './tokens';
import { until } from './until';

interface Way {
  readonly rail: DepositRail;
  readonly currency: string;
  readonly amountMinor: bigint;
  /** The provider, and its side at the simulator. */
  readonly provider: 'ewallet' | 'mpesa' | 'xendit' | 'fawry' | 'chain';
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
    stage = await openStage({ chain: true });
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

  describe('by tokens on a chain', () => {
    const tokens = (amountMinor: bigint): Way & { readonly provider: 'chain' } => ({
      ...{ rail: 'crypto', provider: 'chain', residence: 'SC' },
      ...{ currency: 'USDT', amountMinor },
    });
    const whole = 100_000_000n;
    const askTokens = async (amountMinor = whole) => {
      const { client, deposit } = await ask(tokens(amountMinor));
      return { client, deposit, address: await addressOf(stage, deposit) };
    };
    const travelOf = (id: string) =>
      inScope(stage.db, colleague('compliance'), (tx) => travelRuleOf(tx, id));

    it('is seen, counted up to its confirmations, credited once, and paid out again by the custodian', async () => {
      const { client, deposit, address } = await askTokens();
      expect(await shown(deposit)).toEqual({
        ...{ kind: 'crypto_address', chain: 'ethereum', token: 'USDT', address, confirmations: 3 },
        expiresAt: new Date(Date.parse(deposit.createdAt) + 86_400_000).toISOString(),
      });
      await stage.chain.pay(address, whole);
      for (const confirmations of [1, 2]) {
        await seenAs(
          stage,
          deposit,
          (seen) => seen?.amountMinor === whole && seen.confirmations === confirmations,
        );
        expect(await balanceOf(deposit)).toBe(0n);
        await stage.chain.mine(1);
      }
      await inState(deposit, 'credited', 30_000);
      await stage.chain.mine(3);
      expect(await balanceOf(deposit)).toBe(whole);
      expect(await travelOf(deposit.id)).toMatchObject([
        {
          ...{ leg: 0, direction: 'in', network: 'ethereum', amountMinor: whole },
          parties: {
            originator: { name: null, account: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/) },
            beneficiary: { name: 'Raila Plantedname', account: address },
          },
        },
      ]);

      const own = await ownAddress(stage, client, { isProven: true });
      await stage.psp.fault('lose_reply_after_accept', { operation: 'payout' });
      const asked = await withdrawTokens(client, whole, own.id);
      const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
      expect(task.issue.map(({ code }) => code)).toEqual(['RECENT_SECURITY_CHANGE']);
      await decide(stage, colleague('finance'), task, 'approve');
      expect(await watch(stage, asked).ended(30_000)).toMatchObject({ state: 'paid' });
      expect(await watch(stage, asked).legs()).toMatchObject([
        { kind: 'crypto_payout', depositId: deposit.id, sourceId: own.id, provider: 'custodian' },
      ]);
      const sent = await watch(stage, asked).intents();
      expect(sent).toMatchObject([{ kind: 'payout', state: 'done', attempt: 1 }]);
      const moved = await sentByCustodian(
        stage,
        sent.map(({ id }) => id),
      );
      expect(moved).toMatchObject([{ amountMinor: '100000000', currency: 'USDT' }]);
      expect(await read(deposit)).toMatchObject({ refundedMinor: whole });
      expect(await balanceOf(deposit)).toBe(0n);
      expect(await travelOf(asked.id)).toMatchObject([
        {
          ...{ leg: 1, direction: 'out', amountMinor: whole },
          parties: {
            originator: { name: 'Raila Plantedname', account: client.id },
            beneficiary: { name: 'Raila Plantedname', account: own.address, vasp: null },
          },
        },
      ]);
    }, 90_000);

    it('goes to no wallet that nobody has proven, above the limit, before a colleague says what they saw', async () => {
      const large = 1_500_000_000n;
      const { client, deposit, address } = await askTokens(large);
      await stage.chain.pay(address, large);
      await stage.chain.mine(2);
      await inState(deposit, 'credited', 30_000);
      const own = await ownAddress(stage, client, { isProven: false });
      const asked = await withdrawTokens(client, large, own.id);
      const task = await openTaskOf(stage, asked.id, 'withdrawal_approval');
      expect(task.issue.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['ADDRESS_NOT_PROVEN', 'RECENT_SECURITY_CHANGE']),
      );
      expect(task.content).toMatchObject({ unproven: [{ source: own.id, evidence: false }] });
      await expect(decideGuarded(colleague('finance'), task, 'approve')).rejects.toMatchObject({
        code: 'evidence_missing',
      });
      const clerk = colleague('operations', 'finance');
      await inScope(stage.db, clerk, (tx) =>
        supplyEvidence(tx, asked.id, {
          sourceId: own.id,
          statement: 'A payment of one cent came.',
        }),
      );
      const revised = await openTaskOf(stage, asked.id, 'withdrawal_approval');
      await expect(decideGuarded(clerk, revised, 'approve')).rejects.toMatchObject({
        code: 'four_eyes',
      });
      await decideGuarded(colleague('finance'), revised, 'approve');
      expect(await watch(stage, asked).ended(30_000)).toMatchObject({ state: 'paid' });
    }, 90_000);

    it('waits for its payer again when a reorganisation takes the payment away', async () => {
      const { deposit, address } = await askTokens();
      await stage.chain.pay(address, whole);
      await seenAs(stage, deposit, (seen) => seen?.amountMinor === whole);
      await stage.chain.reorg(1);
      await seenAs(stage, deposit, (seen) => seen === null);
      expect(await shown(deposit)).toMatchObject({ kind: 'crypto_address', address });
      await stage.chain.pay(address, whole);
      await stage.chain.mine(2);
      await inState(deposit, 'credited', 30_000);
      expect(await balanceOf(deposit)).toBe(whole);
    }, 60_000);

    it('is held when another amount came, and goes back to its sender by two people', async () => {
      const { deposit, address } = await askTokens();
      await stage.chain.pay(address, whole + 1n);
      await stage.chain.mine(2);
      expect(await inState(deposit, 'held', 30_000)).toMatchObject({ failure: 'AMOUNT_MISMATCH' });
      const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
      await expect(decideGuarded(colleague('operations'), task, 'return')).rejects.toMatchObject({
        code: 'not_proposed',
      });
      const proposer = colleague('operations');
      stage.plant('Somebody Plantedname');
      await inScope(stage.db, proposer, (tx) =>
        proposeReturn(tx, deposit.id, { to: 'sender', name: 'Somebody Plantedname', vasp: null }),
      );
      const revised = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
      await expect(decideGuarded(proposer, revised, 'return')).rejects.toMatchObject({
        code: 'four_eyes',
      });
      await stage.psp.fault('lose_reply_after_accept', { operation: 'payout' });
      await decideGuarded(colleague('operations'), revised, 'return');
      await inState(deposit, 'returned', 30_000);
      const [back, ...others] = (
        await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.deposit(deposit.id)))
      ).filter(({ kind }) => kind === 'payout');
      expect(others).toEqual([]);
      expect(back).toMatchObject({ target: 'custodian', state: 'done', attempt: 1 });
      expect(await sentByCustodian(stage, [back?.id ?? ''])).toMatchObject([
        { amountMinor: '100000001' },
      ]);
      expect(await balanceOf(deposit)).toBe(0n);
      const [came, went] = await travelOf(deposit.id);
      expect(went).toMatchObject({
        ...{ leg: 1, direction: 'out' },
        parties: {
          beneficiary: {
            name: 'Somebody Plantedname',
            account: came?.parties?.originator.account,
          },
        },
      });
    }, 90_000);

    it('is asked about anew when nobody would send it where two people had said', async () => {
      const { client, deposit } = await holdTooMuch();
      const own = await ownAddress(stage, client, { isProven: true });
      const [first, second] = [colleague('operations'), colleague('operations')];
      const propose = (who: StaffScope, proposal: ReturnProposal) =>
        inScope(stage.db, who, (tx) => proposeReturn(tx, deposit.id, proposal));
      const drop = (who: StaffScope) =>
        inScope(stage.db, who, (tx) => dropReturn(tx, deposit.id, 'not there'));
      await expect(drop(first)).rejects.toMatchObject({ code: 'not_proposed' });
      // Withdrawn by who made it, and declined by another: each time it is the first question again.
      for (const who of [first, second]) {
        await propose(first, { to: 'client', addressId: own.id });
        const question = await drop(who);
        expect(question).toMatchObject({ state: 'open', approvalsRequired: 2 });
        expect(question.content).not.toHaveProperty('returnTo');
        await expect(decideGuarded(second, question, 'return')).rejects.toMatchObject({
          code: 'not_proposed',
        });
      }
      const said = await stage.system((tx) => eventsOfSubject(tx, deposit.id));
      expect(said.map(({ type }) => type).filter((type) => /return_(w|d)/.test(type))).toEqual([
        'deposit.return_withdrawn',
        'deposit.return_declined',
      ]);

      await stage.psp.fault('refuse', { operation: 'payout' });
      await propose(first, { to: 'client', addressId: own.id });
      const agreed = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
      await decideGuarded(second, agreed, 'return');
      const anew = await until('the question to be asked anew', async () => {
        const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
        return task.id !== agreed.id && task;
      });
      expect(anew).toMatchObject({ approvalsRequired: 2 });
      expect(anew.issue[0]).toMatchObject({ code: 'RETURN_REFUSED' });
      await stage.psp.clearFaults();
      await propose(first, { to: 'sender', name: 'Somebody Plantedname', vasp: null });
      // Who has allowed the one before allows no other.
      await decideGuarded(
        colleague('operations'),
        await openTaskOf(stage, deposit.id, 'unmatched_deposit'),
        'return',
      );
      await inState(deposit, 'returned', 30_000);
      expect((await payoutsOf(deposit)).map(({ step, state }) => [step, state])).toEqual([
        ['return', 'refused'],
        ['return-2', 'done'],
      ]);
      expect((await travelOf(deposit.id)).map(({ leg }) => leg)).toEqual([0, 1, 2]);
    }, 90_000);

    it('goes back to no sender whose name may be listed, before two people have dismissed that', async () => {
      stage.plant('Ostrevko');
      const { deposit } = await holdTooMuch();
      await returnTo(deposit, { to: 'sender', name: 'Milan Ostrevko', vasp: null });
      const match = await openTaskOf(stage, `${deposit.id}/payer`, 'screening_match');
      expect(match).toMatchObject({ approvalsRequired: 2, clientId: null });
      await waitsForReview(deposit);
      expect(await payoutsOf(deposit)).toMatchObject([{ state: 'planned', sentAt: null }]);
      await dismiss(match);
      await inState(deposit, 'returned', 30_000);
      expect(await payoutsOf(deposit)).toMatchObject([{ state: 'done', attempt: 1 }]);
    }, 90_000);

    it('goes back to no client whom a new list may name, before two people have dismissed that', async () => {
      const { client, deposit } = await holdTooMuch();
      const own = await ownAddress(stage, client, { isProven: true });
      const before = stage.deps.screeningList;
      const list = listOf('h2', client.name);
      Object.assign(stage.deps, { screeningList: () => Promise.resolve(list) });
      try {
        await returnTo(deposit, { to: 'client', addressId: own.id });
        const match = await until('the screening task', () =>
          stage.system((tx) =>
            latestTaskOfProcess(tx, workflowIds.deposit(deposit.id), 'screening_match'),
          ),
        );
        await waitsForReview(deposit);
        expect(await payoutsOf(deposit)).toMatchObject([{ state: 'planned', sentAt: null }]);
        await dismiss(match);
        await inState(deposit, 'returned', 30_000);
        expect(await payoutsOf(deposit)).toMatchObject([{ state: 'done', attempt: 1 }]);
      } finally {
        Object.assign(stage.deps, { screeningList: before });
      }
    }, 90_000);

    it('is not paid by another token: people are asked, and nothing is credited', async () => {
      const { deposit, address } = await askTokens();
      await stage.chain.pay(address, whole, 'USDC');
      const task = await openTaskOf(stage, deposit.id, 'unexpected_payment');
      expect(task.issue.map(({ code }) => code)).toEqual(['WRONG_TOKEN']);
      expect(task.content).toMatchObject({ amount: '100.000000', currency: 'USDC' });
      await seenAs(stage, deposit, (seen) => seen?.somethingElse === true && !seen.amountMinor);
      expect(await read(deposit)).toMatchObject({ state: 'awaiting_payment' });
      expect(await balanceOf(deposit)).toBe(0n);
    }, 60_000);

    it('is held when it comes after its time', async () => {
      const { deposit, address } = await askTokens();
      await stage.system((tx) =>
        rows(tx, `update deposit set created_at = now() - interval '25 hours' where id = :id`, {
          id: deposit.id,
        }),
      );
      expect(await inState(deposit, 'failed', 30_000)).toMatchObject({ failure: 'EXPIRED' });
      await stage.chain.pay(address, whole);
      await stage.chain.mine(2);
      expect(await inState(deposit, 'held', 30_000)).toMatchObject({ failure: 'PAID_LATE' });
      const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
      expect(task.choices).toEqual(['credit', 'return']);
      await decide(stage, colleague('operations'), task, 'credit');
      const second = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
      await decide(stage, colleague('operations'), second, 'credit');
      await inState(deposit, 'credited', 30_000);
      expect(await balanceOf(deposit)).toBe(whole);
    }, 90_000);

    /** One cent more than was asked for has come. */
    async function holdTooMuch() {
      const asked = await askTokens();
      await stage.chain.pay(asked.address, whole + 1n);
      await stage.chain.mine(2);
      await inState(asked.deposit, 'held', 30_000);
      await openTaskOf(stage, asked.deposit.id, 'unmatched_deposit');
      return asked;
    }

    async function returnTo({ id }: Deposit, proposal: ReturnProposal) {
      await inScope(stage.db, colleague('operations'), (tx) => proposeReturn(tx, id, proposal));
      const task = await openTaskOf(stage, id, 'unmatched_deposit');
      await decideGuarded(colleague('operations'), task, 'return');
    }

    const waitsForReview = ({ id }: Deposit) =>
      until('a routine review', async () => {
        const process = await stage.system((tx) => readProcess(tx, workflowIds.deposit(id)));
        return process?.waitsFor === 'a routine review';
      });

    async function payoutsOf({ id }: Deposit) {
      const all = await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.deposit(id)));
      return all.filter(({ kind }) => kind === 'payout');
    }

    async function dismiss(match: Task) {
      const once = await decide(stage, colleague('compliance'), match, 'dismiss');
      await decide(stage, colleague('compliance'), once, 'dismiss');
    }

    function withdrawTokens(client: TestClient, amountMinor: bigint, addressSourceId: string) {
      const { entityId, id: clientId, userId } = client;
      return inScope(stage.db, client.scope, (tx) =>
        requestWithdrawal(tx, {
          ...{ entityId, clientId, userId, bankSourceId: null, addressSourceId },
          amount: { amountMinor, currency: 'USDT' },
        }),
      );
    }

    /** With what must hold of its subject, as the API decides. */
    function decideGuarded(who: StaffScope, task: Task, decision: string) {
      const { id: taskId, version: expectedVersion, contentHash } = task;
      return inScope(stage.db, who, (tx) =>
        decideByRules(tx, { taskId, expectedVersion, contentHash, decision, reason: 'TEST' }),
      );
    }
  });

  it('leaves books that agree', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
