import type { Command } from '../command';
import { UsageError } from '../command';
import { dataFolder, dropDataFolder } from '../stack/data-folder';
import { readEnvironment } from '../../temporal-config/environment.schema';

/** Drops all state of KEELSON_DATA; a PostgreSQL of DATABASE_URL is not ours and stays. */
export const command: Command = {
  name: 'reset',
  summary: 'drops all data, keys and logs in KEELSON_DATA; refuses while Keelson runs',
  usage: '',
  async run(args) {
    if (args.length > 0) throw new UsageError('reset takes no options');
    const environment = readEnvironment(process.env);
    const folder = dataFolder(environment.KEELSON_DATA);
    const outcome = await dropDataFolder(folder);
    process.stdout.write(
      outcome === 'dropped' ? `Dropped ${folder.root}.\n` : `There is no data in ${folder.root}.\n`,
    );
    if (environment.DATABASE_URL !== undefined) {
      process.stdout.write('The database of DATABASE_URL is not touched; drop it yourself.\n');
    }
  },
};
