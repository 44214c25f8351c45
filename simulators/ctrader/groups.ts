import type { GroupSpec } from '../brokerage/groups';

/**
 * A cTrader group has no currency, an account chooses its own. The book keeps one entry for each pair,
 * `cy-std/USD`; on the wire the two are apart.
 */
export const GROUPS: readonly GroupSpec[] = [
  ...group('cy-std', 100, 50, 100n),
  ...group('cy-pro', 100, 50, 350n),
  ...group('off-std', 80, 20, 100n),
  ...group('off-pro', 80, 20, 350n),
  ...group('demo-std', 100, 50, 100n),
];

export interface CtraderGroup {
  readonly id: number;
  readonly name: string;
  readonly marginStopOut: number;
}

/** The groups as cTrader counts them. */
export const CTRADER_GROUPS: readonly CtraderGroup[] = [
  ...new Map(GROUPS.map((spec) => [splitGroup(spec.name).name, spec.marginStopOut])),
].map(([name, marginStopOut], index) => ({ id: 11 + index, name, marginStopOut }));

export function splitGroup(pair: string): { name: string; currency: string } {
  const [name = '', currency = ''] = pair.split('/');
  return { name, currency };
}

export function groupId(pair: string): number {
  const { name } = splitGroup(pair);
  return CTRADER_GROUPS.find((group) => group.name === name)?.id ?? 0;
}

/** Currencies in which an account may be held. */
export const DEPOSIT_CURRENCIES = ['USD', 'EUR'] as const;

function group(
  name: string,
  marginCall: number,
  marginStopOut: number,
  commissionPerLotMinor: bigint,
): GroupSpec[] {
  const demoLeverage = name.startsWith('demo') ? 100 : 0;
  return ['USD', 'EUR'].map((currency) => ({
    name: `${name}/${currency}`,
    currency,
    marginCall,
    marginStopOut,
    demoLeverage,
    commissionPerLotMinor,
    // An account is swap-free by itself.
    swapFree: false,
  }));
}
