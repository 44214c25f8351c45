import type { AccountReading } from '../domain/trading/account';
import { money, type Money } from '../domain/money';
import type { TradingAccount } from './accounts';
import { rows, utc, type Tx } from './connection';

/** An account as its server last showed it. */
export interface SeenAccount {
  readonly at: string;
  readonly group: string;
  readonly leverage: number;
  readonly balance: Money;
  readonly credit: Money;
  readonly equity: Money;
  readonly margin: Money;
  readonly marginFree: Money;
  readonly openPositions: number;
}

/** Keeps what a process has just seen on the server; the latest stands. Runs under the system's scope. */
export async function keepReading(
  tx: Tx,
  account: TradingAccount,
  { reading, openPositions }: { readonly reading: AccountReading; readonly openPositions: number },
): Promise<void> {
  await rows(
    tx,
    `insert into account_reading (account_id, entity_id, client_id, group_name, leverage, currency, balance_minor, credit_minor,
       equity_minor, margin_minor, margin_free_minor, open_positions)
     values (:accountId, :entityId, :clientId, :group, :leverage, :currency, :balance, :credit, :equity, :margin, :marginFree,
       :openPositions)
     on conflict (account_id) do update set at = clock_timestamp(), group_name = excluded.group_name, leverage = excluded.leverage,
       currency = excluded.currency, balance_minor = excluded.balance_minor, credit_minor = excluded.credit_minor,
       equity_minor = excluded.equity_minor, margin_minor = excluded.margin_minor,
       margin_free_minor = excluded.margin_free_minor, open_positions = excluded.open_positions`,
    {
      accountId: account.id,
      entityId: account.entityId,
      clientId: account.clientId,
      group: reading.group,
      leverage: reading.leverage,
      currency: reading.balance.currency,
      balance: reading.balance.amountMinor.toString(),
      credit: reading.credit.amountMinor.toString(),
      equity: reading.equity.amountMinor.toString(),
      margin: reading.margin.amountMinor.toString(),
      marginFree: reading.marginFree.amountMinor.toString(),
      openPositions,
    },
  );
}

/** Undefined before its process has looked for the first time. */
export async function lastReading(tx: Tx, accountId: string): Promise<SeenAccount | undefined> {
  const [row] = await rows<{
    at: string;
    group_name: string;
    leverage: number;
    currency: string;
    balance_minor: string;
    credit_minor: string;
    equity_minor: string;
    margin_minor: string;
    margin_free_minor: string;
    open_positions: number;
  }>(
    tx,
    `select at, group_name, leverage, currency, balance_minor, credit_minor, equity_minor, margin_minor, margin_free_minor,
       open_positions
     from account_reading where account_id = :accountId`,
    { accountId },
  );
  if (!row) return undefined;
  const of = (minor: string) => money(BigInt(minor), row.currency);
  return {
    at: utc(row.at),
    group: row.group_name,
    leverage: row.leverage,
    balance: of(row.balance_minor),
    credit: of(row.credit_minor),
    equity: of(row.equity_minor),
    margin: of(row.margin_minor),
    marginFree: of(row.margin_free_minor),
    openPositions: row.open_positions,
  };
}
