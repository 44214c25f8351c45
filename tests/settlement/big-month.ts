import type { Client } from 'pg';
import { partnerFraudPolicy } from '../../domain/policy/defaults/partner-fraud';
import type { PartnerFraudParameters } from '../../domain/policy/kinds/partner-fraud';
import type { WrittenPlan } from '../../domain/partners/plan.schema';

export const partners = 200;
export const levels = 5;
const clients = 2_000;

/** Per lot, of the spread and for the client, five tiers deep, with every rule about which deals count. */
export const bigPlan: WrittenPlan = {
  currency: 'USD',
  payOn: 'close',
  groups: [
    {
      name: 'All',
      symbols: ['*'],
      ratesPerLot: ['7', '6', '5', '4', '3'],
      spreadPercents: ['20', '18', '16', '14', '12'],
      minMovePoints: 5,
    },
  ],
  minHoldSeconds: 60,
  hedged: 'larger_side',
  bonusMoney: 'own_share',
  spikeTimes: '5',
  override: { by: 'difference' },
  tiersMax: levels,
  capAtRevenue: true,
  cpa: {
    amounts: ['300', '280', '260', '240', '220'],
    firstDepositMin: '200',
    depositMin: '200',
    lotsMin: '5',
  },
  minimumPayout: '10.00',
  latenessMinutes: 0,
};

/** Asked about every client, the rules hold some: what is made up here is far from honest trading. */
export const bigSignals: PartnerFraudParameters = {
  ...partnerFraudPolicy.base.parameters,
  ...{ commissionMin: '0.01', revenuePercentMax: 1_000, lotsMin: 1_000_000 },
};

/**
 * For benchmarks and long tests: a month of partners five levels deep, past all processes. Positions of one to three lots, a fifth of
 * them hedged by the one before; a deposit of each client.
 */
export async function seedBigMonth(
  owner: Client,
  { planSet, from, deals }: { planSet: string; from: string; deals: number },
): Promise<void> {
  const positions = Math.round(deals / 2);
  const start = new Date(from);
  const to = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)).toISOString();
  await owner.query(`
    insert into partner (id, entity_id, name_ct, email_ct, parent_id, level, plan_set, payout_currency)
      select 'ptr_' || n, 'off', '', '', case when n % ${levels} = 0 then null else 'ptr_' || (n - 1) end, n % ${levels} + 1, '${planSet}', 'USD'
      from generate_series(0, ${partners - 1}) n;
    insert into client (id, entity_id, residence, state, currency) select 'cl_' || n, 'off', 'SC', 'active', 'USD' from generate_series(0, ${clients - 1}) n;
    insert into attribution (client_id, partner_id, entity_id, from_at, actor)
      select 'cl_' || n, 'ptr_' || (n % ${partners}), 'off', timestamptz '${from}' - interval '9 months', 'bench' from generate_series(0, ${clients - 1}) n;
    insert into symbol (server_id, name, digits, contract_size, profit_currency, symbol_group, average_spread_points)
      values ('mt5', 'EURUSD', 5, 100000, 'USD', '', 12), ('mt5', 'GBPUSD', 5, 100000, 'USD', '', 15)
      on conflict (server_id, name) do update set average_spread_points = excluded.average_spread_points;
    insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, created_at, credited_at)
      select 'dep_' || n, 'off', 'cl_' || n, 10000 + (n % 40) * 1000, 'USD', 'bench', 'credited', timestamptz '${from}' - interval '11 days', timestamptz '${from}' + (n % 30 - 11) * interval '1 day'
      from generate_series(0, ${clients - 1}) n;
    select make_deal_partitions('${from}', '${to}');
    insert into deal (server_id, ticket, time, login, entity_id, client_id, position_id, kind, side, entry, symbol, volume, price, profit_minor, swap_minor,
        commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, digits, equity_minor, credit_minor, raw, raw_hash, seen_at)
      select 'mt5', 2 * n + leg, timestamptz '${from}' + ((n::bigint * 7919) % 2500000) * interval '1 second' + leg * (30 + n % 7200) * interval '1 second',
        (n % ${clients})::text, 'off', 'cl_' || (n % ${clients}), n, 'trade', case when (n + leg) % 5 < 3 then 'buy' else 'sell' end, case leg when 0 then 'in' else 'out' end,
        case when n % 3 = 0 then 'GBPUSD' else 'EURUSD' end, (1 + n % 300) * 1000000, 1.1 + leg * ((n % 41) - 20) * 0.00001, 0, 0, -(n % 700), 0, 'USD',
        1.1, 1.1 + (5 + n % 20) * 0.00001, 100000, 1, 5, 100000, case when n % 10 = 0 then 20000 else 0 end, '{}', '', '${to}'
      from generate_series(1, ${positions}) n cross join generate_series(0, 1) leg;
  `);
}
