import os from 'node:os';
import { requireVariable } from '../../temporal-config/environment.schema';
import { type Command, UsageError } from '../command';
import { withDatabase } from '../database';
import { resumeProcesses } from '../resume-processes';
import { withEnvironment } from '../stack/environment';
import { withTemporal } from '../temporal';

/** For the machine's owner, after Temporal's database was lost: the events name the OS user. */
export const command: Command = {
  name: 'resume',
  summary: 'gives every unfinished process its workflow back, after Temporal’s database was lost',
  usage: '',
  async run(args) {
    if (args.length > 0) throw new UsageError('resume takes no options');
    const actor = `os:${os.userInfo().username}`;
    await withEnvironment(
      async (environment) => {
        const address = requireVariable(environment, 'TEMPORAL_ADDRESS');
        const { running, resumed } = await withDatabase(environment, (db) =>
          withTemporal(environment, address, (client) => resumeProcesses(db, client, { actor })),
        );
        for (const workflowId of resumed) process.stdout.write(`resumed ${workflowId}\n`);
        process.stdout.write(`${resumed.length} resumed, ${running} were running\n`);
      },
      { parts: ['postgres', 'temporal'] },
    );
  },
};
