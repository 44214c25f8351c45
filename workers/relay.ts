import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import pg from 'pg';
import type { Logger } from 'pino';
import { systemScope } from '../domain/access/scope';
import { startProcess } from '../temporal-config/server/start-process';
import { inScope, type Database } from '../db/connection';
import { markDispatched, postponeOutbox, takeOutbox, type OutboxRow } from '../db/dispatch';

export interface RelayOptions {
  readonly db: Database;
  readonly client: Client;
  /** For LISTEN: a connection of its own. */
  readonly databaseUrl: string;
  readonly log: Logger;
}

export interface Relay {
  stop(): Promise<void>;
}

const rowsAtOnce = 50;
const pollMs = 1_000;
const signalMsMax = 10_000;

/**
 * Turns outbox rows into workflow starts and signals, at least once. Safe in several copies: rows are taken with
 * SKIP LOCKED, and the oldest row of each workflow goes first. Nothing is given up while Temporal is away.
 */
export function startRelay(options: RelayOptions): Relay {
  let stopping = false;
  const bell = hangBell();
  const listener = listen(options, bell.ring);
  const running = (async () => {
    while (!stopping) {
      const { isMoreDue } = await relayOnce(options).catch((error: unknown) => {
        options.log.warn(
          { error: error instanceof Error ? error.name : 'unknown' },
          'the outbox could not be read',
        );
        return { isMoreDue: false };
      });
      if (!isMoreDue && !stopping) await bell.heard(pollMs);
    }
  })();
  return {
    async stop() {
      stopping = true;
      bell.ring();
      await running;
      await listener.stop();
    },
  };
}

/** A call that comes while nobody listens is heard by whoever listens next: a row may be committed at any moment. */
function hangBell(): { readonly ring: () => void; heard(msMax: number): Promise<void> } {
  let hasRung = false;
  let wake: () => void = () => undefined;
  return {
    ring: () => {
      hasRung = true;
      wake();
    },
    async heard(msMax) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, msMax);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (hasRung) wake();
      });
      hasRung = false;
    },
  };
}

/** Of a row that no answer stands for; it is tried again. */
const unheard: Dispatched = { ok: false, word: 'unknown' };

/** Dispatches what is due now; answers how many rows it took, and whether more were due when it had done so. */
export async function relayOnce({ db, client }: Pick<RelayOptions, 'db' | 'client'>): Promise<{
  readonly taken: number;
  readonly isMoreDue: boolean;
}> {
  return inScope(db, systemScope('relay'), async (tx) => {
    const taken = await takeOutbox(tx, rowsAtOnce);
    if (taken.length === 0) return { taken: 0, isMoreDue: false };
    const results = await Promise.all(taken.map((row) => dispatch(client, row)));
    const ended = taken.map(({ id }, position) => ({ id, ...(results[position] ?? unheard) }));
    const isMoreDue = await markDispatched(
      tx,
      ended.filter(({ ok }) => ok).map(({ id, word }) => ({ id, result: word })),
    );
    for (const { id, ok, word } of ended) if (!ok) await postponeOutbox(tx, id, word);
    return { taken: taken.length, isMoreDue };
  });
}

type Dispatched = { readonly ok: boolean; readonly word: string };

async function dispatch(client: Client, row: OutboxRow): Promise<Dispatched> {
  try {
    return {
      ok: true,
      word: row.kind === 'start' ? await start(client, row, false) : await signal(client, row),
    };
  } catch (error) {
    return { ok: false, word: error instanceof Error ? error.name : 'unknown' };
  }
}

async function start(client: Client, row: OutboxRow, again: boolean): Promise<string> {
  if (!row.process) throw new Error('a start without a process row');
  return startProcess(client, { workflowId: row.workflowId, ...row.process }, { again });
}

/**
 * A signal's target that is gone has either finished (nothing to say any more) or was lost with Temporal's
 * database: an unfinished process is started again, and reads the row that the signal spoke of.
 */
async function signal(client: Client, row: OutboxRow): Promise<string> {
  if (!row.process || row.process.finished) return 'finished';
  try {
    await client.connection.withDeadline(Date.now() + signalMsMax, () =>
      client.workflow
        .getHandle(row.workflowId)
        .signal(row.signal ?? '', { ...row.args, command: row.commandId }),
    );
    return 'signalled';
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return `again: ${await start(client, row, true)}`;
  }
}

/** Wakes the relay at each NOTIFY; a lost connection is opened again, and polling covers the gap. */
function listen(options: RelayOptions, wake: () => void): { stop(): Promise<void> } {
  let client: pg.Client | undefined;
  let stopped = false;
  const connect = async () => {
    if (stopped) return;
    const next = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: 'keelson relay',
    });
    next.on('notification', wake);
    next.on('error', () => undefined);
    next.on('end', () => {
      if (!stopped) setTimeout(() => void connect(), pollMs).unref();
    });
    try {
      await next.connect();
      await next.query('listen outbox');
      client = next;
    } catch {
      await next.end().catch(() => undefined);
    }
  };
  void connect();
  return {
    async stop() {
      stopped = true;
      await client?.end().catch(() => undefined);
    },
  };
}
