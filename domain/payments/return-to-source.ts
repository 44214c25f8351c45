import type { Capabilities } from './capabilities';
import type { ReturnOrder } from '../policy/kinds/withdrawal';

/** A deposit that money may go back to. Amounts in minor units of its own currency, which is the withdrawal's. */
export interface Source {
  readonly depositId: string;
  /** Null where what paid cannot be paid: tokens came from an address that is an exchange's, often. */
  readonly sourceId: string | null;
  /**
   * `card`: refunded. `bank`: paid out to the account that paid in. `crypto_address`: paid out to an address that the
   * client names. Any other kind by its `way`.
   */
  readonly kind: string;
  readonly provider: string;
  /** How what is no card gets money back from the provider that took it; nothing goes back to it without. */
  readonly way?: WayBack | undefined;
  /** Deposited, less refunds paid or on their way, less chargebacks. */
  readonly capacityMinor: bigint;
  /** RFC 3339. */
  readonly depositedAt: string;
  /** An expired instrument takes nothing back: its share goes to a bank account, with evidence and by a second person. */
  readonly expired: boolean;
}

/** By giving the payment back, or by a payout to the wallet or phone that paid. */
export type WayBack = 'refund' | 'payout';

export const legKinds = [
  'card_refund',
  'bank_payout',
  'source_refund',
  'source_payout',
  'crypto_payout',
] as const;
export type LegKind = (typeof legKinds)[number];

/** Whether a leg gives a payment back, and is not a payment of its own. */
export function isRefund({ kind }: { readonly kind: LegKind }): boolean {
  return kind === 'card_refund' || kind === 'source_refund';
}

/** How the provider that took a payment pays it back to what is no card; undefined when it cannot. */
export function wayBack(
  { operations }: Capabilities,
  source: { readonly kind: string; readonly currency: string; readonly hasAddress: boolean },
): WayBack | undefined {
  const { refund, payout } = operations;
  if (refund && Object.hasOwn(refund.limits, source.currency)) return 'refund';
  const reaches = (payout?.destinations ?? []).some((kind) => kind === source.kind);
  return reaches && source.hasAddress && payout && Object.hasOwn(payout.limits, source.currency)
    ? 'payout'
    : undefined;
}

export interface ReturnLeg {
  readonly kind: LegKind;
  /** The deposit whose capacity it uses up; null for the excess. */
  readonly depositId: string | null;
  /** The instrument that is paid; null for the bank account or address that the client names. */
  readonly sourceId: string | null;
  readonly provider: string;
  readonly amountMinor: bigint;
}

/** A leg as it is planned: what goes where the client says has no provider before routing chooses one. */
export type PlannedLeg = Omit<ReturnLeg, 'provider'> & { readonly provider: string | null };

export interface ReturnPlan {
  readonly legs: readonly PlannedLeg[];
  /** What no source takes back, the profit: it goes to a bank account in the client's own name, or their own address. */
  readonly excessMinor: bigint;
  /** The expired instruments whose share goes to a bank account instead. */
  readonly expiredSourceIds: readonly string[];
}

export interface ReturnRules {
  readonly order: ReturnOrder;
  readonly windowDays: number | null;
  readonly now: string;
  /** How the client is paid where they say; tokens never leave by a bank. */
  readonly toNamed?: 'bank_payout' | 'crypto_payout';
}

/**
 * Splits a withdrawal over the instruments its money came from, then the excess to a bank account. The legs always
 * sum to the amount, and no deposit gives back more than it brought, whichever instrument gets it.
 */
export function planReturn(
  amountMinor: bigint,
  sources: readonly Source[],
  rules: ReturnRules,
): ReturnPlan {
  if (amountMinor <= 0n) throw new RangeError('a withdrawal needs a positive amount');
  const usable = sources
    .filter(
      (source) => takesBack(source, rules) && source.capacityMinor > 0n && inWindow(source, rules),
    )
    .sort(
      (a, b) =>
        rankOf(a, rules.order) - rankOf(b, rules.order) ||
        a.depositedAt.localeCompare(b.depositedAt) ||
        a.depositId.localeCompare(b.depositId),
    );
  const shares =
    rules.order === 'PROPORTIONAL'
      ? proportional(amountMinor, usable)
      : inOrder(amountMinor, usable);
  const legs: PlannedLeg[] = [];
  const expired = new Set<string>();
  let left = amountMinor;
  for (const [position, source] of usable.entries()) {
    const share = shares[position] ?? 0n;
    if (share === 0n) continue;
    legs.push(legTo(source, share));
    if (source.expired && source.sourceId !== null) expired.add(source.sourceId);
    left -= share;
  }
  if (left > 0n) {
    legs.push({
      kind: rules.toNamed ?? 'bank_payout',
      depositId: null,
      sourceId: null,
      provider: null,
      amountMinor: left,
    });
  }
  return { legs, excessMinor: left, expiredSourceIds: [...expired] };
}

/** Whether a part goes where the client says (a bank account, an address), which there must be then. */
export function needsNamed({ legs }: ReturnPlan): boolean {
  return legs.some((leg) => leg.sourceId === null);
}

/** What came as tokens goes back as tokens alone. */
function takesBack({ kind, way }: Source, { toNamed }: ReturnRules): boolean {
  if (kind === 'crypto_address') return toNamed === 'crypto_payout';
  return kind === 'card' || kind === 'bank' || way !== undefined;
}

function rankOf({ kind }: Source, order: ReturnOrder): number {
  return order === 'CARD_FIRST' && kind !== 'card' ? 1 : 0;
}

function legTo(source: Source, amountMinor: bigint): PlannedLeg {
  const { depositId, sourceId, provider } = source;
  if (source.kind === 'crypto_address')
    return { kind: 'crypto_payout', depositId, sourceId: null, provider: null, amountMinor };
  if (source.expired)
    return { kind: 'bank_payout', depositId, sourceId: null, provider: null, amountMinor };
  if (source.way !== undefined)
    return { kind: `source_${source.way}`, depositId, sourceId, provider, amountMinor };
  return source.kind === 'card'
    ? { kind: 'card_refund', depositId, sourceId, provider, amountMinor }
    : { kind: 'bank_payout', depositId, sourceId, provider: null, amountMinor };
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
