import type { TradingGroup } from '../trading/account';
import type { PlatformCapabilities } from '../trading/capabilities';

/**
 * How an account that moves to another platform is kept from opening positions while it waits to be flat: by a right
 * of its log-in, by a group in which only closing is allowed, or by nothing. Then the feed's deals alone tell.
 */
export type Restraint =
  | { readonly by: 'login' }
  | { readonly by: 'group'; readonly group: string }
  | { readonly by: 'watch' };

/**
 * What the platform can do. `named` are the groups for closing that policy knows, in the order of choice: the first
 * that the server has in the account's currency.
 */
export function chooseRestraint(
  { closeOnly }: Pick<PlatformCapabilities, 'closeOnly'>,
  {
    named,
    groups,
    currency,
  }: {
    readonly named: readonly string[];
    readonly groups: readonly Pick<TradingGroup, 'name' | 'currency'>[];
    readonly currency: string;
  },
): Restraint {
  if (closeOnly === 'login') return { by: 'login' };
  const group = named.find((name) =>
    groups.some((known) => known.name === name && known.currency === currency),
  );
  return group === undefined ? { by: 'watch' } : { by: 'group', group };
}
