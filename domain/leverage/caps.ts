import { type Money, parseAmount } from '../money';

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

/** What a regulator says, of the entity or of the country where a client lives. */
export interface CapRegime {
  readonly regime: string;
  /** For retail clients. */
  readonly caps: LeverageCaps;
  /** For professionals; null = the house's own limit only. */
  readonly professionalMax: number | null;
  /** Margin close-out per account in percent of the margin used; null = none by rule. */
  readonly marginCloseOutPercent: number | null;
  readonly source: string;
}

/** A regime that follows the client: it holds beside the entity's, and the stricter of the two decides. */
export interface ResidenceRegime extends CapRegime {
  /** ISO 3166 alpha-2. */
  readonly countries: readonly string[];
}

/** Symbols by their names: `XAU*` is gold. The first that fits decides. */
export interface SymbolClass {
  readonly mask: string;
  readonly assetClass: AssetClass;
}

/** From this equity on, in the account's currency, the house gives no more than this. */
export interface LadderRung {
  /** A decimal string. */
  readonly from: string;
  readonly leverage: number;
}

export interface LeverageParameters extends CapRegime {
  /** What the house gives to anybody, whatever the regime allows. */
  readonly houseMax: number;
  readonly negativeBalanceProtection: boolean;
  /** Rebates to retail traders are an inducement in EU, UK and AU. */
  readonly rebatesToRetailTraders: boolean;
  readonly residences?: readonly ResidenceRegime[];
  readonly symbolClasses?: readonly SymbolClass[];
  readonly equityLadder?: readonly LadderRung[];
  /** Margin level that a reduction must leave, in percent, to be carried out without a person. */
  readonly marginLevelMinPercent?: number;
  /** How long before a reduction its holder is told, where the policy gives notice. */
  readonly noticeDays?: number;
}

export type ClientCategory = 'retail' | 'professional';

/** Whom a cap is asked for. */
export interface CapHolder {
  readonly category: ClientCategory;
  /** ISO 3166 alpha-2; left out, the entity's regime alone. */
  readonly residence?: string;
}

/** A cap and whose it is. `cap` null: closed to retail. */
export interface Cap {
  readonly cap: number | null;
  readonly regime: string;
  readonly source: string;
}

export interface LeverageRequest extends CapHolder {
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

/** The regimes that hold for somebody, the entity's first. */
export function regimesFor(
  parameters: LeverageParameters,
  { residence }: Pick<CapHolder, 'residence'>,
): readonly [CapRegime, ...CapRegime[]] {
  const ofResidence = (parameters.residences ?? []).filter(
    ({ countries }) => residence !== undefined && countries.includes(residence),
  );
  return [parameters, ...ofResidence];
}

/** The strictest cap in an asset class of all regimes that hold; the house's own limit is above none of them. */
export function leverageCap(
  parameters: LeverageParameters,
  { category, residence, assetClass }: Omit<LeverageRequest, 'leverage'>,
): Cap {
  const caps = regimesFor(parameters, residence === undefined ? {} : { residence }).map(
    (regime): Cap => ({
      cap: capOf(regime, { category, assetClass, houseMax: parameters.houseMax }),
      regime: regime.regime,
      source: regime.source,
    }),
  );
  // An earlier one wins a tie: what the entity's own licence says needs no explanation.
  return caps.reduce((strictest, other) => (isBelow(other, strictest) ? other : strictest));
}

function capOf(
  { caps, professionalMax }: CapRegime,
  {
    category,
    assetClass,
    houseMax,
  }: {
    readonly category: ClientCategory;
    readonly assetClass: AssetClass;
    readonly houseMax: number;
  },
): number | null {
  const byRegime = category === 'retail' ? caps[assetClass] : professionalMax;
  // A professional's regime may set no number, and an offshore regime no class: the house's limit holds.
  if (byRegime === undefined) return houseMax;
  if (byRegime === null) return category === 'retail' ? null : houseMax;
  return Math.min(byRegime, houseMax);
}

function isBelow(left: Cap, right: Cap): boolean {
  return (left.cap ?? 0) < (right.cap ?? 0);
}

/** Checks one leverage against the cap. */
export function checkLeverage(
  parameters: LeverageParameters,
  request: LeverageRequest,
): LeverageVerdict {
  const { cap } = leverageCap(parameters, request);
  if (cap === null) return { allowed: false, cap, code: 'ASSET_CLASS_CLOSED' };
  if (!Number.isInteger(request.leverage) || request.leverage < 1)
    return { allowed: false, cap, code: 'LEVERAGE_NOT_WHOLE' };
  if (request.leverage > cap) return { allowed: false, cap, code: 'LEVERAGE_ABOVE_CAP' };
  return { allowed: true, cap };
}

export interface AccountCap {
  readonly leverage: number;
  readonly regime: string;
  readonly source: string;
}

/** The cap of an account as a whole: a server knows one leverage per account, so the highest class decides; symbols cut further. */
export function accountLeverageCap(parameters: LeverageParameters, holder: CapHolder): AccountCap {
  const [first, ...others] = assetClasses.map((assetClass) =>
    leverageCap(parameters, { ...holder, assetClass }),
  );
  const { cap, regime, source } = others.reduce(
    (highest, other) => (isBelow(highest, other) ? other : highest),
    first ?? { ...parameters, cap: null },
  );
  return { leverage: Math.max(1, cap ?? 0), regime, source };
}

/** What an equity leaves of the house's leverage, by the ladder; null where no rung is reached. A ladder only reduces. */
export function ladderCap(parameters: LeverageParameters, equity: Money): number | null {
  const reached = (parameters.equityLadder ?? []).filter(
    ({ from }) => equity.amountMinor >= parseAmount(from, equity.currency),
  );
  return reached.length === 0 ? null : Math.min(...reached.map(({ leverage }) => leverage));
}
