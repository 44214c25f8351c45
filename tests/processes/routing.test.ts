import { passOn, type AskedPart } from '../../activities/payment-rerouting';
import { resolveSent } from '../../activities/provider-outcome';
import { createWithdrawalLegActivities } from '../../activities/withdrawal-leg';
import type { Capabilities, PaymentProvider } from '../../connectors/psp/port';
import { createStripeProvider } from '../../connectors/psp/stripe/stripe';
import { evaluationsOf } from '../../db/case-file';
import { inScope, rows, type Tx } from '../../db/connection';
import { requestDepositByPolicy } from '../../db/deposit-requests';
import { readDeposit, type Deposit } from '../../db/deposits';
import { liftHalt, setHalt } from '../../db/halts';
import { intentsOfWorkflow, readIntent, type Intent } from '../../db/intent-readers';
import { markSending, planIntent, recordOutcome, type IntentOutcome } from '../../db/intents';
import { attemptsOf } from '../../db/payment-attempts';
import { installPolicies } from '../../db/policies';
import { readProcess } from '../../db/processes';
import { mayReroute } from '../../db/withdrawal-legs';
import { newId } from '../../domain/ids';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { askWithdrawal, bankOf, payPageOf, usd, watch } from './payments';
import { colleague, decide, fund, openTaskOf, seedClient, type TestClient } from './people';
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
    const order = { decision: 'priority', providers: ['stripe_2', 'stripe'] } as const;
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
                  ...{ id: 'otherwise', title: 'All', when: { all: [] }, then: order },
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
    await stage.psp.payAt(await payPageOf(stage, open));
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
          nextAction: { kind: 'none' },
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

  /** A payout to a bank account, which the preferred account is asked for first. */
  const payOut = async () => {
    const payee = await seedClient(stage, { name: 'Rosalind Routedname' });
    await fund(stage, payee, '60.00');
    const asked = await askWithdrawal(stage, payee, '40.00', await bankOf(stage, payee));
    const { id } = asked;
    return {
      ...{ id, payee, watched: watch(stage, asked) },
      attempts: () => stage.system((tx) => attemptsOf(tx, id)),
      inState: (state: string) =>
        stage.system((tx) =>
          rows(tx, 'update withdrawal_leg set state = :state where withdrawal_id = :id', {
            ...{ id, state },
          }),
        ),
    };
  };

  it('is paid out by the next when the first does not pay to bank accounts after all', async () => {
    const { watched, attempts: tries } = await payOut();
    expect(await watched.ended()).toMatchObject({ state: 'paid' });
    expect(await watched.legs()).toMatchObject([{ provider: 'bank', state: 'paid' }]);
    expect(await tries()).toMatchObject([
      { ...{ leg: 1, attempt: 1, provider: 'stripe_2', step: 'leg-1' }, leftFor: 'unsupported' },
      { ...{ leg: 1, attempt: 2, provider: 'bank', step: 'leg-1-provider-2' }, leftFor: null },
    ]);
  });

  it('leaves the new attempt alone when another run has passed the payout on', async () => {
    const { id, payee, watched, attempts: tries } = await payOut();
    await watched.ended();
    const before = await tries();
    const [leg] = await watched.legs();
    const never = () => Promise.reject(new Error('it is not routed again'));
    const part: AskedPart = {
      ...{ paymentId: id, leg: 1, entityId: payee.entityId, flow: 'payout', step: 'leg-1' },
      ...{ provider: 'stripe_2', workflowId: workflowIds.withdrawal(id) },
      ...{ question: never, reroute: never },
      lock: (tx: Tx) => (leg ? mayReroute(tx, { ...leg, provider: 'stripe_2' }) : never()),
    };
    const refused = { ...refusal('unsupported'), intentId: 'int_1' };
    expect(await stage.system((tx) => passOn(tx, stage.deps, part, refused))).toEqual({
      ...{ kind: 'absent', intentId: 'int_1' },
    });
    expect(await tries()).toEqual(before);
  });

  it('is paid out once though its process begins with the first round again', async () => {
    let asked = 0;
    first = {
      payout: () => {
        asked += 1;
        return Promise.resolve(refusal(asked === 1 ? 'account_closed' : 'unsupported'));
      },
    };
    const { id, watched, attempts: tries, inState: setLeg } = await payOut();
    const task = await openTaskOf(stage, `${id}/leg-1`, 'payout_failed');
    await decide(stage, colleague('operations'), task, 'retry');
    expect(await watched.ended()).toMatchObject({ state: 'paid' });
    const before = { attempts: await tries(), intents: await watched.intents() };
    expect(before).toMatchObject({
      attempts: [{ step: 'leg-1' }, { step: 'leg-1-round-2-provider-2' }],
      intents: [{ state: 'refused' }, { state: 'refused' }, { target: 'bank', state: 'done' }],
    });

    const again = createWithdrawalLegActivities(stage.deps);
    expect(await again.sendLeg(id, 1, 1)).toMatchObject({ kind: 'done' });
    for (const state of ['sending', 'accepted']) {
      await setLeg(state);
      for (const ask of [again.sendLeg, again.lookUpLeg])
        expect(await ask(id, 1, 1)).toMatchObject({ kind: 'refused', code: 'account_closed' });
      expect(await again.settleLeg(id, 1, 1, { ask: true })).toBe('refused');
      expect(await again.readLegDecision(id, 1, 1)).toBe('retry');
      expect(await again.sendLeg(id, 1, 2)).toMatchObject({ kind: 'done' });
    }
    await setLeg('refused');
    expect(await again.sendLeg(id, 1, 3)).toMatchObject({ kind: 'refused' });
    await setLeg('paid');
    expect({ attempts: await tries(), intents: await watched.intents() }).toEqual(before);
    expect(asked).toBe(2);
    expect(await stage.faults()).toEqual([]);
  });

  describe('and whose first call may still be under way when it is repeated', () => {
    const unsent = { ...refusal('rate_limited'), notSent: true };
    const sent = async (): Promise<Intent> =>
      stage.system(async (tx) => {
        const planned = await planIntent(
          tx,
          {
            ...{ workflowId: workflowIds.withdrawal(newId('withdrawal')), step: 'leg-1' },
            ...{ kind: 'payout', target: 'stripe_2', reference: null },
            ...{ entityId: client.entityId, clientId: client.id, ...usd('10.00') },
          },
          (id) => id,
        );
        await markSending(tx, planned);
        return readIntent(tx, planned.id);
      });
    const endUnsent = (intent: Intent) => stage.system((tx) => recordOutcome(tx, intent, unsent));
    const lookUp = () => Promise.resolve({ kind: 'absent' } as const);
    const about = (intent: Intent) => ({ intent, subject: intent.id, keyHours: null });

    it('stays unknown when the first says afterwards that it was not sent', async () => {
      const intent = await sent();
      const repeat = async (): Promise<IntentOutcome> => {
        await endUnsent(intent);
        return { kind: 'unknown', reason: 'no answer' };
      };
      expect(await resolveSent(stage.db, { ...about(intent), lookUp, repeat })).toMatchObject({
        kind: 'unknown',
      });
      expect(await stage.system((tx) => readIntent(tx, intent.id))).toMatchObject({
        state: 'unknown',
      });
    });

    it('is not repeated when the first said so before', async () => {
      const intent = await sent();
      const found = await resolveSent(stage.db, {
        ...about(intent),
        lookUp: async () => {
          await endUnsent(intent);
          return lookUp();
        },
        repeat: () => Promise.reject(new Error('it is repeated')),
      });
      expect(found).toEqual({ kind: 'absent', intentId: intent.id });
    });
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

function refusal(code: string) {
  return { kind: 'refused', code, reason: 'stripe_2 refused it', notSent: false } as const;
}

function refusing(code: string): Partial<PaymentProvider> {
  return { createPayment: () => Promise.resolve(refusal(code)) };
}
