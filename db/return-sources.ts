import type { Source } from '../domain/payments/return-to-source';
import { rows, utc, type Tx } from './connection';
import type { Owner, SourceKind } from './payment-sources';

/** A deposit that money may go back to: by what paid it, or, as tokens, to an address that the client names. */
const fromSource = `(s.id is not null or d.rail = 'crypto')`;

/** What each of the client's deposits in the currency can still take back. */
export async function returnSources(tx: Tx, owner: Owner, currency: string): Promise<Source[]> {
  const found = await rows<{
    id: string;
    source_id: string | null;
    kind: SourceKind;
    provider: string;
    capacity: string;
    credited_at: string;
    expired: boolean;
  }>(
    tx,
    `select d.id, d.source_id, coalesce(s.kind, 'crypto_address') as kind, d.provider,
       d.amount_minor - d.refunded_minor - d.refunding_minor - d.charged_back_minor as capacity, d.credited_at,
       coalesce(s.state <> 'active' or coalesce(s.expires_on < current_date, false), false) as expired
     from deposit d left join payment_source s on s.id = d.source_id
     where ${fromSource} and d.client_id = :clientId and d.entity_id = :entityId and d.currency = :currency and d.state = 'credited'
     order by d.credited_at limit 1000 for update of d`,
    { entityId: owner.entityId, clientId: owner.clientId, currency },
  );
  return found.map((row) => ({
    depositId: row.id,
    sourceId: row.source_id,
    kind: row.kind,
    provider: row.provider,
    capacityMinor: BigInt(row.capacity),
    depositedAt: utc(row.credited_at),
    expired: row.expired,
  }));
}

/**
 * Whether deposits in other currencies could still take money back: each keeps its capacity in its own currency, and
 * what was exchanged since leaves in another one.
 */
export async function hasOtherSources(
  tx: Tx,
  { entityId, clientId }: Owner,
  of: { readonly currency: string; readonly windowDays: number | null },
): Promise<boolean> {
  const found = await rows(
    tx,
    `select 1 from deposit d left join payment_source s on s.id = d.source_id
     where ${fromSource} and d.client_id = :clientId and d.entity_id = :entityId and d.currency <> :currency and d.state = 'credited'
       and d.amount_minor > d.refunded_minor + d.refunding_minor + d.charged_back_minor
       and (:windowDays::int is null or d.credited_at > now() - :windowDays::int * interval '1 day') limit 1`,
    { entityId, clientId, ...of },
  );
  return found.length > 0;
}
