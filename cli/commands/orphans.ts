import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { systemScope } from '../../domain/access/scope';
import { inScope } from '../../db/connection';
import { processesWithoutRun } from '../../db/orphans/without-run';
import { describeScans, findOrphans, sumOfScans } from '../../db/orphans/find-orphans';
import type * as runsModule from '../../temporal-config/server/describe-run';
import { type Command, UsageError } from '../command';
import { withDatabase } from '../database';
import { withEnvironment } from '../stack/environment';
import { withTemporal } from '../temporal';

/** Looks through everything unfinished for what no process owns; exit code 1 when there is any. */
export const command: Command = {
  name: 'orphans',
  summary: 'scans everything unfinished and lists what no process works on',
  usage:
    '[--json]  exit code 1 when there is an orphan; with TEMPORAL_ADDRESS, each process must have a running workflow',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (positionals.length > 0) throw new UsageError('orphans takes no names');
    return await withEnvironment((environment) =>
      withDatabase(environment, async (db) => {
        const scans = await inScope(db, systemScope('os:orphans'), (tx) => findOrphans(tx));
        const address = environment.TEMPORAL_ADDRESS;
        if (address !== undefined) {
          const { describeRun }: typeof runsModule = createRequire(__filename)(
            '../../temporal-config/server/describe-run',
          );
          scans.push(
            await withTemporal(environment, address, (client) =>
              processesWithoutRun(db, (workflowId) => describeRun(client, workflowId)),
            ),
          );
        }
        process.stdout.write(
          values.json === true ? `${JSON.stringify(scans)}\n` : `${describeScans(scans)}\n`,
        );
        if (address === undefined && values.json !== true) {
          process.stdout.write('Temporal was not asked: no TEMPORAL_ADDRESS\n');
        }
        return sumOfScans(scans).found === 0 ? 0 : 1;
      }),
    );
  },
};
