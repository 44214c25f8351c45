import { isCurrency } from '../money';
import { compareDecimals } from '../policy/fact';
import { isRebateBanned } from './inducement-ban';
import {
  meansSymbol,
  type PartnerPlan,
  type PlanCpa,
  type PlanGroup,
  type PlanProblem,
  type PlanTiers,
} from './plan';

/** Everything wrong with a plan of the right shape; an empty list is a good plan. */
export function checkPartnerPlan(plan: PartnerPlan): PlanProblem[] {
  return [
    ...(isCurrency(plan.currency)
      ? []
      : [error('/currency', `"${plan.currency}" is not a currency known here`)]),
    ...plan.groups.flatMap((group, position) => groupProblems(plan, group, position)),
    ...timingProblems(plan),
    ...(plan.tiers ? tierProblems(plan.tiers) : []),
    ...(plan.cpa ? cpaProblems(plan.cpa) : []),
    ...(plan.rebates === 'after_cpa' && plan.cpa === null
      ? [error('/rebates', 'waits for a CPA, and the plan has none')]
      : []),
    ...steps('/volumeBonus', 'fromLots', plan.volumeBonus?.map(({ fromLots }) => fromLots) ?? []),
    ...(plan.caps.lifetimePercent !== null && plan.cpa === null
      ? [warning('/caps/lifetimePercent', 'caps rebates alone: the plan has no CPA')]
      : []),
  ];
}

/** What the law of the entity's jurisdiction forbids in a plan. */
export function checkPlanForJurisdiction(plan: PartnerPlan, jurisdiction: string): PlanProblem[] {
  if (plan.ownTrades === 'unpaid' || !isRebateBanned(jurisdiction)) return [];
  const detail = `pays a trader for trading, an inducement that is forbidden in ${jurisdiction}`;
  return [error('/ownTrades', detail)];
}

function groupProblems(plan: PartnerPlan, group: PlanGroup, position: number): PlanProblem[] {
  const pointer = `/groups/${position}`;
  const before = plan.groups.slice(0, position);
  const kinds = ['ratesPerLot', 'spreadPercents', 'revenuePercents'] as const;
  const paysOtherwise = plan.cpa !== null || plan.volumeBonus !== null;
  return [
    ...(before.some(({ name }) => name === group.name)
      ? [error(`${pointer}/name`, 'is the name of two groups')]
      : []),
    ...unreachable(before, group, pointer),
    ...(kinds.every((kind) => group[kind].length === 0) && !paysOtherwise
      ? [error(`${pointer}/ratesPerLot`, 'names no rate: per lot, of the spread or of the revenue')]
      : []),
    ...(/[1-9]/.test(group.lotModifier)
      ? []
      : [error(`${pointer}/lotModifier`, 'is zero: no lot of the group would count')]),
    ...(plan.override.by === 'difference'
      ? kinds.flatMap((kind) => rising(group[kind], `${pointer}/${kind}`))
      : []),
  ];
}

function unreachable(
  before: readonly PlanGroup[],
  group: PlanGroup,
  pointer: string,
): PlanProblem[] {
  return group.symbols.flatMap((symbol, position) => {
    const taken = before.find((other) =>
      other.symbols.some((pattern) => meansSymbol(pattern, symbol)),
    );
    return taken === undefined
      ? []
      : [error(`${pointer}/symbols/${position}`, `is in the group "${taken.name}" already`)];
  });
}

/** A partner deeper down who earns more than the one above invites a made-up sub-partner. */
function rising(rates: readonly string[], pointer: string): PlanProblem[] {
  return rates.flatMap((rate, position): PlanProblem[] => {
    const above = rates[position - 1];
    if (above === undefined || compareDecimals(rate, above) <= 0) return [];
    const detail = 'is more than the level above gets: nothing is left as its difference';
    return [warning(`${pointer}/${position}`, detail)];
  });
}

/** What is only known when a position is closed cannot be asked of a plan that has paid by then. */
function timingProblems(plan: PartnerPlan): PlanProblem[] {
  if (plan.payOn !== 'open') return [];
  const detail = 'is only known when a position is closed, and the plan pays when it is opened';
  return [
    ...(plan.hedged === 'larger_side' ? [error('/hedged', detail)] : []),
    ...(plan.minHoldSeconds === null ? [] : [error('/minHoldSeconds', detail)]),
    ...plan.groups.flatMap(({ minMovePoints }, position) =>
      minMovePoints === null ? [] : [error(`/groups/${position}/minMovePoints`, detail)],
    ),
    ...(plan.revenue.clientLosses ? [error('/revenue/clientLosses', detail)] : []),
  ];
}

function tierProblems(tiers: PlanTiers): PlanProblem[] {
  return [
    ...steps(
      '/tiers/steps',
      'from',
      tiers.steps.map(({ from }) => from),
    ),
    ...tiers.steps.flatMap(({ from }, position) =>
      tiers.by === 'active_clients' && /\.\d*[1-9]/.test(from)
        ? [error(`/tiers/steps/${position}/from`, 'counts clients, which are whole')]
        : [],
    ),
  ];
}

function cpaProblems(cpa: PlanCpa): PlanProblem[] {
  return [
    ...(cpa.firstDepositHours > cpa.qualifyWithinDays * 24
      ? [error('/cpa/firstDepositHours', 'is longer than qualifyWithinDays')]
      : []),
    ...(compareDecimals(cpa.depositMin, cpa.firstDepositMin) < 0
      ? [warning('/cpa/depositMin', 'is less than firstDepositMin, which then decides alone')]
      : []),
    ...rising(cpa.amounts, '/cpa/amounts'),
  ];
}

/** Steps rise; the first is above zero, since below it the plan's own rates count. */
function steps(pointer: string, field: string, from: readonly string[]): PlanProblem[] {
  return from.flatMap((value, position) =>
    compareDecimals(value, from[position - 1] ?? '0') > 0
      ? []
      : [error(`${pointer}/${position}/${field}`, 'is not above the step before it')],
  );
}

function error(pointer: string, detail: string): PlanProblem {
  return { pointer, detail, severity: 'error' };
}

function warning(pointer: string, detail: string): PlanProblem {
  return { pointer, detail, severity: 'warning' };
}
