import {
  assetClassOf,
  effectiveLeverage,
  type MarginTerms,
  type SymbolTraits,
} from './asset-class';
import {
  accountLeverageCap,
  type CapHolder,
  leverageCap,
  type LeverageParameters,
  regimesFor,
} from './caps';
import { type MarginRule } from './margin-rule';

/** An account as its server shows it, with the symbols in which it holds positions. */
export interface LeveragedAccount extends CapHolder {
  readonly leverage: number;
  /** Null when the server does not know the group. */
  readonly rule: MarginRule | null;
  readonly held: readonly (SymbolTraits & MarginTerms)[];
}

export type BreachCode =
  | 'LEVERAGE_ABOVE_CAP'
  | 'SYMBOL_LEVERAGE_ABOVE_CAP'
  | 'ASSET_CLASS_CLOSED'
  | 'STOP_OUT_TOO_LOW'
  | 'LADDER_REFUSED';

/** What an account has that its rules do not give it. */
export interface Breach {
  readonly code: BreachCode;
  /** The symbol or the group; empty for the account itself. */
  readonly of: string;
  readonly seen: number;
  /** Null: nothing at all. */
  readonly allowed: number | null;
  readonly source: string;
}

/** Decimals of 1:n are shown and compared to a tenth: a margin rate of 1.5 need not divide. */
const tenths = 10;

/** Everything in which an account is past the stricter of its entity's rules and its holder's country's. */
export function leverageBreaches(
  parameters: LeverageParameters,
  account: LeveragedAccount,
): Breach[] {
  return [
    ...ofAccount(parameters, account),
    ...account.held.flatMap((symbol) => ofSymbol(parameters, account, symbol)),
    ...ofStopOut(parameters, account),
  ];
}

function ofAccount(parameters: LeverageParameters, account: LeveragedAccount): Breach[] {
  const { leverage: allowed, source } = accountLeverageCap(parameters, account);
  if (account.leverage <= allowed) return [];
  return [{ code: 'LEVERAGE_ABOVE_CAP', of: '', seen: account.leverage, allowed, source }];
}

function ofSymbol(
  parameters: LeverageParameters,
  account: LeveragedAccount,
  symbol: SymbolTraits & MarginTerms,
): Breach[] {
  const assetClass = assetClassOf(symbol, parameters);
  const { cap: allowed, source } = leverageCap(parameters, { ...account, assetClass });
  const seen = Math.round(effectiveLeverage(account.leverage, symbol) * tenths) / tenths;
  const found = { of: `${symbol.name} (${assetClass})`, seen, source };
  if (allowed === null) return [{ ...found, code: 'ASSET_CLASS_CLOSED', allowed }];
  return seen <= allowed ? [] : [{ ...found, code: 'SYMBOL_LEVERAGE_ABOVE_CAP', allowed }];
}

/** Close-out protects retail clients; the highest level that a regime asks for holds. */
function ofStopOut(
  parameters: LeverageParameters,
  { category, residence, rule }: LeveragedAccount,
): Breach[] {
  if (category !== 'retail' || rule === null) return [];
  const regimes = regimesFor(parameters, residence === undefined ? {} : { residence });
  const strictest = regimes.reduce((one, other) =>
    (other.marginCloseOutPercent ?? 0) > (one.marginCloseOutPercent ?? 0) ? other : one,
  );
  const allowed = strictest.marginCloseOutPercent ?? 0;
  if (rule.stopOutPercent >= allowed) return [];
  const { source } = strictest;
  return [{ code: 'STOP_OUT_TOO_LOW', of: rule.group, seen: rule.stopOutPercent, allowed, source }];
}

/** The same breach has the same text, whenever it is seen. */
export function breachKey(breaches: readonly Breach[]): string {
  return breaches
    .map(({ code, of, seen, allowed }) => [code, of, seen, allowed ?? 'closed'].join(' '))
    .sort()
    .join('; ');
}

/** With its figures, for the person who looks: `1:50 on the account, 1:30 allowed`. */
export function breachInWords({ code, of, seen, allowed, source }: Breach): string {
  switch (code) {
    case 'LEVERAGE_ABOVE_CAP':
      return `1:${seen} on the account, 1:${allowed ?? 0} allowed (${source})`;
    case 'SYMBOL_LEVERAGE_ABOVE_CAP':
      return `1:${seen} in ${of}, 1:${allowed ?? 0} allowed (${source})`;
    case 'ASSET_CLASS_CLOSED':
      return `a position in ${of}, which is closed to retail clients (${source})`;
    case 'STOP_OUT_TOO_LOW':
      return `stop-out at ${seen} % in the group ${of}, ${allowed ?? 0} % asked for (${source})`;
    case 'LADDER_REFUSED':
      return `1:${seen} on the account, 1:${allowed ?? 0} by its equity, and the reduction was refused (${source})`;
  }
}
