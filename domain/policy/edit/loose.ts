/**
 * A draft may be anything while it is being written: what is there is read as far as it can be, and the
 * check says what is wrong with the rest. Nothing that was typed is dropped.
 */
export type Loose = Readonly<Record<string, unknown>>;

export function looseOf(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The text without what has no place in it: `undefined` for a field that was left empty. */
export function given(value: unknown): string | undefined {
  const text = Array.isArray(value) ? textOf(value[0]) : textOf(value);
  return text === '' ? undefined : text;
}
