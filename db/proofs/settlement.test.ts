import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { parsePartnerPlan } from '../../domain/partners/plan.schema';
import { openScratch, past, type Scratch } from '../../tests/proofs/scratch';
import { seedAccount, seedClient, seedEntities, serverId } from '../../tests/proofs/seed';
import { rows, type Tx } from '../connection';
import { postTransaction } from '../ledger';
import { installPolicies } from '../policies';
import { computeLines, keepLines } from '../settlement/engine';
import { engineVersion } from '../settlement/engine-version';
import { planSegments } from '../settlement/plan-segments';
import { proveSettlement } from './settlement';

const plan = parsePartnerPlan({
  currency: 'USD',
  payOn: 'close',
  groups: [{ name: 'all', symbols: ['*'], ratesPerLot: ['7', '5'], minMovePoints: null }],
  minHoldSeconds: null,
  override: { by: 'difference' },
  tiersMax: 2,
  capAtRevenue: false,
  minimumPayout: '0.00',
  latenessMinutes: 0,
});

const month = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' };

/** A parent and a child partner, one client of the child's with two positions of one lot, settled and paid. */
async function settleOctober(tx: Tx): Promise<void> {
  await seedEntities(tx);
  await installPolicies(tx, [
    {
      kind: 'partner.plan',
      layer: 'base',
      layerKey: '',
      body: { title: 'Plan', parameters: { plan }, rules: [] },
    },
  ]);
  await rows(
    tx,
    `insert into plan_set (id, entity_id, name, period, currency) values ('ps_1', 'cy', 'Plan', 'monthly', 'USD')`,
  );
  await rows(
    tx,
    `insert into partner (id, entity_id, name_ct, email_ct, parent_id, level, plan_set, payout_currency)
     values ('ptr_up', 'cy', '-', '-', null, 1, 'ps_1', 'USD'), ('ptr_down', 'cy', '-', '-', 'ptr_up', 2, 'ps_1', 'USD')`,
  );
  const client = await seedClient(tx, 'cy');
  await rows(
    tx,
    `insert into attribution (client_id, partner_id, entity_id, from_at, actor)
     values (:clientId, 'ptr_down', 'cy', '2026-01-01', 'user:x')`,
    { clientId: client.clientId },
  );
  const account = await seedAccount(tx, client, '1001');
  for (const [position, ticket, entry, hour] of [
    [1, 11, 'in', 10],
    [1, 12, 'out', 12],
    [2, 21, 'in', 13],
    [2, 22, 'out', 15],
  ] as const) {
    await rows(
      tx,
      `insert into deal (server_id, ticket, time, login, account_id, entity_id, client_id, position_id, kind, side, entry, symbol, volume,
         price, profit_minor, swap_minor, commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, raw, raw_hash)
       values (:serverId, :ticket, :time, '1001', :account, 'cy', :clientId, :position, 'trade', 'buy', :entry, 'EURUSD', 100000000,
         :price, 0, 0, 0, 0, 'USD', 1.1, 1.1002, 100000, 1, '{}', :hash)`,
      {
        serverId,
        ticket,
        time: `2026-10-05T${hour}:00:00Z`,
        account,
        clientId: client.clientId,
        position,
        entry,
        price: entry === 'in' ? '1.1' : '1.2',
        hash: String(ticket),
      },
    );
  }
  const plans = await planSegments(tx, { entityId: 'cy', ...month });
  const scope = { planSet: 'ps_1', entityId: 'cy', currency: 'USD', ...month, plans };
  const result = await computeLines(tx, scope);
  await rows(
    tx,
    `insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, input_hash, result_hash, total_minor, currency, computed_at, engine_version)
     values ('set_1', 'ps_1', 'cy', '2026-10', :from, :to, 'paid', :inputHash, :resultHash, :total, 'USD', now(), :engineVersion)`,
    {
      engineVersion,
      ...month,
      inputHash: result.inputHash,
      resultHash: result.resultHash,
      total: result.totalMinor.toString(),
    },
  );
  await keepLines(tx, 'set_1');
  const sums = await rows<{ partner_id: string; lines: string; total: string }>(
    tx,
    `select partner_id, count(*) as lines, sum(amount_minor) as total from settlement_line group by 1 order by 1`,
  );
  for (const { partner_id: partnerId, lines, total } of sums) {
    const of = { entityId: 'cy', currency: 'USD' };
    const id = `po_${partnerId}`;
    const { transactionId } = await postTransaction(tx, {
      key: `partner_payout/${id}`,
      kind: 'partner_payout',
      entityId: 'cy',
      clientId: null,
      cause: id,
      legs: move(
        house('partner_expense', of),
        wallet({ ...of, clientId: partnerId }),
        BigInt(total),
      ),
    });
    await rows(
      tx,
      `insert into settlement_payout (id, settlement_id, entity_id, partner_id, amount_minor, currency, lines, state, transaction_id, paid_at)
       values (:id, 'set_1', 'cy', :partnerId, :total, 'USD', :lines, 'paid', :transactionId, now())`,
      { id, partnerId, total, lines, transactionId },
    );
  }
}

