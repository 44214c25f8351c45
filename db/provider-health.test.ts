import { newId } from '../domain/ids';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { rows } from './connection';
import { providerHealth } from './provider-health';

const rules = {
  windowMinutes: 15,
  failuresMin: 3,
  failurePercent: 50,
  failuresInARow: 5,
  slowSeconds: 20,
  coolDownSeconds: 60,
  probes: 2,
  lastResort: true,
};

describe('the health of providers', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
  });

  afterEach(() => scratch.asSystem((tx) => rows(tx, `update intent set sent_at = null`)));

  afterAll(() => scratch.close());

  /** Intents sent so many seconds ago, as their rows stand: the state, what it answered, and after how long. */
  async function sent(
    ...intents: readonly {
      readonly ago: number;
      readonly state: string;
      readonly outcome?: object;
      readonly took?: number;
      readonly kind?: string;
      readonly target?: string;
    }[]
  ): Promise<void> {
    for (const { ago, state, outcome, took, kind = 'charge', target = 'stripe' } of intents)
      await scratch.asSystem((tx) =>
        rows(
          tx,
          `insert into intent (id, workflow_id, step, kind, target, entity_id, state, outcome, sent_at, resolved_at)
           values (:id, 'deposit/' || :id, 'payment', :kind, :target, 'off', :state, :outcome, now() - :ago * interval '1 second',
             now() - :ago * interval '1 second' + :took * interval '1 second')`,
          {
            ...{ id: newId('intent'), kind, target, state, ago, took: took ?? null },
            outcome: outcome === undefined ? null : JSON.stringify(outcome),
          },
        ),
      );
  }

  const measure = async (flow: 'payin' | 'payout' = 'payin') => {
    const found = await scratch.asSystem((tx) =>
      providerHealth(tx, {
        flow,
        providers: ['stripe', 'bank'],
        rules,
        retry: [{ provider: '*', code: 'processing_error', decision: 'next' }],
      }),
    );
    const [stripe, bank] = found;
    if (!stripe || !bank) throw new Error('a provider is missing');
    return { stripe, bank };
  };

  it('counts an attempt as failed when it was not reached, is unknown, slow, or refused for its own trouble', async () => {
    await sent(
      { ago: 100, state: 'done', took: 1 },
      { ago: 99, state: 'refused', outcome: { code: 'amount_too_large' }, took: 1 },
      { ago: 98, state: 'refused', outcome: { code: 'processing_error' }, took: 1 },
      { ago: 97, state: 'done', took: 21 },
      { ago: 96, state: 'unknown' },
      { ago: 95, state: 'planned', outcome: { kind: 'not_sent' } },
      { ago: 94, state: 'absent', outcome: { kind: 'absent' }, took: 2 },
      { ago: 93, state: 'sending' },
      { ago: 1, state: 'sending' },
      { ago: 901, state: 'unknown' },
      { ago: 5, state: 'unknown', kind: 'payout' },
      { ago: 5, state: 'unknown', kind: 'charge', target: 'bank' },
    );
    const { stripe, bank } = await measure();
    expect(stripe.measured).toMatchObject({
      attempts: 8,
      failures: 6,
      failuresInARow: 6,
      successesSince: 0,
      underWaySince: 1,
    });
    expect(bank.measured).toMatchObject({ attempts: 1, failures: 1 });
    expect((await measure('payout')).stripe.measured).toMatchObject({ attempts: 1, failures: 1 });
  });

  it('says of a provider that was asked nothing that it may be asked', async () => {
    const { stripe } = await measure();
    expect(stripe).toMatchObject({
      circuit: 'closed',
      isOpenToPayments: true,
      measured: { attempts: 0, latencyMs95: null },
    });
  });

  it('opens, lets one probe through when it has cooled down, and closes after enough of them', async () => {
    await sent(...[9, 8, 7].map((ago) => ({ ago, state: 'unknown' })));
    expect((await measure()).stripe).toMatchObject({ circuit: 'open', isOpenToPayments: false });

    const later = `update intent set sent_at = sent_at - interval '1 minute', resolved_at = resolved_at - interval '1 minute'`;
    await scratch.asSystem((tx) => rows(tx, later));
    expect((await measure()).stripe).toMatchObject({
      circuit: 'half_open',
      isOpenToPayments: true,
    });

    await sent({ ago: 1, state: 'sending' });
    expect((await measure()).stripe).toMatchObject({
      circuit: 'half_open',
      isOpenToPayments: false,
    });

    await scratch.asSystem((tx) =>
      rows(tx, `update intent set state = 'done', resolved_at = now() where state = 'sending'`),
    );
    expect((await measure()).stripe).toMatchObject({
      circuit: 'half_open',
      isOpenToPayments: true,
    });

    await sent({ ago: 0, state: 'done', took: 0 });
    expect((await measure()).stripe).toMatchObject({
      circuit: 'closed',
      isOpenToPayments: true,
      measured: { failures: 3, successesSince: 2 },
    });
  });

  it('begins to count failures in a row anew after one that went well', async () => {
    await sent(
      { ago: 9, state: 'unknown' },
      { ago: 8, state: 'unknown' },
      { ago: 7, state: 'done', took: 0.1 },
      { ago: 6, state: 'unknown' },
    );
    const { measured } = (await measure()).stripe;
    expect(measured).toMatchObject({ failures: 3, failuresInARow: 1, successesSince: 0 });
    expect(measured.latencyMs95).toBe(100);
  });
});
