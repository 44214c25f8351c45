import { z } from 'zod';
import { money as moneyOf, moneyJson } from '../../domain/money';
import { listExchanges, readExchange, takeQuote, type Exchange } from '../../db/exchanges';
import { quoteExchange, readFxQuote, type FxQuote } from '../../db/fx-quotes';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { currency, exampleId, idOf, money, moneyAnswer, time } from '../schemas';
import { clientOf } from './client-scope';

const terms = {
  rate: z.string().meta({
    description:
      'Decimal: what one unit of the currency given is worth, in the middle of the market.',
    example: '1.0842',
  }),
  rateSource: z.string().meta({ description: 'Server and symbol.', example: 'mt5 EURUSD' }),
  rateAt: time,
  spread: moneyAnswer.meta({ description: 'What the house keeps of it.' }),
  spreadBasisPoints: z.int().meta({ example: 50 }),
};

const quoteAnswer = z
  .object({
    id: idOf('fxQuote'),
    clientId: idOf('client'),
    give: moneyAnswer,
    receive: moneyAnswer,
    ...terms,
    createdAt: time,
    expiresAt: time,
    exchangeId: idOf('exchange').nullable().meta({ description: 'The exchange that took it.' }),
  })
  .meta({ id: 'FxQuote' });

const exchangeAnswer = z
  .object({
    id: idOf('exchange'),
    clientId: idOf('client'),
    quoteId: idOf('fxQuote'),
    gave: moneyAnswer,
    received: moneyAnswer,
    ...terms,
    createdAt: time,
  })
  .meta({ id: 'Exchange' });

const exampleTerms = {
  rate: '1.0842',
  rateSource: 'mt5 EURUSD',
  rateAt: '2026-11-23T20:14:58.000000Z',
  spread: { amount: '0.55', currency: 'USD' },
  spreadBasisPoints: 50,
};

const quoteExample = {
  id: exampleId('fxQuote'),
  clientId: exampleId('client'),
  give: { amount: '100.00', currency: 'EUR' },
  receive: { amount: '107.87', currency: 'USD' },
  ...exampleTerms,
  createdAt: '2026-11-23T20:15:00.000000Z',
  expiresAt: '2026-11-23T20:15:30.000000Z',
  exchangeId: null,
};

const exchangeExample = {
  id: exampleId('exchange'),
  clientId: exampleId('client'),
  quoteId: exampleId('fxQuote'),
  gave: { amount: '100.00', currency: 'EUR' },
  received: { amount: '107.87', currency: 'USD' },
  ...exampleTerms,
  createdAt: '2026-11-23T20:15:12.000000Z',
};

function termsOf(quote: FxQuote) {
  return {
    rate: quote.rate,
    rateSource: quote.rateSource,
    rateAt: quote.rateAt,
    spread: moneyJson(moneyOf(quote.spreadMinor, quote.to)),
    spreadBasisPoints: quote.spreadBasisPoints,
  };
}

function showQuote(quote: FxQuote): z.input<typeof quoteAnswer> {
  return {
    id: quote.id,
    clientId: quote.clientId,
    give: moneyJson(moneyOf(quote.amountMinor, quote.from)),
    receive: moneyJson(moneyOf(quote.receivedMinor, quote.to)),
    ...termsOf(quote),
    createdAt: quote.createdAt,
    expiresAt: quote.expiresAt,
    exchangeId: quote.exchangeId,
  };
}

function showExchange({ quote, ...exchange }: Exchange): z.input<typeof exchangeAnswer> {
  return {
    id: exchange.id,
    clientId: exchange.clientId,
    quoteId: quote.id,
    gave: moneyJson(moneyOf(quote.amountMinor, quote.from)),
    received: moneyJson(moneyOf(quote.receivedMinor, quote.to)),
    ...termsOf(quote),
    createdAt: exchange.createdAt,
  };
}

const reader = { any: [{ client: true }, { permission: 'payment.read' }] } as const;

export const exchangeRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/fx-quotes',
    operationId: 'quoteExchange',
    summary: 'Ask what an exchange between two wallets costs now',
    description:
      'The amount is in either currency: what is given, or what is to be received. The quote can be taken once, until it expires.',
    tags: ['Exchanges'],
    auth: { client: true },
    body: z.strictObject({ from: currency, to: currency, amount: money }),
    responses: { 201: quoteAnswer },
    problems: {
      422: '`rate_stale`, `rate_missing`, `exchange_refused`, `currency_not_kept`, `same_currency`, `other_currency`, `amount_too_small`, `restricted`',
      429: '`too_many_quotes`: thirty a minute.',
    },
    example: {
      body: { from: 'EUR', to: 'USD', amount: { amount: '100.00', currency: 'EUR' } },
      answer: { status: 201, body: quoteExample },
    },
    location: (body) => `/api/v1/fx-quotes/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      const { clientId, entityId } = clientOf(scope);
      return {
        status: 201,
        body: showQuote(await quoteExchange(tx, { ...body, clientId, entityId })),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/fx-quotes/:id',
    operationId: 'readFxQuote',
    summary: 'Read a quote',
    tags: ['Exchanges'],
    auth: reader,
    params: { id: idOf('fxQuote') },
    responses: { 200: quoteAnswer },
    example: { answer: { status: 200, body: quoteExample } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: showQuote(await readFxQuote(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/exchanges',
    operationId: 'takeQuote',
    summary: 'Take a quote: exchange the money between the two wallets',
    tags: ['Exchanges'],
    auth: { client: true },
    idempotency: 'required',
    body: z.strictObject({ quoteId: idOf('fxQuote') }),
    responses: { 201: exchangeAnswer },
    problems: {
      409: '`quote_used`, `quote_expired`',
      422: '`insufficient_funds`, `restricted`',
    },
    example: {
      body: { quoteId: exampleId('fxQuote') },
      answer: { status: 201, body: exchangeExample },
    },
    location: (body) => `/api/v1/exchanges/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      clientOf(scope);
      return { status: 201, body: showExchange(await takeQuote(tx, body.quoteId)) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/exchanges',
    operationId: 'listExchanges',
    summary: 'List exchanges, the newest first',
    tags: ['Exchanges'],
    auth: reader,
    query: { ...pageQuery, clientId: idOf('client').optional() },
    responses: { 200: pageOf(exchangeAnswer) },
    example: { answer: { status: 200, body: { data: [exchangeExample], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listExchanges(tx, {
        ...(query.clientId ? { clientId: query.clientId } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      const page = pageFrom(found, query.limit, { after: ({ id }) => id, show: showExchange });
      return { status: 200, body: page };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/exchanges/:id',
    operationId: 'readExchange',
    summary: 'Read an exchange',
    tags: ['Exchanges'],
    auth: reader,
    params: { id: idOf('exchange') },
    responses: { 200: exchangeAnswer },
    example: { answer: { status: 200, body: exchangeExample } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: showExchange(await readExchange(tx, params.id)),
    }),
  }),
];
