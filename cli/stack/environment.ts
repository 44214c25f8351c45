import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Environment, readEnvironment } from '../../temporal-config/environment.schema';
import { dataFolder, runningStack } from './data-folder';
import { appRole, urlAs } from './database';
import { secretFiles } from './secrets';
import type * as stackModule from './start-stack';

export class NothingToWorkOnError extends Error {
  override readonly name = 'NothingToWorkOnError';
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface CommandEnvironmentOptions {
  /** What a command needs up; it is started for the command when no stack runs. */
  readonly parts?: readonly stackModule.StackPart[];
  readonly report?: (message: string) => void;
}

/**
 * Runs a command's work in the environment of the stack that runs on KEELSON_DATA; without one, on
 * the PostgreSQL of DATABASE_URL; without that, on the embedded PostgreSQL, started for as long as
 * the work takes. Variables that are set win over the running stack's.
 * @throws {NothingToWorkOnError} when there is no data yet.
 */
export async function withEnvironment<T>(
  work: (environment: Environment) => Promise<T>,
  options: CommandEnvironmentOptions = {},
): Promise<T> {
  const own = readEnvironment(process.env);
  const folder = dataFolder(own.KEELSON_DATA);
  if (runningStack(folder) !== undefined) {
    const stack = JSON.parse(readFileSync(folder.environmentFile, 'utf8')) as Variables;
    return await work(completeEnvironment({ ...stack, ...present(process.env) }, process.env));
  }
  const hasForeign = own.DATABASE_URL !== undefined || own.KEELSON_DATABASE_URL !== undefined;
  const needsMore = (options.parts ?? []).some((part) => part !== 'postgres');
  if (hasForeign && !needsMore) {
    return await work(completeEnvironment(process.env, process.env));
  }
  if (!hasForeign && !existsSync(path.join(folder.postgres, 'PG_VERSION'))) {
    throw new NothingToWorkOnError(
      `There is no data in ${folder.root} yet: run npm start, or set KEELSON_DATA or DATABASE_URL.`,
    );
  }
  // Loaded when it is needed: it takes Temporal's worker with it, and most commands start nothing.
  const { startStack }: typeof stackModule = createRequire(__filename)('./start-stack');
  const stack = await startStack({
    parts: options.parts ?? ['postgres'],
    ...(options.report && { report: options.report }),
  });
  try {
    return await work(
      readEnvironment({ ...process.env, ...stack.environment, DATABASE_URL: stack.ownerUrl }),
    );
  } finally {
    await stack.stop();
  }
}

/** DATABASE_URL set by hand names another database: the app's address follows it. */
function completeEnvironment(variables: Variables, own: Variables): Environment {
  const environment = readEnvironment(variables);
  if (!own['DATABASE_URL'] || own['KEELSON_DATABASE_URL']) return environment;
  const passwordFile = path.join(environment.KEELSON_SECRETS_DIR, secretFiles.appPassword);
  if (!existsSync(passwordFile)) return environment;
  const password = readFileSync(passwordFile, 'utf8').trimEnd();
  return { ...environment, KEELSON_DATABASE_URL: urlAs(own['DATABASE_URL'], appRole, password) };
}

function present(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value));
}
