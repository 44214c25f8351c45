import { type Fields, record } from '../fields';
import { count, text } from '../mt5/wire';

const tradersMax = 100_000;

/**
 * The highest `balanceVersion` that events have told of each trader. The server counts an account's changes of
 * balance without a gap, so a history that ends below has not told everything yet.
 */
export class BalanceVersions {
  readonly #highest = new Map<string, number>();

  /** Takes in an execution event; the same one twice changes nothing. */
  hear(event: Fields): void {
    for (const field of ['depositWithdraw', 'deal'] as const) {
      if (event[field] === undefined) continue;
      const told = record(event[field], field);
      const version = balanceVersionOf(told);
      const traderId = text(told, 'traderId');
      if (version === null || version <= this.highest(traderId)) continue;
      if (this.#highest.size >= tradersMax) this.#highest.clear();
      this.#highest.set(traderId, version);
    }
  }

  highest(traderId: string): number {
    return this.#highest.get(traderId) ?? 0;
  }
}

/** The version that a balance operation or a closing deal gave; null for what moved no balance. */
export function balanceVersionOf(row: Fields): number | null {
  const from =
    row.closePositionDetail === undefined
      ? row
      : record(row.closePositionDetail, 'a closing detail');
  const version = count(from, 'balanceVersion');
  return version > 0 ? version : null;
}

/**
 * The versions that are not among those seen, up to the account's present one: each is a change of balance that
 * nobody told us of. The first hundred of them.
 */
export function missingVersions(seen: Iterable<number>, present: number): number[] {
  const known = new Set(seen);
  const missing: number[] = [];
  for (let version = 1; version <= present && missing.length < missingMax; version += 1) {
    if (!known.has(version)) missing.push(version);
  }
  return missing;
}

const missingMax = 100;
