import { type AssetClass, type LeverageParameters } from './caps';

/** A symbol as its server describes it. */
export interface SymbolTraits {
  readonly name: string;
  readonly baseCurrency: string;
  readonly profitCurrency: string;
}

/** Pairs of two of these are major ones (ESMA 2018/796 recital 42). */
const majors: ReadonlySet<string> = new Set(['USD', 'EUR', 'JPY', 'GBP', 'CAD', 'CHF']);
const currency = /^[A-Z]{3}$/;

/** The class of a symbol: by the policy's masks, else a pair of currencies by its two sides, else `other`. */
export function assetClassOf(
  { name, baseCurrency, profitCurrency }: SymbolTraits,
  { symbolClasses = [] }: Pick<LeverageParameters, 'symbolClasses'>,
): AssetClass {
  const named = symbolClasses.find(({ mask }) => fits(name, mask));
  if (named) return named.assetClass;
  const isPair =
    baseCurrency !== profitCurrency && currency.test(baseCurrency) && currency.test(profitCurrency);
  if (!isPair) return 'other';
  return majors.has(baseCurrency) && majors.has(profitCurrency) ? 'fx_major' : 'fx_minor';
}

/** `*` stands for any text; case does not matter, since servers spell as they like. */
function fits(name: string, mask: string): boolean {
  const parts = mask.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(name);
}

/** How a symbol asks for margin. */
export interface MarginTerms {
  /** How many times the ordinary margin it asks: 1.5 makes 1:20 of 1:30. */
  readonly marginRate: number;
  /** False: its margin does not depend on the account's leverage. */
  readonly usesAccountLeverage: boolean;
}

/** What the account's leverage comes to in a symbol, since leverage lives in the symbol's margin too. */
export function effectiveLeverage(
  accountLeverage: number,
  { marginRate, usesAccountLeverage }: MarginTerms,
): number {
  return (usesAccountLeverage ? accountLeverage : 1) / marginRate;
}
