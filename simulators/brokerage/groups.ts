/** A group of accounts: one currency, margin rules, commission. */
export interface GroupSpec {
  name: string;
  currency: string;
  marginCall: number;
  marginStopOut: number;
  demoLeverage: number;
  /** Commission per lot and side, in minor units of the account currency. */
  commissionPerLotMinor: bigint;
  /** Its accounts may close what they have and open nothing. */
  closeOnly?: boolean;
  /** Its accounts neither pay nor get swaps. */
  swapFree: boolean;
}

/** How a MetaTrader server names its groups and what it lends to demo accounts. */
export interface MetaTraderNames {
  real: string;
  demo: string;
  /** Default leverage of real groups; demo groups have 100. */
  realLeverage: number;
}

/** The groups of a simulated MetaTrader server: one list, named as the platform names them. */
export function metaTraderGroups({ real, demo, realLeverage }: MetaTraderNames): GroupSpec[] {
  const group = (
    name: string,
    currency: string,
    [marginCall, marginStopOut]: readonly [number, number],
    commissionPerLotMinor: bigint,
  ): GroupSpec => ({
    name,
    currency,
    marginCall,
    marginStopOut,
    demoLeverage: name.startsWith(demo) ? 100 : realLeverage,
    commissionPerLotMinor,
    swapFree: name.endsWith('-sf'),
  });
  const cyprus = [100, 50] as const;
  const offshore = [80, 20] as const;
  return [
    group(`${real}cy-usd-std`, 'USD', cyprus, 100n),
    group(`${real}cy-eur-std`, 'EUR', cyprus, 100n),
    group(`${real}cy-usd-pro`, 'USD', cyprus, 350n),
    group(`${real}cy-eur-pro`, 'EUR', cyprus, 350n),
    group(`${real}cy-usd-sf`, 'USD', cyprus, 250n),
    group(`${real}cy-eur-sf`, 'EUR', cyprus, 250n),
    group(`${real}off-usd-std`, 'USD', offshore, 100n),
    group(`${real}off-eur-std`, 'EUR', offshore, 100n),
    group(`${real}off-usd-pro`, 'USD', offshore, 350n),
    group(`${real}off-usd-sf`, 'USD', offshore, 250n),
    group(`${demo}usd-std`, 'USD', cyprus, 100n),
    group(`${demo}eur-std`, 'EUR', cyprus, 100n),
    { ...group(`${real}close-usd`, 'USD', cyprus, 100n), closeOnly: true },
    { ...group(`${real}close-eur`, 'EUR', cyprus, 100n), closeOnly: true },
  ];
}

/** MetaTrader name masks: `real*,!*vip*` — comma separated, `*` is any text, `!` excludes; excluding wins. */
export function matchesMask(name: string, mask: string): boolean {
  const parts = mask
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const matching = (part: string): boolean => wildcard(part).test(name);
  const excluded = parts
    .filter((part) => part.startsWith('!'))
    .some((part) => matching(part.slice(1)));
  const included = parts.filter((part) => !part.startsWith('!'));
  return !excluded && (included.length === 0 ? parts.length > 0 : included.some(matching));
}

function wildcard(part: string): RegExp {
  const escaped = part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*');
  return new RegExp(`^${escaped}$`, 'i');
}
