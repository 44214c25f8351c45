/**
 * Raised with every change after which the same inputs may give other lines or other hashes: what an earlier version
 * computed stands, and is not computed again by this one. 1 is all that was computed before versions were kept.
 */
export const engineVersion = 3;