describe('the proof of settlements', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openScratch();
    await scratch.asSystem(settleOctober);
  });

  afterEach(() => scratch.close());

  async function found(statements = ''): Promise<string[]> {
    await scratch.asOwner(statements);
    const { faults } = await proveSettlement(scratch.db);
    return faults.map(({ thing, detail }) => `${thing}: ${detail}`);
  }

  it('holds for a month that was settled and paid, and shows its hash', async () => {
    const result = await proveSettlement(scratch.db);
    expect(result.faults).toEqual([]);
    expect(result.checks.map(({ count }) => count)).toEqual([
      1, 2, 0, 0, 0, 0, 2, 2, 1, 4, 0, 1, 1,
    ]);
    expect(result.notes[0]).toMatch(/^ps_1 2026-10: [0-9a-f]{64}$/);
  });

  it('names a line that was changed, and what its sums no longer are', async () => {
    expect(
      await found(`update settlement_line set amount_minor = amount_minor + 100 where line = 1`),
    ).toEqual([
      'set_1: says 1400, lines sum to 1500',
      'po_ptr_down: pays 1000 for 2 lines with 0 carried over, 0 held, 0 released and 0 adjusted, there are 2 lines that sum to 1100',
      'set_1 line 1: says ptr_down tier 1 PAID 600, computed again it says ptr_down tier 1 PAID 500',
    ]);
  });

  it('names two lines that were exchanged so that every sum still fits', async () => {
    const all = await found(
      `update settlement_line set rate = '6' where line = 1; update settlement_line set reason = 'MIN_HOLD' where line = 3`,
    );
    expect(all).toEqual([
      expect.stringMatching(/^set_1 line 1: /),
      expect.stringMatching(
        /^set_1 line 3: says .* MIN_HOLD 500, computed again it says .* PAID 500$/,
      ),
    ]);
  });

  it('names a settlement whose stored hash is not what its deals give', async () => {
    expect(await found(`update settlement set result_hash = 'abc'`)).toEqual([
      expect.stringMatching(
        /^set_1 \(ps_1 2026-10\): was computed as abc, computed again it is [0-9a-f]{64}: from the same deals/,
      ),
    ]);
  });

  it('says which settlements another version of the engine computed, and still proves their sums', async () => {
    await scratch.asOwner(
      `update settlement set engine_version = 1, result_hash = 'abc'; update settlement_line set amount_minor = amount_minor + 100 where line = 1`,
    );
    const { faults, checks, notes } = await proveSettlement(scratch.db);
    expect(faults.map(({ thing }) => thing)).toEqual(['set_1', 'po_ptr_down']);
    expect(checks.at(-1)?.count).toBe(0);
    expect(notes).toEqual(['ps_1 2026-10: abc, computed by version 1, not recomputed']);
  });

  it('names a settlement whose deals were changed afterwards', async () => {
    const all = await found(`update deal set volume = volume * 2 where position_id = 2`);
    expect(all[0]).toMatch(
      /^set_1 \(ps_1 2026-10\): .*: its deals, network or plans are not those/,
    );
    expect(all).toContain(
      'set_1 line 3: says ptr_down tier 1 PAID 500, computed again it says ptr_down tier 1 PAID 1000',
    );
  });

  it('names a payout that says paid and was not, and a payment without a payout', async () => {
    expect(
      await found(`update settlement_payout set transaction_id = null where id = 'po_ptr_up'`),
    ).toEqual([
      'po_ptr_up: paid over 400 USD, the ledger paid 0',
      expect.stringMatching(/^ltx_.*: paid for po_ptr_up, which is no paid payout$/),
    ]);
  });

  it('names a payout that the ledger paid at another amount', async () => {
    const all = await found(
      past(
        'ledger_entry',
        `update ledger_entry set amount = amount * 2 where account_id like 'cy/wallet/ptr_up/%'`,
      ),
    );
    expect(all).toEqual(['po_ptr_up: paid over 400 USD, the ledger paid 800']);
  });

  it('names a week that shares a day with the month before it', async () => {
    const all = await found(
      `insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency)
       values ('set_2', 'ps_1', 'cy', '2026-W44', '2026-10-31T00:00:00Z', '2026-11-02T00:00:00Z', 'waiting_for_feed', 'USD')`,
    );
    expect(all).toContain('set_1: of 2026-10 shares time with set_2 of 2026-W44');
    await scratch.asOwner(
      `update settlement set from_at = '2026-11-01T00:00:00Z' where id = 'set_2'`,
    );
    expect(await found()).toEqual([]);
  });

  it('names a deal that earns a partner twice', async () => {
    const all = await found(
      `insert into settlement_line select (jsonb_populate_record(l, jsonb_build_object('line', 99))).* from settlement_line l where line = 1`,
    );
    expect(all).toContainEqual(
      expect.stringMatching(/^mt5-test deals 11\+12 for ptr_down: earn at tier 1 in set_1$/),
    );
  });

  it('names a payout that is left behind when its settlement says paid', async () => {
    const all = await found(
      `update settlement_payout set state = 'failed', transaction_id = null where id = 'po_ptr_down'`,
    );
    expect(all).toContain('po_ptr_down: is failed, its settlement set_1 is paid');
  });

  const held = `insert into evaluation (id, kind, subject, entity_id, pins, compiled_hash, facts, outcome, trace)
      values ('evl_1', 'partner.fraud', 'shd_1', 'cy', '{}', '', '{}', '{}', '[]');
    insert into settlement_hold (id, settlement_id, entity_id, client_id, evaluation_id, reasons, currency)
      select 'shd_1', 'set_1', 'cy', client_id, 'evl_1', '{WASH_LOTS}', 'USD' from settlement_line where line = 1;
    insert into settlement_hold_part (hold_id, partner_id, entity_id, lines_minor, held_minor) values ('shd_1', 'ptr_down', 'cy', 1000, 1000)`;

  it('names a hold that its payout does not leave out', async () => {
    expect(await found(held)).toEqual([
      'po_ptr_down: leaves out 0 and adds 0, holds come to 1000 and 0',
    ]);
  });

  it('names a payout that leaves out what nobody holds, and adds what nobody released', async () => {
    expect(
      await found(
        `update settlement_payout set held_minor = 300, released_minor = 300 where id = 'po_ptr_down'`,
      ),
    ).toEqual(['po_ptr_down: leaves out 300 and adds 300, holds come to 0 and 0']);
  });

  it('names a hold over more than its lines, and one that outlives a rejected settlement', async () => {
    const zero = `update settlement_hold_part set held_minor = 0, lines_minor = 1100`;
    expect(await found(`${held}; ${zero}`)).toEqual([
      'shd_1: is of ptr_down over 1100, the lines sum to 1000',
    ]);
    const all = await found(`update settlement set state = 'rejected'`);
    expect(all).toContain('shd_1: is open, its settlement set_1 is rejected');
  });
});
