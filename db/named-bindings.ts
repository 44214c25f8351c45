/** A statement for the driver: `$1`, `$2` … in place of names, each place with a value of its own. */
export interface NumberedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Numbered {
  readonly text: string;
  /** Names in the order of their places. */
  readonly names: readonly string[];
  /** The bindings it was made for: what is bound is a name, and what is not stands as it is (`::text`, `10:30`). */
  readonly bound: string;
}

const places = /(?<![:\w]):([A-Za-z_]\w*)/g;

/** Statements are constants of the source; the bound keeps those that are put together from piling up. */
const keptMax = 5_000;
const kept = new Map<string, Numbered>();

/**
 * Puts numbered places where the statement names its bindings (`:clientId`). A name may stand in several places: each
 * has its own type, as PostgreSQL sees it. Throws for a binding without a value.
 */
export function numberBindings(
  statement: string,
  bindings: Readonly<Record<string, unknown>>,
): NumberedStatement {
  const bound = Object.keys(bindings).join();
  const known = kept.get(statement);
  const numbered = known?.bound === bound ? known : number(statement, bindings, bound);
  const values = numbered.names.map((name) => {
    const value = bindings[name];
    if (value === undefined) throw new Error(`:${name} is bound to nothing in: ${statement}`);
    return value;
  });
  return { text: numbered.text, values };
}

function number(
  statement: string,
  bindings: Readonly<Record<string, unknown>>,
  bound: string,
): Numbered {
  const names: string[] = [];
  const text = statement.replaceAll(places, (place, name: string) => {
    if (!Object.hasOwn(bindings, name)) return place;
    names.push(name);
    return `$${names.length}`;
  });
  const numbered = { text, names, bound };
  if (kept.size >= keptMax) kept.clear();
  kept.set(statement, numbered);
  return numbered;
}
