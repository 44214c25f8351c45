import type { ReturnOrder } from '../policy/kinds/withdrawal';

/** A deposit that money may go back to. Amounts in minor units of the withdrawal's currency. */
export interface Source {
  readonly depositId: string;
  readonly sourceId: string;
  readonly kind: 'card' | 'bank';
  readonly provider: string;
  /** Deposited, less refunds paid or on their way, less chargebacks. */
  readonly capacityMinor: bigint;
  /** RFC 3339. */
  readonly depositedAt: string;
  /** An expired instrument takes nothing back without evidence and a second person. */
  readonly expired: boolean;
}

export interface ReturnLeg {
  readonly kind: 'card_refund' | 'bank_payout';
  /** The deposit refunded; null for the excess. */
  readonly depositId: string | null;
  readonly sourceId: string | null;
  readonly provider: string;
  readonly amountMinor: bigint;
}

/** A leg as it is planned: what no card takes back has no provider before routing chooses one. */
export type PlannedLeg = Omit<ReturnLeg, 'provider'> & { readonly provider: string | null };

export interface ReturnPlan {
  readonly legs: readonly PlannedLeg[];
  /** What no source takes back: it goes to a bank account in the client's own name. */
  readonly excessMinor: bigint;
}

export interface ReturnRules {
  readonly order: ReturnOrder;
  readonly windowDays: number | null;
  readonly now: string;
}

/**
 * Splits a withdrawal over the instruments its money came from, then the excess to a bank account.
 * The legs always sum to the amount, and no source gets more than it gave.
 */
export function planReturn(
  amountMinor: bigint,
  sources: readonly Source[],
  rules: ReturnRules,
): ReturnPlan {
  if (amountMinor <= 0n) throw new RangeError('a withdrawal needs a positive amount');
  const usable = sources
    .filter(
      (source) =>
        source.kind === 'card' &&
        !source.expired &&
        source.capacityMinor > 0n &&
        inWindow(source, rules),
    )
    .sort(
      (a, b) =>
        a.depositedAt.localeCompare(b.depositedAt) || a.depositId.localeCompare(b.depositId),
    );
  const shares =
    rules.order === 'PROPORTIONAL'
      ? proportional(amountMinor, usable)
      : inOrder(amountMinor, usable);
  const legs: PlannedLeg[] = [];
  let left = amountMinor;
  for (const [position, source] of usable.entries()) {
    const share = shares[position] ?? 0n;
    if (share === 0n) continue;
    legs.push({
      kind: 'card_refund',
      depositId: source.depositId,
      sourceId: source.sourceId,
      provider: source.provider,
      amountMinor: share,
    });
    left -= share;
  }
  if (left > 0n) {
    legs.push({
      kind: 'bank_payout',
      depositId: null,
      sourceId: null,
      provider: null,
      amountMinor: left,
    });
  }
  return { legs, excessMinor: left };
}

function inWindow(source: Source, rules: ReturnRules): boolean {
  if (rules.windowDays === null) return true;
  return Date.parse(rules.now) - Date.parse(source.depositedAt) <= rules.windowDays * 86_400_000;
}

function inOrder(amountMinor: bigint, sources: readonly Source[]): bigint[] {
  let left = amountMinor;
  return sources.map((source) => {
    const share = source.capacityMinor < left ? source.capacityMinor : left;
    left -= share;
    return share;
  });
}

/** By capacity, the odd minor units to the largest remainders, the oldest first among equals. */
function proportional(amountMinor: bigint, sources: readonly Source[]): bigint[] {
  const total = sources.reduce((sum, source) => sum + source.capacityMinor, 0n);
  if (total <= amountMinor) return sources.map((source) => source.capacityMinor);
  const shares = sources.map((source) => (amountMinor * source.capacityMinor) / total);
  const remainders = sources.map((source, position) => ({
    position,
    remainder: (amountMinor * source.capacityMinor) % total,
  }));
  remainders.sort((a, b) =>
    a.remainder === b.remainder ? a.position - b.position : a.remainder > b.remainder ? -1 : 1,
  );
  let odd = amountMinor - shares.reduce((sum, share) => sum + share, 0n);
  for (const { position } of remainders) {
    if (odd === 0n) break;
    shares[position] = (shares[position] ?? 0n) + 1n;
    odd -= 1n;
  }
  return shares;
}
