import { ApplicationFailure } from '@temporalio/activity';
import type { AccountReading } from '../domain/trading/account';
import { codeOfDeclaration } from '../domain/trading/declaration';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { TradingPlatform } from '../connectors/trading/port';
import type { TradingAccount } from '../db/accounts';
import { inScope } from '../db/connection';
import { readServer } from '../db/servers';
import type { BalanceOperationDeps } from './balance-operation';

/** What the server says about an account now. */
export interface Observation {
  readonly reading: AccountReading;
  readonly openPositions: number;
}

export async function observe(
  deps: BalanceOperationDeps,
  account: TradingAccount,
): Promise<Observation> {
  const platform = await platformInService(deps, account);
  const login = loginOf(account);
  const reading = await platform.readAccount(login);
  if (!reading) throw new Error(`the server does not know the log-in of ${account.id}`);
  const positions = await platform.positions({ login });
  return { reading, openPositions: positions.length };
}

/**
 * The server of an account, to be asked something. While it is declared to be out of service nobody asks it: fails
 * under the code that processes wait under.
 */
export async function platformInService(
  { db, platformFor }: BalanceOperationDeps,
  account: TradingAccount,
): Promise<TradingPlatform> {
  const { declared } = await inScope(
    db,
    systemScope(`workflow:${workflowIds.account(account.id)}`),
    (tx) => readServer(tx, account.serverId),
  );
  if (declared) {
    const code = codeOfDeclaration(declared.kind);
    throw ApplicationFailure.nonRetryable('the server is declared to be out of service', code);
  }
  return platformFor(account.serverId);
}

export function loginOf(account: TradingAccount): string {
  if (account.login === null) throw new Error(`${account.id} has no log-in`);
  return account.login;
}
