import { z } from 'zod';
import { wallet } from '../../../domain/ledger/account';
import { readStatement } from '../../../db/ledger-statement';
import { clientOf } from '../../routes/client-scope';
import { endOf, periodDay, startOf } from '../../period';
import { currency } from '../../schemas';
import { statementFile, statementFormats } from '../../statement-file';
import { definePage } from '../page';
import type { WalletView } from './wallets';

/** What the form offers: the client's wallets, and the month so far. */
export function statementForm(wallets: readonly WalletView[]) {
  const today = new Date().toISOString().slice(0, 10);
  return {
    wallets: wallets.map((each) => ({ value: each.currency, label: each.currency })),
    formats: statementFormats.map((format) => ({ value: format, label: format.toUpperCase() })),
    from: `${today.slice(0, 8)}01`,
    to: today,
  };
}

/** The client's own wallet of a currency, as a file. */
export const statement = definePage({
  path: '/client/statement',
  auth: { client: true },
  query: {
    currency,
    from: periodDay,
    to: periodDay,
    format: z.enum(statementFormats),
  },
  handle: async ({ tx, scope, query }) => {
    const { entityId, clientId } = clientOf(scope);
    const { id } = wallet({ entityId, clientId, currency: query.currency });
    const period = { from: startOf(query.from), to: endOf(query.to) };
    return statementFile(tx, await readStatement(tx, id, period), query.format);
  },
});
