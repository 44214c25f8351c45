import type { Tx } from '../../db/connection';
import { saveMarketRates } from '../../db/market-rates';
import { saveSymbols } from '../../db/symbols';

/** For tests only: a server lists two pairs of currencies, and quotes one of them now. */
export async function seedMarket(tx: Tx): Promise<void> {
  const symbol = { digits: 5, contractSize: '100000', marginRate: 1, usesAccountLeverage: true };
  await saveSymbols(
    tx,
    'mt5',
    ['EURUSD', 'USDJPY'].map((name) => ({
      ...{ ...symbol, name, raw: {}, marginCurrency: name.slice(0, 3) },
      ...{ baseCurrency: name.slice(0, 3), profitCurrency: name.slice(3) },
    })),
  );
  const at = new Date().toISOString();
  await saveMarketRates(tx, 'mt5', [{ symbol: 'EURUSD', bid: '1.08416', ask: '1.08424', at }]);
}
