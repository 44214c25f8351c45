import { startApi, type Person, type TestApi } from '../api/testing/api';
import { newId } from '../domain/ids';
import type { MovementKind } from '../domain/policy/kinds/aml';
import { listAlerts, reviewMovement, type AmlAlert } from './aml-alerts';
import { inScope, rows, type Tx } from './connection';
import { declareSource } from './declared-sources';
import { openCase } from './kyc';
import { isHeld } from './payout-gate';
import { listSuspicions } from './suspicions';
import { claimNext } from './task-inbox';
import { decide } from './task-decisions';
import { latestTask } from './tasks';
import { scopeOf } from './users';

type Client = Person & { readonly clientId: string };

interface Paid {
  readonly kind?: MovementKind;
  /** In EUR, whole. */
  readonly amount: number;
  readonly daysAgo?: number;
  readonly sourceId?: string;
}

let api: TestApi;
let mlro: Person;
let second: Person;
beforeAll(async () => {
  api = await startApi();
  mlro = await api.staff(['mlro']);
  second = await api.staff(['mlro']);
});
afterAll(() => api.close());

/** A movement that is on record, long ago or now; answers its id. */
async function pay(tx: Tx, { clientId }: Client, paid: Paid): Promise<string> {
  const { kind = 'deposit', amount, daysAgo = 0, sourceId = null } = paid;
  const id = newId(kind);
  const at = new Date(Date.now() - daysAgo * 86_400_000 - 1_000).toISOString();
  const bindings = { id, clientId, amount: `${amount}00`, at, sourceId };
  await rows(
    tx,
    kind === 'deposit'
      ? `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, source_id, created_at, credited_at)
         values (:id, 'cy', :clientId, :amount, 'EUR', 'stripe', 'credited', :sourceId, :at, :at)`
      : `insert into withdrawal (id, entity_id, client_id, amount_minor, currency, hold_id, state, bank_source_id, requested_by, created_at)
         values (:id, 'cy', :clientId, :amount, 'EUR', :id, 'requested', :sourceId, 'usr_1', :at)`,
    bindings,
  );
  return id;
}

/** Pays all of it, the rules looking at the last; answers the alert, if there is one. */
async function alertAfter(client: Client, ...paid: readonly Paid[]): Promise<AmlAlert | undefined> {
  return api.system(async (tx) => {
    let last = '';
    for (const each of paid) last = await pay(tx, client, each);
    const { kind = 'deposit', amount = 0 } = paid.at(-1) ?? {};
    await reviewMovement(tx, {
      ...{ id: last, kind, entityId: 'cy', clientId: client.clientId },
      ...{ amountMinor: BigInt(amount) * 100n, currency: 'EUR' },
    });
    return (await listAlerts(tx, { clientId: client.clientId, limit: 10 }))[0];
  });
}

async function trade({ clientId }: Client, deals: number): Promise<void> {
  await api.system((tx) =>
    rows(
      tx,
      `insert into deal (server_id, ticket, time, login, client_id, entity_id, position_id, kind, side, entry, symbol, volume, volume_closed,
         price, profit_minor, swap_minor, commission_minor, fee_minor, currency, raw, raw_hash)
       select 'mt5', :first::bigint + n, now() - interval '1 day', '1', :clientId, 'cy', n, 'trade', 'buy', 'in', 'EURUSD', 100000000, 0,
         1.1, 0, 0, 0, 0, 'EUR', '{}', '-' from generate_series(1, :deals::int) n`,
      { clientId, deals, first: String(Date.now()) },
    ),
  );
}

async function decideAs(who: Person, alert: AmlAlert, decision: string) {
  const scope = await api.system((tx) => scopeOf(tx, who.user));
  return inScope(api.db, scope, async (tx) => {
    const task = await latestTask(tx, alert.id, 'aml_alert');
    if (!task) throw new Error('nobody was asked');
    return decide(tx, {
      taskId: task.id,
      expectedVersion: task.version,
      contentHash: task.contentHash,
      decision,
      reason: 'looked into',
    });
  });
}

