import { seededNumbers } from '../../cli/demo/seeded-numbers';

/** For tests only: what a client asks of an account. Amounts are in whole units of the wallet's currency. */
export type Operation =
  | { readonly kind: 'open' }
  | { readonly kind: 'to_account' | 'to_wallet'; readonly account: number; readonly units: number };

const accountsMax = 3;

/**
 * Operations of one client, drawn from a seed, the same in every run: transfers in both directions, some of more
 * than there is, and now and then another account.
 */
export function drawOperations(seed: number, count: number): Operation[] {
  const random = seededNumbers(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  let accounts = 1;
  return Array.from({ length: count }, (): Operation => {
    if (accounts < accountsMax && random() < 0.06) {
      accounts += 1;
      return { kind: 'open' };
    }
    // One in ten asks for far more than anybody has, and is to be refused.
    const units = random() < 0.1 ? 50_000 + below(10_000) : 1 + below(400);
    return { kind: random() < 0.6 ? 'to_account' : 'to_wallet', account: below(accounts), units };
  });
}
