import { z } from 'zod';
import { money, type Money } from '../../../domain/money';
import { railInWords } from '../../../domain/payments/rail-words';
import { kindInWords } from '../../../domain/account/words';
import { listAccountRequests } from '../../../db/account-request-lists';
import { accountsOfClient } from '../../../db/accounts';
import type { Tx } from '../../../db/connection';
import { listDeposits } from '../../../db/deposits';
import { listExchanges } from '../../../db/exchanges';
import { listTransfers } from '../../../db/transfers';
import { listWithdrawals } from '../../../db/withdrawals';
import { decodeCursor, encodeCursor } from '../../cursor';
import { clientOf } from '../../routes/client-scope';
import { definePage } from '../page';
import {
  accountRequestWords,
  depositWords,
  exchangeWords,
  transferWords,
  withdrawalWords,
  type Words,
} from './words';

export interface RequestRow {
  readonly id: string;
  readonly href: string;
  readonly what: string;
  /** A request about an account has none. */
  readonly amount?: Money;
  readonly state: Words;
  readonly at: string;
}

export const requestKinds = [
  'deposits',
  'withdrawals',
  'transfers',
  'exchanges',
  'accounts',
] as const;
type RequestKind = (typeof requestKinds)[number];

/** What sorts requests of all kinds by time: the UUIDv7 of their ids. */
function tailOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

/** Deposits, withdrawals, transfers, exchanges and requests about accounts of a client, newest first. `after` is the tail of the last id before. */
export async function listRequests(
  tx: Tx,
  {
    clientId,
    kind,
    after,
    limit,
  }: {
    clientId: string;
    kind?: RequestKind | undefined;
    after?: string | undefined;
    limit: number;
  },
): Promise<RequestRow[]> {
  const of = (prefix: string) => ({
    clientId,
    limit,
    ...(after === undefined ? {} : { after: `${prefix}_${after}` }),
  });
  const wants = (each: RequestKind) => kind === undefined || kind === each;
  const deposits = wants('deposits') ? await listDeposits(tx, of('dep')) : [];
  const withdrawals = wants('withdrawals') ? await listWithdrawals(tx, of('wd')) : [];
  const transfers = wants('transfers') ? await listTransfers(tx, of('tr')) : [];
  const exchanges = wants('exchanges') ? await listExchanges(tx, of('fx')) : [];
  const asked = wants('accounts')
    ? await listAccountRequests(tx, { ...of('arq'), toldToHolder: true })
    : [];
  const logins = new Map(
    (transfers.length + asked.length > 0 ? await accountsOfClient(tx, clientId) : []).map(
      (account) => [account.id, account.login ?? ''],
    ),
  );
  const found: RequestRow[] = [
    ...deposits.map((deposit) => ({
      id: deposit.id,
      href: `/client/deposits/${deposit.id}`,
      what: `Deposit by ${railInWords(deposit.rail, deposit.currency)}`,
      amount: deposit,
      state: depositWords(deposit),
      at: deposit.createdAt,
    })),
    ...withdrawals.map((withdrawal) => ({
      id: withdrawal.id,
      href: `/client/withdrawals/${withdrawal.id}`,
      what: 'Withdrawal',
      amount: withdrawal,
      state: withdrawalWords(withdrawal),
      at: withdrawal.createdAt,
    })),
    ...transfers.map((transfer) => ({
      id: transfer.id,
      href: `/client/transfers/${transfer.id}`,
      what: transferTitle(transfer.direction, logins.get(transfer.accountId) ?? ''),
      amount: transfer,
      state: transferWords(transfer),
      at: transfer.createdAt,
    })),
    ...exchanges.map(({ id, quote, createdAt }) => ({
      id,
      href: `/client/exchanges/${id}`,
      what: `Exchange to ${quote.to}`,
      amount: money(quote.amountMinor, quote.from),
      state: exchangeWords,
      at: createdAt,
    })),
    ...asked.map((request) => ({
      id: request.id,
      href: `/client/account-requests/${request.id}`,
      what: `${sentence(kindInWords(request.ask.kind))}, account ${logins.get(request.accountId) ?? ''}`,
      state: accountRequestWords(request),
      at: request.requestedAt,
    })),
  ];
  return found.sort((a, b) => (tailOf(a.id) < tailOf(b.id) ? 1 : -1)).slice(0, limit);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function transferTitle(direction: 'to_account' | 'to_wallet', login: string): string {
  return direction === 'to_account' ? `To account ${login}` : `From account ${login}`;
}

const rowsPerPage = 30;

const requests = definePage({
  path: '/client/requests',
  auth: { client: true },
  query: { kind: z.enum(requestKinds).optional(), cursor: z.string().max(500).optional() },
  handle: async ({ tx, scope, query }) => {
    const found = await listRequests(tx, {
      clientId: clientOf(scope).clientId,
      kind: query.kind,
      after: decodeCursor(query.cursor),
      limit: rowsPerPage + 1,
    });
    const rows = found.slice(0, rowsPerPage);
    const last = rows.at(-1);
    const search = (cursor?: string) =>
      new URLSearchParams({
        ...(query.kind ? { kind: query.kind } : {}),
        ...(cursor ? { cursor } : {}),
      }).toString();
    return {
      view: 'client/requests',
      title: 'Requests',
      data: {
        requests: rows,
        isFirst: query.cursor === undefined,
        next:
          found.length > rowsPerPage && last
            ? `/client/requests?${search(encodeCursor(tailOf(last.id)))}`
            : undefined,
        chips: [
          { label: 'All', href: '/client/requests', isCurrent: query.kind === undefined },
          ...requestKinds.map((kind) => ({
            label: sentence(kind),
            href: `/client/requests?kind=${kind}`,
            isCurrent: query.kind === kind,
          })),
        ],
      },
    };
  },
});

export const requestPages = [requests];
