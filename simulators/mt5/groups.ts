/** A group of accounts: one currency, margin rules, commission. */
export interface GroupSpec {
  name: string;
  currency: 'USD' | 'EUR';
  marginCall: number;
  marginStopOut: number;
  demoLeverage: number;
  /** Commission per lot and side, in minor units of the account currency. */
  commissionPerLotMinor: bigint;
}

export const GROUPS: readonly GroupSpec[] = [
  group('real\\cy-usd-std', 'USD', 100, 50, 100n),
  group('real\\cy-eur-std', 'EUR', 100, 50, 100n),
  group('real\\cy-usd-pro', 'USD', 100, 50, 350n),
  group('real\\off-usd-std', 'USD', 80, 20, 100n),
  group('real\\off-eur-std', 'EUR', 80, 20, 100n),
  group('real\\off-usd-pro', 'USD', 80, 20, 350n),
  group('demo\\usd-std', 'USD', 100, 50, 100n),
  group('demo\\eur-std', 'EUR', 100, 50, 100n),
];

export function findGroup(name: string): GroupSpec | undefined {
  return GROUPS.find((known) => known.name.toLowerCase() === name.toLowerCase());
}

/** MT5 name masks: `real*,!*vip*` — comma separated, `*` is any text, `!` excludes; excluding wins. */
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

function group(
  name: string,
  currency: 'USD' | 'EUR',
  marginCall: number,
  marginStopOut: number,
  commissionPerLotMinor: bigint,
): GroupSpec {
  const demoLeverage = name.startsWith('demo') ? 100 : 0;
  return { name, currency, marginCall, marginStopOut, demoLeverage, commissionPerLotMinor };
}