const times = (n: number, paid: Paid): Paid[] => Array.from({ length: n }, () => paid);
const structured = times(3, { amount: 9_500 });

describe('the rules on money laundering', () => {
  it.each<[string, Paid[], string[]]>([
    ['nothing of it', [{ amount: 100 }], []],
    ['three deposits just below the threshold in a week', structured, ['STRUCTURING']],
    ['two of them', times(2, { amount: 9_500 }), []],
    [
      'three of them, one a month ago',
      [{ amount: 9_500, daysAgo: 30 }, ...structured.slice(1)],
      [],
    ],
    ['eleven payments in a day', times(11, { amount: 20 }), ['VELOCITY']],
    ['much money in a week', times(2, { amount: 60_000 }), ['VELOCITY']],
    [
      'in and out again',
      [
        { amount: 20_000, daysAgo: 2 },
        { kind: 'withdrawal', amount: 19_000 },
      ],
      ['PASS_THROUGH'],
    ],
    [
      'half of it out again',
      [
        { amount: 30_000, daysAgo: 2 },
        { kind: 'withdrawal', amount: 12_000 },
      ],
      [],
    ],
    [
      'silent for half a year, and much money',
      [{ amount: 50, daysAgo: 200 }, { amount: 6_000 }],
      ['DORMANT_THEN_ACTIVE'],
    ],
    ['silent for half a year, and little', [{ amount: 50, daysAgo: 200 }, { amount: 60 }], []],
  ])('see %s', async (_what, paid, reasons) => {
    const alert = await alertAfter(await api.client(), ...paid);
    expect(alert?.reasons ?? []).toEqual(reasons);
  });

  it.each([
    ['10000.00', 'EUR', ['BEYOND_MEANS']],
    ['11000.00', 'EUR', []],
    // Nobody knows what it is worth: that is not clear.
    ['10000.00', 'JPY', ['DATA_MISSING']],
  ])(
    'compare a year of deposits with declared means of %s %s',
    async (amount, currency, reasons) => {
      const client = await api.client();
      const scope = await api.system((tx) => scopeOf(tx, client.user));
      await inScope(api.db, scope, async (tx) => {
        const { id } = await openCase(tx, client.clientId);
        await declareSource(tx, id, {
          ...{ basis: 'funds', kind: 'salary', per: 'year', narrative: 'A shipyard pays it.' },
          ...{ amountFrom: '1.00', amountTo: amount, currency },
        });
      });
      const alert = await alertAfter(client, { amount: 6_000, daysAgo: 100 }, { amount: 5_000 });
      expect(alert?.reasons ?? []).toEqual(reasons);
    },
  );

  it('see no passing through of somebody who trades', async () => {
    const client = await api.client();
    await trade(client, 3);
    expect(
      await alertAfter(
        client,
        { amount: 20_000, daysAgo: 2 },
        { kind: 'withdrawal', amount: 19_000 },
      ),
    ).toBeUndefined();
  });

  it('see a resident of a country with deficiencies', async () => {
    const client = await api.client();
    await api.system((tx) =>
      rows(tx, `update client set residence = 'MM' where id = :id`, { id: client.clientId }),
    );
    const alert = await alertAfter(client, { amount: 2_000 });
    expect(alert?.reasons).toEqual(['HIGH_RISK_COUNTRY']);
  });

  it('see an instrument that is another client’s, too', async () => {
    const [client, other] = [await api.client(), await api.client()];
    const source = newId('source');
    await api.system(async (tx) => {
      for (const [id, { clientId }] of [
        [source, client],
        [newId('source'), other],
      ] as const)
        await rows(
          tx,
          `insert into payment_source (id, entity_id, client_id, kind, provider, fingerprint_index, label_ct, details_ct)
           values (:id, 'cy', :clientId, 'card', 'stripe', 'the same', '-', '-')`,
          { id, clientId },
        );
    });
    const alert = await alertAfter(client, { amount: 50, sourceId: source });
    expect(alert?.reasons).toEqual(['THIRD_PARTY']);
  });

  it('ask the circle about what they do not know', async () => {
    const client = await api.client();
    const alert = await api.system(async (tx) => {
      const id = await pay(tx, client, { amount: 50 });
      await reviewMovement(tx, {
        ...{ id, kind: 'deposit', entityId: 'cy', clientId: client.clientId },
        ...{ amountMinor: 5_000n, currency: 'XXX' },
      });
      return (await listAlerts(tx, { clientId: client.clientId, limit: 1 }))[0];
    });
    expect(alert?.reasons).toEqual(['DATA_MISSING']);
  });
});

