import { newId } from '../domain/ids';
import {
  exchangedFor,
  exchangedOf,
  InvalidExchange,
  type Exchanged,
  type ExchangeTerms,
} from '../domain/ledger/exchange';
import { rateOf } from '../domain/ledger/market-rate';
import { formatAmount, type Money } from '../domain/money';
import { notFound, Problem, refused } from '../domain/problem';
import { readClientFacts } from './client-facts';
import { asSystem, rows, utc, type Tx } from './connection';
import { readEntity } from './entities';
import { keepAnswer } from './evaluations';
import { marketsOf } from './market-rates';
import { effectivePolicy } from './policies';
import { assertUnrestricted } from './restrictions';

/** What a client was offered: it can be taken once, until it expires. */
export interface FxQuote extends Exchanged {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly from: string;
  readonly to: string;
  readonly rate: string;
  readonly rateSource: string;
  readonly rateAt: string;
  readonly spreadBasisPoints: number;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly isExpired: boolean;
  /** The exchange that took it. */
  readonly exchangeId: string | null;
}

export interface FxQuoteRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly from_currency: string;
  readonly to_currency: string;
  readonly from_minor: string;
  readonly value_minor: string;
  readonly spread_minor: string;
  readonly to_minor: string;
  readonly rate: string;
  readonly rate_source: string;
  readonly rate_at: string;
  readonly spread_basis_points: number;
  readonly created_at: string;
  readonly expires_at: string;
  readonly is_expired: boolean;
  readonly exchange_id: string | null;
}

export const fxQuoteColumns = `q.id, q.entity_id, q.client_id, q.from_currency, q.to_currency, q.from_minor, q.value_minor,
  q.spread_minor, q.to_minor, q.rate, q.rate_source, q.rate_at, q.spread_basis_points, q.created_at, q.expires_at,
  q.expires_at <= clock_timestamp() as is_expired, x.id as exchange_id`;

export function fxQuoteFromRow(row: FxQuoteRow): FxQuote {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    from: row.from_currency,
    to: row.to_currency,
    amountMinor: BigInt(row.from_minor),
    valueMinor: BigInt(row.value_minor),
    spreadMinor: BigInt(row.spread_minor),
    receivedMinor: BigInt(row.to_minor),
    rate: row.rate,
    rateSource: row.rate_source,
    rateAt: utc(row.rate_at),
    spreadBasisPoints: row.spread_basis_points,
    createdAt: utc(row.created_at),
    expiresAt: utc(row.expires_at),
    isExpired: row.is_expired,
    exchangeId: row.exchange_id,
  };
}

/** Throws `not_found` (404). */
export async function readFxQuote(tx: Tx, id: string): Promise<FxQuote> {
  const [row] = await rows<FxQuoteRow>(
    tx,
    `select ${fxQuoteColumns} from fx_quote q left join exchange x on x.quote_id = q.id where q.id = :id`,
    { id },
  );
  if (!row) throw notFound('quote');
  return fxQuoteFromRow(row);
}

export interface FxQuoteRequest {
  readonly entityId: string;
  readonly clientId: string;
  readonly from: string;
  readonly to: string;
  /** In either currency: what is given, or what is to be received. */
  readonly amount: Money;
}

/** More quotes in a minute than a person looks at. */
const quotesPerMinuteMax = 30;

/**
 * Offers a client an exchange at the market of this moment, at the spread of the entity's policy. Throws 422
 * `same_currency`, `other_currency`, `currency_not_kept`, `exchange_refused`, `rate_missing`, `rate_stale`,
 * `amount_too_small` or `restricted`, and 429 `too_many_quotes`.
 */
