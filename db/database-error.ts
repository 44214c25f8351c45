/**
 * What PostgreSQL said to a statement, without anything the statement carried. Its own error quotes values
 * (`invalid input syntax for type integer: "…"`, `Key (…)=(…) already exists`), and an error ends up in logs
 * and in the histories of workflows.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;

  constructor(refusal: Refusal) {
    const { code, table, constraint, column } = refusal;
    super(wordsOf(refusal));
    this.code = code;
    this.constraint = constraint;
    this.table = table;
    this.column = column;
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
}

/**
 * Classes of SQLSTATE whose messages name things of the schema and never quote data: connection, transaction
 * state, integrity, rollback, access rules, resources, locks, shutdown.
 */
const quotesNothing = /^(08|25|23|40|42|53|55|57)/;

function wordsOf({ code, message, table, constraint, column }: Refusal): string {
  if (quotesNothing.test(code)) return message;
  const place = [table, column, constraint].filter((name) => name !== undefined).join('.');
  return `PostgreSQL refused a statement with ${code}${place === '' ? '' : ` at ${place}`}`;
}

/** The error to throw on: PostgreSQL's own as a `DatabaseError`, every other one as it is. */
export function withoutValues(error: unknown): unknown {
  const refusal = refusalOf(error);
  return refusal ? new DatabaseError(refusal) : error;
}

/**
 * The database could not be asked, or could not answer anybody: faults of the connection and the classes 08
 * (connection), 53 (resources) and 57 (operator) of SQLSTATE. What was asked has no part in it.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(08|53|57)/.test(code) ||
    /^E[A-Z]+$/.test(code) ||
    error.name === 'KnexTimeoutError' ||
    /^Connection terminated|not queryable$/.test(error.message)
  );
}

/** The driver's error of a refused statement; knex has put the statement (without values) before its message. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || error instanceof DatabaseError) return undefined;
  const field = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  const code = field('code');
  if (field('severity') === undefined || code === undefined) return undefined;
  return {
    code,
    message: error.message.slice(error.message.lastIndexOf(' - ') + 1).replace(/^- /, ''),
    constraint: field('constraint'),
    table: field('table'),
    column: field('column'),
  };
}
