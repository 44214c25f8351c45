import { rows, type Tx } from '../connection';
import type { Settlement } from './settlements';

/** Why a server's deals of the period are not complete yet. */
export interface FeedBehind {
  readonly serverId: string;
  readonly missing: 'watermark' | 'backfill' | 'owners';
}

/**
 * The servers on which the plan set's clients trade and whose deals are not all here: the feed is not past the
 * period's end plus the lateness, a stretch of the period is being read again, or deals wait for their owner.
 */
export async function feedsBehind(
  tx: Tx,
  settlement: Settlement,
  latenessMinutes: number,
): Promise<FeedBehind[]> {
  return rows<FeedBehind>(
    tx,
    `select s.server_id as "serverId", case when late then 'watermark' when again then 'backfill' else 'owners' end as missing
     from (select distinct ta.server_id from trading_account ta
       join attribution a on a.client_id = ta.client_id join partner p on p.id = a.partner_id
       where p.plan_set = :planSet and ta.login is not null) s
     cross join lateral (select
       not exists (select 1 from feed f where f.server_id = s.server_id
         and f.watermark >= :to::timestamptz + :lateness * interval '1 minute') as late,
       exists (select 1 from feed_backfill b where b.server_id = s.server_id and b.state = 'requested'
         and b.from_at < :to::timestamptz and b.to_at > :from::timestamptz) as again,
       exists (select 1 from deal d join trading_account o on o.server_id = d.server_id and o.login = d.login
         where d.server_id = s.server_id and d.account_id is null and d.time < :to::timestamptz) as unowned) x
     where late or again or unowned order by 1 limit 100`,
    {
      planSet: settlement.planSet,
      from: settlement.from,
      to: settlement.to,
      lateness: latenessMinutes,
    },
  );
}
