import { createHash } from 'node:crypto';

/** What shows that somebody may be treated as a professional: two of three (MiFID II Annex II section II.1). */
export const categoryCriteria = {
  trades: {
    words: 'Ten significant trades a quarter',
    detail:
      'On average ten transactions of significant size each quarter over the last four quarters, such as statements of another broker show.',
  },
  portfolio: {
    words: 'A portfolio of more than EUR 500,000',
    detail: 'Financial instruments and cash deposits together, as bank and broker statements show.',
  },
  profession: {
    words: 'A year’s work in finance',
    detail:
      'At least one year in a position that needs knowledge of leveraged products, as an employer’s letter or contract shows.',
  },
} as const satisfies Readonly<Record<string, { words: string; detail: string }>>;

export type CategoryCriterion = keyof typeof categoryCriteria;
export const criterionNames = [
  'trades',
  'portfolio',
  'profession',
] as const satisfies readonly CategoryCriterion[];

/** The criteria that are claimed and that a paper was handed in for. */
export function shownCriteria(
  claimed: readonly CategoryCriterion[],
  papers: readonly { readonly purpose: string }[],
): CategoryCriterion[] {
  return criterionNames.filter(
    (criterion) =>
      claimed.includes(criterion) && papers.some(({ purpose }) => purpose === criterion),
  );
}

/** SHA-256, in hex, of the words of a warning: what was acknowledged is those and no others. */
export function hashOfWarning(warning: string): string {
  return createHash('sha256').update(warning).digest('hex');
}
