import { newId } from '../domain/ids';
import { tokenOf } from '../domain/trading/token';
import { colleague } from '../tests/processes/people';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { inScope, rows } from './connection';
import { activeHalts, liftHalt, setHalt, type HaltScope, type HaltWish } from './halts';
import { install } from './installation';
import type { Intent } from './intent-readers';
import { markSending, planIntent, recordOutcome, type IntentPlan } from './intents';

describe('a halt', () => {
  let scratch: Scratch;
  const [first, second] = [colleague('finance'), colleague('finance')];

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: 12 });
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  afterEach(async () => {
    for (const halt of await scratch.asSystem(activeHalts))
      await inScope(scratch.db, second, (tx) => liftHalt(tx, halt.id));
  });

  afterAll(() => scratch.close());

  const plan = (change: Partial<IntentPlan> = {}): Promise<Intent> =>
    scratch.asSystem((tx) =>
      planIntent(
        tx,
        {
          workflowId: `withdrawal/${newId('withdrawal')}`,
          step: 'leg-1',
          kind: 'refund',
          target: 'stripe',
          reference: null,
          entityId: 'off',
          clientId: null,
          amountMinor: 100n,
          currency: 'USD',
          ...change,
        },
        tokenOf,
      ),
    );
  const send = (intent: Intent) => scratch.asSystem((tx) => markSending(tx, intent));
  const halt = (scope: HaltScope, key: string, more: Partial<HaltWish> = {}) =>
    inScope(scratch.db, first, (tx) =>
      setHalt(tx, { scope, key, reason: 'books differ', ...more }),
    );

  it.each([
    ['all', ''],
    ['entity', 'off'],
    ['rail', 'stripe'],
  ] as const)('of %s stops what was planned before it and not sent', async (scope, key) => {
    const planned = await plan();
    await halt(scope, key);
    await expect(send(planned)).rejects.toMatchObject({ status: 503, code: 'halted' });
    expect(await stateOf(planned)).toBe('planned');
  });

  it('of a server stops its balance operations', async () => {
    const planned = await plan({ kind: 'balance_operation', target: 'mt5', reference: '1' });
    await halt('server', 'mt5');
    await expect(send(planned)).rejects.toMatchObject({ code: 'halted' });
  });

  it.each([
    ['rail', 'strpe'],
    ['server', 'mt4-live'],
  ] as const)(
    'of a %s that is not there is refused, since it would stop nothing',
    async (scope, key) => {
      await expect(halt(scope, key)).rejects.toMatchObject({ status: 422, code: 'unknown_target' });
    },
  );

  it('of another entity, rail or server stops nothing here, and mail always goes', async () => {
    await halt('entity', 'cy');
    await halt('rail', 'bank');
    await expect(send(await plan())).resolves.toBe(true);
    await halt('all', '');
    await expect(send(await plan({ kind: 'mail', target: 'smtp' }))).resolves.toBe(true);
  });

  it('lets nothing out after its commit, whatever is sent at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const planned = await Promise.all(Array.from({ length: 8 }, () => plan()));
      const setting = halt('rail', 'stripe');
      await Promise.allSettled([...planned.map(send), setting]);
      const { id } = await setting;
      const late = await scratch.asSystem((tx) =>
        rows<{ id: string }>(
          tx,
          `select i.id from intent i, halt h where h.id = :id and i.id = any (:ids) and i.sent_at > h.set_at
             and i.state = 'sending'`,
          { id, ids: planned.map((intent) => intent.id) },
        ),
      );
      expect(late).toEqual([]);
      for (const intent of planned) {
        if ((await stateOf(intent)) === 'planned')
          await expect(send(intent)).rejects.toMatchObject({ code: 'halted' });
      }
      await inScope(scratch.db, second, (tx) => liftHalt(tx, id));
    }
  });

  it('is on once, and is lifted by another person than the one who set it', async () => {
    const { id } = await halt('all', '');
    await expect(halt('all', '')).rejects.toMatchObject({ status: 409, code: 'already_halted' });
    await expect(inScope(scratch.db, first, (tx) => liftHalt(tx, id))).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });
    await inScope(scratch.db, second, (tx) => liftHalt(tx, id));
    await expect(inScope(scratch.db, second, (tx) => liftHalt(tx, id))).rejects.toMatchObject({
      code: 'not_halted',
    });
    await expect(send(await plan())).resolves.toBe(true);
  });

  describe('of a provider', () => {
    const charge = () => plan({ kind: 'charge', workflowId: `deposit/${newId('deposit')}` });
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

    it('may be of payouts alone: pay-ins go on, and refunds do not', async () => {
      await halt('rail', 'stripe', { flow: 'payout' });
      await expect(send(await charge())).resolves.toBe(true);
      await expect(send(await plan())).rejects.toMatchObject({ code: 'halted' });
    });

    it('may end by itself, is off then, and leaves room for another one', async () => {
      const { id } = await halt('rail', 'stripe', { flow: 'payin', until: inSeconds(0.6) });
      await expect(send(await charge())).rejects.toMatchObject({ code: 'halted' });
      await expect(halt('rail', 'stripe', { flow: 'payin' })).rejects.toMatchObject({
        code: 'already_halted',
      });
      await scratch.asSystem((tx) => rows(tx, 'select pg_sleep(0.7)'));
      await expect(send(await charge())).resolves.toBe(true);
      expect(await scratch.asSystem(activeHalts)).toEqual([]);
      await expect(inScope(scratch.db, second, (tx) => liftHalt(tx, id))).rejects.toMatchObject({
        code: 'not_halted',
      });
      await halt('rail', 'stripe', { flow: 'payin' });
    });

    it.each([
      ['an entity', 'entity', 'off', { flow: 'payin' }, '/body/flow'],
      ['everything', 'all', '', { until: inSeconds(60) }, '/body/until'],
      ['a provider, over already', 'rail', 'bank', { until: inSeconds(-1) }, '/body/until'],
      ['a provider for too long', 'rail', 'bank', { until: inSeconds(4e6) }, '/body/until'],
    ] as const)(
      'is asked for in parts that make sense: %s',
      async (_, scope, key, more, pointer) => {
        await expect(halt(scope, key, more)).rejects.toMatchObject({
          status: 400,
          errors: [{ pointer }],
        });
      },
    );
  });

  describe('by the hourly ceiling', () => {
    beforeAll(() =>
      scratch.asSystem((tx) =>
        rows(
          tx,
          `insert into outflow_ceiling (entity_id, currency, per_hour_minor) values ('cy', 'EUR', 1000)`,
        ),
      ),
    );

    const payout = (amountMinor: bigint) =>
      plan({ kind: 'payout', target: 'bank', entityId: 'cy', currency: 'EUR', amountMinor });

    it('lets no two payouts through that fit alone and not together', async () => {
      const planned = await Promise.all(Array.from({ length: 8 }, () => payout(300n)));
      const ended = await Promise.allSettled(planned.map(send));
      expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      for (const one of ended) {
        if (one.status === 'rejected')
          expect(one.reason).toMatchObject({ status: 503, code: 'outflow_ceiling' });
      }
    });

    it('counts what is unknown as gone, and what was refused as not', async () => {
      await expect(send(await payout(101n))).rejects.toMatchObject({ code: 'outflow_ceiling' });
      const last = await payout(100n);
      await send(last);
      await scratch.asSystem((tx) => recordOutcome(tx, last, { kind: 'unknown', reason: 'lost' }));
      await expect(send(await payout(1n))).rejects.toMatchObject({ code: 'outflow_ceiling' });
      await scratch.asSystem((tx) =>
        recordOutcome(tx, last, { kind: 'refused', code: 'NO', reason: '' }),
      );
      await expect(send(await payout(100n))).resolves.toBe(true);
    });
  });

  async function stateOf({ id }: Intent): Promise<string | undefined> {
    const [row] = await scratch.asSystem((tx) =>
      rows<{ state: string }>(tx, 'select state from intent where id = :id', { id }),
    );
    return row?.state;
  }
});
