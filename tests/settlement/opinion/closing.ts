import type { Book, BookLine } from '../book';
import type { PreviousClosing } from '../../../db/settlement/engine';
import { Fraction } from '../fraction';
import { broughtByClient } from './caps';
import { cpaDecisions } from './cpa';
import { piecesOf } from './piece';

/** What a month leaves for the next one: what it had found, and what it adds. */
export function closingOf(book: Book, lines: readonly BookLine[]): PreviousClosing {
  const pieces = piecesOf(book);
  const clients = new Set([
    ...book.previous.clients.map(({ clientId }) => clientId),
    ...pieces.map(({ at }) => at.clientId),
    ...lines.flatMap(({ client }) => (client === null ? [] : [client])),
  ]);
  return {
    qualified: [
      ...book.previous.qualified,
      ...cpaDecisions(book).flatMap(({ clientId, at, flaw }) => (flaw ? [] : [{ clientId, at }])),
    ],
    clients: [...clients].map((clientId) => {
      const before = book.previous.clients.find((client) => client.clientId === clientId);
      const brought = broughtByClient(book, { pieces, clientId });
      const paid = lines
        .filter(({ client }) => client === clientId)
        .reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
      return {
        clientId,
        revenueMinor: brought.plus(Fraction.of(before?.revenueMinor ?? '0')).toDecimal(),
        paidMinor: (paid + BigInt(before?.paidMinor ?? '0')).toString(),
      };
    }),
  };
}
