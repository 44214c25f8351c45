import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { receiptStates } from '../../../domain/payments/receipt';
import { namesOfClients } from '../../../db/clients';
import { listReceipts } from '../../../db/receipts';
import { definePage } from '../page';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const receiptsPage = definePage({
  path: '/staff/receipts',
  auth: { permission: 'payment.read' },
  query: { state: z.enum(receiptStates).optional(), cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const path = '/staff/receipts';
    const found = await listReceipts(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    const names = may(scope, 'client.personal')
      ? await namesOfClients(
          tx,
          rows.flatMap(({ clientId }) => clientId ?? []),
        )
      : new Map<string, string>();
    return {
      view: 'staff/receipts',
      title: 'Receipts',
      data: {
        receipts: rows.map((receipt) => ({
          ...receipt,
          name: receipt.clientId === null ? undefined : names.get(receipt.clientId),
        })),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'Every state', options: receiptStates }),
      },
    };
  },
});

export const receiptsPages = [receiptsPage];
