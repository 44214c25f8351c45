import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { BenchServers } from './servers';

const run = promisify(execFile);

/** Debian keeps the programs of each version of PostgreSQL in a folder of their own. */
const debianDir = '/usr/lib/postgresql';

export class PgbenchMissing extends Error {
  override readonly name = 'PgbenchMissing';
  constructor() {
    super(
      'pgbench is missing: apt-get install postgresql-15 (any version of that package will do)',
    );
  }
}

export function findPgbench(): string {
  const places = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    ...(existsSync(debianDir)
      ? readdirSync(debianDir).map((version) => path.join(debianDir, version, 'bin'))
      : []),
  ];
  const found = places.map((dir) => path.join(dir, 'pgbench')).find((file) => existsSync(file));
  if (found === undefined) throw new PgbenchMissing();
  return found;
}

export interface Pgbench {
  /** Transactions a second of the tpcb-like script, sixteen clients with prepared statements. */
  run(seconds: number): Promise<number>;
  drop(): Promise<void>;
}

/** pgbench's own tables on the bench's server, in a database of their own. */
export async function openPgbench(servers: BenchServers, scale: number): Promise<Pgbench> {
  const program = findPgbench();
  await asAdmin(servers, 'create database pgbench');
  const url = new URL(servers.adminUrl);
  url.pathname = '/pgbench';
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(url.password) };
  const where = ['-h', url.hostname, '-p', url.port, '-U', url.username, 'pgbench'];
  await run(program, ['-i', '-q', '-s', String(scale), ...where], { env });
  return {
    run: async (seconds) => {
      const options = ['-c', '16', '-j', '2', '-M', 'prepared', '-T', String(seconds)];
      const { stdout } = await run(program, [...options, ...where], { env });
      const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
      if (rate === undefined) throw new Error(`pgbench answers no rate: ${stdout}`);
      return Number(rate);
    },
    drop: () => asAdmin(servers, 'drop database pgbench with (force)'),
  };
}

async function asAdmin(servers: BenchServers, statement: string): Promise<void> {
  const client = new Client({ connectionString: servers.adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
