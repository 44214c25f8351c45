import { newId } from '../domain/ids';
import { wallet } from '../domain/ledger/account';
import { exchangePosting } from '../domain/ledger/exchange';
import { formatAmount } from '../domain/money';
import { conflict, notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { fxQuoteColumns, fxQuoteFromRow, readFxQuote } from './fx-quotes';
import type { FxQuote, FxQuoteRow } from './fx-quotes';
import { assertNotHalted } from './halts';
import { postTransaction } from './ledger';
import { assertUnrestricted } from './restrictions';

/** A quote that was taken: posted in one transaction and done. */
export interface Exchange {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly quote: FxQuote;
  readonly transactionId: string;
  readonly createdAt: string;
}

interface ExchangeRow extends FxQuoteRow {
  readonly exchange_id: string;
  readonly transaction_id: string;
  readonly exchanged_at: string;
}

const select = `select ${fxQuoteColumns}, x.transaction_id, x.created_at as exchanged_at
  from exchange x join fx_quote q on q.id = x.quote_id`;

function fromRow(row: ExchangeRow): Exchange {
  const quote = fxQuoteFromRow(row);
  return {
    id: row.exchange_id,
    entityId: quote.entityId,
    clientId: quote.clientId,
    quote,
    transactionId: row.transaction_id,
    createdAt: utc(row.exchanged_at),
  };
}

/**
 * Takes a quote, once: both wallets, liquidity and spread in one transaction of the ledger. Throws 404 for another's,
 * 409 `quote_used` or `quote_expired`, 422 `insufficient_funds` or `restricted`, 503 while the entity is halted.
 */
export async function takeQuote(tx: Tx, quoteId: string): Promise<Exchange> {
  const quote = await readFxQuote(tx, quoteId);
  if (quote.exchangeId !== null) throw used(quote.exchangeId);
  if (quote.isExpired)
    throw conflict('quote_expired', 'This quote has expired: ask for a new one.', {
      expiresAt: quote.expiresAt,
    });
  await assertUnrestricted(tx, quote.clientId, 'withdraw');
  return asSystem(tx, async (system) => {
    const { entityId, clientId } = quote;
    await assertNotHalted(system, {
      kind: 'exchange',
      target: 'fx_liquidity',
      entityId,
      amountMinor: null,
      currency: null,
    });
    const id = newId('exchange');
    const { transactionId } = await postTransaction(
      system,
      exchangePosting({
        // Whoever comes second finds it posted, and the quote used.
        key: `exchange/${quote.id}`,
        cause: id,
        from: wallet({ entityId, clientId, currency: quote.from }),
        to: wallet({ entityId, clientId, currency: quote.to }),
        exchanged: quote,
        rate: {
          from: quote.from,
          to: quote.to,
          rate: quote.rate,
          source: quote.rateSource,
          at: quote.rateAt,
        },
        spreadBasisPoints: quote.spreadBasisPoints,
      }),
    );
    const taken = await rows(
      system,
      `insert into exchange (id, quote_id, entity_id, client_id, transaction_id)
       values (:id, :quoteId, :entityId, :clientId, :transactionId) on conflict (quote_id) do nothing returning 1`,
      { id, quoteId, entityId, clientId, transactionId },
    );
    if (taken.length === 0) throw used((await readFxQuote(system, quoteId)).exchangeId);
    await appendEvents(system, [
      {
        subject: id,
        type: 'exchange.done',
        entityId,
        clientId,
        payload: {
          quote: quote.id,
          gave: `${formatAmount(quote.amountMinor, quote.from)} ${quote.from}`,
          received: `${formatAmount(quote.receivedMinor, quote.to)} ${quote.to}`,
          spread: `${formatAmount(quote.spreadMinor, quote.to)} ${quote.to}`,
          rate: quote.rate,
          rateSource: quote.rateSource,
          transaction: transactionId,
        },
      },
    ]);
    return readExchange(system, id);
  });
}

function used(exchange: string | null) {
  return conflict('quote_used', 'This quote has been used already.', { exchange });
}

/** Throws `not_found` (404). */
export async function readExchange(tx: Tx, id: string): Promise<Exchange> {
  const [row] = await rows<ExchangeRow>(tx, `${select} where x.id = :id`, { id });
  if (!row) throw notFound('exchange');
  return fromRow(row);
}

/** Newest first. `after` is the id of the last one of the page before. */
export async function listExchanges(
  tx: Tx,
  { clientId, after, limit }: { clientId?: string; after?: string; limit: number },
): Promise<Exchange[]> {
  const found = await rows<ExchangeRow>(
    tx,
    `${select} where (:clientId::text is null or x.client_id = :clientId) and (:after::text is null or x.id < :after)
     order by x.id desc limit :limit`,
    { clientId: clientId ?? null, after: after ?? null, limit },
  );
  return found.map(fromRow);
}
