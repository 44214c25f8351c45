import { z } from 'zod';
import { ledgerCodes } from '../../../domain/ledger/account';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { listBalances, type Balance } from '../../../db/ledger';
import { balancesAt } from '../../../db/ledger-instants';
import { balancesByCode } from '../../../db/today';
import { periodDay } from '../../period';
import { currency, entityId, idOf } from '../../schemas';
import { definePage } from '../page';
import { address, afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/ledger';

/** Sums by code, now or at the end of a day; narrowed to a code, a currency or a client, the accounts themselves. */
const ledgerPage = definePage({
  path,
  auth: { permission: 'ledger.read' },
  query: {
    entity: entityId.optional(),
    code: z.enum(ledgerCodes).optional(),
    currency: currency.optional(),
    client: idOf('client').optional(),
    at: periodDay.optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, query }) => {
    const { entity, code, client, at } = query;
    const instant = at === undefined ? undefined : lastInstantOf(at);
    const isNarrowed = code !== undefined || query.currency !== undefined || client !== undefined;
    const sums =
      client === undefined ? await balancesByCode(tx, { entityId: entity, instant }) : [];
    const found = isNarrowed
      ? await listBalances(tx, {
          entityId: entity,
          code,
          currency: query.currency,
          clientId: client,
          ...afterOf(query.cursor),
          limit: rowsPerPage + 1,
        })
      : [];
    const { rows, next } = pageOfRows(found, { path, query, after: (each) => each.accountId });
    return {
      view: 'staff/ledger',
      title: 'Ledger',
      data: {
        query,
        sums: sums
          .filter((sum) => code === undefined || sum.code === code)
          .filter((sum) => query.currency === undefined || sum.currency === query.currency)
          .map((sum) => ({
            ...sum,
            href: address(path, {
              entity: sum.entityId,
              code: sum.code,
              currency: sum.currency,
              at,
            }),
          })),
        totals: totalsOf(sums),
        isWhole: !isNarrowed,
        isNarrowed,
        accounts: instant === undefined ? rows : await asOf(tx, rows, instant),
        next,
        ...(await filterData(tx, query, sums)),
      },
    };
  },
});

/** PostgreSQL counts in microseconds: the last of them that belongs to the day. */
function lastInstantOf(day: string): string {
  return `${day}T23:59:59.999999Z`;
}

/** The accounts as they stood then; holds of a past moment are not known. */
async function asOf(tx: Tx, accounts: readonly Balance[], instant: string) {
  const ids = accounts.map(({ accountId }) => accountId);
  const then = await balancesAt(tx, ids, { instant, by: 'effective' });
  return accounts.map((account) => ({
    ...account,
    balanceMinor: then.get(account.accountId) ?? 0n,
    heldMinor: undefined,
  }));
}

function totalsOf(sums: readonly { readonly currency: string; readonly balanceMinor: bigint }[]) {
  const totals = new Map<string, bigint>();
  for (const { currency: of, balanceMinor } of sums)
    totals.set(of, (totals.get(of) ?? 0n) + balanceMinor);
  return [...totals].map(([of, totalMinor]) => ({
    currency: of,
    totalMinor,
    isZero: totalMinor === 0n,
  }));
}

type Query = Readonly<Record<string, string | undefined>>;

async function filterData(tx: Tx, query: Query, sums: readonly { readonly currency: string }[]) {
  const chips = (name: string, all: string, options: Parameters<typeof chipsOf>[2]['options']) =>
    chipsOf(path, query, { name, all, options });
  const { client, at } = query;
  return {
    entities: chips(
      'entity',
      'Every entity',
      (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name })),
    ),
    codes: chips('code', 'Every code', ledgerCodes),
    currencies: chips('currency', 'Every currency', [
      ...new Set([
        ...sums.map((sum) => sum.currency),
        ...(query['currency'] ? [query['currency']] : []),
      ]),
    ]),
    kept: Object.entries(query).flatMap(([name, value]) =>
      value === undefined || name === 'at' || name === 'cursor' ? [] : [{ name, value }],
    ),
    typed: [
      ...(client === undefined
        ? []
        : [{ name: 'client', value: client, without: without(query, 'client') }]),
      ...(at === undefined
        ? []
        : [{ name: 'at the end of', value: at, without: without(query, 'at') }]),
    ],
  };
}

function without(query: Query, name: string): string {
  return address(path, { ...query, [name]: undefined, cursor: undefined });
}

export const ledgerPages = [ledgerPage];
