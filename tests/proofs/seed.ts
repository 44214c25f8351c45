import { randomUUID } from 'node:crypto';
import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { kycLimitsPolicy } from '../../domain/policy/defaults/kyc-levels';
import { demoInstallation, layersOf } from '../../domain/policy/defaults/shipped';
import { rows, type Tx } from '../../db/connection';
import { saveEntity } from '../../db/entities';
import { postTransaction } from '../../db/ledger';
import { installPolicies } from '../../db/policies';
import { saveServer } from '../../db/servers';
import { finishWithdrawal } from '../../db/withdrawal-end';
import { legsOf, payLeg, planLegs } from '../../db/withdrawal-legs';
import { moveWithdrawal, requestWithdrawal } from '../../db/withdrawals';

/** For tests only: a small brokerage to prove things about. */

export const serverId = 'mt5-test';

export async function seedEntities(tx: Tx): Promise<void> {
  for (const [id, jurisdiction] of [
    ['cy', 'CY'],
    ['sc', 'SC'],
  ] as const) {
    await saveEntity(tx, {
      id,
      name: `Entity ${id}`,
      jurisdiction,
      licence: 'test',
      currencies: ['USD', 'EUR'],
      brand: { name: id, colour: '#000000', postalAddress: '-', supportEmail: '-', mailFrom: '-' },
    });
  }
  await saveServer(tx, {
    id: serverId,
    platform: 'mt5',
    name: 'MetaTrader 5',
    settleWindowMs: 1_000,
  });
}

/** What a movement of money asks: how much a client's level allows. */
export async function seedLimits(tx: Tx): Promise<void> {
  await installPolicies(tx, layersOf('kyc.limits', demoInstallation, kycLimitsPolicy));
}

export interface SeededClient {
  readonly entityId: string;
  readonly clientId: string;
  readonly currency: string;
}

/** An approved client with an empty wallet. */
export async function seedClient(tx: Tx, entityId: string): Promise<SeededClient> {
  const clientId = `cl_${randomUUID()}`;
  await rows(
    tx,
    `insert into client (id, entity_id, residence, state, currency, approved_at)
     values (:clientId, :entityId, 'CY', 'active', 'USD', now())`,
    { clientId, entityId },
  );
  return { entityId, clientId, currency: 'USD' };
}

/** A deposit that was credited, row and posting. */
export async function seedDeposit(
  tx: Tx,
  client: SeededClient,
  amountMinor: bigint,
): Promise<string> {
  const id = `dep_${randomUUID()}`;
  await rows(
    tx,
    `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, credited_at)
     values (:id, :entityId, :clientId, :amount, :currency, 'stripe', 'credited', now())`,
    { id, ...client, amount: amountMinor.toString() },
  );
  await postTransaction(tx, {
    key: `deposit/${id}`,
    kind: 'deposit',
    entityId: client.entityId,
    clientId: client.clientId,
    cause: id,
    legs: move(house('psp_clearing', client, 'stripe'), wallet(client), amountMinor),
  });
  return id;
}

/** An active account with its log-in. */
export async function seedAccount(tx: Tx, client: SeededClient, login: string): Promise<string> {
  const id = `acc_${randomUUID()}`;
  await rows(
    tx,
    `insert into trading_account (id, entity_id, client_id, server_id, login, group_name, account_type, currency, leverage, state)
     values (:id, :entityId, :clientId, :serverId, :login, 'real', 'standard', :currency, 30, 'active')`,
    { id, ...client, serverId, login },
  );
  return id;
}

/** A withdrawal that was paid back to the deposit's card in one leg. */
export async function seedPaidWithdrawal(
  tx: Tx,
  client: SeededClient,
  { amountMinor, depositId }: { amountMinor: bigint; depositId: string },
): Promise<string> {
  const amount = { amountMinor, currency: client.currency };
  const asked = await requestWithdrawal(tx, {
    ...client,
    amount,
    userId: 'usr_1',
    bankSourceId: null,
  });
  const leg = { kind: 'card_refund', depositId, sourceId: null, provider: 'stripe' } as const;
  await planLegs(tx, asked, [{ ...leg, amountMinor, evaluationId: null }]);
  await moveWithdrawal(tx, asked.id, {
    from: ['requested'],
    to: 'paying',
    event: 'withdrawal.paying',
  });
  for (const planned of await legsOf(tx, asked.id)) await payLeg(tx, asked, planned, 're_1');
  await finishWithdrawal(tx, asked.id, { to: 'paid' });
  return asked.id;
}
