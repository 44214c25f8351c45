/**
 * Settlement runs: who asked, when a position closed, what is carried from one period to the next, and
 * payouts that are withheld (a suspended partner), cancelled (a rejected settlement) or tried again.
 * Undo: drop the columns and the function, put the old check of `settlement_payout.state` back.
 */
export const sql = `
alter table settlement add column requested_by text not null default 'system';

alter table settlement_line add column closed_at timestamptz(3);
create index settlement_line_page on settlement_line (partner_id, settlement_id, line);

alter table settlement_payout
  add column carried_minor numeric(38, 0) not null default 0 check (carried_minor >= 0),
  add column carried_into text references settlement,
  add column attempts int not null default 0,
  add column failure text,
  add check (amount_minor >= carried_minor),
  drop constraint settlement_payout_state_check,
  add constraint settlement_payout_state_check check (state in
    ('computed', 'below_minimum', 'withheld', 'paying', 'paid', 'failed', 'cancelled'));
create index settlement_payout_partner on settlement_payout (partner_id);
create index settlement_payout_open on settlement_payout (settlement_id, id) where state in ('computed', 'failed');

-- Half to even, for amounts that are not negative: PostgreSQL's round() goes half away from zero.
create function round_half_even(x numeric) returns numeric language sql immutable parallel safe strict as $$
  select floor(x) + case
    when x - floor(x) > 0.5 or (x - floor(x) = 0.5 and mod(floor(x), 2) = 1) then 1 else 0 end
$$;
revoke all on function round_half_even(numeric) from public;
grant execute on function round_half_even(numeric) to keelson_app;
`;
