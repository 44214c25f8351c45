import { planReturn } from '../domain/payments/return-to-source';
import { isToken } from '../domain/payments/token-address';
import { accountsOfClient } from './accounts';
import { compareOwnName } from './client-facts';
import { rows, type Tx } from './connection';
import { balancesOfClient, type Balance } from './ledger';
import { bankDetails, sourcesOfClient, takesCurrency } from './payment-sources';
import { returnSources } from './return-sources';
import { effectivePolicy } from './policies';
import { startTransfer } from './transfer-requests';
import { cancelWithdrawal } from './withdrawal-end';
import { requestWithdrawal } from './withdrawals';

/** Who has asked for a withdrawal that no person asked for. */
const byRule = 'system';

/** Whose money goes back, and the process that sees to it. */
interface Owner {
  readonly entityId: string;
  readonly clientId: string;
}

/** What of a client's money is still here after everything that can leave has been sent on its way. */
export interface LeftHere {
  /** Nothing at all: no wallet, no trading account and no withdrawal holds anything. */
  readonly isNothing: boolean;
  /** Some of it came from no card, and the client has given no bank account in the own name. */
  readonly needsBankAccount: boolean;
}

/**
 * Sends a client's money back by rule: what stands on trading accounts to the wallets (a server refuses what positions
 * need), and each wallet to the cards up to what they gave, the rest to a bank account in the client's own name. It is
 * asked for as a withdrawal of the house's, which the same policy and people look at. `day` names the attempt of a day.
 */
export async function giveBack(
  tx: Tx,
  owner: Owner,
  { day, wakes }: { readonly day: string; readonly wakes: string },
): Promise<LeftHere> {
  const balances = await balancesOfClient(tx, owner.clientId);
  await emptyAccounts(tx, owner, { balances, day, wakes });
  let needsBankAccount = false;
  // One after the other: a transaction has one connection.
  for (const wallet of balances.filter(({ code }) => code === 'wallet')) {
    const free = wallet.balanceMinor - wallet.heldMinor;
    if (free > 0n && !(await sendBack(tx, owner, wallet.currency, free))) needsBankAccount = true;
  }
  return { isNothing: balances.every(({ balanceMinor }) => balanceMinor <= 0n), needsBankAccount };
}

/** What was asked for by rule and has not begun to leave stays: its client has been verified after all. */
export async function takeBack(tx: Tx, clientId: string): Promise<void> {
  const found = await rows<{ id: string }>(
    tx,
    `select id from withdrawal where client_id = :clientId and requested_by = :byRule
       and state in ('requested', 'in_review', 'approved') order by id for update`,
    { clientId, byRule },
  );
  for (const { id } of found) await cancelWithdrawal(tx, id);
}

async function emptyAccounts(
  tx: Tx,
  { clientId }: Owner,
  {
    balances,
    day,
    wakes,
  }: { readonly balances: readonly Balance[]; readonly day: string; readonly wakes: string },
): Promise<void> {
  for (const account of await accountsOfClient(tx, clientId)) {
    const balance = balances.find(({ code, owner }) => code === 'trading' && owner === account.id);
    const isAlive = account.state === 'active' || account.state === 'dormant';
    if (!isAlive || account.demo || balance === undefined || balance.balanceMinor <= 0n) continue;
    const moving = await rows(
      tx,
      `select 1 from transfer where account_id = :id and state in ('requested', 'sending', 'unknown', 'in_review') limit 1`,
      { id: account.id },
    );
    if (moving.length > 0) continue;
    await startTransfer(tx, {
      key: `give_back/${account.id}/${day}`,
      accountId: account.id,
      direction: 'to_wallet',
      amountMinor: balance.balanceMinor,
      purpose: 'give_back',
      wakes,
    });
  }
}

/** False when a part of it has nowhere to go yet. */
async function sendBack(
  tx: Tx,
  owner: Owner,
  currency: string,
  freeMinor: bigint,
): Promise<boolean> {
  // Tokens go to an address that is proven to be the client's, all of them.
  if (isToken(currency)) return sendTokens(tx, owner, currency, freeMinor);
  const { returnToSource } = (await effectivePolicy(tx, 'withdrawal', { entityId: owner.entityId }))
    .compiled.effective.parameters;
  const { excessMinor } = planReturn(freeMinor, await returnSources(tx, owner, currency), {
    ...returnToSource,
    now: new Date().toISOString(),
  });
  const bankSourceId = excessMinor > 0n ? await ownBankAccount(tx, owner.clientId, currency) : null;
  const hasPlace = excessMinor === 0n || bankSourceId !== null;
  const amountMinor = hasPlace ? freeMinor : freeMinor - excessMinor;
  if (amountMinor > 0n) {
    await requestWithdrawal(tx, {
      ...owner,
      userId: byRule,
      amount: { amountMinor, currency },
      bankSourceId,
    });
  }
  return hasPlace;
}

async function sendTokens(
  tx: Tx,
  owner: Owner,
  currency: string,
  amountMinor: bigint,
): Promise<boolean> {
  const proven = (await sourcesOfClient(tx, owner.clientId)).findLast(
    ({ provenAt, state }) => provenAt !== null && state === 'active',
  );
  if (!proven) return false;
  await requestWithdrawal(tx, {
    ...{ ...owner, userId: byRule, bankSourceId: null, addressSourceId: proven.id },
    amount: { amountMinor, currency },
  });
  return true;
}

async function ownBankAccount(tx: Tx, clientId: string, currency: string): Promise<string | null> {
  for (const { id, kind, state } of (await sourcesOfClient(tx, clientId)).reverse()) {
    if (kind !== 'bank' || state !== 'active') continue;
    const bank = await bankDetails(tx, clientId, id);
    if (!takesCurrency(bank, currency)) continue;
    if ((await compareOwnName(tx, clientId, bank.holderName)) === 'own') return id;
  }
  return null;
}
