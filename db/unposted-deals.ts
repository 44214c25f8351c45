import { rows, utc, type Tx } from './connection';
import { lookUpByIndex } from './deal-records';

/** A deal of one of our accounts that no ledger transaction stands for yet, as the server has it now. */
export interface UnpostedDeal {
  readonly ticket: string;
  /** Above 1: the server has edited it. */
  readonly revision: number;
  readonly time: string;
  readonly login: string;
  readonly accountId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly kind: string;
  readonly profitMinor: bigint;
  readonly swapMinor: bigint;
  readonly commissionMinor: bigint;
  readonly feeMinor: bigint;
  readonly currency: string;
  readonly comment: string;
}

/** The next deals that wait for their posting, by ticket. */
export async function unpostedDeals(
  tx: Tx,
  serverId: string,
  limit: number,
): Promise<UnpostedDeal[]> {
  await lookUpByIndex(tx);
  const found = await rows<{
    ticket: string;
    revision: number;
    time: string;
    login: string;
    account_id: string;
    entity_id: string;
    client_id: string;
    kind: string;
    profit_minor: string;
    swap_minor: string;
    commission_minor: string;
    fee_minor: string;
    currency: string;
    comment: string;
  }>(
    tx,
    `select d.ticket, t.revision, d.time, d.login, d.account_id, d.entity_id, d.client_id, d.kind, d.profit_minor, d.swap_minor,
       d.commission_minor, d.fee_minor, d.currency, d.comment
     from deal_ticket t join deal d on d.server_id = t.server_id and d.ticket = t.ticket and d.time = t.time
     where t.server_id = :serverId and t.posted_transaction is null and d.account_id is not null
     order by t.ticket limit :limit for update of t`,
    { serverId, limit },
  );
  return found.map((row) => ({
    ticket: row.ticket,
    revision: row.revision,
    time: utc(row.time),
    login: row.login,
    accountId: row.account_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    kind: row.kind,
    profitMinor: BigInt(row.profit_minor),
    swapMinor: BigInt(row.swap_minor),
    commissionMinor: BigInt(row.commission_minor),
    feeMinor: BigInt(row.fee_minor),
    currency: row.currency,
    comment: row.comment,
  }));
}

/** Notes what stands in the ledger for each ticket (`none` for deals that move no balance). */
export async function markPosted(
  tx: Tx,
  serverId: string,
  posted: readonly { readonly ticket: string; readonly transaction: string }[],
): Promise<void> {
  if (posted.length === 0) return;
  await lookUpByIndex(tx);
  await rows(
    tx,
    `update deal_ticket t set posted_transaction = n.transaction
     from unnest(:tickets::bigint[], :transactions::text[]) as n(ticket, transaction)
     where t.server_id = :serverId and t.ticket = n.ticket`,
    {
      serverId,
      tickets: posted.map(({ ticket }) => ticket),
      transactions: posted.map(({ transaction }) => transaction),
    },
  );
}

/** A deal that was edited before it was first read: what it was is revision 1, as it would have been. Answers the present one. */
export async function countAsEdited(tx: Tx, serverId: string, ticket: string): Promise<number> {
  const [row] = await rows<{ revision: number }>(
    tx,
    `update deal_ticket set revision = greatest(revision, 2) where server_id = :serverId and ticket = :ticket::bigint returning revision`,
    { serverId, ticket },
  );
  if (!row) throw new Error(`there is no deal ${ticket} of ${serverId}`);
  return row.revision;
}

/** What stands in the ledger for a deal, over all its revisions: sums by account, minor units. */
export async function postedFor(
  tx: Tx,
  { serverId, ticket, revision }: { serverId: string; ticket: string; revision: number },
): Promise<ReadonlyMap<string, bigint>> {
  const first = dealKey(serverId, ticket, 1);
  const keys = [first];
  for (let earlier = 2; earlier < revision; earlier += 1) keys.push(`${first}/${earlier}`);
  const found = await rows<{ account_id: string; amount: string }>(
    tx,
    `select e.account_id, sum(e.amount) as amount from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
     where t.key = any (:keys::text[]) group by 1`,
    { keys },
  );
  return new Map(found.map((row) => [row.account_id, BigInt(row.amount)]));
}

/** The key under which a deal, or an edit of it, is posted once, whichever path saw it first. */
export function dealKey(serverId: string, ticket: string, revision: number): string {
  const key = `deal/${serverId}/${ticket}`;
  return revision === 1 ? key : `${key}/${revision}`;
}
