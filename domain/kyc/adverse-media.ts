/** How much what was published says against a client; `none`: it was looked at, and is nothing, or somebody else. */
export const mediaWeights = ['none', 'low', 'medium', 'high'] as const;
export type MediaWeight = (typeof mediaWeights)[number];

/** The gravest of the notes that stand; `none` where there is none. */
export function worstMedia(weights: readonly MediaWeight[]): MediaWeight {
  const gravest = Math.max(0, ...weights.map((weight) => mediaWeights.indexOf(weight)));
  return mediaWeights[gravest] ?? 'none';
}
