import { accountLeverageCap } from '../domain/leverage/caps';
import { leverageWithin } from '../domain/policy/kinds/kyc-limits';
import { limitsOf } from './client-limits';
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

/** The strictest of what the entity's regime, the country of residence and the client's level give. */
export async function leverageCapOf(
  tx: Tx,
  {
    clientId,
    entityId,
    category,
    residence,
  }: {
    readonly clientId: string;
    readonly entityId: string;
    readonly category: string;
    readonly residence: string;
  },
): Promise<LeverageCap> {
  const policy = await effectivePolicy(tx, 'account.leverage', { entityId });
  const holder = { category: clientCategory(category), residence };
  const cap = accountLeverageCap(policy.compiled.effective.parameters, holder);
  return { ...(await withinLevel(tx, clientId, cap)), pins: policy.pins };
}

/** The cap as far as the client's level leaves it, with the row that took the rest. */
export async function withinLevel<Cap extends Omit<LeverageCap, 'pins'>>(
  tx: Tx,
  clientId: string,
  cap: Cap,
): Promise<Cap> {
  const limits = await limitsOf(tx, clientId);
  const leverage = leverageWithin(cap.leverage, limits);
  if (leverage >= cap.leverage) return cap;
  const row = limits.find((each) => each.limit === 'leverage' && each.leverage === leverage);
  return { ...cap, leverage, regime: 'level', source: row?.source ?? cap.source };
}

/** Whoever is not known to be a professional is protected as a retail client. */
export function clientCategory(category: string): 'professional' | 'retail' {
  return category === 'professional' ? 'professional' : 'retail';
}
