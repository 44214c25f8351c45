import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Environment, readEnvironment } from '../temporal-config/environment.schema';
import {
  findOnPath,
  findTemporalBinary,
  temporalCacheDir,
} from '../temporal-config/server/find-binary';
import { describeError } from './command';
import { dataFolder, runningStack } from './stack/data-folder';
import { isFree } from './stack/ports';
import { embeddedPostgresBinary } from './stack/postgres';

/** One thing that Keelson needs, and whether this machine has it. */
export interface Finding {
  /** `optional`: not there, and only some commands need it. */
  readonly verdict: 'ok' | 'optional' | 'missing';
  readonly what: string;
  readonly detail: string;
  readonly remedy?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Browser tests and pictures use Debian's package. */
export const chromiumPath = '/usr/bin/chromium';

const nodeVersionMin = [20, 19] as const;
const diskBytesMin = 2_000_000_000;
const memoryBytesMin = 2_000_000_000;

/** Looks at everything Keelson needs; changes nothing. */
export async function examine(
  variables: Variables,
  cacheDir: string = temporalCacheDir(),
): Promise<Finding[]> {
  let environment: Environment;
  try {
    environment = readEnvironment(variables);
  } catch (error) {
    return [
      { verdict: 'missing', what: 'environment variables', detail: describeError(error) },
      node(),
    ];
  }
  return [
    node(),
    postgres(environment),
    await temporal(environment, variables['PATH'] ?? '', cacheDir),
    await dataFolderWritable(environment),
    await disk(environment),
    memory(),
    await apiPort(environment),
    program('chromium', existsSync(chromiumPath) ? chromiumPath : undefined, {
      remedy: 'Browser tests and pictures need it: apt-get install chromium',
    }),
    program('psql', await findOnPath('psql', variables['PATH'] ?? ''), {
      remedy: 'Benchmarks and backups need it: apt-get install postgresql-client',
    }),
  ];
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [majorMin, minorMin] = nodeVersionMin;
  const isEnough = major > majorMin || (major === majorMin && minor >= minorMin);
  return {
    verdict: isEnough ? 'ok' : 'missing',
    what: 'Node.js',
    detail: process.version,
    ...(!isEnough && {
      remedy: `Install ${majorMin}.${minorMin} or newer: https://nodejs.org/en/download`,
    }),
  };
}

function postgres(environment: Environment): Finding {
  const what = 'PostgreSQL';
  if (environment.DATABASE_URL !== undefined) {
    const url = new URL(environment.DATABASE_URL);
    return { verdict: 'ok', what, detail: `the one of DATABASE_URL (${url.host})` };
  }
  try {
    const binary = embeddedPostgresBinary('postgres');
    if (existsSync(binary)) return { verdict: 'ok', what, detail: 'embedded, version 18' };
    return { verdict: 'missing', what, detail: `${binary} is not there`, remedy: 'Run: npm ci' };
  } catch (error) {
    return { verdict: 'missing', what, detail: describeError(error) };
  }
}

async function temporal(
  environment: Environment,
  searchPath: string,
  cacheDir: string,
): Promise<Finding> {
  const what = 'Temporal';
  if (environment.TEMPORAL_ADDRESS !== undefined) {
    return { verdict: 'ok', what, detail: `${environment.TEMPORAL_ADDRESS} (TEMPORAL_ADDRESS)` };
  }
  try {
    const detail = await findTemporalBinary({ path: searchPath, cacheDir, mayFetch: false });
    return { verdict: 'ok', what, detail };
  } catch {
    const go = await findOnPath('go', searchPath);
    if (go !== undefined) {
      const detail = `not there yet; the first start builds it with Go into ${cacheDir}, in about 3 minutes`;
      return { verdict: 'ok', what, detail };
    }
    return {
      verdict: 'missing',
      what,
      detail: 'neither temporal nor Go is on PATH',
      remedy:
        'Install Go (https://go.dev/dl) or the temporal command line (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS; without them the first start tries a download',
    };
  }
}

async function dataFolderWritable(environment: Environment): Promise<Finding> {
  const what = 'data folder';
  const folder = dataFolder(environment.KEELSON_DATA);
  const owner = runningStack(folder);
  if (owner !== undefined) {
    return { verdict: 'ok', what, detail: `${folder.root}, in use by process ${owner}` };
  }
  try {
    await access(existing(folder.root), constants.W_OK);
    return { verdict: 'ok', what, detail: folder.root };
  } catch {
    const detail = `${folder.root} cannot be written`;
    return { verdict: 'missing', what, detail, remedy: 'Set KEELSON_DATA to a folder of yours' };
  }
}

async function disk(environment: Environment): Promise<Finding> {
  const { bavail, bsize } = await statfs(existing(environment.KEELSON_DATA));
  return atLeast('free disk', bavail * bsize, diskBytesMin);
}

function memory(): Finding {
  return atLeast('memory', os.totalmem(), memoryBytesMin);
}

async function apiPort(environment: Environment): Promise<Finding> {
  const what = 'port of the API';
  const port = environment.KEELSON_API_PORT;
  if (port === 0) return { verdict: 'ok', what, detail: 'a free one is taken' };
  const isRunning = runningStack(dataFolder(environment.KEELSON_DATA)) !== undefined;
  if (isRunning || (await isFree(port))) return { verdict: 'ok', what, detail: String(port) };
  const remedy = 'Set KEELSON_API_PORT to another, or leave it unset';
  return { verdict: 'missing', what, detail: `${port} is in use`, remedy };
}

function program(what: string, found: string | undefined, missing: { remedy: string }): Finding {
  if (found !== undefined) return { verdict: 'ok', what, detail: found };
  return { verdict: 'optional', what, detail: 'not there', ...missing };
}

function atLeast(what: string, bytes: number, bytesMin: number): Finding {
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(1)} GB`;
  if (bytes >= bytesMin) return { verdict: 'ok', what, detail: gigabytes(bytes) };
  const remedy = `Keelson with everything around it wants ${gigabytes(bytesMin)}`;
  return { verdict: 'missing', what, detail: gigabytes(bytes), remedy };
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(path.dirname(folder));
}
