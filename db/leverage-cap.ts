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

export async function leverageCapOf(
  tx: Tx,
  { entityId, category }: { readonly entityId: string; readonly category: string },
): Promise<LeverageCap> {
  const policy = await effectivePolicy(tx, 'account.leverage', { entityId });
  const { parameters } = policy.compiled.effective;
  return {
    leverage: accountLeverageCap(
      parameters,
      category === 'professional' ? 'professional' : 'retail',
    ),
    regime: parameters.regime,
    source: parameters.source,
    pins: policy.pins,
  };
}
