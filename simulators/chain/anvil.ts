import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Packages of `@foundry-rs/anvil`'s binary, as npm calls them; npm installs the one for this machine. */
function binaryPackage(): string {
  const processor = process.arch === 'x64' ? 'amd64' : process.arch;
  return `@foundry-rs/anvil-${process.platform}-${processor}`;
}

/** The path of the chain's program; undefined where it is not installed (production, or another system). */
export function findAnvil(): string | undefined {
  // What ends it with its simulator is a shell's work.
  if (process.platform === 'win32') return undefined;
  try {
    return require.resolve(`${binaryPackage()}/bin/anvil`);
  } catch {
    return undefined;
  }
}

export interface AnvilOptions {
  readonly chainId: number;
  /** File that the chain is kept in from run to run; without one it begins anew. */
  readonly stateFile?: string;
}

/** Accounts that anvil has the keys of, and signs for whoever asks: Foundry's public test words. */
const words = 'test test test test test test test test test test test junk';
const startMsMax = 30_000;
const stateEverySeconds = 5;

/** Ends the node when its standard input closes, so that it does not outlive a simulator that was killed. */
const guarded =
  'exec 3<&0; "$0" "$@" & node=$!; (cat <&3 > /dev/null; kill "$node") & wait "$node"';

export interface Anvil {
  readonly url: string;
  /** Calls after the process has ended by itself. */
  onExit(listener: (how: string) => void): void;
  stop(): Promise<void>;
}

/** Starts an Ethereum node with a chain of its own. Throws when it does not listen in time. */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const binary = findAnvil();
  if (binary === undefined) throw new Error(`${binaryPackage()} is not installed: npm ci`);
  const child = spawn('/bin/sh', ['-c', guarded, binary, ...argumentsOf(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code ?? 0}`));
  });
  const url = await Promise.race([
    listening(child),
    ended.then((how) => Promise.reject(new Error(`anvil ended (${how})`))),
    new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error('anvil does not listen')), startMsMax).unref();
    }),
  ]).catch((error: unknown) => {
    child.stdin.end();
    throw error;
  });
  let stopping = false;
  return {
    url,
    onExit: (listener) => void ended.then((how) => (stopping ? undefined : listener(how))),
    stop: async () => {
      stopping = true;
      // It writes its state before it ends.
      child.stdin.end();
      await ended;
    },
  };
}

/** Each transaction has a block of its own at once. */
function argumentsOf({ chainId, stateFile }: AnvilOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId)],
    ...['--mnemonic', words],
    ...(stateFile === undefined
      ? []
      : ['--state', stateFile, '--state-interval', String(stateEverySeconds)]),
  ];
}

function listening({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (!stdout) return;
    createInterface({ input: stdout }).on('line', (line) => {
      const [, address] = /^Listening on (\S+)$/.exec(line) ?? [];
      if (address !== undefined) resolve(`http://${address}`);
    });
  });
}
