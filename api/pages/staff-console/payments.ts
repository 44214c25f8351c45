import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { namesOfClients } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { depositStates, listDeposits } from '../../../db/deposits';
import { listTransfers, transferStates } from '../../../db/transfers';
import { listWithdrawals, withdrawalStates } from '../../../db/withdrawals';
import { definePage } from '../page';
import { malformed } from '../../../domain/problem';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const states = {
  withdrawals: withdrawalStates,
  deposits: depositStates,
  transfers: transferStates,
};

type Kind = keyof typeof states;
const kinds = ['withdrawals', 'deposits', 'transfers'] as const satisfies readonly Kind[];

interface ListedPayment {
  readonly id: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly state: string;
  readonly way: string;
  readonly note: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

const paymentsPage = definePage({
  path: '/staff/payments',
  auth: { permission: 'payment.read' },
  query: {
    kind: z.enum(kinds).optional(),
    state: z.string().max(40).optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const { kind = 'withdrawals', state } = query;
    const known: readonly string[] = states[kind];
    if (state !== undefined && !known.includes(state)) {
      throw malformed(`${kind} have no state “${state.slice(0, 40)}”.`, [
        { pointer: '/query/state', detail: `is one of ${known.join(', ')}` },
      ]);
    }
    const found = await list(tx, kind, {
      ...(state ? { state } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/payments';
    const { rows, next } = pageOfRows(found, { path, query, after: (payment) => payment.id });
    const names = may(scope, 'client.personal')
      ? await namesOfClients(
          tx,
          rows.map((payment) => payment.clientId),
        )
      : new Map<string, string>();
    return {
      view: 'staff/payments',
      title: 'Payments',
      data: {
        kind,
        payments: rows.map((payment) => ({ ...payment, name: names.get(payment.clientId) })),
        next,
        kinds: chipsOf(
          path,
          { kind: query.kind },
          {
            name: 'kind',
            all: 'Withdrawals',
            options: ['deposits', 'transfers'],
          },
        ).map((chip, position) =>
          position === 0 ? { ...chip, isCurrent: kind === 'withdrawals' } : chip,
        ),
        states: chipsOf(path, query, { name: 'state', all: 'Every state', options: known }),
      },
    };
  },
});

interface Filter {
  readonly state?: string;
  readonly after?: string;
  readonly limit: number;
}

async function list(tx: Tx, kind: Kind, filter: Filter): Promise<ListedPayment[]> {
  switch (kind) {
    case 'withdrawals':
      return (await listWithdrawals(tx, filter)).map((each) => ({
        ...each,
        way: 'to card and bank',
        note: each.refusal ?? '',
        endedAt: each.finishedAt,
      }));
    case 'deposits':
      return (await listDeposits(tx, filter)).map((each) => ({
        ...each,
        way: `by ${each.provider}`,
        note: each.failure ?? '',
        endedAt: each.creditedAt,
      }));
    case 'transfers':
      return (await listTransfers(tx, filter)).map((each) => ({
        ...each,
        way: each.direction === 'to_account' ? 'wallet to account' : 'account to wallet',
        note: each.refusal ?? (each.ticket === null ? '' : `ticket ${each.ticket}`),
        endedAt: each.finishedAt,
      }));
  }
}

export const paymentsPages = [paymentsPage];
