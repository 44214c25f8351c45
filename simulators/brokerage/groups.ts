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
