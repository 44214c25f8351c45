/** Between two questions: what is quick is seen quickly, what is slow is not asked twenty times a second. */
const waitMs = { first: 20, growth: 1.4, max: 200 } as const;

/**
 * Asks until the answer is there, and says what was there instead when time is up.
 * @param ask throws or answers undefined or false while it is not so yet.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  msMax = 20_000,
): Promise<T> {
  const deadline = Date.now() + msMax;
  let last = 'nothing';
  for (let wait: number = waitMs.first; ; wait = Math.min(wait * waitMs.growth, waitMs.max)) {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what} (last: ${last})`);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
