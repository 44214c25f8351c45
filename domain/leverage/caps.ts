/** Asset classes that regulators cap apart (ESMA 2018/796, CySEC PS-04-2019, FCA PS19/18, ASIC 2020/986). */
export const assetClasses = [
  'fx_major',
  'fx_minor',
  'gold',
  'index_major',
  'index_minor',
  'commodity',
  'equity',
  'crypto',
  'other',
] as const;
export type AssetClass = (typeof assetClasses)[number];

/** A cap per asset class: 1:n at most, `null` = not offered to retail, absent = the house's own limit only. */
export type LeverageCaps = Readonly<Partial<Record<AssetClass, number | null>>>;

export interface LeverageParameters {
  readonly regime: string;
  /** For retail clients. */
  readonly caps: LeverageCaps;
  /** For professionals; null = the house's own limit only. */
  readonly professionalMax: number | null;
  /** What the house gives to anybody, whatever the regime allows. */
  readonly houseMax: number;
  /** Margin close-out per account in percent of the margin used; null = none by rule. */
  readonly marginCloseOutPercent: number | null;
  readonly negativeBalanceProtection: boolean;
  /** Rebates to retail traders are an inducement in EU, UK and AU. */
  readonly rebatesToRetailTraders: boolean;
  readonly source: string;
}

export type ClientCategory = 'retail' | 'professional';

export interface LeverageRequest {
  readonly category: ClientCategory;
  readonly assetClass: AssetClass;
  /** 1:n, a whole number of at least 1. */
  readonly leverage: number;
}

export type LeverageVerdict =
  | { readonly allowed: true; readonly cap: number }
  | {
      readonly allowed: false;
      readonly cap: number | null;
      readonly code: 'LEVERAGE_ABOVE_CAP' | 'ASSET_CLASS_CLOSED' | 'LEVERAGE_NOT_WHOLE';
    };

/** The highest leverage of a category in an asset class, or null when the class is closed to it. */
export function leverageCap(
  parameters: LeverageParameters,
  category: ClientCategory,
  assetClass: AssetClass,
): number | null {
  const byRegime = category === 'retail' ? parameters.caps[assetClass] : parameters.professionalMax;
  // A professional's regime may set no number, and an offshore regime no class: the house's limit holds.
  if (byRegime === undefined) return parameters.houseMax;
  if (byRegime === null) return category === 'retail' ? null : parameters.houseMax;
  return Math.min(byRegime, parameters.houseMax);
}

/** Checks one leverage against the cap. */
export function checkLeverage(
  parameters: LeverageParameters,
  request: LeverageRequest,
): LeverageVerdict {
  const cap = leverageCap(parameters, request.category, request.assetClass);
  if (cap === null) return { allowed: false, cap, code: 'ASSET_CLASS_CLOSED' };
  if (!Number.isInteger(request.leverage) || request.leverage < 1)
    return { allowed: false, cap, code: 'LEVERAGE_NOT_WHOLE' };
  if (request.leverage > cap) return { allowed: false, cap, code: 'LEVERAGE_ABOVE_CAP' };
  return { allowed: true, cap };
}

/** The cap of an account as a whole: a server knows one leverage per account, so the highest class decides; symbols cut further. */
export function accountLeverageCap(
  parameters: LeverageParameters,
  category: ClientCategory,
): number {
  const caps = assetClasses.map((assetClass) => leverageCap(parameters, category, assetClass) ?? 0);
  return Math.max(1, ...caps);
}
