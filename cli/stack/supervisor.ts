import { setTimeout as sleep } from 'node:timers/promises';
import { Child, type ChildSpec, type ReadyLine } from './child';
import { Guard } from './guard';

export type SupervisorEvent =
  | { readonly kind: 'started'; readonly name: string; readonly ms: number }
  | { readonly kind: 'died'; readonly name: string; readonly how: string }
  | { readonly kind: 'restarted'; readonly name: string; readonly ms: number }
  | { readonly kind: 'failed'; readonly name: string; readonly why: string }
  | { readonly kind: 'stopped'; readonly name: string };

export interface ChildCounts {
  /** How often it became ready. */
  readonly starts: number;
  /** How often `kill` ended it. */
  readonly kills: number;
  /** How often it ended by itself. */
  readonly crashes: number;
}

export class UnknownChildError extends Error {
  override readonly name = 'UnknownChildError';
  constructor(child: string, known: readonly string[]) {
    super(`no child "${child}"; there are: ${known.join(', ')}`);
  }
}

interface Kept {
  readonly spec: ChildSpec;
  child: Child;
  line: ReadyLine;
  /** Aborted when the child is to stay ended. */
  unwanted: AbortController;
  /** Its death is `kill`'s doing. */
  killed: boolean;
  /** Ends when the present start, or restart, is through. */
  settled: Promise<void>;
  starts: number;
  kills: number;
  crashes: number;
  /** Deaths in a row, without 30 s of life between them. */
  streak: number;
}

const restartDelayMsMin = 100;
const restartDelayMsMax = 15_000;
const healthyMs = 30_000;

/** Delay before the nth restart in a row (1, 2, …): 100 ms doubling up to 15 s. */
export function restartDelayMs(streak: number): number {
  return Math.min(restartDelayMsMin * 2 ** Math.min(streak - 1, 20), restartDelayMsMax);
}

/**
 * Keeps child processes alive: a dead one is reported and restarted with back-off, all are ended
 * in order on `stopAll`, and none outlives this process, however it ends.
 */
export class Supervisor {
  readonly #kept = new Map<string, Kept>();
  readonly #guard = new Guard();
  readonly #report: (event: SupervisorEvent) => void;

  constructor(report: (event: SupervisorEvent) => void = () => undefined) {
    this.#report = report;
  }

  get guardPid(): number | undefined {
    return this.#guard.pid;
  }

  /**
   * Starts a child, waits until it is ready and keeps it alive from then on.
   * @returns what the child said of itself.
   * @throws {ChildFailedError} when the first start fails; it is not tried again.
   */
  async start(spec: ChildSpec): Promise<ReadyLine> {
    if (this.#kept.get(spec.name)?.unwanted.signal.aborted === false) {
      throw new Error(`${spec.name} runs already`);
    }
    const before = this.#kept.get(spec.name);
    const kept: Kept = {
      spec,
      child: this.#spawn(spec),
      line: {},
      unwanted: new AbortController(),
      killed: false,
      settled: Promise.resolve(),
      starts: before?.starts ?? 0,
      kills: before?.kills ?? 0,
      crashes: before?.crashes ?? 0,
      streak: 0,
    };
    this.#kept.set(spec.name, kept);
    const startedAt = Date.now();
    try {
      kept.line = await kept.child.ready();
    } catch (error) {
      kept.unwanted.abort();
      await kept.child.kill();
      throw error;
    }
    kept.starts += 1;
    this.#report({ kind: 'started', name: spec.name, ms: Date.now() - startedAt });
    this.#keep(kept, Date.now());
    return kept.line;
  }

  /** Kills a child with SIGKILL; it is restarted like one that crashed. */
  async kill(name: string): Promise<void> {
    const kept = this.#find(name);
    if (kept.child.hasExited) return;
    kept.kills += 1;
    kept.killed = true;
    await kept.child.kill();
  }

