import { passOverReasons, type PassOverReason } from './eligibility';

/** What a routing rule says: one provider, a list in order, or shares of a hundred. `only`: and no other. */
export type RouteChoice =
  | { readonly decision: 'one'; readonly provider: string; readonly only?: boolean }
  | {
      readonly decision: 'priority';
      readonly providers: readonly string[];
      readonly only?: boolean;
    }
  | { readonly decision: 'split'; readonly shares: readonly Share[]; readonly only?: boolean }
  /** The list for whatever no rule speaks of. */
  | { readonly decision: 'default' }
  /** Nobody takes it. */
  | { readonly decision: 'none' };

export interface Share {
  readonly provider: string;
  readonly percent: number;
}

/** Why a provider does not take a payment; the last two lie with the policy and not with the payment. */
export const passedOverReasons = [...passOverReasons, 'NOT_CONFIGURED', 'NOT_NAMED'] as const;

export interface PassedOver {
  readonly provider: string;
  readonly reason: (typeof passedOverReasons)[number];
}

export interface Route {
  /** Null when nobody can take it. */
  readonly provider: string | null;
  /** Who would take it otherwise, in order. */
  readonly alternatives: readonly string[];
  /** Everybody who does not take it, and why. */
  readonly passedOver: readonly PassedOver[];
  /** Those that the policy names and that are configured, in order, whether they can or not. */
  readonly named: readonly string[];
  /** It goes to one that fails at present, because nobody else can take it. */
  readonly isLastResort: boolean;
}

/** Draws go from 0 to 99.99. */
const lots = 10_000;

/**
 * The lot of a payment, 0 to 99.99: the same for the same id, for ever, and even over many ids. FNV-1a with a final
 * mix, since ids differ in few characters.
 */
export function drawOf(paymentId: string): number {
  let hash = 0x811c9dc5;
  for (const character of paymentId)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) % lots) / (lots / 100);
}

/**
 * Providers in the order in which a rule and the default list name them. Of a split the one that the draw falls on
 * comes first and the others by their share. Nobody is named twice.
 */
export function orderOf(
  choice: RouteChoice,
  { draw, fallback }: { readonly draw: number; readonly fallback: readonly string[] },
): readonly string[] {
  if (choice.decision === 'none') return [];
  if (choice.decision === 'default') return [...new Set(fallback)];
  return [...new Set([...named(choice, draw), ...(choice.only === true ? [] : fallback)])];
}

function named(
  choice: Extract<RouteChoice, { decision: 'one' | 'priority' | 'split' }>,
  draw: number,
): readonly string[] {
  switch (choice.decision) {
    case 'one':
      return [choice.provider];
    case 'priority':
      return choice.providers;
    case 'split': {
      const first = drawn(choice.shares, draw);
      const others = choice.shares
        .filter(({ provider }) => provider !== first)
        // Stable: equal shares stay in the order in which they are written.
        .sort((a, b) => b.percent - a.percent);
      return [...(first === undefined ? [] : [first]), ...others.map(({ provider }) => provider)];
    }
  }
}

function drawn(shares: readonly Share[], draw: number): string | undefined {
  let upTo = 0;
  for (const { provider, percent } of shares) {
    upTo += percent;
    if (draw < upTo) return provider;
  }
  return undefined;
}

/**
 * The first of the order that can take the payment, then those behind it that can, and of everybody else why not:
 * a provider that can take it and that nothing names is told of, too.
 */
export function chooseProvider(asked: {
  readonly order: readonly string[];
  /** Every provider that is configured. */
  readonly known: readonly string[];
  /** Those that cannot take this payment. */
  readonly faults: ReadonlyMap<string, PassOverReason>;
  /** When nobody else can, one that fails is asked all the same: a breaker that errs must not close the cashier. */
  readonly lastResort: boolean;
}): Route {
  const { order, known, faults, lastResort } = asked;
  const configured = order.filter((provider) => known.includes(provider));
  const well = configured.filter((provider) => !faults.has(provider));
  const isLastResort = well.length === 0 && lastResort;
  const able = isLastResort
    ? configured.filter((provider) => faults.get(provider) === 'UNHEALTHY')
    : well;
  const [provider = null, ...alternatives] = able;
  const others = [...new Set([...order, ...known])].filter((each) => !able.includes(each));
  return {
    provider,
    alternatives,
    isLastResort: isLastResort && provider !== null,
    named: configured,
    passedOver: others.map((each): PassedOver => {
      if (!known.includes(each)) return { provider: each, reason: 'NOT_CONFIGURED' };
      return { provider: each, reason: faults.get(each) ?? 'NOT_NAMED' };
    }),
  };
}
