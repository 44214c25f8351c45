/** How often a statement comes before it is worth the memory that each connection keeps for it. */
const usesToPrepare = 3;
/** Names that one process gives away: PostgreSQL keeps a plan of each, on every connection that used it. */
const namesMax = 500;
/** Statements that are counted; what comes once only (a cursor of its own) does not pile up. */
const countedMax = 5_000;

const names = new Map<string, string>();
const uses = new Map<string, number>();

/**
 * The name under which a statement is prepared: parsed and planned once for each connection instead of each time.
 * Undefined for one that has not come often, which is sent as it is.
 */
export function nameOfStatement(text: string): string | undefined {
  const name = names.get(text);
  if (name !== undefined) return name;
  const used = (uses.get(text) ?? 0) + 1;
  if (used < usesToPrepare || names.size >= namesMax) {
    if (uses.size >= countedMax) uses.clear();
    uses.set(text, used);
    return undefined;
  }
  uses.delete(text);
  const given = `keelson_${names.size + 1}`;
  names.set(text, given);
  return given;
}
