import { readAccount } from '../../db/accounts';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { seedClient } from '../processes/people';
import { runName, type CreationCell, type Run } from './cells';
import { Dice } from './dice';
import { askForAccount, creationGroups, type Field } from './field';
import { decideTogether, openTaskOn } from './people-who-decide';
import type { ProcessWatch, Standing } from './process-watch';

/** An account of the matrix whose making has ended. */
export interface CreationRun {
  readonly run: Run<CreationCell>;
  readonly accountId: string;
  /** What a person said when the server had refused; undefined when nobody was asked. */
  readonly decision: 'retry' | 'refuse' | undefined;
  readonly login: string | null;
}

/** An account that has been asked for and that the server has refused, unless it made it all the same. */
interface Asked {
  readonly run: Run<CreationCell>;
  readonly accountId: string;
  readonly isMade: boolean;
}

const isSettled = ({ isFinished, state }: Standing) => isFinished || state === 'active';
const isAsked = ({ waitsFor }: Standing) => waitsFor?.startsWith('task ') === true;

/** Asks for an account and waits until it is made or a person is asked why not. */
export async function askForCreation(
  { stage, watch }: Field,
  run: Run<CreationCell>,
): Promise<Asked> {
  const { platform } = run.cell;
  const client = await seedClient(stage);
  const group = creationGroups[platform];
  const { id } = await askForAccount(stage, client, { platform, group });
  const standing = await firstEnd(watch, id);
  return { run, accountId: id, isMade: isSettled(standing) };
}

/** Once the server is put right, a person has it tried again or gives it up. */
export async function endCreation(
  { stage, watch }: Field,
  { run, accountId, isMade }: Asked,
): Promise<CreationRun> {
  const dice = new Dice(run.seed, runName(run));
  const decision = isMade ? undefined : dice.oneOf(['retry', 'retry', 'retry', 'refuse'] as const);
  if (decision !== undefined) {
    const task = await openTaskOn(stage, accountId, 'account_provisioning');
    if (!task) throw new Error(`${runName(run)}: nobody was asked about ${accountId}`);
    await decideTogether(stage, task, { role: 'operations', decision });
    await watch.until(workflowIds.account(accountId), isSettled);
  }
  const { login } = await stage.system((tx) => readAccount(tx, accountId));
  return { run, accountId, decision, login };
}

function firstEnd(watch: ProcessWatch, accountId: string): Promise<Standing> {
  return watch.until(
    workflowIds.account(accountId),
    (standing) => isSettled(standing) || isAsked(standing),
  );
}
