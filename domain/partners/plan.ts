import { exponentOf } from '../money';
import type { UnpaidRule } from './standing';

/** What a partner above the direct one gets for the same deal. */
export type OverrideRule =
  /** The own rate less the highest rate below: parent 7, child 5 gives 2. */
  | { readonly by: 'difference' }
  /** The same sum per lot at every tier above the first, in the plan's currency, and nothing else. */
  | { readonly by: 'fixed'; readonly perLot: string }
  /** A share of what the tier below gets. */
  | { readonly by: 'percent_of_child'; readonly percent: string };

/**
 * Symbols with rates of their own. The first group that has the symbol counts. A deal earns the sum of what the rates
 * give: one kind alone, or a hybrid. Rates stand by the partner's level in the network: the first is a root partner's,
 * deeper levels than there are rates get the last; none at all switches the kind off.
 */
export interface PlanGroup {
  readonly name: string;
  /** `EURUSD`, or a beginning: `XAU*`; `*` is every symbol. */
  readonly symbols: readonly string[];
  /** Per lot, decimal strings in the plan's currency. */
  readonly ratesPerLot: readonly string[];
  /** Of the spread that the deal paid. */
  readonly spreadPercents: readonly string[];
  /** Of what the deal brought in: see `PlanRevenue`. */
  readonly revenuePercents: readonly string[];
  /** What a lot of these symbols counts, for rates per lot, tiers and the volume bonus. */
  readonly lotModifier: string;
  /** A deal counts when its price moved by more points than this; null switches the rule off. */
  readonly minMovePoints: number | null;
}

/** What a deal brought in: spread and commission, and what else the plan counts. */
export interface PlanRevenue {
  /** The mark-up in the swap that clients pay. */
  readonly swapPercent: string;
  /** Bonus costs and providers' fees, which no deal names: a share of spread, commission and swap mark-up. */
  readonly costPercent: string;
  /** A client's loss is the house's revenue, and a client's profit its loss: the only way to negative commission. */
  readonly clientLosses: boolean;
}

/** Amounts in the plan's currency; null is no cap. Each is shared out by largest remainder. */
export interface PlanCaps {
  /** All tiers of one deal. */
  readonly perDeal: string | null;
  /** All partners, for one client in one period. */
  readonly perClient: string | null;
  /** One partner in one period. */
  readonly perPeriod: string | null;
  /** CPA and rebates for a client, ever: a share of what the client ever brought in. */
  readonly lifetimePercent: string | null;
}

/** Rates that rise with what a partner brings. Below the first step they are the plan's own. */
export interface PlanTiers {
  readonly by: 'lots' | 'active_clients';
  /** Whose trading counts: that of the partner's own clients, or of everybody below as well. */
  readonly of: 'own_clients' | 'network';
  /** `prospective`: for what is closed after the step was reached. `retroactive`: for the whole period. */
  readonly mode: 'prospective' | 'retroactive';
  readonly steps: readonly { readonly from: string; readonly percent: string }[];
}

/** A sum for a client who came to stay, once. Times run from the client's first deposit. */
export interface PlanCpa {
  /** By the partner's level, in the plan's currency. */
  readonly amounts: readonly string[];
  /** The first-time deposit is all that is paid in within `firstDepositHours`, and it is at least this. */
  readonly firstDepositMin: string;
  readonly firstDepositHours: number;
  /** All deposits within `qualifyWithinDays` are at least this. */
  readonly depositMin: string;
  /** Lots closed within `qualifyWithinDays`. */
  readonly lotsMin: string;
  readonly qualifyWithinDays: number;
}

/** When commission is paid that is approved by then; of a period by the day it is the first working day after it. */
export interface PaymentDays {
  /** 1 to 28: after a month, that day of the next one. Null pays when it is approved. */
  readonly ofMonth: number | null;
  /** 1 is Monday, 7 is Sunday: after a week, that day of the next one. Null pays when it is approved. */
  readonly ofWeek: number | null;
}

