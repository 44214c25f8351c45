import { rows } from '../../db/connection';
import { readBalance } from '../../db/ledger';
import { tradingLedger, wallet } from '../../domain/ledger/account';
import type { PlatformKind } from '../../domain/trading/capabilities';
import type { Stage } from '../processes/stage';
import { currency, type Lane } from './field';

/** What the ledger has of one log-in. */
export interface Books {
  readonly tradingMinor: bigint;
  readonly postings: readonly BookedDeal[];
}

/** A transaction that stands for a deal, or for an edit of one. */
export interface BookedDeal {
  readonly key: string;
  readonly ticket: string;
  readonly revision: number;
  readonly kind: string;
  readonly cause: string;
  readonly tradingMinor: bigint;
  readonly walletMinor: bigint;
  /** A person was asked about it. */
  readonly hasTask: boolean;
}

/** The product's ticket of an operation: cTrader counts operations and deals apart, we do not. */
export function ticketOf(platform: PlatformKind, ticket: number): string {
  return String(platform === 'ctrader' ? 2 * ticket + 1 : ticket);
}

export async function readBooks(stage: Stage, { client, account }: Lane): Promise<Books> {
  const of = { entityId: client.entityId, clientId: client.id, currency };
  const trading = tradingLedger({ ...of, accountId: account.id });
  return stage.system(async (tx) => {
    const found = await rows<{
      key: string;
      kind: string;
      cause: string;
      trading: string;
      wallet: string;
      has_task: boolean;
    }>(
      tx,
      `select t.key, t.kind, t.cause, coalesce(sum(e.amount) filter (where e.account_id = :trading), 0)::text as trading,
         coalesce(sum(e.amount) filter (where e.account_id = :wallet), 0)::text as wallet,
         exists (select 1 from task k where k.opened_key = 'foreign_balance_change/' || substr(t.key, 6)) as has_task
       from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
       where t.id in (select transaction_id from ledger_entry where account_id = :trading)
       group by t.id, t.key, t.kind, t.cause`,
      { trading: trading.id, wallet: wallet(of).id },
    );
    const { balanceMinor } = await readBalance(tx, trading);
    return {
      tradingMinor: balanceMinor,
      postings: found.map((row) => {
        const [, , ticket = '', revision = '1'] = row.key.split('/');
        return {
          key: row.key,
          ticket,
          revision: Number(revision),
          kind: row.kind,
          cause: row.cause,
          tradingMinor: BigInt(row.trading),
          walletMinor: BigInt(row.wallet),
          hasTask: row.has_task,
        };
      }),
    };
  });
}
