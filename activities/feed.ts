import { Context, log } from '@temporalio/activity';
import { systemScope } from '../domain/access/scope';
import { waitingFor } from '../domain/outside';
import { codeOfDeclaration } from '../domain/trading/declaration';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { appendEvents } from '../db/events';
import { noteFeedError } from '../db/feeds';
import { readProcess, setProcess } from '../db/processes';
import { readServer } from '../db/servers';
import type { BalanceOperationDeps } from './balance-operation';
import { FeedReader } from './feed-reader';
import { beating } from './outside';
import { pause } from './pause';

/** A reading that brought something is followed by the next one soon, a quiet server is asked less often. */
const pauseMs = 500;
const quietPauseMs = 1_000;
const quietAfterMs = 60_000;
const errorPauseMsMax = 15_000;
/** One activity reads this long, then the workflow starts the next, so that its history stays short. */
const readForMs = 10 * 60_000;

export function createFeedActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;

  return {
    /** Reads a server's deals until its time is up; a fault of the server is noted and tried again. */
    async readServerFeed(serverId: string): Promise<void> {
      const scope = systemScope(`workflow:${workflowIds.feed(serverId)}`);
      const reader = new FeedReader(deps, platformFor(serverId));
      const until = Date.now() + readForMs;
      let standing = await inScope(db, scope, (tx) => noteStanding(tx, serverId));
      let failures = 0;
      let newsAt = Date.now();
      while (Date.now() < until && !Context.current().cancellationSignal.aborted) {
        try {
          const step = await beating(() => reader.step());
          failures = 0;
          if ((step === 'paused') !== (standing === 'paused'))
            standing = await inScope(db, scope, (tx) => noteStanding(tx, serverId));
          if (step === 'paused') {
            reader.forget();
            await pause(quietPauseMs);
          }
          if (step === 'news') newsAt = Date.now();
          if (step === 'idle')
            await pause(Date.now() - newsAt > quietAfterMs ? quietPauseMs : pauseMs);
        } catch (error) {
          failures += 1;
          const name = error instanceof Error ? error.name : 'unknown';
          log.warn('the feed could not be read', { server: serverId, error: name });
          reader.forget();
          standing = await inScope(db, scope, async (tx) => {
            await noteFeedError(tx, serverId, name);
            return noteStanding(tx, serverId);
          }).catch(() => standing);
          await pause(Math.min(errorPauseMsMax, pauseMs * 2 ** Math.min(failures, 5)));
        }
      }
      await reader.end();
    },
  };
}

/** Writes where people see it whether the feed reads or waits for a declaration's end; an event says when that turned. */
async function noteStanding(tx: Tx, serverId: string): Promise<'reading' | 'paused'> {
  const workflowId = workflowIds.feed(serverId);
  const { declared } = await readServer(tx, serverId);
  const before = await readProcess(tx, workflowId);
  const state = declared ? 'paused' : 'reading';
  if (before && (before.state === 'paused') !== (state === 'paused')) {
    const type = declared ? 'feed.paused' : 'feed.resumed';
    const payload = declared ? { declaration: declared.id } : {};
    await appendEvents(tx, [{ subject: `feed/${serverId}`, type, entityId: null, payload }]);
  }
  await setProcess(tx, workflowId, {
    state,
    waitsFor: declared
      ? waitingFor({ kind: 'blocked', code: codeOfDeclaration(declared.kind), reason: '' })
      : 'the next deals of the server',
  });
  return state;
}

export type FeedActivities = ReturnType<typeof createFeedActivities>;
