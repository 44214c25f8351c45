import type { DeclarationKind } from '../../domain/trading/declaration';
import { rows, type Tx } from '../connection';
import { inForce } from '../halt-in-force';
import type { Settlement } from './settlements';

/** Why a server's deals of the period are not complete yet. */
export interface FeedBehind {
  readonly serverId: string;
  readonly missing: 'watermark' | 'backfill' | 'owners' | 'checks';
  /** What is declared of the server now: then its deals come after that. */
  readonly declared: DeclarationKind | null;
}

/**
 * The servers on which the plan set's clients trade and whose deals are not all here: the feed is not past the
 * period's end plus the lateness, a stretch of the period is being read again, deals wait for their owner, or a
 * log-in was not found to agree with its server (as many deals, the same sums, all of them its balance) after the
 * lateness had passed and the last of its deals of the period had come in.
 */
export async function feedsBehind(
  tx: Tx,
  settlement: Settlement,
  latenessMinutes: number,
): Promise<FeedBehind[]> {
  return rows<FeedBehind>(
    tx,
    `select s.server_id as "serverId", case when late then 'watermark' when again then 'backfill'
       when unowned then 'owners' else 'checks' end as missing,
       (select h.kind from halt h where h.scope = 'server' and h.scope_key = s.server_id and h.kind <> 'stop' and ${inForce} limit 1) as declared
     from (select distinct ta.server_id from trading_account ta
       join attribution a on a.client_id = ta.client_id join partner p on p.id = a.partner_id
       where p.plan_set = :planSet and ta.login is not null) s
     cross join lateral (select
       not exists (select 1 from feed f where f.server_id = s.server_id
         and f.watermark >= :to::timestamptz + :lateness * interval '1 minute') as late,
       exists (select 1 from feed_backfill b where b.server_id = s.server_id and b.state = 'requested'
         and b.from_at < :to::timestamptz and b.to_at > :from::timestamptz) as again,
       exists (select 1 from deal d join trading_account o on o.server_id = d.server_id and o.login = d.login
         where d.server_id = s.server_id and d.account_id is null and d.time < :to::timestamptz) as unowned,
       exists (select 1 from trading_account ta
         join attribution a on a.client_id = ta.client_id join partner p on p.id = a.partner_id
         cross join lateral (select max(d.seen_at) as seen_at from deal d where d.server_id = ta.server_id and d.login = ta.login
           and d.time >= :from::timestamptz and d.time < :to::timestamptz) last
         where p.plan_set = :planSet and ta.server_id = s.server_id and ta.login is not null and ta.state <> 'archived'
           and (ta.created_at < :to::timestamptz or last.seen_at is not null)
           and not exists (select 1 from feed_check c where c.server_id = ta.server_id and c.login = ta.login and c.state = 'agrees'
             and c.agreed_at >= greatest(last.seen_at, :to::timestamptz + :lateness * interval '1 minute'))) as unchecked) x
     where late or again or unowned or unchecked order by 1 limit 100`,
    {
      planSet: settlement.planSet,
      from: settlement.from,
      to: settlement.to,
      lateness: latenessMinutes,
    },
  );
}
