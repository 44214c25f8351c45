import { z } from 'zod';
import { money, type Money } from '../../../domain/money';
import { readClient } from '../../../db/clients';
import { readEntity } from '../../../db/entities';
import { readExchange, takeQuote } from '../../../db/exchanges';
import { quoteExchange, readFxQuote, type FxQuote } from '../../../db/fx-quotes';
import { clientOf } from '../../routes/client-scope';
import { currency, idOf } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { amount, moneyOf } from './amount';
import { readWallets } from './wallets';

const sides = [
  { value: 'give', label: 'is what I give' },
  { value: 'receive', label: 'is what I want to receive' },
] as const;
const side = z.enum(sides.map(({ value }) => value));

const exchangePage = definePage({
  path: '/client/cashier/exchange',
  auth: { client: true },
  query: { from: currency.optional(), to: currency.optional() },
  handle: async ({ tx, scope, query }) => {
    const { clientId, entityId } = clientOf(scope);
    const client = await readClient(tx, clientId);
    const { currencies } = await readEntity(tx, entityId);
    const from = query.from ?? client.currency;
    return {
      view: 'client/exchange-form',
      title: 'Exchange',
      data: {
        wallets: (await readWallets(tx, client)).wallets,
        currencies: currencies.map((value) => ({ value, label: value })),
        from,
        to: query.to ?? currencies.find((each) => each !== from),
        sides,
        hasSeveral: currencies.length > 1,
      },
    };
  },
});

const exchangeForm = defineForm({
  path: '/client/cashier/exchange',
  auth: { client: true },
  body: { from: currency, to: currency, side, amount },
  page: exchangePage,
  handle: async ({ tx, scope, body }) => {
    const { clientId, entityId } = clientOf(scope);
    const { from, to } = body;
    const { id } = await quoteExchange(tx, {
      ...{ clientId, entityId, from, to },
      amount: moneyOf(body.amount, body.side === 'give' ? from : to),
    });
    return { to: `/client/quotes/${id}` };
  },
});

function standingOf(quote: FxQuote): 'open' | 'used' | 'expired' {
  if (quote.exchangeId !== null) return 'used';
  return quote.isExpired ? 'expired' : 'open';
}

function figuresOf(quote: FxQuote): Readonly<Record<'give' | 'receive' | 'spread', Money>> {
  return {
    give: money(quote.amountMinor, quote.from),
    receive: money(quote.receivedMinor, quote.to),
    spread: money(quote.spreadMinor, quote.to),
  };
}

const quotePage = definePage({
  path: '/client/quotes/:id',
  auth: { client: true },
  params: { id: idOf('fxQuote') },
  query: liveQuery,
  handle: async ({ tx, params, query }) => {
    const quote = await readFxQuote(tx, params.id);
    const standing = standingOf(quote);
    const again = new URLSearchParams({ from: quote.from, to: quote.to });
    return follow(
      {
        view: 'client/exchange-quote',
        title: 'Exchange',
        data: {
          quote,
          ...figuresOf(quote),
          isOpen: standing === 'open',
          isUsed: standing === 'used',
          secondsLeft: Math.max(0, Math.floor((Date.parse(quote.expiresAt) - Date.now()) / 1_000)),
          again: `/client/cashier/exchange?${again.toString()}`,
        },
      },
      {
        path: `/client/quotes/${quote.id}`,
        mark: standing,
        since: quote.createdAt,
        isMoving: standing === 'open',
      },
      query.seen,
    );
  },
});

const takeForm = defineForm({
  path: '/client/quotes/:id',
  auth: { client: true },
  params: { id: idOf('fxQuote') },
  page: quotePage,
  handle: async ({ tx, scope, params }) => {
    clientOf(scope);
    const { id } = await takeQuote(tx, params.id);
    return { to: `/client/exchanges/${id}` };
  },
});

const exchange = definePage({
  path: '/client/exchanges/:id',
  auth: { client: true },
  params: { id: idOf('exchange') },
  handle: async ({ tx, params }) => {
    const found = await readExchange(tx, params.id);
    return {
      view: 'client/exchange',
      title: 'Exchange',
      data: { exchange: found, quote: found.quote, ...figuresOf(found.quote) },
    };
  },
});

export const exchangePages = [exchangePage, exchangeForm, quotePage, takeForm, exchange];
