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

/** A JSON object, neither a list nor null. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
