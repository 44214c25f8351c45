import { openKeys } from '../../../connectors/keys/file-keys';
import { bootstrapFirstTwo } from '../../../cli/demo/bootstrap';
import { demoPassword } from '../../../cli/demo/people';
import { Report } from '../../../cli/demo/report';
import { runScenario, type Subjects } from '../../../cli/demo/scenario';
import { staffEmail, type Colleague } from '../../../cli/demo/staff';
import { addressesOf, World } from '../../../cli/demo/world';
import { startStack, type Stack } from '../../../cli/stack/start-stack';
import { openDatabase, type Database } from '../../../db/connection';

/** For tests only: the whole product as processes of its own, after the scenario of the demonstration. */
export interface Brokerage {
  readonly url: string;
  readonly stack: Stack;
  readonly world: World;
  readonly db: Database;
  readonly subjects: Subjects;
  close(): Promise<void>;
}

/** Many more requests than people send, and all from one address. */
const unlimited = {
  KEELSON_REQUESTS_MAX: '1000000000',
  KEELSON_PUBLIC_COMMANDS_MAX: '1000000000',
  KEELSON_LOGIN_FAILURES_MAX: '1000000000',
};

/** @param data folder of all its state. */
export async function openBrokerage(data: string): Promise<Brokerage> {
  const stack = await startStack({
    data,
    workers: 1,
    environment: { ...unlimited, KEELSON_LOG_LEVEL: 'info' },
  });
  const db = openDatabase({ url: stack.appUrl, keys: openKeys(stack.folder.secrets) });
  const close = async () => {
    await db.pool.destroy();
    await stack.stop();
  };
  try {
    await bootstrapFirstTwo(stack);
    const world = new World(addressesOf(stack), 'foreign');
    const subjects = await runScenario(world, new Report(() => undefined));
    return { url: world.addresses.apiUrl, stack, world, db, subjects, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export const password = demoPassword;

/** Log-ins that the scenario leaves behind. */
export function emailOf(who: Colleague): string {
  return staffEmail(who);
}
