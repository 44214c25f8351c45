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

export interface PartnerPayout {
  readonly state: 'computed' | 'below_minimum' | 'forgiven';
  readonly amountMinor: bigint;
  readonly carriedMinor: bigint;
  readonly clawedBackMinor: bigint;
}

/** What a partner gets month after month, by the words of docs/settlement.md. */
export class PartnerAccount {
  readonly #lines: EarnedLine[] = [];
  #carried = 0n;
  #clawed = 0n;

  constructor(readonly terms: PayoutTerms) {}

  /** The payout of a month with these lines of the partner, as the disputes stand; undefined where there is none. */
  settle(lines: readonly EarnedLine[], disputes: readonly Dispute[]): PartnerPayout | undefined {
    this.#lines.push(...lines);
    const carriedMinor = this.#carried;
    const unearned = sum(
      this.#lines.filter((line) => disputes.some((of) => this.#takesBack(of, line))),
    );
    const left = unearned - this.#clawed;
    const earned = sum(lines) + carriedMinor;
    // As far as the payout goes; what was taken and is not unearned any more comes back whole.
    const most = earned > 0n ? earned : 0n;
    const clawedBackMinor = left < most ? left : most;
    if (lines.length === 0 && carriedMinor === 0n && left >= 0n) return undefined;
    const amountMinor = earned - clawedBackMinor;
    const isForgiven = amountMinor < 0n && !this.terms.negativeCarryOver;
    const isPaid = amountMinor > 0n && amountMinor >= this.terms.minimumMinor;
    this.#clawed += clawedBackMinor;
    this.#carried = isPaid || isForgiven ? 0n : amountMinor;
    const state = isForgiven ? 'forgiven' : isPaid ? 'computed' : 'below_minimum';
    return { state, amountMinor, carriedMinor, clawedBackMinor };
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
