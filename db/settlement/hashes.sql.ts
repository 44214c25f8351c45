/**
 * SHA-256 over ordered rows, in two steps (per log-in, then over the log-ins), so that no text grows with
 * the number of deals. Canonical text: JSON arrays; times in UTC; numbers without trailing zeros.
 */
export const readHashes = `
with deals as (
  select server_id, login, sha256(convert_to(string_agg(jsonb_build_array(server_id, ticket, position_id, time, kind, entry, side, client_id, symbol,
      currency, trim_scale(volume)::text, trim_scale(closed)::text, trim_scale(price)::text, digits, trim_scale(half_spread)::text, spread_source,
      trim_scale(spread_now)::text, trim_scale(spread_average)::text, trim_scale(charged_minor)::text, trim_scale(swap_minor)::text,
      trim_scale(profit_minor)::text, trim_scale(equity_minor)::text, trim_scale(credit_minor)::text, stop_out, partner_id, attributed_from)::text,
      E'\\n' order by ticket, time), 'UTF8')) as hash
  from run_deal group by server_id, login
), rest(part, ord, fact) as (
  select 'plan', lpad(segment::text, 6, '0'), jsonb_build_array(from_at, to_at, plan_hash)::text from run_plan
  -- Where nobody was moved, the network is the same in every segment.
  union all select distinct 'chain', direct_id || '/' || lpad(tier::text, 3, '0') || coalesce('/' || extract(epoch from moved_at), ''),
    (jsonb_build_array(direct_id, tier, partner_id, level, client_id)
      || case when moved_at is null then '[]' else jsonb_build_array(moved_at) end)::text from run_chain
  union all select 'conversion', from_code, jsonb_build_array(from_code, trim_scale(rate)::text, source)::text from run_conversion
  union all select 'deposit', id, jsonb_build_array(id, client_id, time, trim_scale(amount_minor)::text, currency)::text from run_deposit
  union all select 'cpa', client_id, jsonb_build_array(client_id, segment, partner_id, attributed_from, first_deposit_at, trim_scale(lots_e8)::text, at, reason)::text from run_cpa
  union all select 'paid', client_id, jsonb_build_array(client_id, qualified_at)::text from run_previous_cpa
  union all select 'lifetime', client_id, jsonb_build_array(client_id, trim_scale(revenue_minor)::text, trim_scale(paid_minor)::text)::text from run_previous_client
  union all select 'ended', partner_id, jsonb_build_array(partner_id, reason, from_at)::text from run_ended
  union all select 'adjusted', settlement_id, jsonb_build_array(settlement_id, input_hash)::text from run_adjusted
), lines as (
  select server_id, login, sha256(convert_to(string_agg(jsonb_build_array(server_id, tickets, position_id, event, component, partner_id, source_partner,
      client_id, symbol, trim_scale(lots_e8)::text, tier, plan_hash, rate, rate_currency, conversion, reason, amount_minor::text, adjusts)::text, E'\\n'
      order by line), 'UTF8')) as hash
  from run_line group by server_id, login
)
select
  encode(sha256(convert_to((select jsonb_build_array(plan_set, entity_id, currency, from_at, to_at)::text from run_scope) || E'\\n'
    || coalesce((select string_agg(part || fact, E'\\n' order by part collate "C", ord collate "C") from rest), '') || E'\\n'
    || coalesce((select string_agg(encode(hash, 'hex'), E'\\n' order by server_id collate "C", login collate "C") from deals), ''), 'UTF8')), 'hex') as input_hash,
  encode(sha256(convert_to((select jsonb_build_array(plan_set, entity_id, currency, from_at, to_at)::text from run_scope) || E'\\n'
    || coalesce((select string_agg(encode(hash, 'hex'), E'\\n' order by server_id collate "C" nulls last, login collate "C") from lines), ''), 'UTF8')), 'hex') as result_hash,
  (select count(*) from run_line)::text as lines, (select coalesce(sum(amount_minor), 0) from run_line)::text as total_minor
`;
