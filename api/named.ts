import { z } from 'zod';
import { idPrefixes, type IdKind } from '../domain/ids';
import { keysOf } from '../domain/record';
import type { Tx } from '../db/connection';
import { assertVisible, isNamed, type Named } from '../db/visible';

/**
 * What a value of the schema names: a thing by its id (`idOf`), a legal entity (`entityId`), or nothing.
 * Read from the pattern, so that it survives `.optional()` and `.meta()`.
 */
export function namedBy(schema: z.ZodType): IdKind | 'entity' | undefined {
  const { pattern } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return typeof pattern === 'string' ? namedByPattern(pattern) : undefined;
}

export function namedByPattern(pattern: string): IdKind | 'entity' | undefined {
  if (pattern === '^[a-z0-9-]{2,20}$') return 'entity';
  const prefix = /^\^([a-z]+)_\[0-9a-f-\]\{36\}\$$/.exec(pattern)?.[1];
  return keysOf(idPrefixes).find((kind) => idPrefixes[kind] === prefix);
}

/**
 * Filters that name something. What is not the caller's is 404 there as in a path: an empty list would say
 * "it has none" about a thing that may have many.
 */
export function filtersOf(
  query: Readonly<Record<string, z.ZodType>>,
): (tx: Tx, values: Readonly<Record<string, unknown>>) => Promise<void> {
  const filters: [name: string, kind: Named][] = [];
  for (const [name, schema] of Object.entries(query)) {
    const kind = namedBy(schema);
    if (kind === undefined) continue;
    if (!isNamed(kind)) throw new Error(`db/visible.ts cannot look up the ${kind} of "${name}"`);
    filters.push([name, kind]);
  }
  return async (tx, values) => {
    for (const [name, kind] of filters) {
      const value = values[name];
      if (typeof value === 'string') await assertVisible(tx, kind, value);
    }
  };
}
