import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** When a child counts as ready. */
export type Readiness =
  /** Its first line on standard output that is a JSON object which `accept` takes. */
  | { readonly kind: 'json'; readonly accept?: (line: ReadyLine) => boolean }
  /** A text it writes to standard output or error. */
  | { readonly kind: 'output'; readonly pattern: RegExp }
  /** A question asked until it is answered with yes. */
  | { readonly kind: 'probe'; readonly probe: () => Promise<boolean> };

/** What a child said of itself when it became ready; empty when it says nothing. */
export type ReadyLine = Readonly<Record<string, unknown>>;

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readiness: Readiness;
  readonly readyMsMax: number;
  readonly logFile: string;
  /** The signal that asks it to end cleanly; SIGKILL follows after `stopMsMax`. */
  readonly stopSignal?: NodeJS.Signals;
  readonly stopMsMax?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export class ChildFailedError extends Error {
  override readonly name = 'ChildFailedError';
}

/** Past this size a log is put aside as `<name>.log.1`, which replaces the one before. */
const logBytesMax = 20_000_000;

/** How much of the last output a failure shows. */
const tailLinesMax = 15;

/** One run of a child process; a restart is a new one. */
export class Child {
  readonly exited: Promise<void>;
  readonly #process: ChildProcess;
  readonly #log: WriteStream;
  readonly #tail: string[] = [];
  readonly #listeners = new Set<(line: string, stream: 'stdout' | 'stderr') => void>();
  #hasExited = false;
  #outcome = 'is running';

  constructor(readonly spec: ChildSpec) {
    putAside(spec.logFile);
    this.#log = createWriteStream(spec.logFile, { flags: 'a', mode: 0o600 });
    // A full disk loses log lines; it must not end the stack.
    this.#log.on('error', () => undefined);
    this.#process = spawn(spec.command, spec.args, {
      // A session of its own: Ctrl-C in the terminal reaches the supervisor only, which ends the
      // children in order.
      detached: true,
      // Standard input stays open while the supervisor lives; our own children end when it closes.
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...spec.env },
      ...(spec.uid !== undefined && { uid: spec.uid }),
      ...(spec.gid !== undefined && { gid: spec.gid }),
    });
    this.#process.stdin?.on('error', () => undefined);
    for (const stream of ['stdout', 'stderr'] as const) {
      const source = this.#process[stream];
      if (source === null) continue;
      createInterface({ input: source }).on('line', (line) => this.#take(line, stream));
    }
    this.exited = new Promise((resolve) => {
      const end = (outcome: string) => {
        if (this.#hasExited) return;
        this.#hasExited = true;
        this.#outcome = outcome;
        this.#log.end();
        resolve();
      };
      this.#process.once('error', (error) => end(`could not start: ${error.message}`));
      this.#process.once('close', (code, signal) => {
        end(signal === null ? `ended with code ${code ?? 0}` : `was ended by ${signal}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** How it ended, in words. */
  get outcome(): string {
    return this.#outcome;
  }

  /**
   * Waits until the child is ready.
   * @throws {ChildFailedError} when it ends first or takes longer than `readyMsMax`, with the last
   * lines it wrote.
   */
  async ready(): Promise<ReadyLine> {
    const abort = new AbortController();
    const timer = sleep(this.spec.readyMsMax, undefined, { signal: abort.signal });
    try {
      const outcome = await Promise.race([
        this.#becomesReady(abort.signal),
        this.exited.then(() => 'exited' as const),
        timer.then(() => 'late' as const),
      ]);
      if (outcome === 'exited') throw this.#failure(this.#outcome);
      if (outcome === 'late') {
        throw this.#failure(`was not ready after ${Math.round(this.spec.readyMsMax / 1000)} s`);
      }
      return outcome;
    } finally {
      abort.abort();
      timer.catch(() => undefined);
    }
  }

  /** Asks the child to end, and kills it when it takes too long. */
  async stop(): Promise<void> {
    if (this.#hasExited) return;
    this.signal(this.spec.stopSignal ?? 'SIGTERM');
    const killer = setTimeout(() => this.signal('SIGKILL'), this.spec.stopMsMax ?? 15_000);
    await this.exited;
    clearTimeout(killer);
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasExited) this.#process.kill(signal);
  }

  #take(line: string, stream: 'stdout' | 'stderr'): void {
    if (!this.#log.writableEnded) this.#log.write(`${line}\n`);
    this.#tail.push(line);
    if (this.#tail.length > tailLinesMax) this.#tail.shift();
    for (const listener of this.#listeners) listener(line, stream);
  }

  async #becomesReady(signal: AbortSignal): Promise<ReadyLine> {
    const { readiness } = this.spec;
    if (readiness.kind === 'probe') {
      while (!signal.aborted && !(await readiness.probe())) await sleep(50);
      return {};
    }
    return await new Promise<ReadyLine>((resolve) => {
      const listener = (line: string, stream: 'stdout' | 'stderr') => {
        const found =
          readiness.kind === 'output'
            ? readiness.pattern.test(line)
              ? {}
              : undefined
            : stream === 'stdout'
              ? readJsonLine(line, readiness.accept)
              : undefined;
        if (found === undefined) return;
        this.#listeners.delete(listener);
        resolve(found);
      };
      this.#listeners.add(listener);
      signal.addEventListener('abort', () => this.#listeners.delete(listener));
    });
  }

  #failure(what: string): ChildFailedError {
    const said = this.#tail.map((line) => `    ${line}`).join('\n');
    return new ChildFailedError(
      `${this.spec.name} ${what}; its log is ${this.spec.logFile}${said && `\n${said}`}`,
    );
  }
}

function readJsonLine(line: string, accept?: (line: ReadyLine) => boolean): ReadyLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const found: ReadyLine = { ...value };
    return accept === undefined || accept(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function putAside(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > logBytesMax) {
    renameSync(logFile, `${logFile}.1`);
  }
}
