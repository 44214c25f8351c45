import { call, text } from '../../cli/demo/http';
import { inState } from '../../cli/demo/money';
import type { World } from '../../cli/demo/world';
import { currency, type Trader } from './clients';
import type { Operation } from './operations';

/** For tests only: how one operation ended, in words that say the same in every run. */
export type Outcome = string;

const endMsMax = 240_000;

/** One after another, as a client does it who waits for each answer; other clients work beside. */
export async function carryOut(
  world: World,
  trader: Trader,
  operations: readonly Operation[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const operation of operations) {
    outcomes.push(
      operation.kind === 'open'
        ? await open(world, trader)
        : await transfer(world, trader, operation),
    );
  }
  return outcomes;
}

async function open(world: World, trader: Trader): Promise<Outcome> {
  const { status, body } = await ask(world, trader, '/api/v1/accounts', {
    accountType: 'standard',
    currency,
  });
  if (status === 422) return `open: ${String(body['code'])}`;
  const id = text(body, 'id');
  trader.accounts.push({ id, alias: `${trader.alias}/account-${trader.accounts.length + 1}` });
  const path = `/api/v1/accounts/${id}`;
  const end = await inState(trader.person, path, ['active', 'waiting'], endMsMax);
  return `open: ${String(end['state'])} ${String(end['group'])} 1:${String(end['leverage'])}`;
}

async function transfer(
  world: World,
  trader: Trader,
  { kind, account, units }: Exclude<Operation, { kind: 'open' }>,
): Promise<Outcome> {
  const amount = { amount: `${units}.00`, currency };
  const accountId = trader.accounts[account]?.id;
  const { status, body } = await ask(world, trader, '/api/v1/transfers', {
    accountId,
    direction: kind,
    amount,
  });
  if (status === 422) return `${kind} ${amount.amount}: ${String(body['code'])}`;
  const path = `/api/v1/transfers/${text(body, 'id')}`;
  const end = await inState(trader.person, path, ['done', 'refused'], endMsMax);
  return `${kind} ${amount.amount}: ${String(end['state'])} ${String(end['refusal'] ?? '')}`.trim();
}

/** A command that may be refused by a rule: that is an outcome too. */
function ask(world: World, trader: Trader, path: string, body: unknown) {
  return call(world.addresses.apiUrl, {
    method: 'POST',
    path,
    token: trader.person.token,
    body,
    expect: [201, 202, 422],
  });
}
