import { rows, type Tx } from './connection';
import {
  columnsOf,
  type DealRecord,
  headings,
  headingsOf,
  incoming,
  unowned,
} from './deal-records';
import { appendEvents, type NewEvent } from './events';

interface Edited {
  readonly ticket: string;
  readonly revision: number;
  readonly entity_id: string | null;
  readonly client_id: string | null;
  readonly kind: string;
  readonly profit_minor: string;
  readonly swap_minor: string;
  readonly costs_minor: string;
  readonly raw_hash: string;
}

export async function replaceEdited(
  tx: Tx,
  serverId: string,
  byTicket: ReadonlyMap<string, DealRecord>,
  known: readonly DealRecord[],
): Promise<number> {
  const changed = await rows<{ ticket: string }>(
    tx,
    `update deal_ticket t set raw_hash = n.raw_hash, revision = t.revision + 1,
       posted_transaction = case when t.posted_transaction = '${unowned}' then '${unowned}' end
     from ${headings}
     where t.server_id = :serverId and t.ticket = n.ticket and t.raw_hash <> n.raw_hash returning t.ticket`,
    headingsOf(serverId, known),
  );
  const tickets = changed.map((row) => row.ticket);
  if (tickets.length === 0) return 0;
  const before = await rows<Edited>(
    tx,
    `with old as (
       select d.*, t.revision from deal_ticket t join deal d on d.server_id = t.server_id and d.ticket = t.ticket and d.time = t.time
       where t.server_id = :serverId and t.ticket = any (:tickets::bigint[])
     ), kept as (
       insert into deal_revision (server_id, ticket, revision, entity_id, client_id, kind, profit_minor, swap_minor, commission_minor,
         fee_minor, raw, raw_hash, record)
       select server_id, ticket, revision - 1, entity_id, client_id, kind, profit_minor, swap_minor, commission_minor, fee_minor, raw, raw_hash,
         to_jsonb(old) - 'revision' - 'raw' || jsonb_build_object('raw', '{}'::jsonb)
       from old
     )
     select ticket, revision, entity_id, client_id, kind, profit_minor, swap_minor, commission_minor + fee_minor as costs_minor, raw_hash
     from old order by ticket`,
    { serverId, tickets },
  );
  const after = tickets.flatMap((ticket) => byTicket.get(ticket) ?? []);
  await rows(
    tx,
    // An edit keeps the time of the deal, and so its partition.
    `update deal d set kind = n.kind, side = n.side, entry = n.entry, symbol = n.symbol, volume = n.volume, volume_closed = n.volume_closed,
       price = n.price, price_position = n.price_position, profit_minor = n.profit_minor, swap_minor = n.swap_minor,
       commission_minor = n.commission_minor, fee_minor = n.fee_minor, comment = n.comment, stop_out = n.stop_out, modified = true, raw = n.raw, raw_hash = n.raw_hash
     from ${incoming} join deal_ticket t on t.server_id = :serverId and t.ticket = n.ticket
     where d.server_id = :serverId and d.ticket = n.ticket and d.time = t.time`,
    columnsOf(serverId, after),
  );
  await appendEvents(
    tx,
    before.flatMap((old): NewEvent[] => {
      const now = byTicket.get(old.ticket);
      return now ? [editEvent(serverId, old, now)] : [];
    }),
  );
  return tickets.length;
}

function editEvent(serverId: string, old: Edited, now: DealRecord): NewEvent {
  const { deal } = now;
  const isCancelled = deal.kind === 'cancelled' && old.kind !== 'cancelled';
  return {
    subject: `deal/${serverId}/${old.ticket}`,
    type: isCancelled ? 'deal.cancelled' : 'deal.edited',
    entityId: old.entity_id,
    clientId: old.client_id,
    payload: {
      revision: old.revision,
      before: {
        hash: old.raw_hash,
        kind: old.kind,
        profitMinor: old.profit_minor,
        swapMinor: old.swap_minor,
        costsMinor: old.costs_minor,
      },
      after: {
        hash: now.hash,
        kind: deal.kind,
        profitMinor: deal.profitMinor.toString(),
        swapMinor: deal.swapMinor.toString(),
        costsMinor: (deal.commissionMinor + deal.feeMinor).toString(),
      },
    },
  };
}
