import { asSystem, rows, type Tx } from './connection';
import { readPartner } from './partners';

/** How far those who followed a link have come. */
export interface FunnelStep {
  readonly code: string;
  readonly registrations: number;
  /** Of these, with money credited at least once. */
  readonly firstDeposits: number;
}

/**
 * Registrations and first deposits of each link of a partner that the scope may see. Counts only: a partner
 * sees no payment of a client. Throws `not_found` (404).
 */
export async function referralFunnel(tx: Tx, partnerId: string): Promise<FunnelStep[]> {
  await readPartner(tx, partnerId);
  const found = await asSystem(tx, (system) =>
    rows<{ code: string; registrations: string; deposited: string }>(
      system,
      `select l.code, count(distinct a.client_id) as registrations,
         count(distinct a.client_id) filter (where exists (
           select 1 from deposit d where d.client_id = a.client_id and d.credited_at is not null)) as deposited
       from referral_link l left join attribution a on a.link_code = l.code and a.partner_id = l.partner_id
       where l.partner_id = :partnerId group by l.code order by l.code limit 200`,
      { partnerId },
    ),
  );
  return found.map((row) => ({
    code: row.code,
    registrations: Number(row.registrations),
    firstDeposits: Number(row.deposited),
  }));
}

/** How many clients each partner that the scope may see has at present, by partner. */
export async function clientCounts(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ partner_id: string; clients: string }>(
    tx,
    `select partner_id, count(distinct client_id) as clients from attribution
     where to_at is null group by partner_id limit 10000`,
  );
  return new Map(found.map((row) => [row.partner_id, Number(row.clients)]));
}
