import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import type { Tx } from '../../../db/connection';
import { entriesOfAccount } from '../../../db/ledger';
import { balancesAt } from '../../../db/ledger-instants';
import { readLedgerAccount, type LedgerAccountRow } from '../../../db/ledger-readers';
import { namesOfClients } from '../../../db/clients';
import { decodePlaceCursor } from '../../cursor';
import { endOf, moment, startOf } from '../../period';
import { line } from '../../schemas';
import { statementFormats } from '../../statement-file';
import { definePage } from '../page';
import { causesOf } from './ledger-cause';
import { address, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/ledger/accounts';

/** The entries of one ledger account, each with its cause and, where the account keeps one, the balance after it. */
const accountPage = definePage({
  path,
  auth: { permission: 'ledger.read' },
  query: {
    id: z.string().min(3).max(200),
    from: moment.optional(),
    to: moment.optional(),
    kind: z
      .string()
      .regex(/^[a-z_]{1,40}$/, 'is not a kind of transaction')
      .optional(),
    cause: line(120).optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const account = await readLedgerAccount(tx, query.id);
    const from = query.from === undefined ? undefined : startOf(query.from);
    const to = query.to === undefined ? undefined : endOf(query.to);
    const found = await entriesOfAccount(tx, account.id, {
      from,
      to,
      kind: query.kind,
      cause: query.cause,
      before: decodePlaceCursor(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: (entry) => entry.place });
    const causeOf = await causesOf(tx, rows);
    const names =
      account.clientId !== null && may(scope, 'client.personal')
        ? await namesOfClients(tx, [account.clientId])
        : undefined;
    return {
      view: 'staff/ledger-account',
      title: `Ledger account ${account.code.replaceAll('_', ' ')}`,
      data: {
        account,
        query,
        clientName: account.clientId === null ? undefined : names?.get(account.clientId),
        entries: rows.map((entry) => ({
          ...entry,
          because: causeOf(entry),
          ofKind: address(path, { ...query, kind: entry.kind, cursor: undefined }),
          isLate: entry.effectiveAt.slice(0, 16) !== entry.recordedAt.slice(0, 16),
        })),
        next,
        isFiltered: [from, to, query.kind, query.cause].some((each) => each !== undefined),
        all: address(path, { id: account.id }),
        span: await spanOf(tx, account, { from, to }),
        statements:
          query.from === undefined || query.to === undefined
            ? []
            : statementFormats.map((format) => ({
                format: format.toUpperCase(),
                href: address(`/api/v1/wallets/${encodeURIComponent(account.id)}/statement`, {
                  from: query.from,
                  to: query.to,
                  format,
                }),
              })),
      },
    };
  },
});

/** What the account stood at just before the period, and just before its end. */
async function spanOf(
  tx: Tx,
  { id }: LedgerAccountRow,
  { from, to }: { readonly from: string | undefined; readonly to: string | undefined },
) {
  const justBefore = async (end: string) => {
    // PostgreSQL counts in microseconds.
    const instant = new Date(Date.parse(end) - 1).toISOString().replace('Z', '999Z');
    return (await balancesAt(tx, [id], { instant, by: 'effective' })).get(id) ?? 0n;
  };
  return {
    opening: from === undefined ? undefined : { at: from, balanceMinor: await justBefore(from) },
    closing: to === undefined ? undefined : { at: to, balanceMinor: await justBefore(to) },
  };
}

export const ledgerAccountPages = [accountPage];
