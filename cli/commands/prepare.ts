import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { migrate } from '../../db/migrate';
import { readEnvironment, requireVariable } from '../../temporal-config/environment.schema';
import { schedules } from '../../temporal-config/schedules';
import { registerNamespace, registerSchedules } from '../../temporal-config/server/register';
import { type Command, UsageError } from '../command';
import { appRole, prepareForeignDatabase, urlAs } from '../stack/database';
import { installProduct } from '../stack/install';
import { keepSecrets, secretFiles } from '../stack/secrets';

/** What `npm start` does before it starts processes, for installations that start them otherwise. */
export const command: Command = {
  name: 'prepare',
  summary:
    'makes keys, the role keelson_app, the schema, the Temporal namespace and schedules, where missing',
  usage: '',
  async run(args) {
    if (args.length > 0) throw new UsageError('prepare takes no options');
    const environment = readEnvironment(process.env);
    const ownerUrl = requireVariable(environment, 'DATABASE_URL');
    const address = requireVariable(environment, 'TEMPORAL_ADDRESS');
    await keepSecrets(environment.KEELSON_SECRETS_DIR);
    await prepareForeignDatabase(ownerUrl, appPassword(environment));
    const { applied } = await migrate(ownerUrl);
    process.stdout.write(`schema: ${applied.length} migrations applied\n`);
    const appUrl = urlAs(ownerUrl, appRole, appPassword(environment));
    await installProduct(appUrl, environment.KEELSON_SECRETS_DIR, {
      settleWindowMs: environment.KEELSON_SETTLE_WINDOW_MS,
      serversFile: environment.KEELSON_TRADING_SERVERS,
      providersFile: environment.KEELSON_PAYMENT_PROVIDERS,
      sanctionsDir: environment.KEELSON_SANCTIONS_DIR,
    });
    const connection = await Connection.connect({ address, connectTimeout: '60 seconds' });
    try {
      const namespace = environment.TEMPORAL_NAMESPACE;
      await registerNamespace(connection, namespace);
      await registerSchedules(new Client({ connection, namespace }), schedules);
      process.stdout.write(`Temporal: namespace ${namespace}, ${schedules.length} schedules\n`);
    } finally {
      await connection.close();
    }
  },
};

/** The password that KEELSON_DATABASE_URL says, or the one made for this installation. */
function appPassword(environment: {
  KEELSON_DATABASE_URL?: string | undefined;
  KEELSON_SECRETS_DIR: string;
}): string {
  const said = environment.KEELSON_DATABASE_URL;
  if (said !== undefined) return decodeURIComponent(new URL(said).password);
  const file = path.join(environment.KEELSON_SECRETS_DIR, secretFiles.appPassword);
  return readFileSync(file, 'utf8').trimEnd();
}
