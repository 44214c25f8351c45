import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** A process that ends this process's children should this process be killed. */
export class Guard {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = spawn(process.execPath, [path.join(__dirname, 'guard-process.js')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#process.unref();
    // A closed pipe means the guard was killed by hand; the stack runs on without it.
    this.#process.stdin?.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  watch(pid: number, signal: NodeJS.Signals): void {
    this.#process.stdin?.write(`watch ${pid} ${signal}\n`);
  }

  forget(pid: number): void {
    this.#process.stdin?.write(`forget ${pid}\n`);
  }

  /** Lets the guard go, which first ends whatever it still watches. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.ref();
    this.#process.stdin?.end();
    await ended;
  }
}
