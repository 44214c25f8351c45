/**
 * Kleene's three values, and `error`, which swallows everything: a rule that could not be read must
 * not be hidden by a sibling that happened to decide.
 */
export type Truth = 'true' | 'false' | 'unknown' | 'error';

/** Conjunction: error, else false if any is false, else unknown if any is unknown, else true. */
export function andOf(values: readonly Truth[]): Truth {
  if (values.includes('error')) return 'error';
  if (values.includes('false')) return 'false';
  return values.includes('unknown') ? 'unknown' : 'true';
}

/** Disjunction: error, else true if any is true, else unknown if any is unknown, else false. */
export function orOf(values: readonly Truth[]): Truth {
  if (values.includes('error')) return 'error';
  if (values.includes('true')) return 'true';
  return values.includes('unknown') ? 'unknown' : 'false';
}

/** Negation: the negation of what is not known is not known. */
export function notOf(value: Truth): Truth {
  if (value === 'true') return 'false';
  if (value === 'false') return 'true';
  return value;
}

export function truthOf(value: boolean): Truth {
  return value ? 'true' : 'false';
}
