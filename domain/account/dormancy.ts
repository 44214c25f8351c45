import { addDays, daysBetween, type Instant } from './instant';

/** What dormancy looks at. Times are instants (ISO 8601, UTC). */
export interface DormancyStanding {
  readonly state: 'active' | 'dormant';
  /** The last trade, deposit, withdrawal or transfer of the account, or its opening. */
  readonly lastActivityAt: Instant;
  readonly noticedAt: Instant | null;
  readonly dormantSince: Instant | null;
  /** The last dormancy fee on any account of the client. */
  readonly lastFeeAt: Instant | null;
}

export interface DormancyTimes {
  readonly inactiveDays: number;
  readonly noticeDays: number;
  readonly feeEveryDays: number;
  readonly closeAfterDays: number;
}

/** Days, counted down to whole ones, that the rules of `account.dormancy` ask about. */
export interface DormancyDays {
  readonly inactiveDays: number;
  readonly noticeDays: number;
  readonly dormantDays: number;
  readonly feeDays: number;
}

export function dormancyDays(standing: DormancyStanding, now: Instant): DormancyDays {
  const since = (at: Instant | null): number => (at === null ? 0 : daysBetween(at, now));
  return {
    inactiveDays: since(standing.lastActivityAt),
    noticeDays: since(standing.noticedAt),
    dormantDays: since(standing.dormantSince),
    feeDays: since(latest(standing.dormantSince, standing.lastFeeAt)),
  };
}

/**
 * When the account must be looked at next: nothing that the rules ask about can change before it,
 * unless something is done, which wakes the account by itself. Always after `now`.
 */
export function nextDormancyCheck(
  standing: DormancyStanding,
  times: DormancyTimes,
  now: Instant,
): Instant {
  const candidates =
    standing.state === 'dormant' && standing.dormantSince !== null
      ? [
          addDays(standing.dormantSince, times.closeAfterDays),
          addDays(
            latest(standing.dormantSince, standing.lastFeeAt) ?? standing.dormantSince,
            times.feeEveryDays,
          ),
        ]
      : standing.noticedAt !== null
        ? [addDays(standing.noticedAt, times.noticeDays)]
        : [addDays(standing.lastActivityAt, times.inactiveDays)];
  const ahead = candidates.filter((at) => at > now).sort();
  // What is due already and was not acted upon (a withdrawal is pending, say) is asked again in a day.
  return candidates.some((at) => at <= now) ? addDays(now, 1) : (ahead[0] ?? addDays(now, 1));
}

/**
 * In which year the owner of money on a dormant account is looked for: 1 once the account has slept for
 * `closeAfterDays`, one more each year after. Each year has one search and one decision.
 */
export function tracingYear(
  {
    dormantSince,
    closeAfterDays,
  }: { readonly dormantSince: Instant; readonly closeAfterDays: number },
  now: Instant,
): number {
  return 1 + Math.floor(daysBetween(addDays(dormantSince, closeAfterDays), now) / 365);
}

function latest(left: Instant | null, right: Instant | null): Instant | null {
  if (left === null) return right;
  if (right === null) return left;
  return left > right ? left : right;
}

/** The fee that is taken: never more than there is, so that no fee makes a balance negative. */
export function dormancyFee(balanceMinor: bigint, feeMinor: bigint): bigint {
  if (balanceMinor <= 0n || feeMinor <= 0n) return 0n;
  return balanceMinor < feeMinor ? balanceMinor : feeMinor;
}
