import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where everything of one installation lives. */
export interface DataFolder {
  readonly root: string;
  readonly secrets: string;
  readonly postgres: string;
  readonly temporal: string;
  readonly temporalDb: string;
  readonly simulators: string;
  readonly logs: string;
  readonly portsFile: string;
  readonly pidFile: string;
  /** What the running stack hands to its children; the commands read it. */
  readonly environmentFile: string;
  /** The copy of audit checkpoints outside the database. */
  readonly checkpointsFile: string;
  /** The short-lived token of `keelson login`. */
  readonly loginFile: string;
  /** Log-ins and subjects of the last demonstration. */
  readonly demoFile: string;
  /** The simulated trading servers, as a broker would name real ones. */
  readonly tradingServersFile: string;
  /** The simulated payment providers, likewise. */
  readonly paymentProvidersFile: string;
  /** The simulated verifier of identities, likewise. */
  readonly identityVerifiersFile: string;
  /** The house's bank accounts, at banks that do not exist. */
  readonly bankAccountsFile: string;
}

export class StackRunningError extends Error {
  override readonly name = 'StackRunningError';
}

export class NotOurFolderError extends Error {
  override readonly name = 'NotOurFolderError';
}

export function dataFolder(root: string): DataFolder {
  const at = (...parts: string[]) => path.join(root, ...parts);
  return {
    root,
    secrets: at('secrets'),
    postgres: at('postgres'),
    temporal: at('temporal'),
    temporalDb: at('temporal', 'temporal.db'),
    simulators: at('simulators'),
    logs: at('logs'),
    portsFile: at('ports.json'),
    pidFile: at('stack.pid'),
    environmentFile: at('environment.json'),
    checkpointsFile: at('checkpoints.jsonl'),
    loginFile: at('login.json'),
    demoFile: at('demo.json'),
    tradingServersFile: at('trading-servers.json'),
    paymentProvidersFile: at('payment-providers.json'),
    identityVerifiersFile: at('identity-verifiers.json'),
    bankAccountsFile: at('bank-accounts.json'),
  };
}

/** Creates the folders, readable by nobody else. */
export async function prepareDataFolder(folder: DataFolder): Promise<void> {
  for (const dir of [
    folder.root,
    folder.secrets,
    folder.temporal,
    folder.simulators,
    folder.logs,
  ]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
  }
}

/** What older versions put into a folder that may still be there. */
const ofOldVersions: readonly string[] = ['documents'];

/**
 * Deletes all state. The folder itself may be one that held other things before: then it is
 * refused, so that a wrong KEELSON_DATA costs nothing.
 * @throws {StackRunningError} when a stack runs on it.
 * @throws {NotOurFolderError} when it holds something that a stack did not put there.
 */
export async function dropDataFolder(folder: DataFolder): Promise<'dropped' | 'nothing there'> {
  if (!existsSync(folder.root)) return 'nothing there';
  const owner = runningStack(folder);
  if (owner !== undefined) {
    throw new StackRunningError(
      `Keelson runs on ${folder.root} (process ${owner}); end it first (Ctrl-C there, or kill ${owner}).`,
    );
  }
  const ours = new Set(
    Object.values(folder)
      .filter((file) => path.dirname(file) === folder.root)
      .map((file) => path.basename(file))
      .concat(ofOldVersions),
  );
  const foreign = (await readdir(folder.root)).filter((name) => !ours.has(name));
  if (foreign.length > 0) {
    throw new NotOurFolderError(
      `${folder.root} holds things Keelson did not put there (${foreign.slice(0, 5).join(', ')}); delete it by hand.`,
    );
  }
  await rm(folder.root, { recursive: true, force: true });
  return 'dropped';
}

interface PidRecord {
  readonly pid: number;
  readonly birth: string;
  /** The guard outlives a killed stack for as long as children are left. */
  readonly guard: number | null;
}

/** Process id of the stack that runs on this folder, or `undefined`. */
export function runningStack(folder: DataFolder): number | undefined {
  const record = readPidFile(folder.pidFile);
  if (record === undefined) return undefined;
  return processBirth(record.pid) === record.birth ? record.pid : undefined;
}

/**
 * Claims the folder for this process, waiting for what a killed stack left behind to end.
 * @returns a function that gives the folder free.
 * @throws {StackRunningError} when another stack runs on it.
 */
export async function claimDataFolder(
  folder: DataFolder,
  guardPid: number | undefined,
): Promise<() => void> {
  const before = readPidFile(folder.pidFile);
  const owner = runningStack(folder);
  if (owner !== undefined) {
    throw new StackRunningError(`Keelson runs already on ${folder.root} (process ${owner}).`);
  }
  if (before?.guard) await waitUntilGone(before.guard, 15_000);
  const record: PidRecord = {
    pid: process.pid,
    birth: processBirth(process.pid) ?? '',
    guard: guardPid ?? null,
  };
  writeFileSync(folder.pidFile, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  return () => rmSync(folder.pidFile, { force: true });
}

function readPidFile(file: string): PidRecord | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<PidRecord>;
    if (typeof value.pid !== 'number' || typeof value.birth !== 'string') return undefined;
    return { pid: value.pid, birth: value.birth, guard: value.guard ?? null };
  } catch {
    return undefined;
  }
}

/** When a process began, as the system tells it: process ids are reused, births are not. */
export function processBirth(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // Field 3 of proc(5) is the state, 22 the start time; a zombie has ended.
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    const birth = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return birth.trim() || undefined;
  } catch {
    return undefined;
  }
}

async function waitUntilGone(pid: number, msMax: number): Promise<void> {
  const deadline = Date.now() + msMax;
  while (processBirth(pid) !== undefined && Date.now() < deadline) await sleep(100);
}
