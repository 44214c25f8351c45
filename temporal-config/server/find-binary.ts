import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * The newest release of the command line that `go install` can build: later ones carry a `replace`
 * directive, which `go install` refuses.
 */
const goPackage = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** An empty build cache and two slow cores take nine minutes; past this, something hangs. */
const buildTimeoutMs = 20 * 60_000;

export type Progress = (message: string) => void;

export interface BinarySearch {
  /** Value of PATH; a test gives its own. */
  readonly path?: string | undefined;
  /** Folder that keeps a built or downloaded binary. */
  readonly cacheDir?: string;
  readonly progress?: Progress;
  /** May the search build or download? `doctor` only looks. */
  readonly mayFetch?: boolean;
  /** The last resort; a test gives its own. */
  readonly download?: (toDir: string) => Promise<void>;
}

export class TemporalNotFoundError extends Error {
  override readonly name = 'TemporalNotFoundError';
  constructor(readonly tried: readonly string[]) {
    super(
      [
        'No Temporal server to start. Tried, in this order:',
        ...tried.map((line) => `  - ${line}`),
        'Install one of these and start again:',
        '  - Go 1.24 or newer (https://go.dev/dl), and the server is built once, in about 3 minutes;',
        '  - the temporal command line on PATH (https://docs.temporal.io/cli);',
        '  - or set TEMPORAL_ADDRESS=host:port to use a cluster that runs already.',
      ].join('\n'),
    );
  }
}

export function temporalCacheDir(): string {
  return path.join(os.homedir(), '.cache', 'keelson');
}

/**
 * Finds the `temporal` command line: on PATH, in the cache folder, built by Go, or downloaded by
 * the SDK, in this order.
 * @returns the absolute path of the binary.
 * @throws {TemporalNotFoundError} saying what was tried and what to install.
 */
export async function findTemporalBinary(search: BinarySearch = {}): Promise<string> {
  const cacheDir = search.cacheDir ?? temporalCacheDir();
  const searchPath = search.path ?? process.env['PATH'] ?? '';
  const tried: string[] = [];

  const onPath = await findOnPath('temporal', searchPath);
  if (onPath !== undefined) return onPath;
  tried.push('temporal on PATH: not there');

  const cached = path.join(cacheDir, 'temporal');
  if (await isExecutable(cached)) return cached;
  tried.push(`${cached}: not there`);

  if (search.mayFetch === false) throw new TemporalNotFoundError(tried);
  await mkdir(cacheDir, { recursive: true });

  const go = await findOnPath('go', searchPath);
  if (go === undefined) {
    tried.push(`go install ${goPackage}: Go is not on PATH`);
  } else {
    const failure = await buildWithGo(go, cacheDir, searchPath, search.progress);
    if (failure === undefined && (await isExecutable(cached))) return cached;
    tried.push(`go install ${goPackage}: ${failure ?? 'left no binary'}`);
  }

  try {
    search.progress?.('Downloading the Temporal development server …');
    await download(cacheDir, cached, search.download ?? downloadWithSdk);
    if (await isExecutable(cached)) return cached;
    tried.push('download by the Temporal SDK: left no binary');
  } catch (error) {
    tried.push(`download by the Temporal SDK: ${firstLine(error)}`);
  }
  throw new TemporalNotFoundError(tried);
}

async function buildWithGo(
  go: string,
  cacheDir: string,
  searchPath: string,
  progress: Progress = () => undefined,
): Promise<string | undefined> {
  const startedAt = Date.now();
  progress('Building the Temporal server with Go, once; this takes about 3 minutes …');
  const ticker = setInterval(() => {
    progress(`… still building (${Math.round((Date.now() - startedAt) / 1000)} s)`);
  }, 15_000);
  try {
    return await new Promise<string | undefined>((resolve) => {
      const child = spawn(go, ['install', goPackage], {
        env: { ...process.env, PATH: searchPath, GOBIN: cacheDir },
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: buildTimeoutMs,
      });
      let complaint = '';
      child.stderr.on('data', (chunk: Buffer) => {
        complaint = (complaint + chunk.toString()).slice(-2000);
      });
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code) => {
        const lastLine = complaint.trim().split('\n').at(-1) ?? '';
        resolve(code === 0 ? undefined : lastLine || `ended with ${code ?? 'a signal'}`);
      });
    });
  } finally {
    clearInterval(ticker);
  }
}

async function download(
  cacheDir: string,
  target: string,
  fetchInto: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = path.join(cacheDir, 'download');
  await mkdir(dir, { recursive: true });
  try {
    await fetchInto(dir);
    for (const name of await readdir(dir)) {
      const file = path.join(dir, name);
      if (name.startsWith('temporal') && (await stat(file)).isFile()) {
        await chmod(file, 0o755);
        await rename(file, target);
        return;
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The SDK downloads when it starts a server; that server is stopped again at once. */
async function downloadWithSdk(toDir: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir: toDir } },
  });
  await environment.teardown();
}

/** The first executable file of this name on a PATH, or `undefined`. */
export async function findOnPath(name: string, searchPath: string): Promise<string | undefined> {
  for (const dir of searchPath.split(path.delimiter)) {
    if (dir === '') continue;
    const file = path.resolve(dir, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? message;
}
