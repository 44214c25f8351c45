import type { Money } from '../domain/money';
import { countedIn } from '../domain/payments/limit-rates';
import type { Facts } from '../domain/policy/fact';
import { compareDecimals } from '../domain/policy/fact';
import type { AmlParameters, MovementKind } from '../domain/policy/kinds/aml';
import { atOnce } from './at-once';
import { rows, type Tx } from './connection';
import { declaredMeans } from './declared-sources';
import { bankDetails } from './payment-sources';

/** A client's money that came in, or that is to go out. */
export interface Movement {
  readonly id: string;
  readonly kind: MovementKind;
  readonly entityId: string;
  readonly clientId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** One row a kind and currency: what the client has moved in it. */
interface MovedRow {
  readonly kind: MovementKind;
  readonly currency: string;
  readonly count_24h: number;
  readonly sum_7d: string;
  readonly sum_30d: string;
  readonly sum_12m: string;
}

/** Payments that count: money that is there, and withdrawals that nobody has stopped. Of one client. */
const moved = `select id, 'deposit' as kind, currency, amount_minor, coalesce(credited_at, created_at) as at, source_id
    from deposit where client_id = :clientId and state = 'credited'
  union all
  select id, 'withdrawal', currency, amount_minor, created_at, bank_source_id
    from withdrawal where client_id = :clientId and state not in ('rejected', 'cancelled', 'failed')`;

/**
 * What the rules on money laundering ask about a movement, counted by PostgreSQL over the client's payments and deals.
 * The movement itself is on record already. Runs as the system: another client's instrument is seen by nobody else.
 */
export async function movementFacts(
  tx: Tx,
  movement: Movement,
  parameters: AmlParameters,
): Promise<Facts> {
  const { referenceCurrency, limitRates = [] } = parameters;
  const counted = (amounts: readonly Money[]) => countedIn(referenceCurrency, limitRates, amounts);
  const { clientId } = movement;
  const [sums, standing, just, declared] = await atOnce(
    tx,
    (under) => readSums(under, clientId),
    (under) => readStanding(under, movement),
    (under) => justBelow(under, clientId, parameters),
    (under) => declaredMeans(under, clientId),
  );
  const of = (kind: MovementKind | undefined, sum: 'sum_7d' | 'sum_30d' | 'sum_12m'): Money[] =>
    sums
      .filter((row) => kind === undefined || row.kind === kind)
      .map((row) => ({ amountMinor: BigInt(row[sum]), currency: row.currency }));
  const means = counted([...declared.yearly, ...declared.once]);
  const deposits = counted(of('deposit', 'sum_12m'));
  return {
    'movement.kind': movement.kind,
    'movement.amount': counted([movement]),
    'movement.thirdParty': standing.third_party,
    'movement.country': (await countryOf(tx, movement, standing.bank_source)) ?? standing.residence,
    'velocity.count24h': sums.reduce((count, row) => count + row.count_24h, 0),
    'velocity.total7d': counted(of(undefined, 'sum_7d')),
    'structuring.count7d': just.reduce((count, each) => count + each.count, 0),
    'structuring.total7d': counted(
      just.map(({ amountMinor, currency, count }) => ({
        amountMinor: amountMinor * BigInt(count),
        currency,
      })),
    ),
    'passThrough.percent30d': percentOf(
      counted(of('withdrawal', 'sum_30d')),
      counted(of('deposit', 'sum_30d')),
    ),
    'sources.means': means,
    'deposits.total12m': deposits,
    'sources.depositsPercent12m': percentOf(deposits, means),
    'trading.deals30d': standing.deals,
    'activity.silentDays': standing.silent_days,
    'client.residence': standing.residence,
    'client.category': standing.category,
    'risk.level': standing.risk_level,
  };
}

function readSums(tx: Tx, clientId: string): Promise<MovedRow[]> {
  return rows<MovedRow>(
    tx,
    `with moved as (${moved})
     select kind, currency, count(*) filter (where at > now() - interval '24 hours')::int as count_24h,
       coalesce(sum(amount_minor) filter (where at > now() - interval '7 days'), 0)::text as sum_7d,
       coalesce(sum(amount_minor) filter (where at > now() - interval '30 days'), 0)::text as sum_30d,
       coalesce(sum(amount_minor) filter (where at > now() - interval '12 months'), 0)::text as sum_12m
     from moved group by kind, currency order by kind, currency`,
    { clientId },
  );
}

interface StandingRow {
  readonly residence: string;
  readonly category: string;
  readonly risk_level: string | null;
  readonly deals: number;
  readonly silent_days: number;
  readonly third_party: boolean;
  readonly bank_source: string | null;
}

async function readStanding(tx: Tx, { id, clientId }: Movement): Promise<StandingRow> {
  const [row] = await rows<StandingRow>(
    tx,
    `with moved as (${moved}),
     this as (select at from moved where id = :id),
     used as (select source_id from moved where id = :id and source_id is not null
       union select address_source_id from withdrawal where id = :id and address_source_id is not null
       union select source_id from withdrawal_leg where withdrawal_id = :id and source_id is not null)
     select c.residence, c.category, c.risk_level,
       (select count(*)::int from deal d where d.client_id = c.id and d.kind = 'trade' and d.time > now() - interval '30 days') as deals,
       coalesce(floor(extract(epoch from (select at from this) - greatest(
         (select max(m.at) from moved m where m.id <> :id and m.at <= (select at from this)),
         (select max(d.time) from deal d where d.client_id = c.id and d.kind = 'trade' and d.time <= (select at from this))))
         / 86400), 0)::int as silent_days,
       exists (select 1 from used u join payment_source own on own.id = u.source_id
         join payment_source other on other.provider = own.provider and other.fingerprint_index = own.fingerprint_index
           and other.client_id <> own.client_id) as third_party,
       (select s.id from used u join payment_source s on s.id = u.source_id and s.kind = 'bank' order by s.id limit 1) as bank_source
     from client c where c.id = :clientId`,
    { id, clientId },
  );
  if (!row) throw new Error(`there is no client ${clientId}`);
  return row;
}

async function countryOf(
  tx: Tx,
  { clientId }: Movement,
  bankSource: string | null,
): Promise<string | null> {
  if (bankSource === null) return null;
  const { country, iban } = await bankDetails(tx, clientId, bankSource);
  const code = iban?.slice(0, 2) ?? country;
  return /^[A-Z]{2}$/.test(code) ? code : null;
}

interface Repeated extends Money {
  readonly count: number;
}

/** More distinct sums than this in a week speak by their number alone. */
const sumsMax = 500;

/** The deposits of a week that are just below the threshold, whatever their currency. */
async function justBelow(
  tx: Tx,
  clientId: string,
  { referenceCurrency, limitRates = [], structuringBelow, structuringBandPercent }: AmlParameters,
): Promise<Repeated[]> {
  const found = await rows<{ amount: string; currency: string; count: number }>(
    tx,
    `select amount_minor::text as amount, currency, count(*)::int as count from deposit
     where client_id = :clientId and state = 'credited' and coalesce(credited_at, created_at) > now() - interval '7 days'
     group by amount_minor, currency order by count desc limit :max`,
    { clientId, max: sumsMax },
  );
  const least = (Number(structuringBelow) * (100 - structuringBandPercent)) / 100;
  return found
    .map(({ amount, currency, count }) => ({ amountMinor: BigInt(amount), currency, count }))
    .filter((each) => {
      const sum = countedIn(referenceCurrency, limitRates, [each]);
      return (
        sum !== null &&
        compareDecimals(sum, structuringBelow) < 0 &&
        compareDecimals(sum, least.toFixed(2)) >= 0
      );
    });
}

/** Of nothing, none: what goes out is older money, which nobody passes through; nobody has declared means to exceed. */
function percentOf(part: string | null, whole: string | null): number | null {
  if (part === null || whole === null) return null;
  return Number(whole) === 0 ? 0 : Math.round((Number(part) / Number(whole)) * 100);
}
