import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { migrate } from '../../db/migrate';
import type { Environment } from '../../temporal-config/environment.schema';
import { runProof } from '../proofs';
import type { Stack } from '../stack/start-stack';

/** The tables that the verifier reads. */
const tables = ['event', 'event_head', 'checkpoint'] as const;
const rowsAtOnce = 500;

/**
 * Copies the audit trail into a throw-away database, lets its owner alter one payload behind the triggers' back,
 * and asks the verifier. Answers what it named; throws when it named nothing or something else.
 */
export async function copyAndTamper(stack: Stack, environment: Environment): Promise<string> {
  const name = `tampered_${randomBytes(6).toString('hex')}`;
  const admin = new Client({ connectionString: at(stack.ownerUrl, 'postgres') });
  await admin.connect();
  const owner = new URL(stack.ownerUrl).username;
  try {
    await admin.query(`create database ${escapeIdentifier(name)} owner ${escapeIdentifier(owner)}`);
    const copyUrl = at(stack.ownerUrl, name);
    await migrate(copyUrl);
    const victim = await copyTrail(stack.ownerUrl, copyUrl);
    const result = await runProof('audit', {
      ...environment,
      DATABASE_URL: copyUrl,
      KEELSON_DATABASE_URL: at(stack.appUrl, name),
    });
    const found = result.faults.find((fault) => `${fault.thing} ${fault.detail}`.includes(victim));
    if (!found)
      throw new Error(`the verifier did not name ${victim}: ${JSON.stringify(result.faults)}`);
    return `${found.thing}: ${found.rule}`;
  } finally {
    await admin
      .query(`drop database if exists ${escapeIdentifier(name)} with (force)`)
      .catch(() => undefined);
    await admin.end();
  }
}

/** Copies the trail row by row and alters one event on its way; answers the subject of that one. */
async function copyTrail(fromUrl: string, toUrl: string): Promise<string> {
  const from = new Client({ connectionString: fromUrl });
  const to = new Client({ connectionString: toUrl });
  await Promise.all([from.connect(), to.connect()]);
  try {
    for (const table of tables) await copyTable(from, to, table);
    await to.query('alter table event disable trigger all');
    const { rows } = await to.query<{ subject: string }>(
      `update event set payload = replace(payload, '"amount":"', '"amount":"9')
       where (subject, seq) = (select subject, seq from event where type = 'deposit.credited' order by recorded_order desc limit 1)
       returning subject`,
    );
    const [row] = rows;
    if (!row) throw new Error('there is no event to alter');
    return row.subject;
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function copyTable(from: Client, to: Client, table: (typeof tables)[number]): Promise<void> {
  // As text: a Date would cut the microseconds that the chain hashes.
  const { rows: columns } = await from.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  const names = columns.map((column) => escapeIdentifier(column.name));
  const { rows } = await from.query<Record<string, string | null>>(
    `select ${names.map((name) => `${name}::text as ${name}`).join(', ')} from ${table}`,
  );
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await to.query(
      `insert into ${table} (${names.join(', ')}) overriding system value
       select ${columns.map((column) => `(r ->> '${column.name}')::${column.type}`).join(', ')} from jsonb_array_elements($1::jsonb) r`,
      [JSON.stringify(rows.slice(start, start + rowsAtOnce))],
    );
  }
}

function at(url: string, database: string): string {
  const copy = new URL(url);
  copy.pathname = `/${database}`;
  return copy.href;
}