export async function quoteExchange(tx: Tx, request: FxQuoteRequest): Promise<FxQuote> {
  const { entityId, clientId, from, to, amount } = request;
  if (from === to) throw refused('same_currency', 'That is the same currency.');
  if (amount.currency !== from && amount.currency !== to)
    throw refused('other_currency', `The amount is in ${from} or in ${to}.`);
  const { currencies } = await readEntity(tx, entityId);
  const unkept = [from, to].find((currency) => !currencies.includes(currency));
  if (unkept !== undefined)
    throw refused('currency_not_kept', `No wallet is kept in ${unkept}.`, { currency: unkept });
  await assertUnrestricted(tx, clientId, 'withdraw');
  return asSystem(tx, async (system) => {
    await assertFewQuotes(system, clientId);
    const policy = await effectivePolicy(system, 'exchange', { entityId });
    const { rateAgeSecondsMax, quoteSeconds } = policy.compiled.effective.parameters;
    const rate = rateOf(await marketsOf(system, { from, to }), {
      from,
      to,
      now: new Date().toISOString(),
      ageSecondsMax: rateAgeSecondsMax,
    });
    if (rate === 'missing')
      throw refused('rate_missing', `No server quotes ${from} against ${to}.`);
    if (rate === 'stale')
      throw refused('rate_stale', 'The market is closed, or its last rate is too old.', {
        ageSecondsMax: rateAgeSecondsMax,
      });
    const atMiddle = exchangedAt(amount, { rate, spreadBasisPoints: 0 });
    const client = await readClientFacts(system, clientId);
    const id = newId('fxQuote');
    const answer = await keepAnswer(
      system,
      {
        kind: 'exchange',
        subject: id,
        entityId,
        clientId,
        personId: clientId,
        facts: {
          'exchange.from': from,
          'exchange.to': to,
          'exchange.amount': formatAmount(atMiddle.amountMinor, from),
          'client.category': client.category,
          'client.approved': client.approved,
          'client.openChargebacks': client.openChargebacks,
        },
      },
      policy,
    );
    const { outcome } = answer.evaluation;
    if (outcome.decision === 'refuse')
      throw refused('exchange_refused', exchangeRefusal(outcome.reasons));
    const { spreadBasisPoints } = outcome;
    await rows(
      system,
      `insert into fx_quote (id, entity_id, client_id, from_currency, to_currency, from_minor, value_minor, spread_minor, to_minor,
         rate, rate_source, rate_at, spread_basis_points, evaluation_id, expires_at)
       values (:id, :entityId, :clientId, :from, :to, :amountMinor, :valueMinor, :spreadMinor, :receivedMinor,
         :rate, :source, :at, :spreadBasisPoints, :evaluationId, clock_timestamp() + :quoteSeconds * interval '1 second')`,
      {
        ...{ id, entityId, clientId, from, to, spreadBasisPoints, quoteSeconds },
        ...inText(exchangedAt(amount, { rate, spreadBasisPoints })),
        ...{ rate: rate.rate, source: rate.source, at: rate.at, evaluationId: answer.id },
      },
    );
    return readFxQuote(system, id);
  });
}

function exchangedAt(amount: Money, terms: ExchangeTerms): Exchanged {
  try {
    return amount.currency === terms.rate.from
      ? exchangedOf(amount.amountMinor, terms)
      : exchangedFor(amount.amountMinor, terms);
  } catch (error) {
    if (error instanceof InvalidExchange)
      throw refused('amount_too_small', 'That is too little to become anything.');
    throw error;
  }
}

function inText({ amountMinor, valueMinor, spreadMinor, receivedMinor }: Exchanged) {
  return {
    amountMinor: amountMinor.toString(),
    valueMinor: valueMinor.toString(),
    spreadMinor: spreadMinor.toString(),
    receivedMinor: receivedMinor.toString(),
  };
}

/** Neutral but for what the client can do about. */
function exchangeRefusal(reasons: readonly string[]): string {
  return reasons.includes('VERIFY_FIRST')
    ? 'We have to verify you before you can exchange money. Complete your application first.'
    : 'This exchange is not possible at the moment. Please contact support.';
}

/** A quote is an option on the market: nobody collects them. */
async function assertFewQuotes(system: Tx, clientId: string): Promise<void> {
  const found = await rows(
    system,
    `select 1 from fx_quote where client_id = :clientId and created_at > now() - interval '1 minute' limit :max`,
    { clientId, max: quotesPerMinuteMax },
  );
  if (found.length < quotesPerMinuteMax) return;
  throw new Problem({
    status: 429,
    code: 'too_many_quotes',
    detail: `At most ${quotesPerMinuteMax} quotes a minute.`,
    extra: { retryAfterSeconds: 60 },
  });
}
