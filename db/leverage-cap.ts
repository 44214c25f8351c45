import { accountLeverageCap } from '../domain/leverage/caps';
import type { Tx } from './connection';
import { effectivePolicy } from './policies';

/** The highest leverage that the policy in force gives an account, and whose rule that is. */
export interface LeverageCap {
  readonly leverage: number;
  readonly regime: string;
  readonly source: string;
  /** Versions of the policy. */
  readonly pins: readonly string[];
}

/** The stricter of what the entity's regime and the country of residence give. */
export async function leverageCapOf(
  tx: Tx,
  {
    entityId,
    category,
    residence,
  }: { readonly entityId: string; readonly category: string; readonly residence: string },
): Promise<LeverageCap> {
  const policy = await effectivePolicy(tx, 'account.leverage', { entityId });
  const holder = { category: clientCategory(category), residence };
  return {
    ...accountLeverageCap(policy.compiled.effective.parameters, holder),
    pins: policy.pins,
  };
}

/** Whoever is not known to be a professional is protected as a retail client. */
export function clientCategory(category: string): 'professional' | 'retail' {
  return category === 'professional' ? 'professional' : 'retail';
}
