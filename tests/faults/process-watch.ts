import { rows } from '../../db/connection';
import type { Stage } from '../processes/stage';

/** Where a process stands. */
export interface Standing {
  readonly workflowId: string;
  readonly state: string;
  readonly waitsFor: string | null;
  readonly isFinished: boolean;
  readonly outcome: string | null;
}

interface Waiter {
  readonly workflowId: string;
  readonly fits: (standing: Standing) => boolean;
  readonly resolve: (standing: Standing) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

const everyMs = 150;

/** Waits for many processes with one statement at a time: a hundred that each ask by themselves would be the load. */
export class ProcessWatch {
  readonly #waiters = new Set<Waiter>();
  #asking: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly stage: Stage) {
    this.#timer = setInterval(() => {
      if (this.#waiters.size === 0) return;
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }, everyMs);
  }

  /** The process, once it stands so. */
  until(
    workflowId: string,
    fits: (standing: Standing) => boolean,
    // Far past what any of it takes: on a machine that others use, too, an answer may be minutes late.
    msMax = 300_000,
  ): Promise<Standing> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + msMax;
      this.#waiters.add({ workflowId, fits, resolve, reject, deadline });
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { reject } of this.#waiters) reject(new Error('nobody watches any more'));
    this.#waiters.clear();
  }

  async #ask(): Promise<void> {
    const asked = [...this.#waiters];
    try {
      const standings = await this.#read(asked.map(({ workflowId }) => workflowId));
      for (const waiter of asked) this.#tell(waiter, standings.get(waiter.workflowId));
    } catch (error) {
      for (const waiter of asked) {
        this.#waiters.delete(waiter);
        waiter.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  #tell(waiter: Waiter, standing: Standing | undefined): void {
    if (standing && waiter.fits(standing)) {
      this.#waiters.delete(waiter);
      waiter.resolve(standing);
    } else if (Date.now() > waiter.deadline) {
      this.#waiters.delete(waiter);
      const now = standing ? `${standing.state}, waits for ${standing.waitsFor}` : 'not there';
      waiter.reject(new Error(`${waiter.workflowId} did not get there: ${now}`));
    }
  }

  async #read(workflowIds: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    const found = await this.stage.system((tx) =>
      rows<{
        workflow_id: string;
        state: string;
        waits_for: string | null;
        is_finished: boolean;
        outcome: string | null;
      }>(
        tx,
        `select workflow_id, state, waits_for, finished_at is not null as is_finished, outcome
         from process where workflow_id = any (:workflowIds::text[])`,
        { workflowIds },
      ),
    );
    return new Map(
      found.map((row) => [
        row.workflow_id,
        {
          workflowId: row.workflow_id,
          state: row.state,
          waitsFor: row.waits_for,
          isFinished: row.is_finished,
          outcome: row.outcome,
        },
      ]),
    );
  }
}
