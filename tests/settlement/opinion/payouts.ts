/** A line of a settlement as far as payouts ask about it. */
export interface EarnedLine {
  readonly partner: string;
  readonly client: string | null;
  readonly component: string;
  readonly closedAt: string;
  readonly amountMinor: bigint;
}

export interface Dispute {
  readonly client: string;
  readonly depositedAt: string;
  readonly at: string;
  readonly isWon: boolean;
}

export interface PayoutTerms {
  readonly minimumMinor: bigint;
  readonly negativeCarryOver: boolean;
  readonly clawBackDays: number;
}

/** How a partner stands when it would be paid. */
export interface BookStanding {
  readonly state: 'active' | 'suspended' | 'terminated' | 'deceased';
  readonly unpaid: 'pay' | 'forfeit' | 'hold';
}

export interface PartnerPayout {
  readonly state: 'computed' | 'below_minimum' | 'forgiven';
  readonly amountMinor: bigint;
  readonly carriedMinor: bigint;
  readonly clawedBackMinor: bigint;
  readonly heldMinor: bigint;
  readonly releasedMinor: bigint;
}

/** What is held of a month, and what became of it. */
interface Held {
  readonly client: string;
  readonly lines: readonly EarnedLine[];
  readonly minor: bigint;
  state: 'open' | 'released' | 'denied';
}

/** What a partner gets month after month, by the words of docs/settlement.md. */
export class PartnerAccount {
  readonly #lines: EarnedLine[] = [];
  #carried = 0n;
  #clawed = 0n;
  #released = 0n;
  #told = false;
  readonly #held: Held[] = [];
  #standing: BookStanding = { state: 'active', unpaid: 'pay' };

  constructor(readonly terms: PayoutTerms) {}

  /** From now on the partner stands so. */
  stand(standing: BookStanding): void {
    this.#standing = standing;
  }

  /** What becomes of a payout that was computed, when it comes to be paid. */
  get fate(): 'paid' | 'withheld' | 'forfeited' {
    const { state, unpaid } = this.#standing;
    if (state === 'active') return 'paid';
    if (state === 'suspended' || unpaid === 'hold') return 'withheld';
    return unpaid === 'pay' ? 'paid' : 'forfeited';
  }

  /** A person has decided about all that is held of a client. */
  decide(client: string, state: 'released' | 'denied'): void {
    for (const held of this.#held) {
      if (held.client !== client || held.state !== 'open') continue;
      held.state = state;
      if (state === 'released') this.#released += held.minor;
      this.#told = true;
    }
  }

  /**
   * The payout of a month with these lines of the partner, as the disputes stand, and without what suspects earn; undefined where
   * there is none.
   */
  settle(
    lines: readonly EarnedLine[],
    disputes: readonly Dispute[],
    suspects: readonly string[] = [],
  ): PartnerPayout | undefined {
    this.#lines.push(...lines);
    const heldMinor = this.#hold(lines, suspects);
    const releasedMinor = this.#released;
    const isTold = this.#told;
    this.#released = 0n;
    this.#told = false;
    const carriedMinor = this.#carried;
    const unearned = sum(
      this.#lines.filter(
        (line) => this.#isGot(line) && disputes.some((of) => this.#takesBack(of, line)),
      ),
    );
    const left = unearned - this.#clawed;
    const earned = sum(lines) + carriedMinor - heldMinor + releasedMinor;
    // As far as the payout goes; what was taken and is not unearned any more comes back whole.
    const most = earned > 0n ? earned : 0n;
    const clawedBackMinor = left < most ? left : most;
    if (lines.length === 0 && carriedMinor === 0n && left >= 0n && !isTold) return undefined;
    const amountMinor = earned - clawedBackMinor;
    const isForgiven = amountMinor < 0n && !this.terms.negativeCarryOver;
    const hasEnded = this.#standing.state === 'terminated' || this.#standing.state === 'deceased';
    const isPaid = amountMinor > 0n && (hasEnded || amountMinor >= this.terms.minimumMinor);
    this.#clawed += clawedBackMinor;
    const isGone = isForgiven || (isPaid && this.fate !== 'withheld');
    this.#carried = isGone ? 0n : amountMinor;
    const state = isForgiven ? 'forgiven' : isPaid ? 'computed' : 'below_minimum';
    return { state, amountMinor, carriedMinor, clawedBackMinor, heldMinor, releasedMinor };
  }

  /** Of every suspect what the month's lines come to, as far as they are above zero. */
  #hold(lines: readonly EarnedLine[], suspects: readonly string[]): bigint {
    let room = sum(lines) + this.#carried;
    let all = 0n;
    for (const client of [...suspects].sort()) {
      const own = lines.filter((line) => line.client === client);
      if (sum(own) <= 0n) continue;
      const most = this.terms.negativeCarryOver ? sum(own) : room < sum(own) ? room : sum(own);
      const minor = most > 0n ? most : 0n;
      room -= minor;
      all += minor;
      this.#held.push({ client, lines: own, minor, state: 'open' });
    }
    return all;
  }

  /** Not of what is held or was denied: nobody got it. */
  #isGot(line: EarnedLine): boolean {
    return !this.#held.some(({ lines, state }) => state !== 'released' && lines.includes(line));
  }

  /** The CPA, and what was traded between the deposit and its dispute, of so many days. */
  #takesBack(of: Dispute, line: EarnedLine): boolean {
    const [closed, disputed] = [Date.parse(line.closedAt), Date.parse(of.at)];
    if (of.isWon || of.client !== line.client || closed > disputed) return false;
    if (closed <= disputed - this.terms.clawBackDays * 86_400_000) return false;
    return line.component === 'cpa' || closed >= Date.parse(of.depositedAt);
  }
}

const sum = (lines: readonly EarnedLine[]): bigint =>
  lines.reduce((total, { amountMinor }) => total + amountMinor, 0n);
