import { permissionsOf, type Role } from '../../domain/access/roles';
import type { Scope, StaffScope } from '../../domain/access/scope';
import { newId } from '../../domain/ids';
import type { PlatformKind } from '../../domain/trading/capabilities';
import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { parseAmount } from '../../domain/money';
import { requestAccount } from '../../db/account-opening';
import { readAccount, type TradingAccount } from '../../db/accounts';
import { inScope, rows } from '../../db/connection';
import { postTransaction, readBalance } from '../../db/ledger';
import { addParty } from '../../db/parties';
import { decideTask } from '../../db/task-inbox';
import { latestTask, type Task } from '../../db/tasks';
import { createUser } from '../../db/users';
import type { TaskKind } from '../../domain/task/task';
import type { Stage } from './stage';
import { seedScreening } from '../setup/seed-screening';
import { until } from './until';

export interface TestClient {
  readonly id: string;
  readonly userId: string;
  readonly entityId: string;
  readonly currency: string;
  readonly name: string;
  readonly email: string;
  readonly scope: Scope;
}

export interface ClientOptions {
  readonly entityId?: 'cy' | 'off';
  readonly currency?: 'USD' | 'EUR';
  readonly name?: string;
  readonly residence?: string;
}

/** A client whom compliance has approved and screening found clear. */
export async function seedClient(stage: Stage, options: ClientOptions = {}): Promise<TestClient> {
  const { entityId = 'off', currency = 'USD', name = 'Ada Testwoman' } = options;
  const { residence = entityId === 'cy' ? 'CY' : 'SC' } = options;
  const id = newId('client');
  const email = `${id.slice(-12)}@clients.example`;
  stage.plant(name, ...name.split(' ').slice(-1), email);
  return stage.system(async (tx) => {
    await rows(
      tx,
      `insert into client (id, entity_id, residence, state, kyc_level, risk_level, currency, terms_accepted_at, approved_at)
       values (:id, :entityId, :residence, 'approved', 2, 'low', :currency, now(), now())`,
      { id, entityId, residence, currency },
    );
    const party = await addParty(tx, { entityId, clientId: id, role: 'holder' }, { name, email });
    const user = await createUser(tx, { kind: 'client', email, name, entityId, clientId: id });
    await seedScreening(tx, { entityId, clientId: id, partyId: party.id });
    const scope = {
      kind: 'client',
      actor: `user:${user.id}`,
      userId: user.id,
      clientId: id,
      entityId,
    } as const;
    return { id, userId: user.id, entityId, currency, name, email, scope };
  });
}

/** Puts money into the client's wallet past all processes. `amount` is a decimal text. */
export async function fund(stage: Stage, client: TestClient, amount: string): Promise<void> {
  const of = { entityId: client.entityId, clientId: client.id, currency: client.currency };
  await stage.system((tx) =>
    postTransaction(tx, {
      key: newId('command'),
      kind: 'correction',
      entityId: client.entityId,
      clientId: client.id,
      cause: 'seed',
      legs: move(house('psp_clearing', of, 'seed'), wallet(of), parseAmount(amount, of.currency)),
    }),
  );
}

export async function walletOf(
  stage: Stage,
  client: TestClient,
): Promise<{ readonly balanceMinor: bigint; readonly heldMinor: bigint }> {
  const of = { entityId: client.entityId, clientId: client.id, currency: client.currency };
  const { balanceMinor, heldMinor } = await stage.system((tx) => readBalance(tx, wallet(of)));
  return { balanceMinor, heldMinor };
}

export type OpenAccount = TradingAccount & { readonly login: string };

/** Asks for a trading account and waits until its process has made the log-in. */
export async function openAccount(
  stage: Stage,
  client: TestClient,
  {
    platform,
    accountType = 'standard',
  }: { readonly platform?: PlatformKind; readonly accountType?: string } = {},
): Promise<OpenAccount> {
  const asked = await inScope(stage.db, client.scope, (tx) =>
    requestAccount(tx, {
      clientId: client.id,
      accountType,
      currency: client.currency,
      platform,
    }),
  );
  return until(`account ${asked.id} to be active`, async () => {
    const account = await stage.system((tx) => readAccount(tx, asked.id));
    return account.state === 'active' && account.login !== null
      ? { ...account, login: account.login }
      : false;
  });
}

/** A colleague of both entities with these roles. */
export function colleague(...roles: Role[]): StaffScope {
  const userId = newId('user');
  return {
    kind: 'staff',
    actor: `user:${userId}`,
    userId,
    entities: ['cy', 'off'],
    roles,
    permissions: permissionsOf(roles),
    restricted: roles.includes('mlro'),
  };
}

/** Waits for the open task of a kind on a subject. */
export function openTaskOf(stage: Stage, subject: string, kind: TaskKind): Promise<Task> {
  return until(`task ${kind} of ${subject}`, async () => {
    const task = await stage.system((tx) => latestTask(tx, subject, kind));
    return task?.state === 'open' && task;
  });
}

/** Decides a task as it stands now. */
export async function decide(
  stage: Stage,
  who: StaffScope,
  task: Task,
  decision: string,
): Promise<Task> {
  return inScope(stage.db, who, (tx) =>
    decideTask(tx, {
      taskId: task.id,
      expectedVersion: task.version,
      contentHash: task.contentHash,
      decision,
      reason: 'TEST',
    }),
  );
}
