import type { NegativeBalance as Standing } from '../domain/account/next-step';
import { instant, type Instant } from '../domain/account/instant';
import { newId } from '../domain/ids';
import type { TradingAccount } from './accounts';
import { rows, utc, type Tx } from './connection';
import { taskOfKey } from './tasks';
import { readTransfer } from './transfers';

/**
 * `in_review` two people decide, `noticed` the holder was told that the wallet will pay, `moving` money is on its
 * way. Its ends: `settled` nothing is missing any more, `left` people decided to leave it, `replaced` what was
 * missing has changed, and the next episode speaks of it.
 */
export type NegativeBalanceState =
  'in_review' | 'noticed' | 'moving' | 'settled' | 'left' | 'replaced';

/** A flat account below zero, from when it was found until it is settled. */
export interface NegativeBalance {
  readonly id: string;
  readonly accountId: string;
  /** What is missing to zero. */
  readonly amountMinor: bigint;
  readonly state: NegativeBalanceState;
  readonly takeAt: Instant | null;
  readonly transferId: string | null;
}

interface NegativeRow {
  readonly id: string;
  readonly account_id: string;
  readonly amount_minor: string;
  readonly state: NegativeBalanceState;
  readonly take_at: string | null;
  readonly transfer_id: string | null;
}

const columns = 'id, account_id, amount_minor, state, take_at, transfer_id';

function fromRow(row: NegativeRow): NegativeBalance {
  return {
    id: row.id,
    accountId: row.account_id,
    amountMinor: BigInt(row.amount_minor),
    state: row.state,
    takeAt: row.take_at === null ? null : instant(utc(row.take_at)),
    transferId: row.transfer_id,
  };
}

/** The latest episode of an account, ended or not. */
export async function latestNegativeBalance(
  tx: Tx,
  accountId: string,
): Promise<NegativeBalance | undefined> {
  const [row] = await rows<NegativeRow>(
    tx,
    `select ${columns} from negative_balance where account_id = :accountId order by id desc limit 1`,
    { accountId },
  );
  return row && fromRow(row);
}

export function isOver({ state }: NegativeBalance): boolean {
  return state === 'settled' || state === 'left' || state === 'replaced';
}

/** Found now: two people are asked about it, until a policy or they say otherwise. */
export async function openNegativeBalance(
  tx: Tx,
  account: TradingAccount,
  { amountMinor, at }: { amountMinor: bigint; at: Instant },
): Promise<NegativeBalance> {
  const [row] = await rows<NegativeRow>(
    tx,
    `insert into negative_balance (id, account_id, entity_id, client_id, amount_minor, currency, state, found_at)
     values (:id, :accountId, :entityId, :clientId, :amount, :currency, 'in_review', :at) returning ${columns}`,
    {
      id: newId('negativeBalance'),
      accountId: account.id,
      entityId: account.entityId,
      clientId: account.clientId,
      amount: amountMinor.toString(),
      currency: account.currency,
      at,
    },
  );
  if (!row) throw new Error('the negative balance was not inserted');
  return fromRow(row);
}

/** The policy's evaluation is kept with it. */
export async function noteEvaluation(tx: Tx, id: string, evaluationId: string): Promise<void> {
  await rows(tx, 'update negative_balance set evaluation_id = :evaluationId where id = :id', {
    id,
    evaluationId,
  });
}

export async function noticeOffset(tx: Tx, id: string, takeAt: Instant): Promise<void> {
  await rows(
    tx,
    `update negative_balance set state = 'noticed', take_at = :takeAt where id = :id and ended_at is null`,
    { id, takeAt },
  );
}

export async function beginMoving(tx: Tx, id: string, transferId: string): Promise<void> {
  await rows(
    tx,
    `update negative_balance set state = 'moving', transfer_id = :transferId where id = :id and ended_at is null`,
    { id, transferId },
  );
}

/** Answers false when it had ended before. */
export async function endNegativeBalance(
  tx: Tx,
  id: string,
  state: 'settled' | 'left' | 'replaced',
): Promise<boolean> {
  const ended = await rows(
    tx,
    `update negative_balance set state = :state, ended_at = clock_timestamp() where id = :id and ended_at is null returning 1`,
    { id, state },
  );
  return ended.length > 0;
}

/** The task in which two people decide on it. */
export function negativeBalanceKey(id: string): string {
  return `negative_balance/${id}`;
}

/** The open episode as far as the account's next step depends on it. */
export async function readNegativeStanding(tx: Tx, accountId: string): Promise<Standing | null> {
  const open = await latestNegativeBalance(tx, accountId);
  if (!open || isOver(open)) return null;
  switch (open.state) {
    case 'noticed':
      return { kind: 'noticed', takeAt: open.takeAt ?? instant(0) };
    case 'moving': {
      const transfer = open.transferId === null ? null : await readTransfer(tx, open.transferId);
      const isOpen = transfer !== null && !['done', 'refused'].includes(transfer.state);
      return { kind: 'moving', transfer: isOpen ? 'open' : 'ended' };
    }
    default: {
      const task = await taskOfKey(tx, negativeBalanceKey(open.id));
      return { kind: 'in_review', taskId: task?.id ?? null, isDecided: task?.state === 'decided' };
    }
  }
}

/** What the record says of a client whose account is below zero, as the policy asks. */
export async function negativeBalanceFacts(
  tx: Tx,
  account: TradingAccount,
): Promise<{ readonly madeGoodBefore: number; readonly oppositeTrades: number }> {
  const [row] = await rows<{ made_good: number; opposite: number }>(
    tx,
    `with recent as (
       select account_id, symbol, side, time from deal
       where client_id = :clientId and kind = 'trade' and entry = 'in' and time > now() - interval '2 days'
     )
     select
       (select count(*)::int from transfer t where t.client_id = :clientId and t.purpose = 'negative_balance'
          and t.state = 'done' and t.created_at > now() - interval '1 year') as made_good,
       (select count(*)::int from recent mine where mine.account_id = :id and exists (
          select 1 from recent other where other.account_id <> :id and other.symbol = mine.symbol and other.side <> mine.side
            and other.time between mine.time - interval '1 hour' and mine.time + interval '1 hour')) as opposite`,
    { id: account.id, clientId: account.clientId },
  );
  return { madeGoodBefore: row?.made_good ?? 0, oppositeTrades: row?.opposite ?? 0 };
}
