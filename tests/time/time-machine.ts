import { rows } from '../../db/connection';
import { createWorkers } from '../../workers/run';
import { relayOnce } from '../../workers/relay';
import { workflowBundle } from '../setup/temporal';
import { openStage, type Running, type Stage, type StageOptions } from '../processes/stage';
import { until } from '../processes/until';
import { MovedClock } from './moved-clock';
import { openSkippingTemporal, type SkippingTemporal } from './skipping-temporal';

const dayMs = 86_400_000;

/** The two clocks are moved together; what one is ahead of the other is the time of a call. */
const apartMsMax = 5_000;

/**
 * A stage whose years pass in minutes. Processes run on the time-skipping server, deal feeds, which are never at
 * rest, on the ordinary one. Time jumps from one due moment of an account to the next, and only while everything
 * rests, so that whatever happens has the date it would have.
 */
export class TimeMachine {
  readonly #clock = new MovedClock();

  private constructor(
    readonly stage: Stage,
    readonly skipping: SkippingTemporal,
    readonly bornAtMs: number,
    readonly end: () => Promise<void>,
  ) {}

  static async open(options: StageOptions): Promise<TimeMachine> {
    const stage = await openStage({ ...options, workers: false });
    const skipping = await openSkippingTemporal();
    const feeds = await runFeeds(stage);
    const running = await stage.runWorkers(skipping);
    const machine: TimeMachine = new TimeMachine(stage, skipping, Date.now(), async () => {
      await running.stop();
      await feeds.stop();
      await skipping.close();
      await stage.close();
      machine.#clock.reset();
    });
    return machine;
  }

  /** Whole and broken days since the machine was opened. */
  day(): number {
    return (Date.now() - this.bornAtMs) / dayMs;
  }

  /** Lets time pass until that day; answers how many moments on the way something was due in. */
  async passTo(day: number): Promise<number> {
    const endMs = this.bornAtMs + day * dayMs;
    for (let stops = 0; ; stops += 1) {
      const dueMs = await this.#rest();
      const isLast = dueMs === null || dueMs > endMs;
      await this.#jump(isLast ? endMs : dueMs);
      if (isLast) return stops;
    }
  }

  async #jump(toMs: number): Promise<void> {
    const skipMs = toMs - (await this.skipping.nowMs());
    // Each from where it is: the server's time stands while it is about to jump, and hundreds of jumps add up.
    const moveMs = toMs - Date.now();
    if (moveMs > 0) this.#clock.moveOn(moveMs);
    if (skipMs > 0) await this.skipping.skip(skipMs);
    const apartMs = Math.abs(Date.now() - (await this.skipping.nowMs()));
    if (apartMs > apartMsMax) throw new Error(`the clocks are ${apartMs} ms apart`);
  }

  /** Waits until nothing is in hand; answers when the next thing is due. */
  #rest(): Promise<number | null> {
    return until(
      'everything to rest',
      async () => {
        const due = await this.#nextDue();
        if (due === undefined) return undefined;
        for (const workflowId of due.workflowIds) {
          const { events } = await this.skipping.client.workflow
            .getHandle(workflowId)
            .fetchHistory();
          const last = events?.at(-1);
          // Whatever else a history ends with is in hand: a signal, a task, an activity.
          if (!last?.workflowTaskCompletedEventAttributes && !last?.timerStartedEventAttributes)
            return undefined;
        }
        return (await this.#nextDue()) && { dueMs: due.dueMs };
      },
      60_000,
    ).then(({ dueMs }) => dueMs);
  }

  /** Nothing while something is on its way to a process, or a process works. */
  async #nextDue(): Promise<
    { readonly dueMs: number | null; readonly workflowIds: readonly string[] } | undefined
  > {
    const [found] = await this.stage.system((tx) =>
      rows<{ busy: boolean; due: string | null; accounts: string[] | null }>(
        tx,
        `select bool_or(workflow <> 'tradingAccount' or due is null or due <= clock_timestamp())
             or exists (select 1 from outbox where dispatched_at is null)
             or exists (select 1 from deal_ticket where posted_transaction is null) as busy,
           min(due) as due, array_agg(workflow_id) as accounts
         from process where finished_at is null and workflow not in ('dealFeed', 'paymentWatch')`,
      ),
    );
    if (!found || found.busy) return undefined;
    return {
      dueMs: found.due === null ? null : Date.parse(found.due),
      workflowIds: found.accounts ?? [],
    };
  }
}

async function runFeeds(stage: Stage): Promise<Running> {
  const workers = await createWorkers({
    connection: stage.temporal.nativeConnection,
    namespace: stage.temporal.namespace,
    deps: stage.deps,
    bundlePath: (await workflowBundle()).codePath,
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  // The feeds alone have been asked for so far.
  await relayOnce({ db: stage.db, client: stage.temporal.client });
  return {
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}
