import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger } from '@temporalio/worker';
import pino from 'pino';
import { readEnvironment, requireVariable } from '../temporal-config/environment.schema';
import { matcherSetUps } from '../connectors/screening/outside/configured';
import { systemScope } from '../domain/access/scope';
import { inScope } from '../db/connection';
import { noteMatchers } from '../db/outside-matchers';
import { checkpointCopyPath } from '../db/audit/checkpoint-copy';
import { startCheckpoints } from '../db/audit/checkpoint-loop';
import { keepLedger } from '../db/ledger-keeping';
import { startRounds } from '../db/rounds';
import { closeTradingPlatforms } from '../connectors/trading/registry';
import { createDependencies } from './dependencies';
import { startRelay } from './relay';
import { createWorkers } from './run';

/** Rounds, of a minute each, in which this process could not settle the books before it says so. */
const roundsUnsettledToTell = 5;

/** One worker process: all queues and a copy of the relay. Any number of them may run. */
async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const log = pino({ level: environment.KEELSON_LOG_LEVEL, name: 'worker' }, pino.destination(2));
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message }) =>
      log.info({ temporal: level }, message),
    ),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
  });
  const address = requireVariable(environment, 'TEMPORAL_ADDRESS');
  const namespace = environment.TEMPORAL_NAMESPACE;
  const deps = createDependencies(environment, {
    onTrouble: (trouble) => log.warn(trouble, 'database connection'),
  });
  await inScope(deps.db, systemScope('worker:screening'), (tx) =>
    noteMatchers(tx, matcherSetUps(environment)),
  );
  const [native, connection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address, connectTimeout: '30 seconds' }),
  ]);
  const workers = await createWorkers({
    connection: native,
    namespace,
    deps,
    bundlePath: environment.KEELSON_WORKFLOW_BUNDLE,
  });
  const relay = startRelay({
    db: deps.db,
    client: new Client({ connection, namespace }),
    databaseUrl: requireVariable(environment, 'KEELSON_DATABASE_URL'),
    log,
  });
  const checkpoints = startCheckpoints(deps.db, {
    copyPath: checkpointCopyPath(deps.dataDir),
    onOutcome: (outcome) => {
      if (outcome.kind === 'refused')
        log.error({ outcome }, 'the state that the last checkpoint signed has changed');
    },
    onError: (error) =>
      log.warn(
        { error: error instanceof Error ? error.name : 'unknown' },
        'no checkpoint was signed',
      ),
  });
  let roundsUnsettled = 0;
  const books = startRounds({
    everyMs: 60_000,
    round: async () => {
      const { settled } = await keepLedger(deps.db);
      roundsUnsettled = settled ? 0 : roundsUnsettled + 1;
      if (roundsUnsettled > 0 && roundsUnsettled % roundsUnsettledToTell === 0)
        log.warn(
          { roundsUnsettled },
          'the books were not folded or chained here: another worker keeps them, or a transaction does not end',
        );
    },
    onError: (error) =>
      log.warn(
        { error: error instanceof Error ? error.name : 'unknown' },
        'the books were not kept this minute',
      ),
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  await running.finally(() => relay.stop());
  await Promise.all([checkpoints.stop(), books.stop()]);
  await closeTradingPlatforms();
  await deps.db.pool.destroy();
  await connection.close();
  await native.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
