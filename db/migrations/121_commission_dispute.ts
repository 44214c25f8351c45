/**
 * What partners ask about their commission, in their own words, and what they were answered.
 * Undo: drop table commission_dispute.
 */
export const sql = `
create table commission_dispute (
  id text primary key,
  entity_id text not null references entity,
  partner_id text not null references partner,
  -- The line, as settlement/line, or the deal that has none, as server/ticket.
  about text not null,
  settlement_id text references settlement,
  line bigint,
  server_id text references trading_server,
  ticket bigint,
  -- Why it was as it was when the partner asked, and the line of that moment: a settlement may be computed again.
  code text not null,
  kept jsonb,
  -- Under the partner's key, both.
  question_ct text not null,
  answer_ct text,
  state text not null default 'open' check (state in ('open', 'accepted', 'declined')),
  asked_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  check ((settlement_id is null) = (line is null) and (line is null) = (kept is null)),
  check ((server_id is null) = (ticket is null) and (line is null) <> (ticket is null)),
  check ((state = 'open') = (answer_ct is null) and (state = 'open') = (answered_at is null))
);
create unique index commission_dispute_open on commission_dispute (partner_id, about) where state = 'open';
create index commission_dispute_list on commission_dispute (entity_id, id);
create index commission_dispute_partner on commission_dispute (partner_id, id);
grant select, insert, update on commission_dispute to keelson_app;
alter table commission_dispute enable row level security;
create policy visible on commission_dispute using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');

-- What was asked and answered stays as it was said.
create function keep_dispute() returns trigger language plpgsql as $$
begin
  if old.state <> 'open' or (new.id, new.entity_id, new.partner_id, new.about, new.code, new.kept, new.question_ct, new.asked_at)
    is distinct from (old.id, old.entity_id, old.partner_id, old.about, old.code, old.kept, old.question_ct, old.asked_at)
  then raise exception 'a question stays as it was asked, and its answer as it was given'; end if;
  return new;
end $$;
create trigger dispute_kept before update on commission_dispute for each row execute function keep_dispute();
`;
