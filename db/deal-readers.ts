import { rows, utc, type Tx } from './connection';

export interface ListedDeal {
  readonly ticket: string;
  readonly time: string;
  readonly kind: string;
  readonly side: 'buy' | 'sell' | null;
  readonly entry: string | null;
  readonly symbol: string | null;
  /** Lots as a decimal string. */
  readonly lots: string;
  readonly price: string | null;
  readonly profitMinor: bigint;
  readonly costsMinor: bigint;
  readonly currency: string;
  readonly positionId: string;
  readonly comment: string;
}

/** The latest deals of a trading account. `costs` are swap, commission and fee. */
export async function dealsOfAccount(
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<ListedDeal[]> {
  const found = await rows<{
    ticket: string;
    time: string;
    kind: string;
    side: 'buy' | 'sell' | null;
    entry: string | null;
    symbol: string | null;
    lots: string;
    price: string | null;
    profit: string;
    costs: string;
    currency: string;
    position_id: string;
    comment: string;
  }>(
    tx,
    `select d.ticket, d.time, d.kind, d.side, d.entry, d.symbol, trim_scale(d.volume::numeric / 100000000)::text as lots,
       trim_scale(d.price)::text as price, d.profit_minor as profit, d.swap_minor + d.commission_minor + d.fee_minor as costs,
       d.currency, d.position_id, d.comment
     from trading_account a join deal d on d.server_id = a.server_id and d.login = a.login
     where a.id = :accountId order by d.time desc, d.ticket desc limit :limit`,
    { accountId, limit },
  );
  return found.map((row) => ({
    ticket: row.ticket,
    time: utc(row.time),
    kind: row.kind,
    side: row.side,
    entry: row.entry,
    symbol: row.symbol,
    lots: row.lots,
    price: row.price,
    profitMinor: BigInt(row.profit),
    costsMinor: BigInt(row.costs),
    currency: row.currency,
    positionId: row.position_id,
    comment: row.comment,
  }));
}