/** What follows when a partner is suspended or its agreement ends. */
export interface PartnerEnding {
  /** Whether the links of a suspended partner still bring it clients. */
  readonly suspendedLinks: 'attribute' | 'stop';
  /** What a terminated partner has earned and was not paid. */
  readonly unpaid: UnpaidRule;
  /** Where the partners right below a terminated or deceased one go, with everybody below them: the top is the house's. */
  readonly below: 'parent' | 'house';
  /** Days after termination for which the portal stays open. */
  readonly accessDays: number;
}

/** From where on an approver is told; amounts are in the plan set's currency, null tells of nothing. */
export interface ApprovalChecks {
  /** More than so many times the last period, and more by `jumpAmount`, needs two approvals. */
  readonly jumpTimes: string;
  readonly jumpAmount: string | null;
  /** Lots closed by clients who came by a link, or had a partner before, and were nobody's. */
  readonly unassignedLots: string | null;
  /** What caps have cut off. */
  readonly cappedAmount: string | null;
}

/** A partner plan, the parameter `plan` of the policy kind `partner.plan`. */
export interface PartnerPlan {
  /** Of rates, amounts and caps. Lines are paid in the plan set's currency. */
  readonly currency: string;
  /** When a deal earns. `half`: half the rate at the opening, half at the closing. */
  readonly payOn: 'open' | 'close' | 'half';
  readonly groups: readonly PlanGroup[];
  /** A deal counts when it was held at least so long; null switches the rule off. */
  readonly minHoldSeconds: number | null;
  /** `larger_side`: of opposite volume of one account and symbol that was open together, the larger side is paid. */
  readonly hedged: 'all' | 'larger_side';
  /** `own_share`: × (equity − credit) ÷ equity of the account when it dealt. */
  readonly bonusMoney: 'full' | 'own_share';
  /** A spread above so many times the symbol's average is a spike: × average ÷ spread. Null switches the rule off. */
  readonly spikeTimes: string | null;
  /** Whether a stop-out that left the account below zero is paid. */
  readonly negativeStopOut: 'paid' | 'unpaid';
  /** Whether partners earn from their own trading: a rebate to a trader, which some laws forbid. */
  readonly ownTrades: 'paid' | 'unpaid';
  readonly revenue: PlanRevenue;
  readonly override: OverrideRule;
  /** Tiers that are paid for one deal, the direct partner's included. */
  readonly tiersMax: number;
  /** All tiers together get no more than the deal brought in. */
  readonly capAtRevenue: boolean;
  readonly caps: PlanCaps;
  readonly tiers: PlanTiers | null;
  readonly cpa: PlanCpa | null;
  /** Whether deals earn from the first day, or only after the client's CPA. */
  readonly rebates: 'first_day' | 'after_cpa';
  /** Per lot of the partner's own clients in the period, by the highest step that was reached. */
  readonly volumeBonus: readonly { readonly fromLots: string; readonly perLot: string }[] | null;
  readonly paidOn: PaymentDays;
  readonly ending: PartnerEnding;
  readonly checks: ApprovalChecks;
  /** Less than this stays with the house until it has grown, in the plan set's currency. */
  readonly minimumPayout: string;
  /** Whether a balance below zero is set off against later earnings. */
  readonly negativeCarryOver: boolean;
  /** A chargeback takes back the CPA, and what the disputed money earned, of so many days. */
  readonly clawBackDays: number;
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
export const stepsMax = 20;
/** `partner.level` is at most this (007_client). */
export const levelsMax = 10;

/** The smallest payout in minor units of the currency it is paid in; a part of a unit counts as one. */
export function minimumPayoutMinor(plan: PartnerPlan, currency: string): bigint {
  return planAmountMinor(plan.minimumPayout, currency);
}

/** An amount of a plan in minor units of the currency; what is finer than them counts as one more. */
export function planAmountMinor(amount: string, currency: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  const exponent = exponentOf(currency);
  const kept = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0'));
  return /[1-9]/.test(fraction.slice(exponent)) ? kept + 1n : kept;
}

/** Whether the pattern of a group means the symbol; the engine's SQL says the same. */
export function meansSymbol(pattern: string, symbol: string): boolean {
  return pattern.endsWith('*') ? symbol.startsWith(pattern.slice(0, -1)) : pattern === symbol;
}
