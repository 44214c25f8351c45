interface Cap {
  readonly reason: string;
  /** What is capped together, over run_line \`l\`, its plan \`s\` and the plan \`last\` at the period's end. */
  readonly key: string;
  readonly where: string;
  /** Minor units; null is no cap. */
  readonly allowed: string;
}

/**
 * What is above zero among the lines of a key gets no more than its cap, shared out in proportion; what is left goes to
 * the largest remainders, the first line of equals.
 */
const capLines = ({ reason, key, where, allowed }: Cap): string => `
with last as (
  select * from run_plan order by segment desc limit 1
), member as (
  select l.line, l.amount_minor, (${key})::text as key, ${allowed} as allowed
  from run_line l join run_plan s on s.segment = l.segment cross join last cross join run_scope scope
  join run_currency pay on pay.code = scope.currency
  left join run_conversion rc on rc.from_code = s.currency
  left join run_conversion lc on lc.from_code = last.currency
  where l.amount_minor > 0 and ${where}
), shared as (
  select m.*, sum(amount_minor) over k as total, div(amount_minor * allowed, sum(amount_minor) over k) as share,
    mod(amount_minor * allowed, sum(amount_minor) over k) as remainder
  from member m where allowed is not null window k as (partition by key)
), ranked as (
  select *, allowed - sum(share) over k as left_over, row_number() over (partition by key order by remainder desc, line) as rank
  from shared where total > allowed window k as (partition by key)
), cut as (
  select line, amount_minor as before, share + case when rank <= left_over then 1 else 0 end as after from ranked
)
update run_line l set amount_minor = c.after, reason = '${reason}',
  explanation = jsonb_build_object('beforeCapMinor', c.before::text) || l.explanation
from cut c where c.line = l.line and c.after < c.before
`;

/** All tiers of one deal. */
export const capPerDeal = capLines({
  reason: 'CAPPED_PER_DEAL',
  key: `jsonb_build_array(l.server_id, l.tickets[cardinality(l.tickets)])`,
  where: `l.event in ('open', 'close') and s.cap_per_deal is not null`,
  allowed: `floor(s.cap_per_deal * rc.rate * pay.per_major)`,
});

/** A share of what the client ever brought in, this period included, less what was paid for the client before. */
export const capByLifetime = `
create temporary table run_brought on commit drop as
select p.client_id, sum(p.revenue_minor * acc.unit * coalesce(ac.rate, 0) * pay.per_major) as revenue_minor
from run_piece p join run_scope scope on true join run_currency pay on pay.code = scope.currency join run_currency acc on acc.code = p.currency
left join run_conversion ac on ac.from_code = p.currency where p.reason is distinct from 'CANCELLED' group by 1;
${capLines({
  reason: 'CAPPED_BY_LIFETIME',
  key: `l.client_id`,
  where: `l.client_id is not null and last.lifetime_share is not null`,
  allowed: `greatest(0, floor(last.lifetime_share * greatest(0, coalesce((select revenue_minor from run_brought b where b.client_id = l.client_id), 0)
    + coalesce((select revenue_minor from run_previous_client b where b.client_id = l.client_id), 0)))
    - coalesce((select paid_minor from run_previous_client b where b.client_id = l.client_id), 0))`,
})};
drop table run_brought
`;

/** All partners, for one client. */
export const capPerClient = capLines({
  reason: 'CAPPED_PER_CLIENT',
  key: `l.client_id`,
  where: `l.client_id is not null and last.cap_per_client is not null`,
  allowed: `floor(last.cap_per_client * lc.rate * pay.per_major)`,
});

/** One partner. */
export const capPerPeriod = capLines({
  reason: 'CAPPED_PER_PERIOD',
  key: `l.partner_id`,
  where: `last.cap_per_period is not null`,
  allowed: `floor(last.cap_per_period * lc.rate * pay.per_major)`,
});
