import { seededNumbers } from '../../cli/demo/seeded-numbers';
import { type PlatformKind, platformKinds } from '../../domain/trading/capabilities';

/** For tests only: a group of the shipped table, named by what it is for; which one it is depends on the server. */
export type GroupFor = 'standard' | 'pro';

interface OnAccount {
  /** Place of the account among the client's; a move leaves the account that takes over in the same place. */
  readonly account: number;
}

/** For tests only: what is asked of the accounts of a client. Amounts are in whole units of the wallet's currency. */
export type Operation =
  | { readonly kind: 'open'; readonly platform: PlatformKind }
  | (OnAccount & { readonly kind: 'to_account' | 'to_wallet'; readonly units: number })
  | (OnAccount & { readonly kind: 'leverage'; readonly leverage: number })
  | (OnAccount & { readonly kind: 'type'; readonly accountType: GroupFor })
  | (OnAccount & { readonly kind: 'password'; readonly password: string })
  /** Two colleagues step over the policy; the second one may decline. */
  | (OnAccount & { readonly kind: 'group'; readonly groupFor: GroupFor })
  | (OnAccount & {
      readonly kind: 'override';
      readonly leverage: number;
      readonly isApproved: boolean;
    })
  /** Barred from trading by one colleague, given back by another. */
  | (OnAccount & { readonly kind: 'freeze' })
  | (OnAccount & { readonly kind: 'migrate'; readonly platform: PlatformKind })
  | (OnAccount & { readonly kind: 'close' });

export type OperationKind = Operation['kind'];

/** Of a hundred operations; the rest are transfers. */
const shares = [
  ['leverage', 13],
  ['password', 5],
  ['freeze', 6],
  ['group', 4],
  ['override', 4],
  ['type', 5],
  ['migrate', 4],
  ['close', 3],
] as const;
const openShare = 0.06;
const livingMax = 3;
/** An account is mailed five links in an hour at most. */
const passwordsMax = 3;
/** 1:500 is the house's most: the last is to be refused. */
const leverages = [25, 50, 100, 200, 400, 500, 800] as const;

/**
 * Operations of one client, drawn from a seed, the same in every run: transfers in both directions, some of more
 * than there is, now and then another account, and everything that can be asked of one by its holder or the house.
 */
export function drawOperations(seed: number, count: number): Operation[] {
  const random = seededNumbers(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const oneOf = <T>(choices: readonly [T, ...T[]]): T =>
    choices[below(choices.length)] ?? choices[0];
  let places = 1;
  const living = [0];
  const passwords = new Map<number, number>();

  const draw = (): Operation => {
    if (living.length < livingMax && random() < openShare) {
      living.push(places);
      places += 1;
      return { kind: 'open', platform: oneOf(platformKinds) };
    }
    const account = living[below(living.length)] ?? 0;
    const kind = drawKind(below(100));
    switch (kind) {
      case 'leverage':
        return { kind, account, leverage: oneOf(leverages) };
      case 'password': {
        const set = (passwords.get(account) ?? 0) + 1;
        if (set > passwordsMax) break;
        passwords.set(account, set);
        return { kind, account, password: `Pw-${100_000 + below(900_000)}x!` };
      }
      case 'freeze':
        return { kind, account };
      case 'group':
        return { kind, account, groupFor: oneOf(['standard', 'pro']) };
      case 'override':
        return { kind, account, leverage: 60 + below(900), isApproved: random() < 0.7 };
      case 'type':
        return { kind, account, accountType: oneOf(['pro', 'pro', 'standard']) };
      case 'migrate':
        return { kind, account, platform: oneOf(platformKinds) };
      case 'close':
        // One account stays, so that there is something to ask of.
        if (living.length === 1) break;
        living.splice(living.indexOf(account), 1);
        return { kind, account };
      case 'transfer':
        break;
    }
    // One in ten asks for far more than anybody has, and is to be refused.
    const units = random() < 0.1 ? 50_000 + below(10_000) : 1 + below(400);
    return { kind: random() < 0.6 ? 'to_account' : 'to_wallet', account, units };
  };
  return Array.from({ length: count }, draw);
}

function drawKind(percent: number): (typeof shares)[number][0] | 'transfer' {
  let from = 0;
  for (const [kind, share] of shares) {
    from += share;
    if (percent < from) return kind;
  }
  return 'transfer';
}
