import { parseArgs } from 'node:util';
import { systemScope } from '../../domain/access/scope';
import { inScope } from '../../db/connection';
import { oldestOpenProcesses } from '../../db/stuck-processes';
import { type Command, UsageError } from '../command';
import { withDatabase } from '../database';
import { withEnvironment } from '../stack/environment';

const linesMax = 500;

/** Shows every unfinished process, the longest waiting first, with the named thing it waits for. */
export const command: Command = {
  name: 'stuck',
  summary: 'shows unfinished processes, the longest waiting first, and what each waits for',
  usage: '[--minutes N]  only those that have stood still for N minutes',
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string' } } });
    const minutes = Number(values.minutes ?? '0');
    if (!Number.isFinite(minutes) || minutes < 0) throw new UsageError('--minutes takes a number');
    await withEnvironment((environment) =>
      withDatabase(environment, async (db) => {
        const found = await inScope(db, systemScope('os:stuck'), (tx) =>
          oldestOpenProcesses(tx, { minutes, limit: linesMax }),
        );
        for (const { workflowId, state, waitsFor, since, due, minutesStill } of found) {
          const until = due === null ? '' : `, due ${due}`;
          process.stdout.write(
            `${`${minutesStill} min`.padStart(10)}  ${workflowId}  ${state}  waits for ${waitsFor ?? 'nothing (it works)'} since ${since}${until}\n`,
          );
        }
        const more = found.length === linesMax ? ` (the first ${linesMax})` : '';
        process.stdout.write(`${found.length} unfinished processes${more}\n`);
      }),
    );
  },
};
