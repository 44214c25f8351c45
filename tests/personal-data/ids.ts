import { Client } from 'pg';
import { z } from 'zod';
import { namedBy } from '../../api/named';
import type { Form, Page } from '../../api/pages/page';
import { idPrefixes, newId } from '../../domain/ids';
import type { NamedOperation } from './fields';
import type { House } from './house';

/** For tests only: one id of each kind, by its prefix. */
export type Ids = ReadonlyMap<string, string>;

/** The ids of everything that is a client's, from every table that has both. */
export async function idsOf({ stage }: House, clientId: string): Promise<Ids> {
  const client = new Client({ connectionString: stage.database.ownerUrl });
  await client.connect();
  const ids = new Map<string, string>([['cl', clientId]]);
  try {
    const tables = await client.query<{ name: string }>(
      `select table_name as name from information_schema.columns
       where table_schema = 'public' and column_name in ('id', 'client_id')
       group by table_name having count(*) = 2 order by 1`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ id: string }>(
        `select id::text from "${name}" where client_id = $1 limit 50`,
        [clientId],
      );
      for (const { id } of rows) ids.set(id.split('_')[0] ?? '', id);
    }
  } finally {
    await client.end();
  }
  return ids;
}

/** The ids that an operation's address takes; nobody's where there is none of the kind. */
export function paramsOf({ parameters = [] }: NamedOperation, ids: Ids): Record<string, string> {
  const inPath = parameters.filter((each) => each.in === 'path');
  return Object.fromEntries(
    inPath.map(({ name, schema }) => {
      const prefix = /^\^([a-z]+)_\[/.exec(schema?.pattern ?? '')?.[1] ?? '';
      return [name, ids.get(prefix) ?? String(schema?.example ?? schema?.enum?.[0] ?? 'none')];
    }),
  );
}

/** Those of a page or form, in the same way. */
export function paramsOfPage({ path, params }: Page | Form, ids: Ids): Record<string, string> {
  return Object.fromEntries(
    [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
      const schema = params.shape[name];
      // An object's shape is typed for zod's core alone.
      const kind = schema instanceof z.ZodType ? namedBy(schema) : undefined;
      if (kind === undefined || kind === 'entity') return [name, fixed[name] ?? 'none'];
      return [name, ids.get(idPrefixes[kind]) ?? newId(kind)];
    }),
  );
}

const fixed: Readonly<Record<string, string>> = { slot: 'identity', token: 'none'.repeat(6) };
