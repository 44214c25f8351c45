/** A share of a sum by volume, cut after 12 digits. */
const part = (sum: string, volume: string, whole: string): string =>
  `coalesce(div(${sum} * ${volume} * 1000000000000, nullif(${whole}, 0)) * 0.000000000001, 0)`;

/**
 * What earns. A closing is paired with what had opened it before, first in first out per position: a piece is a closing,
 * or a part of one, with one opening; where the plan pays at the opening, an opening is a piece as well. \`uncovered\` is how
 * much was closed so far that nothing on record had opened. With the piece stand what it brought in and why it does not
 * count, whoever would be paid: spread and commission of the opening and the closing, or of the side that pays when
 * the plan pays half at each; at the opening alone, its whole spread.
 */
export const fillPieces = `
with leg as (
  select server_id, position_id, ticket, time, partner_id, closed, volume - closed as opened,
    sum(volume - closed) over w - (volume - closed) as opened_before, sum(closed) over w as closed_after
  from run_deal where kind = 'trade' window w as (partition by server_id, position_id order by time, ticket)
), covered as (
  select *, greatest(0, max(closed_after - opened_before) filter (where closed > 0) over w) as uncovered
  from leg window w as (partition by server_id, position_id order by time, ticket)
), closing as (
  select *, uncovered - coalesce(lag(uncovered) over w, 0) as unopened,
    closed_after - closed - coalesce(lag(uncovered) over w, 0) as lo, closed_after - uncovered as hi
  from covered window w as (partition by server_id, position_id order by time, ticket)
), opening as (
  select *, opened_before as lo, opened_before + opened as hi from leg where opened > 0
), paired as (
  select o.server_id, o.ticket as at_ticket, i.ticket as in_ticket, o.ticket as out_ticket, false as opens,
    least(o.hi, i.hi) - greatest(o.lo, i.lo) as volume
  from closing o join opening i on i.server_id = o.server_id and i.position_id = o.position_id and i.lo < o.hi and o.lo < i.hi
  where o.partner_id is not null and o.closed > 0
  union all
  select server_id, ticket, null, ticket, false, unopened from closing where partner_id is not null and closed > 0 and unopened > 0
  union all
  select server_id, ticket, null, ticket, false, volume from run_deal where kind = 'cancelled' and partner_id is not null
  union all
  select server_id, ticket, ticket, null, true, opened from leg
  where opened > 0 and partner_id is not null and (select bool_or(pay_open > 0) from run_plan)
), meant as (
  select distinct on (g.segment, y.symbol) g.segment, y.symbol, g.ord, g.min_move_points
  from (select distinct symbol from run_deal) y cross join run_group g cross join lateral unnest(g.symbols) m(pattern)
  where case when right(m.pattern, 1) = '*' then starts_with(y.symbol, left(m.pattern, -1)) else m.pattern = y.symbol end
  order by g.segment, y.symbol, g.ord
), piece as (
  select p.*, e.position_id, e.login, e.account_id, e.client_id, e.symbol, case when p.in_ticket is null then null else i.side end as side, e.currency,
    e.partner_id, e.attributed_from, i.time as opened_at, e.time as at, i.price as open_price, e.price, e.kind, e.digits, e.stop_out, e.equity_minor,
    e.credit_minor, e.spread_now, e.spread_average, s.segment, m.ord, m.min_move_points,
    case when p.opens then s.pay_open else coalesce(s.pay_close, 1) end as portion,
    p.volume * case when not p.opens and s.pay_close = 0.5 then e.half_spread when not p.opens then e.half_spread + coalesce(i.half_spread, 0)
      when s.pay_open = 1 then 2 * e.half_spread else e.half_spread end as spread_minor,
    ${part('e.charged_minor', 'p.volume', 'e.volume')}
      + case when p.opens or s.pay_close = 0.5 then 0 else ${part('i.charged_minor', 'p.volume', 'i.volume')} end as charge_minor,
    case when p.opens or s.swap_share = 0 then 0 else ${part('-e.swap_minor', 'p.volume', 'e.closed')} * s.swap_share end as swap_minor,
    case when p.opens or not s.client_losses then 0 else ${part('-e.profit_minor', 'p.volume', 'e.closed')} end as loss_minor,
    case when p.opens or p.in_ticket is null or not (s.pay_close = 1) then e.spread_source else e.spread_source || ', ' || i.spread_source end as spread_source,
    s.cost_share, s.min_hold_seconds, s.negative_stop_out, s.after_cpa, s.bonus_money, s.spike_times
  from paired p
  join run_deal e on e.server_id = p.server_id and e.ticket = p.at_ticket
  left join run_deal i on i.server_id = p.server_id and i.ticket = p.in_ticket
  left join run_plan s on e.time >= s.from_at and e.time < s.to_at
  left join meant m on m.segment = s.segment and m.symbol = e.symbol
  where case when e.kind = 'cancelled' then true when p.opens then s.pay_open > 0 else s.segment is null or s.pay_close > 0 end
)
insert into run_piece (server_id, at_ticket, in_ticket, out_ticket, opens, position_id, login, account_id, client_id, symbol, side, currency,
  partner_id, attributed_from, lots_e8, paid_e8, portion, weight, opened_at, at, open_price, price, spread_minor, revenue_minor, spread_source,
  segment, group_ord, reason)
select server_id, at_ticket, in_ticket, out_ticket, opens, position_id, login, account_id, client_id, symbol, side, currency, partner_id,
  attributed_from, volume, volume, portion,
  case when bonus_money and credit_minor > 0 and equity_minor > 0
    then greatest(0, div((equity_minor - credit_minor) * 1000000000000, equity_minor) * 0.000000000001) else 1 end
  * case when spread_average > 0 and spread_now > spike_times * spread_average
    then div(spread_average * 1000000000000, spread_now) * 0.000000000001 else 1 end,
  opened_at, at, open_price, price, spread_minor,
  (spread_minor + charge_minor + coalesce(swap_minor, 0)) * (1 - coalesce(cost_share, 0)) + coalesce(loss_minor, 0), spread_source, segment, ord,
  case
    when kind = 'cancelled' then 'CANCELLED'
    when in_ticket is null then 'NO_OPENING'
    when segment is null then 'NO_PLAN'
    when ord is null then 'NO_RATE'
    when not opens and open_price = price then 'NOT_QUALIFIED_OPEN_EQUALS_CLOSE'
    when stop_out and not opens and equity_minor < 0 and not negative_stop_out then 'NEGATIVE_STOP_OUT'
    when not opens and at - opened_at < make_interval(secs => min_hold_seconds) then 'MIN_HOLD'
    when not opens and min_move_points is not null and digits is null then 'MOVE_UNKNOWN'
    when not opens and abs(price - open_price) * (10::numeric ^ digits) <= min_move_points then 'MIN_MOVE'
    when bonus_money and credit_minor > 0 and credit_minor >= equity_minor then 'BONUS_MONEY'
    when after_cpa and not exists (select 1 from run_previous_cpa c where c.client_id = piece.client_id and c.qualified_at <= piece.at)
      and not exists (select 1 from run_cpa c where c.client_id = piece.client_id and c.reason is null and c.at <= piece.at) then 'BEFORE_CPA'
  end
from piece
order by server_id collate "C", at_ticket, opens, in_ticket nulls first
`;

