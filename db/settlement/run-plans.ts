import type { PartnerPlan } from '../../domain/partners/plan';
import { rows, type Tx } from '../connection';
import type { PlanSegment } from './plan-segments';

/** Writes the plans of a run into its tables, as rows and numbers that its SQL reads. */
export async function fillRunPlans(tx: Tx, plans: readonly PlanSegment[]): Promise<void> {
  const each = <T>(make: (plan: PartnerPlan, segment: number) => readonly T[]): T[] =>
    plans.flatMap(({ plan }, segment) => [...make(plan, segment)]);
  await fill(tx, segmentTable, plans.map(segmentRow));
  await fill(tx, groupTable, each(groupRows));
  await fill(tx, componentTable, each(componentRows));
  await fill(
    tx,
    { run_step: 'segment int, step int, from_value numeric, percent numeric' },
    each((plan, segment) =>
      (plan.tiers?.steps ?? []).map(({ from, percent }, at) => ({
        segment,
        step: at + 1,
        from_value: from,
        percent,
      })),
    ),
  );
  await fill(
    tx,
    { run_bonus: 'from_lots numeric, per_lot numeric' },
    (plans.at(-1)?.plan.volumeBonus ?? []).map(({ fromLots, perLot }) => ({
      from_lots: fromLots,
      per_lot: perLot,
    })),
  );
}

const segmentTable = {
  run_plan: `segment int, from_at timestamptz, to_at timestamptz, plan_hash text, plan_version text, currency text, pay_open numeric,
    pay_close numeric, min_hold_seconds int, hedged boolean, bonus_money boolean, spike_times numeric, negative_stop_out boolean,
    own_trades boolean, swap_share numeric, cost_share numeric, client_losses boolean, override_by text, override_per_lot numeric,
    override_percent numeric, tiers_max int, cap_at_revenue boolean, cap_per_deal numeric, cap_per_client numeric, cap_per_period numeric,
    lifetime_share numeric, tiers_by text, tiers_network boolean, tiers_retroactive boolean, after_cpa boolean, cpa_first_min numeric,
    cpa_first_hours int, cpa_deposit_min numeric, cpa_lots_min numeric, cpa_days int`,
};

const portions = {
  open: { pay_open: '1', pay_close: '0' },
  close: { pay_open: '0', pay_close: '1' },
  half: { pay_open: '0.5', pay_close: '0.5' },
} as const;

function segmentRow({ plan, ...of }: PlanSegment, segment: number) {
  const { override, revenue, caps, tiers, cpa } = plan;
  return {
    segment,
    from_at: of.from,
    to_at: of.to,
    plan_hash: of.hash,
    plan_version: of.pins.join('+'),
    currency: plan.currency,
    ...portions[plan.payOn],
    min_hold_seconds: plan.minHoldSeconds,
    hedged: plan.hedged === 'larger_side',
    bonus_money: plan.bonusMoney === 'own_share',
    spike_times: plan.spikeTimes,
    negative_stop_out: plan.negativeStopOut === 'paid',
    own_trades: plan.ownTrades === 'paid',
    swap_share: hundredth(revenue.swapPercent),
    cost_share: hundredth(revenue.costPercent),
    client_losses: revenue.clientLosses,
    override_by: override.by,
    override_per_lot: override.by === 'fixed' ? override.perLot : null,
    override_percent: override.by === 'percent_of_child' ? override.percent : null,
    tiers_max: plan.tiersMax,
    cap_at_revenue: plan.capAtRevenue,
    cap_per_deal: caps.perDeal,
    cap_per_client: caps.perClient,
    cap_per_period: caps.perPeriod,
    lifetime_share: caps.lifetimePercent === null ? null : hundredth(caps.lifetimePercent),
    tiers_by: tiers?.by ?? null,
    tiers_network: tiers?.of === 'network',
    tiers_retroactive: tiers?.mode === 'retroactive',
    after_cpa: plan.rebates === 'after_cpa',
    cpa_first_min: cpa?.firstDepositMin ?? null,
    cpa_first_hours: cpa?.firstDepositHours ?? null,
    cpa_deposit_min: cpa?.depositMin ?? null,
    cpa_lots_min: cpa?.lotsMin ?? null,
    cpa_days: cpa?.qualifyWithinDays ?? null,
  };
}

/** `12.5` is `0.125`, exact. */
function hundredth(percent: string): string {
  const [whole = '0', fraction = ''] = percent.split('.');
  const digits = whole.padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}${fraction}`;
}

const groupTable = {
  run_group:
    'segment int, ord int, name text, symbols text[], modifier numeric, min_move_points int',
};

function groupRows(plan: PartnerPlan, segment: number) {
  return plan.groups.map((group, ord) => ({
    segment,
    ord,
    name: group.name,
    symbols: group.symbols,
    modifier: group.lotModifier,
    min_move_points: group.minMovePoints,
  }));
}

const componentTable = {
  run_component: 'segment int, ord int, component text, component_ord int, rates text[]',
};

/** Group −1 is the CPA. */
function componentRows(plan: PartnerPlan, segment: number) {
  const kinds = (ord: number, of: readonly (readonly [string, number, readonly string[]])[]) =>
    of
      .filter(([, , rates]) => rates.length > 0)
      .map(([component, component_ord, rates]) => ({
        segment,
        ord,
        component,
        component_ord,
        rates,
      }));
  return [
    ...plan.groups.flatMap((group, ord) =>
      kinds(ord, [
        ['per_lot', 1, group.ratesPerLot],
        ['spread', 2, group.spreadPercents],
        ['revenue', 3, group.revenuePercents],
      ]),
    ),
    ...kinds(-1, [['cpa', 4, plan.cpa?.amounts ?? []]]),
  ];
}

async function fill(
  tx: Tx,
  table: Readonly<Record<string, string>>,
  records: readonly object[],
): Promise<void> {
  if (records.length === 0) return;
  for (const [name, columns] of Object.entries(table)) {
    await rows(
      tx,
      `insert into ${name} select * from jsonb_to_recordset(:records::jsonb) as r(${columns})`,
      { records: JSON.stringify(records) },
    );
  }
}
