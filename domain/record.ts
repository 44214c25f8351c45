/** What TypeScript forgets about records; asked here of the value itself, so that nothing has to be asserted. */

type Fields = Readonly<Record<string, unknown>>;

/** The names of a table that the code itself holds. A value from outside may have more than its type says. */
export function keysOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(table).filter((name): name is Name => name in table);
}

/** Whether every name has its value. */
export function isComplete<Name extends string, Value>(
  names: readonly Name[],
  table: Readonly<Partial<Record<Name, Value>>>,
): table is Readonly<Record<Name, Value>> {
  return names.every((name) => table[name] !== undefined);
}

/** Whether two JSON values say the same, whatever the order of their names; a name without a value is as good as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => sameJson(each, b[i]));
  if (!isRecord(a) || !isRecord(b)) return false;
  return sayNoMore(a, b) && sayNoMore(b, a);
}

/** Whether every name of the first that has a value has the same in the second. */
function sayNoMore(a: Fields, b: Fields): boolean {
  for (const name of Object.keys(a)) {
    const value = a[name];
    if (value === undefined) continue;
    if (!Object.hasOwn(b, name) || !sameJson(value, b[name])) return false;
  }
  return true;
}

/** A JSON object, neither a list nor null. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
