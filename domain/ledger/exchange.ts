import { exponentOf } from '../money';
import { house, type LedgerAccount } from './account';
import { move, type Posting } from './posting';

/** What one unit of `from` is worth in `to`, as somebody says it. */
export interface ExchangeRate {
  readonly from: string;
  readonly to: string;
  /** Decimal string, above zero: `1.0842`. */
  readonly rate: string;
  /** Who says so: a bank, a feed, a server. */
  readonly source: string;
  /** When it was so, RFC 3339. */
  readonly at: string;
}

export interface ExchangeRequest {
  /** Idempotency key of the transaction. */
  readonly key: string;
  readonly cause: string;
  readonly from: LedgerAccount;
  readonly to: LedgerAccount;
  readonly exchanged: Exchanged;
  readonly rate: ExchangeRate;
  /** What the house keeps of the value, in hundredths of a percent. */
  readonly spreadBasisPoints: number;
}

export class InvalidExchange extends Error {
  override readonly name = 'InvalidExchange';
}

const basisPoints = 10_000n;

/** A rate as a fraction of integers: no float touches money. Throws InvalidExchange. */
function fractionOf(rate: string): { readonly numerator: bigint; readonly denominator: bigint } {
  const match = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(rate);
  const [, whole = '', digits = ''] = match ?? [];
  const numerator = BigInt(`${whole}${digits}` || '0');
  if (numerator <= 0n) throw new InvalidExchange(`"${rate}" is no rate`);
  return { numerator, denominator: 10n ** BigInt(digits.length) };
}

/** Both sides of an exchange, each in the minor units of its currency. */
export interface Exchanged {
  /** What leaves the one wallet. */
  readonly amountMinor: bigint;
  /** What it is worth at the rate itself, rounded down to the minor unit. */
  readonly valueMinor: bigint;
  /** What the house keeps, rounded up: half a cent is never owed to nobody. */
  readonly spreadMinor: bigint;
  readonly receivedMinor: bigint;
}

export interface ExchangeTerms {
  readonly rate: ExchangeRate;
  readonly spreadBasisPoints: number;
}

/** What an amount becomes in the other currency. Throws InvalidExchange for one too small to become anything. */
export function exchangedOf(amountMinor: bigint, terms: ExchangeTerms): Exchanged {
  const valueMinor = valueOf(amountMinor, terms.rate);
  const spread = valueMinor * spreadOf(terms);
  const spreadMinor = (spread + basisPoints - 1n) / basisPoints;
  const receivedMinor = valueMinor - spreadMinor;
  if (receivedMinor <= 0n) throw new InvalidExchange('too little to become anything');
  return { amountMinor, valueMinor, spreadMinor, receivedMinor };
}

/**
 * The least that has to be given for an amount in the other currency. That amount is received to the minor unit; what
 * the last unit given is worth above it goes to the spread. Throws InvalidExchange.
 */
export function exchangedFor(receivedMinor: bigint, terms: ExchangeTerms): Exchanged {
  if (receivedMinor <= 0n) throw new InvalidExchange('too little to become anything');
  const { numerator, denominator } = inMinorUnits(terms.rate);
  const wantedMinor = dividedUp(receivedMinor * basisPoints, basisPoints - spreadOf(terms));
  const amountMinor = dividedUp(wantedMinor * denominator, numerator);
  const valueMinor = valueOf(amountMinor, terms.rate);
  return { amountMinor, valueMinor, spreadMinor: valueMinor - receivedMinor, receivedMinor };
}

function valueOf(amountMinor: bigint, rate: ExchangeRate): bigint {
  const { numerator, denominator } = inMinorUnits(rate);
  return (amountMinor * numerator) / denominator;
}

/** The rate between the minor units of its two currencies. */
function inMinorUnits({ from, to, rate }: ExchangeRate) {
  const { numerator, denominator } = fractionOf(rate);
  return {
    numerator: numerator * 10n ** BigInt(exponentOf(to)),
    denominator: denominator * 10n ** BigInt(exponentOf(from)),
  };
}

function spreadOf({ spreadBasisPoints }: ExchangeTerms): bigint {
  if (!Number.isInteger(spreadBasisPoints) || spreadBasisPoints < 0 || spreadBasisPoints >= 10_000)
    throw new InvalidExchange(`${spreadBasisPoints} basis points are no spread`);
  return BigInt(spreadBasisPoints);
}

function dividedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/**
 * The transaction of an exchange: what is given goes to the entity's liquidity in that currency, what it is worth
 * comes from its liquidity in the other, and the spread is a movement of its own. Rate and source stand on it.
 */
export function exchangePosting(request: ExchangeRequest): Posting {
  const { key, cause, from, to, exchanged, rate, spreadBasisPoints } = request;
  if (from.currency !== rate.from || to.currency !== rate.to || rate.from === rate.to)
    throw new InvalidExchange('the rate is of other currencies');
  if (from.entityId !== to.entityId) throw new InvalidExchange('nothing moves across entities');
  const { amountMinor, spreadMinor, receivedMinor } = exchanged;
  if (receivedMinor <= 0n || spreadMinor < 0n)
    throw new InvalidExchange('too little to become anything');
  // Whatever it was computed by: the house never gives more than the rate does.
  if (receivedMinor + spreadMinor > valueOf(amountMinor, rate))
    throw new InvalidExchange('more is received than the rate gives');
  const liquidity = house('fx_liquidity', to);
  return {
    key,
    kind: 'exchange',
    entityId: from.entityId,
    clientId: from.clientId,
    cause,
    legs: [
      ...move(from, house('fx_liquidity', from), amountMinor),
      ...move(liquidity, to, receivedMinor),
      ...(spreadMinor > 0n ? move(liquidity, house('fx_spread', to), spreadMinor) : []),
    ],
    meta: {
      rate: rate.rate,
      rateSource: rate.source,
      rateAt: rate.at,
      spreadBasisPoints: String(spreadBasisPoints),
    },
  };
}
