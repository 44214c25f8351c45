import type { Money } from '../money';

/** Of what a declaration tells: the money that is paid in, or all that somebody has. */
export const sourceBases = ['funds', 'wealth'] as const;
export type SourceBasis = (typeof sourceBases)[number];

export const sourceKinds = [
  'salary',
  'business',
  'inheritance',
  'property_sale',
  'investments',
  'savings',
  'gift',
  'pension',
  'other',
] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** Comes every year, or came once. */
export const sourcePeriods = ['year', 'once'] as const;
export type SourcePeriod = (typeof sourcePeriods)[number];

/** What was declared is corroborated or refused by an officer, or taken back by whoever declared it. */
export const sourceStates = ['declared', 'corroborated', 'refused', 'withdrawn'] as const;
export type SourceState = (typeof sourceStates)[number];

/** What a client says of one source. */
export interface SourceDetails {
  readonly kind: SourceKind;
  readonly per: SourcePeriod;
  /** Decimal strings in the currency; equal where an exact amount is told. */
  readonly amountFrom: string;
  readonly amountTo: string;
  readonly currency: string;
  /** In the client's words: whose salary, which house. */
  readonly narrative: string;
}

/** How far a declared source is, without what it says. */
export interface SourceStanding {
  readonly basis: SourceBasis;
  readonly state: SourceState;
  /** How many support it. */
  readonly papers: number;
}

/** What a policy asks to be declared, and with how many papers each. */
export interface WantedDeclaration {
  readonly basis: SourceBasis;
  readonly papersMin: number;
}

function standingIn(
  basis: SourceBasis,
  sources: readonly SourceStanding[],
): readonly SourceStanding[] {
  return sources.filter(
    (source) =>
      source.basis === basis && (source.state === 'declared' || source.state === 'corroborated'),
  );
}

/** Of what is asked, what the client has still to declare, or to support by papers. */
export function missingDeclarations(
  wanted: readonly WantedDeclaration[],
  sources: readonly SourceStanding[],
): SourceBasis[] {
  return wanted.flatMap(({ basis, papersMin }) => {
    const standing = standingIn(basis, sources);
    // What an officer has corroborated is proven to them, by whatever it was.
    const isThere = standing.every(
      ({ state, papers }) => state !== 'declared' || papers >= papersMin,
    );
    return standing.length > 0 && isThere ? [] : [basis];
  });
}

/** Of what is asked, what was declared and no officer has looked at. */
export function undecidedDeclarations(
  wanted: readonly WantedDeclaration[],
  sources: readonly SourceStanding[],
): SourceBasis[] {
  return wanted.flatMap(({ basis }) =>
    standingIn(basis, sources).some(({ state }) => state === 'declared') ? [basis] : [],
  );
}

/** Whether all that stands of it was corroborated, and something does: a proof as good as an accepted document. */
export function isCorroborated(basis: SourceBasis, sources: readonly SourceStanding[]): boolean {
  const standing = standingIn(basis, sources);
  return standing.length > 0 && standing.every(({ state }) => state === 'corroborated');
}

/** A source that counts, as rules on money read it. */
export interface CountedSource extends SourceDetails {
  readonly basis: SourceBasis;
}

/**
 * What the client has by their own word, at the most: each source once, though it may be declared as funds and as wealth.
 * The amounts are in their currencies.
 */
export function declaredAmounts(
  sources: readonly CountedSource[],
  per: SourcePeriod,
  toMoney: (amount: string, currency: string) => Money,
): Money[] {
  const ofPeriod = sources.filter((source) => source.per === per);
  const once = new Map(
    ofPeriod.map((source) => [
      [source.kind, source.amountFrom, source.amountTo, source.currency].join(' '),
      source,
    ]),
  );
  return [...once.values()].map(({ amountTo, currency }) => toMoney(amountTo, currency));
}
