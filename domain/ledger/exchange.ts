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
  /** What leaves `from`, in its minor units. */
  readonly amountMinor: bigint;
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

export interface Exchanged {
  /** At the rate itself, rounded down to the minor unit of `to`. */
  readonly valueMinor: bigint;
  /** What the house keeps, rounded up: half a cent is never owed to nobody. */
  readonly spreadMinor: bigint;
  readonly receivedMinor: bigint;
}

/** What an amount becomes in the other currency. Throws InvalidExchange for one too small to become anything. */
export function exchangedOf({
  amountMinor,
  rate,
  spreadBasisPoints,
}: Pick<ExchangeRequest, 'amountMinor' | 'rate' | 'spreadBasisPoints'>): Exchanged {
  if (!Number.isInteger(spreadBasisPoints) || spreadBasisPoints < 0 || spreadBasisPoints >= 10_000)
    throw new InvalidExchange(`${spreadBasisPoints} basis points are no spread`);
  const { numerator, denominator } = fractionOf(rate.rate);
  const valueMinor =
    (amountMinor * numerator * 10n ** BigInt(exponentOf(rate.to))) /
    (denominator * 10n ** BigInt(exponentOf(rate.from)));
  const spread = valueMinor * BigInt(spreadBasisPoints);
  const spreadMinor = (spread + basisPoints - 1n) / basisPoints;
  const receivedMinor = valueMinor - spreadMinor;
  if (receivedMinor <= 0n) throw new InvalidExchange('too little to become anything');
  return { valueMinor, spreadMinor, receivedMinor };
}

/**
 * The transaction of an exchange: what is given goes to the entity's liquidity in that currency, what it is worth
 * comes from its liquidity in the other, and the spread is a movement of its own. Rate and source stand on it.
 */
export function exchangePosting(request: ExchangeRequest): Posting {
  const { key, cause, from, to, amountMinor, rate, spreadBasisPoints } = request;
  if (from.currency !== rate.from || to.currency !== rate.to || rate.from === rate.to)
    throw new InvalidExchange('the rate is of other currencies');
  if (from.entityId !== to.entityId) throw new InvalidExchange('nothing moves across entities');
  const { spreadMinor, receivedMinor } = exchangedOf(request);
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
