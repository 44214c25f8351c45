const dayMs = 86_400_000;

/**
 * The same time of day so many business days later, Monday to Friday in UTC. Holidays are those of no country: a clock
 * that runs on over one is early, never late.
 */
export function afterBusinessDays(from: Date, days: number): Date {
  let left = days;
  let at = from.getTime();
  while (left > 0) {
    at += dayMs;
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return new Date(at);
}