  /** Ends a child and leaves it ended, until `resume`. */
  async stop(name: string): Promise<void> {
    const kept = this.#find(name);
    kept.unwanted.abort();
    await kept.child.stop();
    await kept.settled;
    this.#report({ kind: 'stopped', name });
  }

  /** Starts a stopped child again, as it was. */
  async resume(name: string): Promise<ReadyLine> {
    const kept = this.#find(name);
    if (!kept.unwanted.signal.aborted) return await this.whenReady(name);
    return await this.start(kept.spec);
  }

  /** Waits until a child that was killed or crashed is ready again. */
  async whenReady(name: string, msMax = 60_000): Promise<ReadyLine> {
    const kept = this.#find(name);
    const late = new AbortController();
    const deadline = sleep(msMax, true, { signal: late.signal }).catch(() => true);
    try {
      // The death of a child is noticed a moment after it, so look twice.
      let isLate = false;
      do {
        isLate = await Promise.race([kept.settled.then(() => sleep(20, false)), deadline]);
      } while (!isLate && !kept.unwanted.signal.aborted && kept.child.hasExited);
    } finally {
      late.abort();
    }
    if (kept.child.hasExited) throw new Error(`${name} did not come back: ${kept.child.outcome}`);
    return kept.line;
  }

  names(): string[] {
    return [...this.#kept.keys()];
  }

  /** Process id of the present run of a child. */
  pid(name: string): number | undefined {
    return this.#find(name).child.pid;
  }

  counts(): Record<string, ChildCounts> {
    return Object.fromEntries(
      [...this.#kept].map(([name, { starts, kills, crashes }]) => [
        name,
        { starts, kills, crashes },
      ]),
    );
  }

  /** Ends every child, the last started first; children started in one stage end together. */
  async stopAll(stages: readonly (readonly string[])[] = []): Promise<void> {
    const staged = new Set(stages.flat());
    const others = this.names().filter((name) => !staged.has(name));
    for (const stage of [...stages, ...others.reverse().map((name) => [name])]) {
      await Promise.all(
        stage.filter((name) => this.#kept.has(name)).map((name) => this.stop(name)),
      );
    }
    await this.#guard.close();
  }

  #spawn(spec: ChildSpec): Child {
    const child = new Child(spec);
    const { pid } = child;
    if (pid !== undefined) {
      this.#guard.watch(pid, spec.stopSignal ?? 'SIGTERM');
      void child.exited.then(() => this.#guard.forget(pid));
    }
    return child;
  }

  #keep(kept: Kept, readyAt: number): void {
    void kept.child.exited.then(() => {
      if (kept.unwanted.signal.aborted) return;
      if (!kept.killed) kept.crashes += 1;
      kept.killed = false;
      kept.streak = Date.now() - readyAt > healthyMs ? 1 : kept.streak + 1;
      this.#report({ kind: 'died', name: kept.spec.name, how: kept.child.outcome });
      kept.settled = this.#restart(kept);
    });
  }

  async #restart(kept: Kept): Promise<void> {
    const { signal } = kept.unwanted;
    while (!signal.aborted) {
      await sleep(restartDelayMs(kept.streak), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const startedAt = Date.now();
      kept.child = this.#spawn(kept.spec);
      const giveUp = () => void kept.child.kill();
      signal.addEventListener('abort', giveUp);
      try {
        kept.line = await kept.child.ready();
        kept.starts += 1;
        this.#report({ kind: 'restarted', name: kept.spec.name, ms: Date.now() - startedAt });
        this.#keep(kept, Date.now());
        return;
      } catch (error) {
        await kept.child.kill();
        kept.streak += 1;
        const why = error instanceof Error ? error.message : String(error);
        if (!signal.aborted) this.#report({ kind: 'failed', name: kept.spec.name, why });
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    }
  }

  #find(name: string): Kept {
    const kept = this.#kept.get(name);
    if (kept === undefined) throw new UnknownChildError(name, this.names());
    return kept;
  }
}