describe('an alert', () => {
  it('is nobody’s outside the circle, nor is what the rules knew', async () => {
    const client = await api.client();
    await alertAfter(client, ...structured);
    const seenBy = async (who: Person) => {
      const scope = await api.system((tx) => scopeOf(tx, who.user));
      return inScope(api.db, scope, async (tx) => {
        const of = { id: client.clientId };
        const found = await rows<{ n: number }>(
          tx,
          `select (select count(*) from aml_alert where client_id = :id)::int + (select count(*) from task where client_id = :id)::int
             + (select count(*) from evaluation where client_id = :id and kind = 'aml')::int
             + (select count(*) from event where client_id = :id and type like 'aml.%')::int as n`,
          of,
        );
        return found[0]?.n;
      });
    };
    expect(await seenBy(mlro)).toBe(4);
    for (const role of ['compliance', 'senior_approver', 'finance', 'auditor', 'admin'] as const)
      expect([role, await seenBy(await api.staff([role]))]).toEqual([role, 0]);
    expect(await seenBy(client)).toBe(0);
  });

  it('is opened once a movement', async () => {
    const client = await api.client();
    const alert = await alertAfter(client, ...structured);
    await api.system((tx) =>
      reviewMovement(tx, {
        ...{ id: alert?.movementId ?? '', kind: 'deposit', entityId: 'cy' },
        ...{ clientId: client.clientId, amountMinor: 950_000n, currency: 'EUR' },
      }),
    );
    const found = await api.system((tx) => listAlerts(tx, { clientId: client.clientId, limit: 9 }));
    expect(found).toHaveLength(1);
  });

  it('ends when it is explained, and leaves nothing', async () => {
    const client = await api.client();
    const alert = await alertAfter(client, ...structured);
    if (!alert) throw new Error('no alert');
    await decideAs(mlro, alert, 'explained');
    await api.system(async (tx) => {
      const of = { clientId: client.clientId, limit: 9 };
      expect(await listAlerts(tx, of)).toMatchObject([{ state: 'dismissed' }]);
      expect(await listSuspicions(tx, of)).toEqual([]);
      expect(await isHeld(tx, client.clientId)).toBe(false);
    });
  });

  it.each([
    ['open_case', 'case_opened', false],
    ['hold', 'held', true],
  ] as const)('drafts a report when it is decided so: %s', async (decision, state, held) => {
    const client = await api.client();
    const alert = await alertAfter(client, ...structured);
    if (!alert) throw new Error('no alert');
    await decideAs(second, alert, decision);
    await api.system(async (tx) => {
      const of = { clientId: client.clientId, limit: 9 };
      expect(await listAlerts(tx, of)).toMatchObject([{ state }]);
      expect(await listSuspicions(tx, of)).toMatchObject([{ state: 'draft', alertId: alert.id }]);
      expect(await isHeld(tx, client.clientId)).toBe(held);
    });
  });

  it('is given to nobody outside the circle who asks for the next task', async () => {
    await alertAfter(await api.client(), ...structured);
    const compliance = await api.staff(['compliance']);
    const scope = await api.system((tx) => scopeOf(tx, compliance.user));
    const next = await inScope(api.db, scope, claimNext);
    expect(next?.kind).not.toBe('aml_alert');
  });
});
