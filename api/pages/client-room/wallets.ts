import type { Money } from '../../../domain/money';
import type { TradingAccount } from '../../../db/accounts';
import type { Tx } from '../../../db/connection';
import { balancesOfClient, type Balance } from '../../../db/ledger';

export interface WalletView {
  readonly currency: string;
  /** What can be spent: the balance less what is set aside. */
  readonly available: Money;
  readonly setAside: Money | undefined;
}

/** The client's wallets; a client without any reads one empty one in the own currency. */
export async function readWallets(
  tx: Tx,
  client: { readonly id: string; readonly currency: string },
): Promise<{ wallets: readonly WalletView[]; balances: readonly Balance[] }> {
  const balances = await balancesOfClient(tx, client.id);
  const wallets = balances
    .filter((balance) => balance.code === 'wallet')
    .map(({ currency, balanceMinor, heldMinor }) => ({
      currency,
      available: { amountMinor: balanceMinor - heldMinor, currency },
      setAside: heldMinor > 0n ? { amountMinor: heldMinor, currency } : undefined,
    }));
  const empty: WalletView = {
    currency: client.currency,
    available: { amountMinor: 0n, currency: client.currency },
    setAside: undefined,
  };
  return { wallets: wallets.length > 0 ? wallets : [empty], balances };
}

/** The ledger's mirror of a trading account: closed results are in it, open positions are not. */
export function balanceOf(balances: readonly Balance[], account: TradingAccount): Money {
  const found = balances.find(({ code, owner }) => code === 'trading' && owner === account.id);
  return { amountMinor: found?.balanceMinor ?? 0n, currency: account.currency };
}
