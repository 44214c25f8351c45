/**
 * How long what is known of a client is kept, its erasure, and the holds that stand in the way of it.
 * Undo: drop table erasure, erasure_request, legal_hold, retention and the functions and triggers that name a hold; what
 * was erased stays so. Cancel open tasks of the kinds retention_over, erasure_approval and legal_hold by hand.
 */
export const sql = `
create table retention (
  client_id text primary key references client,
  entity_id text not null references entity,
  -- When a colleague ended the relationship; null where the end follows from the client's state.
  ended_at timestamptz,
  -- When the clock looks next; null: at its next turn.
  look_at timestamptz,
  erased_at timestamptz
);
create index retention_look on retention (look_at) where erased_at is null;
grant select, insert, update on retention to keelson_app;
alter table retention enable row level security;
create policy visible on retention using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

-- What a client asked for, and what they were answered.
create table erasure_request (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  asked_by text not null,
  asked_at timestamptz not null default clock_timestamp(),
  -- Each kind of record with its years, its source, and its last day once the relationship has ended.
  kept jsonb not null,
  kept_until date
);
create index erasure_request_client on erasure_request (client_id, id);
grant select, insert on erasure_request to keelson_app;
alter table erasure_request enable row level security;
create policy visible on erasure_request using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table erasure (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  cause text not null check (cause in ('retention_over', 'client_request')),
  state text not null default 'proposed' check (state in ('proposed', 'done', 'rejected')),
  proposed_by text not null,
  decided_by text,
  evaluation_id text not null references evaluation,
  kept_until date not null,
  -- What went: how many of what.
  erased jsonb,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  check ((state = 'proposed') = (finished_at is null)),
  check ((state = 'proposed') = (decided_by is null)),
  check ((state = 'done') = (erased is not null)),
  check (decided_by is null or decided_by <> proposed_by)
);
create unique index erasure_standing on erasure (client_id) where state <> 'rejected';
create index erasure_list on erasure (entity_id, id);
grant select, insert, update on erasure to keelson_app;
alter table erasure enable row level security;
create policy visible on erasure using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table legal_hold (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  restricted boolean not null default true check (restricted),
  -- It holds from the proposal on, and until a second person has let go of it.
  state text not null default 'proposed' check (state in ('proposed', 'standing', 'lifting', 'refused', 'lifted')),
  reason_ct text not null,
  reference_ct text not null,
  placed_by text not null,
  confirmed_by text,
  lift_reason_ct text,
  lift_asked_by text,
  lifted_by text,
  version int not null default 1,
  placed_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  check ((state in ('refused', 'lifted')) = (ended_at is not null)),
  check (confirmed_by is null or confirmed_by <> placed_by),
  check (lifted_by is null or lifted_by <> lift_asked_by),
  check (state <> 'lifting' or lift_asked_by is not null),
  check (state <> 'lifted' or lifted_by is not null)
);
create index legal_hold_client on legal_hold (client_id) where ended_at is null;
create index legal_hold_list on legal_hold (entity_id, id);
grant select, insert, update on legal_hold to keelson_app;
alter table legal_hold enable row level security;
create policy visible on legal_hold using (may_see_staff(entity_id) and may_see_restricted());

create function is_held(of_client text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from legal_hold where client_id = of_client and ended_at is null)
$$;
revoke all on function is_held(text) from public;

-- Whatever asks for it: nothing of a client goes under a hold.
create function refuse_under_hold() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if is_held(old.client_id) then
    raise exception '% is kept', tg_table_name using errcode = 'restrict_violation';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger kept_under_hold before delete or update of content_ct on document
  for each row execute function refuse_under_hold();
create trigger kept_under_hold before delete or update of content_ct on withdrawal_evidence
  for each row when (old.content_ct is not null) execute function refuse_under_hold();
create trigger kept_under_hold before delete on party for each row execute function refuse_under_hold();
create trigger kept_under_hold before delete on kyc_case for each row execute function refuse_under_hold();
create trigger kept_under_hold before delete on mail for each row execute function refuse_under_hold();
create trigger kept_under_hold before delete on payment_source for each row execute function refuse_under_hold();
create trigger kept_under_hold before delete on trading_account for each row execute function refuse_under_hold();
create trigger kept_under_hold before delete on evaluation for each row execute function refuse_under_hold();

create function refuse_key_under_hold() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if is_held(old.person_id)
    or exists (select 1 from party p where p.id = old.person_id and is_held(p.client_id))
    or exists (select 1 from user_account u where u.id = old.person_id and is_held(u.client_id)) then
    raise exception '% is kept', tg_table_name using errcode = 'restrict_violation';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger kept_under_hold before delete or update of wrapped_key on data_key
  for each row execute function refuse_key_under_hold();

-- What is written once, and still tells of people when their keys are gone: of those alone.
create function forget_erased(persons text[]) returns void language plpgsql security definer set search_path = public as $$
begin
  if exists (select 1 from unnest(persons) as p(id) left join data_key k on k.person_id = p.id
    where k.erased_at is null or k.wrapped_key is not null) then
    raise exception 'only who has been erased is forgotten' using errcode = 'restrict_violation';
  end if;
  update screening_result set data_hash = 'erased' where party_id = any (persons);
  delete from screening_dismissal where party_id = any (persons);
end $$;
revoke all on function forget_erased(text[]) from public;
grant execute on function forget_erased(text[]) to keelson_app;
`;
