import type { Capabilities, PaymentProvider } from '../../connectors/psp/port';
import { createStripeProvider } from '../../connectors/psp/stripe/stripe';
import { evaluationsOf } from '../../db/case-file';
import { inScope } from '../../db/connection';
import { requestDepositByPolicy } from '../../db/deposit-requests';
import { readDeposit, type Deposit } from '../../db/deposits';
import { liftHalt, setHalt } from '../../db/halts';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { attemptsOf } from '../../db/payment-attempts';
import { installPolicies } from '../../db/policies';
import { readProcess } from '../../db/processes';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { askWithdrawal, bankOf, usd, watch } from './payments';
import { colleague, fund, seedClient, type TestClient } from './people';
import type { Dependencies } from '../../workers/dependencies';
import { openStage, type Stage } from './stage';
import { until } from './until';

/** What the account that is asked first answers; its own connector otherwise. */
let first: Partial<PaymentProvider> = {};

/** Two accounts at Stripe, the second of which is preferred and behaves as `first` says. */
describe('a payment that more than one provider can take', () => {
  let stage: Stage;
  let client: TestClient;

  beforeAll(async () => {
    stage = await openStage({
      breaking: (deps) => {
        const nowhere = createStripeProvider({
          name: 'stripe_2',
          secretKey: 'sk_test_nowhere',
          webhookSecret: 'whsec_nowhere',
          checkoutUrl: 'http://127.0.0.1:9/pay',
          apiUrl: 'http://127.0.0.1:9',
        });
        const preferred = new Proxy(nowhere, {
          get: (whole, name: keyof PaymentProvider) =>
            name === 'capabilities' ? both(deps) : (first[name] ?? whole[name]),
        });
        return {
          ...deps,
          providers: [...deps.providers, preferred],
          providerFor: (name) => (name === 'stripe_2' ? preferred : deps.providerFor(name)),
        };
      },
    });
    client = await seedClient(stage, { name: 'Rosalind Routedname' });
    const rows = { decision: 'priority', providers: ['stripe_2', 'stripe'] } as const;
    await stage.system((tx) =>
      installPolicies(tx, [
        {
          ...{ kind: 'routing.payin', layer: 'entity', layerKey: client.entityId },
          body: {
            title: 'The second account first',
            changes: [
              {
                ...{ target: 'rule', mode: 'override', id: 'otherwise', reason: 'cheaper' },
                with: {
                  ...{ id: 'otherwise', title: 'All', when: { all: [] }, then: rows },
                  ...{ reason: 'CHEAPER', source: 'house rule' },
                },
              },
            ],
          },
        },
        {
          ...{ kind: 'routing.payout', layer: 'entity', layerKey: client.entityId },
          body: {
            title: 'The second account first',
            changes: [
              {
                ...{ target: 'parameter', mode: 'override', name: 'fallback', reason: 'cheaper' },
                value: ['stripe_2', 'bank'],
              },
            ],
          },
        },
      ]),
    );
  }, 120_000);

  afterEach(() => {
    first = {};
  });

  afterAll(() => stage.close());

  const capable = () => [
    ...stage.deps.providers,
    { name: 'stripe_2', capabilities: both(stage.deps) },
  ];

  const ask = (amount: string): Promise<Deposit> =>
    inScope(stage.db, client.scope, (tx) =>
      requestDepositByPolicy(
        tx,
        { entityId: client.entityId, clientId: client.id, amount: usd(amount), rail: 'card' },
        capable(),
      ),
    );

  const read = ({ id }: Deposit) => stage.system((tx) => readDeposit(tx, id));
  const attempts = ({ id }: Deposit) => stage.system((tx) => attemptsOf(tx, id));
  const intents = ({ id }: Deposit) =>
    stage.system((tx) => intentsOfWorkflow(tx, workflowIds.deposit(id)));
  const inState = (deposit: Deposit, state: string) =>
    until(`${deposit.id} to be ${state}`, async () => {
      const now = await read(deposit);
      if (now.state === state) return now;
      const process = await stage.system((tx) => readProcess(tx, workflowIds.deposit(deposit.id)));
      throw new Error(`${now.state} at ${now.provider}, waits for ${process?.waitsFor}`);
    });

  it('goes to the next when the first cannot be reached, and is credited there', async () => {
    const deposit = await ask('100.00');
    expect(deposit.provider).toBe('stripe_2');
    const open = await inState(deposit, 'awaiting_payment');
    expect(open.provider).toBe('stripe');
    await stage.psp.payAt(open.checkoutUrl ?? '');
    await inState(deposit, 'credited');
    expect(await attempts(deposit)).toMatchObject([
      { attempt: 1, provider: 'stripe_2', leftFor: 'not_sent', decision: 'next' },
      { attempt: 2, provider: 'stripe', leftFor: null, decision: null },
    ]);
    expect(await intents(deposit)).toMatchObject([
      { target: 'stripe_2', step: 'payment', state: 'absent' },
      { target: 'stripe', step: 'payment-2', state: 'done' },
    ]);
  });

  it('goes to the next after a refusal that the retry table names', async () => {
    first = refusing('processing_error');
    const deposit = await ask('101.00');
    expect((await inState(deposit, 'awaiting_payment')).provider).toBe('stripe');
    expect(await attempts(deposit)).toMatchObject([
      { leftFor: 'processing_error', decision: 'next' },
      { provider: 'stripe' },
    ]);
  });

  it('ends after any other refusal: nobody else is asked', async () => {
    first = refusing('account_invalid');
    const deposit = await ask('102.00');
    expect(await inState(deposit, 'failed')).toMatchObject({
      provider: 'stripe_2',
      failure: 'account_invalid',
    });
    expect(await attempts(deposit)).toMatchObject([
      { leftFor: 'account_invalid', decision: 'stop' },
    ]);
  });

  it('stays where it may have happened, however long nobody knows', async () => {
    let asked = 0;
    first = {
      createPayment: () => Promise.resolve({ kind: 'unknown', reason: 'no answer' }),
      lookUpPayment: () => {
        asked += 1;
        return Promise.resolve({ kind: 'unknown', reason: 'no answer' });
      },
    };
    const deposit = await ask('103.00');
    await until('a second look', () => Promise.resolve(asked >= 2));
    expect(await attempts(deposit)).toMatchObject([{ provider: 'stripe_2', leftFor: null }]);
    expect(await intents(deposit)).toMatchObject([{ target: 'stripe_2', state: 'unknown' }]);

    first = {
      lookUpPayment: () =>
        Promise.resolve({
          ...{ kind: 'found', providerRef: 'pi_found', status: 'cancelled' },
          ...{ amountMinor: 10_300n, currency: 'USD' },
          ...{ nextAction: { kind: 'none' }, payUrl: '' },
        }),
    };
    const found = await inState(deposit, 'failed');
    expect(found).toMatchObject({ provider: 'stripe_2', failure: 'CANCELLED' });
  });

  it('passes over a provider that is stopped, and comes back when it is not', async () => {
    const stop = await inScope(stage.db, colleague('finance'), (tx) =>
      setHalt(tx, { scope: 'rail', key: 'stripe_2', flow: 'payin', reason: 'for this test' }),
    );
    expect((await ask('104.00')).provider).toBe('stripe');
    await inScope(stage.db, colleague('finance'), (tx) => liftHalt(tx, stop.id));
  });

  it('passes over a provider that failed often enough, until it has cooled down', async () => {
    first = refusing('processing_error');
    const chosen = await until('the breaker to open', async () => {
      const deposit = await ask('105.00');
      return deposit.provider === 'stripe' && deposit;
    });
    const [kept] = await stage.system((tx) => evaluationsOf(tx, [chosen.id]));
    expect(kept).toMatchObject({
      kind: 'routing.payin',
      outcome: {
        provider: 'stripe',
        passedOver: expect.arrayContaining([{ provider: 'stripe_2', reason: 'UNHEALTHY' }]),
      },
    });
  });

  it('is paid out by the next when the first does not pay to bank accounts after all', async () => {
    const payee = await seedClient(stage, { name: 'Rosalind Routedname' });
    await fund(stage, payee, '60.00');
    const bank = await bankOf(stage, payee);
    const withdrawal = await askWithdrawal(stage, payee, '40.00', bank);
    const watched = watch(stage, withdrawal);
    expect(await watched.ended()).toMatchObject({ state: 'paid' });
    expect(await watched.legs()).toMatchObject([{ provider: 'bank', state: 'paid' }]);
    expect(await stage.system((tx) => attemptsOf(tx, withdrawal.id))).toMatchObject([
      { ...{ leg: 1, attempt: 1, provider: 'stripe_2', step: 'leg-1' }, leftFor: 'unsupported' },
      { ...{ leg: 1, attempt: 2, provider: 'bank', step: 'leg-1-provider-2' }, leftFor: null },
    ]);
    expect(await stage.faults()).toEqual([]);
  });
});

/** Cards in and bank accounts out. */
function both({ providerFor }: Dependencies): Capabilities {
  const [cards, bank] = [providerFor('stripe').capabilities, providerFor('bank').capabilities];
  return {
    ...cards,
    rails: [...cards.rails, ...bank.rails],
    operations: { ...cards.operations, ...bank.operations },
  };
}

function refusing(code: string): Partial<PaymentProvider> {
  const reason = 'stripe_2 refused it';
  return {
    createPayment: () => Promise.resolve({ kind: 'refused', code, reason, notSent: false }),
  };
}
