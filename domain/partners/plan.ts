import { exponentOf, isCurrency } from '../money';
import { compareDecimals } from '../policy/fact';

/** What a partner above the direct one gets for the same deal. */
export type OverrideRule =
  /** The own rate less the highest rate below: parent 7, child 5 gives 2. */
  | { readonly by: 'difference' }
  /** The same sum per lot at every tier above the first, in the plan's currency. */
  | { readonly by: 'fixed'; readonly perLot: string }
  /** A share of what the tier below gets per lot. */
  | { readonly by: 'percent_of_child'; readonly percent: string };

/** Symbols with one rate. The first group that has the symbol counts. */
export interface PlanGroup {
  readonly name: string;
  /** `EURUSD`, or a beginning: `XAU*`; `*` is every symbol. */
  readonly symbols: readonly string[];
  /**
   * Per lot closed, decimal strings in the plan's currency, by the partner's level in the network:
   * the first is a root partner's. Deeper levels than there are rates get the last.
   */
  readonly ratesPerLot: readonly string[];
  /** A deal counts when its price moved by more points than this; null switches the rule off. */
  readonly minMovePoints: number | null;
}

/**
 * A partner plan, the parameter `plan` of the policy kind `partner.plan`. Commission is earned when a
 * position, or a part of one, is closed.
 */
export interface PartnerPlan {
  /** Of rates and fixed overrides. Lines are paid in the plan set's currency. */
  readonly currency: string;
  readonly payOn: 'close';
  readonly groups: readonly PlanGroup[];
  /** A deal counts when it was held at least so long; null switches the rule off. */
  readonly minHoldSeconds: number | null;
  readonly override: OverrideRule;
  /** Tiers that are paid for one deal, the direct partner's included. */
  readonly tiersMax: number;
  /** All tiers together get no more than the deal brought in. */
  readonly capAtRevenue: boolean;
  /** Less than this stays with the house until it has grown, in the plan set's currency. */
  readonly minimumPayout: string;
  /** A period is computed when every feed is past its end by so much. */
  readonly latenessMinutes: number;
}

/** A thing wrong with a plan, with a JSON pointer into it. An `error` stops its publication. */
export interface PlanProblem {
  readonly pointer: string;
  readonly detail: string;
  readonly severity: 'error' | 'warning';
}

/** The plan cannot be used; `problems` say where and why. */
export class PlanInvalid extends Error {
  override readonly name = 'PlanInvalid';
  constructor(readonly problems: readonly PlanProblem[]) {
    super(problems.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '));
  }
}

export const groupsMax = 50;
export const symbolsPerGroupMax = 200;
/** `partner.level` is at most this (007_client). */
export const levelsMax = 10;

/** Everything wrong with a plan of the right shape; an empty list is a good plan. */
export function checkPartnerPlan(plan: PartnerPlan): PlanProblem[] {
  const problems: PlanProblem[] = [];
  if (!isCurrency(plan.currency)) {
    problems.push(error('/currency', `"${plan.currency}" is not a currency known here`));
  }
  const seen = new Set<string>();
  plan.groups.forEach((group, position) => {
    const pointer = `/groups/${position}`;
    if (seen.has(group.name)) problems.push(error(`${pointer}/name`, 'is the name of two groups'));
    seen.add(group.name);
    problems.push(...unreachable(plan.groups.slice(0, position), group, pointer));
    if (plan.override.by === 'difference') problems.push(...rising(group, pointer));
  });
  return problems;
}

/** The smallest payout in minor units of the currency it is paid in; a part of a unit counts as one. */
export function minimumPayoutMinor(plan: PartnerPlan, currency: string): bigint {
  const [whole = '0', fraction = ''] = plan.minimumPayout.split('.');
  const exponent = exponentOf(currency);
  const kept = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0'));
  return /[1-9]/.test(fraction.slice(exponent)) ? kept + 1n : kept;
}

/** Whether the pattern of a group means the symbol; the engine's SQL says the same. */
export function meansSymbol(pattern: string, symbol: string): boolean {
  return pattern.endsWith('*') ? symbol.startsWith(pattern.slice(0, -1)) : pattern === symbol;
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
function rising({ ratesPerLot }: PlanGroup, pointer: string): PlanProblem[] {
  return ratesPerLot.flatMap((rate, position): PlanProblem[] => {
    const above = ratesPerLot[position - 1];
    if (above === undefined || compareDecimals(rate, above) <= 0) return [];
    const detail = 'is more than the level above gets: nothing is left as its difference';
    return [{ pointer: `${pointer}/ratesPerLot/${position}`, detail, severity: 'warning' }];
  });
}

function error(pointer: string, detail: string): PlanProblem {
  return { pointer, detail, severity: 'error' };
}