/**
 * Opposite volume that was open together is paid once. Closed pieces of one account and symbol whose open intervals
 * connect are one group; in the order of their closings each adds what the group's larger side has grown by, so that
 * together they are paid max(buy, sell): buy 1.5, then sells 1.0 and 0.8, give 1.5, 0 and 0.3.
 */
export const payLargerSide = `
with counted as (
  select p.piece, p.server_id, p.login, p.symbol, p.side, p.lots_e8, p.opened_at, p.at, p.at_ticket, p.in_ticket
  from run_piece p join run_plan s on s.segment = p.segment and s.hedged
  where p.reason is null and not p.opens and p.side is not null
), started as (
  select *, opened_at >= coalesce(max(at) over (partition by server_id, login, symbol order by opened_at, at, piece
    rows between unbounded preceding and 1 preceding), '-infinity') as starts
  from counted
), grouped as (
  select *, count(*) filter (where starts) over (partition by server_id, login, symbol order by opened_at, at, piece) as island from started
), summed as (
  select *, sum(lots_e8) filter (where side = 'buy') over w as buys, sum(lots_e8) filter (where side = 'sell') over w as sells
  from grouped window w as (partition by server_id, login, symbol, island order by at, piece)
), paid as (
  select piece, lots_e8, greatest(coalesce(buys, 0), coalesce(sells, 0))
    - greatest(coalesce(buys, 0) - case when side = 'buy' then lots_e8 else 0 end, coalesce(sells, 0) - case when side = 'sell' then lots_e8 else 0 end) as paid
  from summed
)
update run_piece p set paid_e8 = paid.paid, reason = case when paid.paid = 0 then 'HEDGED' end
from paid where paid.piece = p.piece and paid.paid <> paid.lots_e8
`;
