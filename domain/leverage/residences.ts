import { eeaCountries } from '../kyc/countries';
import { assetClasses, type LeverageCaps, type ResidenceRegime, type SymbolClass } from './caps';
import { leverageRegimes } from './regimes';

/** What shipped regimes follow a client home: their caps are the regulator's, not the licence's. */
export const shippedResidences: readonly ResidenceRegime[] = [
  follows('esma', eeaCountries),
  follows('fca', ['GB']),
  follows('asic', ['AU']),
  follows('nfa', ['US']),
  { ...follows('jfsa', ['JP']), caps: everyClass(25) },
  { ...follows('mas', ['SG']), caps: everyClass(20) },
];

function follows(
  name: keyof typeof leverageRegimes,
  countries: readonly string[],
): ResidenceRegime {
  const { regime, caps, professionalMax, marginCloseOutPercent, source } = leverageRegimes[name];
  return { regime, countries, caps, professionalMax, marginCloseOutPercent, source };
}

/** One number whatever is traded: a class without one would be the entity's own to decide. */
function everyClass(cap: number): LeverageCaps {
  return Object.fromEntries(assetClasses.map((assetClass) => [assetClass, cap]));
}

const classes = (assetClass: SymbolClass['assetClass'], ...masks: string[]): SymbolClass[] =>
  masks.map((mask) => ({ mask, assetClass }));

/** Names that servers give to what is no pair of currencies; the nine major indices are those of ESMA 2018/796. */
export const shippedSymbolClasses: readonly SymbolClass[] = [
  ...classes('gold', 'XAU*', 'GOLD*'),
  ...classes('commodity', 'XAG*', 'XPT*', 'XPD*', 'SILVER*', '*OIL*', 'BRENT*', 'WTI*', 'NGAS*'),
  ...classes('index_major', 'GER30*', 'GER40*', 'DE30*', 'DE40*', 'DAX*', 'UK100*', 'FRA40*'),
  ...classes('index_major', 'US30*', 'US500*', 'SPX*', 'US100*', 'NAS100*', 'JP225*', 'JPN225*'),
  ...classes('index_major', 'AUS200*', 'EU50*', 'STOXX50*'),
  ...classes('index_minor', 'ESP35*', 'ITA40*', 'NETH25*', 'SUI20*', 'HK50*', 'CHINA50*'),
  ...classes('crypto', 'BTC*', 'ETH*', 'LTC*', 'XRP*', 'BCH*', 'SOL*', 'ADA*', 'DOGE*'),
];
