import { z } from 'zod';
import { ledgerCodes } from '../../../domain/ledger/account';
import { entriesOfAccount, listBalances } from '../../../db/ledger';
import { readLedgerAccount, readTransaction } from '../../../db/ledger-readers';
import { listEntities } from '../../../db/entities';
import { balancesByCode } from '../../../db/today';
import { decodePlaceCursor, encodeCursor } from '../../cursor';
import { entityId, idOf } from '../../schemas';
import { definePage } from '../page';
import { actorWords } from './actors';
import { address, afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

/** Sums by code; with a code chosen, the accounts of it. */
const ledgerPage = definePage({
  path: '/staff/ledger',
  auth: { permission: 'ledger.read' },
  query: { entity: entityId.optional(), code: z.enum(ledgerCodes).optional(), cursor: cursorQuery },
  handle: async ({ tx, query }) => {
    const path = '/staff/ledger';
    const sums = await balancesByCode(tx, query.entity);
    const found = query.code
      ? await listBalances(tx, {
          code: query.code,
          ...(query.entity ? { entityId: query.entity } : {}),
          ...afterOf(query.cursor),
          limit: rowsPerPage + 1,
        })
      : [];
    const { rows, next } = pageOfRows(found, { path, query, after: (each) => each.accountId });
    const totals = new Map<string, { currency: string; totalMinor: bigint }>();
    for (const { currency, balanceMinor } of sums) {
      const present = totals.get(currency)?.totalMinor ?? 0n;
      totals.set(currency, { currency, totalMinor: present + balanceMinor });
    }
    return {
      view: 'staff/ledger',
      title: 'Ledger',
      data: {
        sums: sums
          .filter((sum) => query.code === undefined || sum.code === query.code)
          .map((sum) => ({
            ...sum,
            href: address(path, { entity: sum.entityId, code: sum.code }),
          })),
        totals: [...totals.values()].map((total) => ({
          ...total,
          isZero: total.totalMinor === 0n,
        })),
        isWhole: query.code === undefined,
        accounts: rows,
        next,
        entities: chipsOf(path, query, {
          name: 'entity',
          all: 'Every entity',
          options: (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name })),
        }),
        codes: chipsOf(path, query, { name: 'code', all: 'Every code', options: ledgerCodes }),
      },
    };
  },
});

const entriesPage = definePage({
  path: '/staff/ledger/accounts',
  auth: { permission: 'ledger.read' },
  query: { id: z.string().min(3).max(200), cursor: cursorQuery },
  handle: async ({ tx, query }) => {
    const account = await readLedgerAccount(tx, query.id);
    const before = decodePlaceCursor(query.cursor);
    const found = await entriesOfAccount(tx, account.id, {
      ...(before === undefined ? {} : { before }),
      limit: rowsPerPage + 1,
    });
    const entries = found.slice(0, rowsPerPage);
    const last = entries.at(-1);
    return {
      view: 'staff/ledger-account',
      title: `Ledger account ${account.code.replaceAll('_', ' ')}`,
      data: {
        account,
        entries,
        next:
          found.length > rowsPerPage && last
            ? address('/staff/ledger/accounts', {
                id: account.id,
                cursor: encodeCursor(last.place),
              })
            : undefined,
      },
    };
  },
});

const transactionPage = definePage({
  path: '/staff/ledger/transactions/:id',
  auth: { permission: 'ledger.read' },
  params: { id: idOf('ledgerTransaction') },
  handle: async ({ tx, params }) => {
    const transaction = await readTransaction(tx, params.id);
    const who = await actorWords(tx, [transaction.actor]);
    return {
      view: 'staff/transaction',
      title: 'Ledger transaction',
      data: { transaction, by: who(transaction.actor) },
    };
  },
});

export const ledgerPages = [ledgerPage, entriesPage, transactionPage];
