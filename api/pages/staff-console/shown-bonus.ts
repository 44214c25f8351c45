import type { Money } from '../../../domain/money';
import { remainingMinor, type Bonus } from '../../../db/bonuses';

/** A bonus with what of it stands on the account. */
export function shownBonus(bonus: Bonus): Bonus & { readonly remaining: Money } {
  const { currency } = bonus;
  return { ...bonus, remaining: { amountMinor: remainingMinor(bonus), currency } };
}
