import { Context, log } from '@temporalio/activity';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { PaymentProvider } from '../connectors/psp/port';
import { inScope, type Database } from '../db/connection';
import { setProcess } from '../db/processes';
import { noteWatchError } from '../db/provider-watches';
import { beating } from './outside';
import { pause } from './pause';
import { WatchReader } from './watch-reader';

export interface PaymentWatchDeps {
  readonly db: Database;
  readonly providerFor: (name: string) => PaymentProvider;
}

const errorPauseMsMax = 30_000;
/** One activity reads this long, then the workflow starts the next, so that its history stays short. */
const readForMs = 10 * 60_000;

export function createPaymentWatchActivities(deps: PaymentWatchDeps) {
  const { db } = deps;

  return {
    /** Reads the provider until its time is up; a fault of it is noted and tried again. */
    async watchProvider(name: string): Promise<void> {
      const scope = systemScope(`workflow:${workflowIds.watch(name)}`);
      const provider = deps.providerFor(name);
      const reader = new WatchReader(db, provider);
      const everyMs = (provider.watch?.everySeconds ?? 1) * 1_000;
      const until = Date.now() + readForMs;
      await inScope(db, scope, (tx) =>
        setProcess(tx, workflowIds.watch(name), {
          state: 'reading',
          waitsFor: 'payments at the provider',
        }),
      );
      let failures = 0;
      while (Date.now() < until && !Context.current().cancellationSignal.aborted) {
        const step = await beating(() => reader.step()).catch((error: unknown) => ({
          failed: error instanceof Error ? error.name : 'unknown',
        }));
        if (step === 'news' || step === 'more') {
          failures = 0;
          continue;
        }
        failures = step === 'idle' ? 0 : failures + 1;
        if (step !== 'idle') {
          log.warn('the provider could not be read', { provider: name, error: step.failed });
          await inScope(db, scope, (tx) => noteWatchError(tx, name, step.failed)).catch(
            () => undefined,
          );
        }
        await pause(
          Math.max(everyMs, Math.min(errorPauseMsMax, everyMs * 2 ** Math.min(failures, 5))),
        );
      }
    },
  };
}

export type PaymentWatchActivities = ReturnType<typeof createPaymentWatchActivities>;
