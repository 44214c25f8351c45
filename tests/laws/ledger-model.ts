import type { LedgerAccount } from '../../domain/ledger/account';
import type { HoldRequest, Posting, PostingVerdict } from '../../domain/ledger/posting';

interface ModelAccount {
  readonly of: LedgerAccount;
  balanceMinor: bigint;
  heldMinor: bigint;
}

interface ModelHold {
  readonly account: string;
  readonly amountMinor: bigint;
  leftMinor: bigint;
  readonly isDue: boolean;
  state: 'held' | 'posted' | 'voided' | 'expired';
}

/** The ledger as a person would keep it on paper: the oracle of the property tests. */
export class LedgerModel {
  readonly accounts = new Map<string, ModelAccount>();
  readonly holds = new Map<string, ModelHold>();
  /** Bodies of what was posted, by key. */
  readonly #posted = new Map<string, string>();
  readonly #ids = new Set<string>();
  readonly #reversed = new Set<string>();

  account(of: LedgerAccount): ModelAccount {
    const known = this.accounts.get(of.id) ?? { of, balanceMinor: 0n, heldMinor: 0n };
    this.accounts.set(of.id, known);
    return known;
  }

  post(posting: Posting): PostingVerdict {
    const body = bodyOf(posting);
    const before = this.#posted.get(posting.key);
    if (before !== undefined) return before === body ? 'replayed' : 'key_reused';
    if (posting.legs.some(({ account }) => account.entityId !== posting.entityId))
      return 'cross_entity';
    if (!isBalanced(posting)) return 'unbalanced';
    const { reversesId, hold } = posting;
    if (reversesId !== undefined && !this.#ids.has(reversesId)) return 'unknown_reversal';
    if (reversesId !== undefined && this.#reversed.has(reversesId)) return 'already_reversed';
    const changes = new Map<string, bigint>();
    for (const { account, amountMinor } of posting.legs)
      changes.set(account.id, (changes.get(account.id) ?? 0n) + amountMinor);
    const part = hold ? this.#partOf(hold, changes) : { kind: 'none' as const };
    if (part.kind === 'refused') return part.verdict;
    for (const { account } of posting.legs) {
      const of = this.account(account);
      const change = changes.get(account.id) ?? 0n;
      const own = part.kind === 'part' && part.hold.account === account.id ? part.minor : 0n;
      if (account.floor && change < 0n && of.balanceMinor + change < of.heldMinor - own)
        return 'insufficient_funds';
    }
    for (const { account, amountMinor } of posting.legs)
      this.account(account).balanceMinor += amountMinor;
    if (part.kind === 'part') {
      const held = this.accounts.get(part.hold.account);
      if (held) held.heldMinor -= part.minor;
      part.hold.leftMinor -= part.minor;
      if (part.hold.leftMinor === 0n) part.hold.state = 'posted';
    }
    this.#posted.set(posting.key, body);
    if (reversesId !== undefined) this.#reversed.add(reversesId);
    return 'posted';
  }

  /** The id that the ledger gave to what was posted; a reversal names it. */
  learn(transactionId: string): void {
    this.#ids.add(transactionId);
  }

  #partOf(hold: NonNullable<Posting['hold']>, changes: ReadonlyMap<string, bigint>) {
    const known = this.holds.get(hold.id);
    if (!known) return { kind: 'refused', verdict: 'unknown_hold' } as const;
    if (known.state === 'expired' || (known.state === 'held' && known.isDue))
      return { kind: 'refused', verdict: 'hold_expired' } as const;
    if (known.state !== 'held') return { kind: 'refused', verdict: 'hold_ended' } as const;
    const taken = -(changes.get(known.account) ?? 0n);
    if (taken <= 0n || taken > known.leftMinor)
      return { kind: 'refused', verdict: 'hold_exceeded' } as const;
    return { kind: 'part', hold: known, minor: hold.final ? known.leftMinor : taken } as const;
  }

  placeHold(request: HoldRequest): 'posted' | 'replayed' | 'key_reused' | 'insufficient_funds' {
    const known = this.holds.get(request.id);
    if (known)
      return known.account === request.account.id && known.amountMinor === request.amountMinor
        ? 'replayed'
        : 'key_reused';
    const of = this.account(request.account);
    if (of.balanceMinor - of.heldMinor < request.amountMinor) return 'insufficient_funds';
    of.heldMinor += request.amountMinor;
    this.holds.set(request.id, {
      account: request.account.id,
      amountMinor: request.amountMinor,
      leftMinor: request.amountMinor,
      isDue: request.expiresAt !== undefined,
      state: 'held',
    });
    return 'posted';
  }

  voidHold(id: string): 'posted' | 'replayed' | 'unknown_hold' | 'hold_ended' {
    const hold = this.holds.get(id);
    if (!hold) return 'unknown_hold';
    if (hold.state === 'voided' || hold.state === 'expired') return 'replayed';
    if (hold.state === 'posted') return 'hold_ended';
    this.#giveBack(hold, 'voided');
    return 'posted';
  }

  /** Every hold with a time of its own is due (see `Run`); `ids` are those that were found. */
  expireHolds(ids: readonly string[] = [...this.holds.keys()]): void {
    for (const id of ids) {
      const hold = this.holds.get(id);
      if (hold?.isDue && hold.state === 'held') this.#giveBack(hold, 'expired');
    }
  }

  #giveBack(hold: ModelHold, state: 'voided' | 'expired'): void {
    const of = this.accounts.get(hold.account);
    if (of) of.heldMinor -= hold.leftMinor;
    hold.leftMinor = 0n;
    hold.state = state;
  }
}

function bodyOf(posting: Posting): string {
  return JSON.stringify([
    posting.kind,
    posting.entityId,
    posting.legs.map(({ account, amountMinor }) => [account.id, amountMinor.toString()]),
    posting.reversesId ?? null,
    posting.hold?.id ?? null,
  ]);
}

function isBalanced({ legs }: Posting): boolean {
  const sums = new Map<string, bigint>();
  for (const { account, amountMinor } of legs)
    sums.set(account.currency, (sums.get(account.currency) ?? 0n) + amountMinor);
  return legs.length >= 2 && [...sums.values()].every((sum) => sum === 0n);
}
