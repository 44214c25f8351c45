import { rows, type Tx } from './connection';

/** A page of a list: `after` is the id of the last one of the page before. */
export interface ListPage {
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * Rows of a table that the scope may see, the newest first: its ids grow with time. `filter` names columns; one without a
 * value is not asked. Table, columns and the filter's names are constants of the source.
 */
export function newestFirst<Row>(
  tx: Tx,
  { table, columns }: { readonly table: string; readonly columns: string },
  filter: Readonly<Record<string, string | undefined>>,
  { after, limit }: ListPage,
): Promise<Row[]> {
  const narrowed = { ...filter, after };
  const asked = Object.keys(filter).map((name) => `(:${name}::text is null or ${name} = :${name})`);
  return rows<Row>(
    tx,
    `select ${columns} from ${table} where ${[...asked, '(:after::text is null or id < :after)'].join(' and ')}
     order by id desc limit :limit`,
    {
      ...Object.fromEntries(Object.entries(narrowed).map(([name, value]) => [name, value ?? null])),
      limit,
    },
  );
}
