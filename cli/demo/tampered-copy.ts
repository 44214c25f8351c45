import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import type { Environment } from '../../temporal-config/environment.schema';
import { runProof } from '../proofs';
import type { Stack } from '../stack/start-stack';

/**
 * Copies the event log into a throw-away database, lets its owner alter one payload behind the triggers' back,
 * and asks the verifier. Answers what it named; throws when it named nothing or something else.
 */
export async function copyAndTamper(stack: Stack, environment: Environment): Promise<string> {
  const name = `tampered_${randomBytes(6).toString('hex')}`;
  const admin = new Client({ connectionString: adminUrl(stack) });
  await admin.connect();
  const owner = new URL(stack.ownerUrl);
  const database = owner.pathname.slice(1);
  try {
    await copyDatabase(admin, { database, name, owner: owner.username });
    const copyUrl = at(stack.ownerUrl, name);
    const victim = await alterOneEvent(copyUrl);
    const result = await runProof('audit', {
      ...environment,
      DATABASE_URL: copyUrl,
      KEELSON_DATABASE_URL: at(stack.appUrl, name),
    });
    const found = result.faults.find((fault) =>
      `${fault.thing} ${fault.detail}`.includes(victim.subject),
    );
    if (!found) throw new Error(`the verifier did not name ${victim.subject}, seq ${victim.seq}`);
    return `${found.thing}: ${found.rule}`;
  } finally {
    await admin
      .query(`drop database if exists ${escapeIdentifier(name)} with (force)`)
      .catch(() => undefined);
    await admin.end();
  }
}

/** A template copy needs the original to itself: connections are ended, and everybody reconnects by itself. */
async function copyDatabase(
  admin: Client,
  { database, name, owner }: { database: string; name: string; owner: string },
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [database],
    );
    try {
      await admin.query(
        `create database ${escapeIdentifier(name)} template ${escapeIdentifier(database)} owner ${escapeIdentifier(owner)}`,
      );
      return;
    } catch (error) {
      if (attempt >= 30) throw error;
    }
  }
}

async function alterOneEvent(copyUrl: string): Promise<{ subject: string; seq: string }> {
  const client = new Client({ connectionString: copyUrl });
  await client.connect();
  try {
    await client.query('alter table event disable trigger all');
    const { rows } = await client.query<{ subject: string; seq: string }>(
      `update event set payload = replace(payload, '"amount":"', '"amount":"9')
       where (subject, seq) = (select subject, seq from event where type = 'deposit.credited' order by recorded_order desc limit 1)
       returning subject, seq`,
    );
    await client.query('alter table event enable always trigger append_only');
    const [row] = rows;
    if (!row) throw new Error('there is no event to alter');
    return row;
  } finally {
    await client.end();
  }
}

function at(url: string, database: string): string {
  const copy = new URL(url);
  copy.pathname = `/${database}`;
  return copy.href;
}

/** The same server's maintenance database, as the owner. */
function adminUrl(stack: Stack): string {
  return at(stack.ownerUrl, 'postgres');
}
