import type { Client as TemporalClient } from '@temporalio/client';
import { Client } from 'pg';
import type { Markers } from './markers';
import type { Transcript } from './transcript';

/** For tests only: where a marker stands that must not stand there: `event.payload: anna: given name`. */
export type Leak = string;

/** How much was looked through, so that a search of nothing is not taken for a clean one. */
export interface Searched {
  readonly leaks: readonly Leak[];
  readonly counted: number;
}

const rowsAtOnce = 500;

/** Every column of every row of every table, read as the owner whom no policy hides anything from. */
export async function searchDatabase(ownerUrl: string, markers: Markers): Promise<Searched> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  const leaks = new Set<Leak>();
  let counted = 0;
  try {
    await client.query('set row_security = off');
    const tables = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace
       and relkind in ('r', 'p') and not relispartition order by 1`,
    );
    for (const { name } of tables.rows) {
      await client.query('begin');
      await client.query(`declare each cursor for select to_jsonb(t) as row from "${name}" t`);
      for (;;) {
        const { rows } = await client.query<{ row: Record<string, unknown> }>(
          `fetch ${rowsAtOnce} from each`,
        );
        if (rows.length === 0) break;
        counted += rows.length;
        for (const { row } of rows) {
          for (const [column, value] of Object.entries(row)) {
            const place = `${name}.${column}`;
            for (const { field } of markers.found(JSON.stringify(value))) {
              if (!markers.mayStandIn(field, place)) leaks.add(`${place}: ${field}`);
            }
          }
        }
      }
      await client.query('commit');
    }
  } finally {
    await client.end();
  }
  return { leaks: [...leaks], counted };
}

/** Every run of every workflow of the namespace: history, memo, search attributes, waiting activities, ids. */
export async function searchTemporal(client: TemporalClient, markers: Markers): Promise<Searched> {
  const leaks: Leak[] = [];
  let counted = 0;
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const [history, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    counted += history.events?.length ?? 0;
    for (const [what, told] of Object.entries({ history, description: raw, id: workflowId })) {
      const { leaks: found } = searchText(`${what} of ${workflowId}`, readable(told), markers);
      leaks.push(...found);
    }
  }
  return { leaks, counted };
}

/** JSON with payloads as the text that they are. */
function readable(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Uint8Array) return Buffer.from(item).toString('utf8');
    return typeof item === 'bigint' ? item.toString() : item;
  });
}

export function searchText(place: string, text: string, markers: Markers): Searched {
  return {
    leaks: markers.found(text).map(({ field }) => `${place}: ${field}`),
    counted: text.length,
  };
}

/** Of who is logged in: every page says so. */
const names = ['name', 'given name', 'family name'];

/**
 * Every refusal that was answered. It tells nothing of anybody; only a form that is shown again keeps what its own
 * user typed, on a page that shows what they may see, but no password; and any page names who is logged in.
 */
export function searchRefusals({ exchanges, markers }: Transcript): Searched {
  const refusals = exchanges.filter(({ status }) => status >= 400);
  const leaks = refusals.flatMap(({ request, status, answer, kind, who }) =>
    markers
      .found(answer)
      .filter(({ field, isSecret }) => {
        if (kind === 'page shown again') return isSecret;
        return kind === 'api' || !names.some((name) => field === `${who}: ${name}`);
      })
      .map(({ field }) => `${status} of ${request}: ${field}`),
  );
  return { leaks: [...new Set(leaks)], counted: refusals.length };
}
