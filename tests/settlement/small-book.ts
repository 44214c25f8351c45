import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import { rows, type Tx } from '../../db/connection';
import { encryptFor } from '../../db/personal-data';
import { type Book, type BookDeal, nothingElse, plainDeal } from './book';

/** Volumes are in hundred-millionths of it. */
export const lot = 100_000_000n;

/** A position in EURUSD, opened at ten and closed at eleven of the day; its deals are `ticket` and the next. */
export function dayTrade(
  ticket: bigint,
  day: string,
  {
    volume = lot,
    clientId = 'cl_a',
    login = '5001',
  }: { readonly volume?: bigint; readonly clientId?: string; readonly login?: string } = {},
): BookDeal[] {
  const common = {
    kind: 'trade',
    ...{ position: ticket, login, clientId, symbol: 'EURUSD', volume },
    ...{ commissionMinor: 0n, currency: 'USD', bid: '1.10000', ask: '1.10020', profitRate: '1' },
    ...plainDeal,
  } as const;
  return [
    { ...common, ticket, entry: 'in', time: `${day}T10:00:00.000Z`, price: '1.10000' },
    { ...common, ticket: ticket + 1n, entry: 'out', time: `${day}T11:00:00.000Z`, price: '1.2' },
  ];
}

/** A partner and one below, who has brought the client `cl_a` since the moment. */
export function smallBook(deals: readonly BookDeal[], since: string): Book {
  return {
    ...{ planSet: 'ps_book', currency: 'USD', plan: defaultPartnerPlan },
    partners: [
      { id: 'ptr_root', parentId: null, level: 1 },
      { id: 'ptr_sub', parentId: 'ptr_root', level: 2 },
    ],
    attributions: [{ clientId: 'cl_a', partnerId: 'ptr_sub', from: since, to: null }],
    symbols: [
      {
        ...{ name: 'EURUSD', digits: 5, contractSize: '100000', profitCurrency: 'USD' },
        averageSpreadPoints: null,
      },
    ],
    deals,
    ...nothingElse,
  };
}

/** Gives partners of a book, who have none, names and addresses under their keys: the ids themselves. */
export async function namePartners(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await rows(tx, 'update partner set name_ct = :name, email_ct = :name where id = :id', {
      ...{ id, name: await encryptFor(tx, id, 'name', id) },
    });
}
