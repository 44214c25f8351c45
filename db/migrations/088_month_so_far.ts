/**
 * The present month of a plan set, kept between two looks at it: what earns, by client, and what it comes to. What changes
 * a client's part is noted by the transaction that changes it, and taken by the one that computes it again.
 * Undo: drop the triggers, the function and the tables.
 */
export const sql = `
create table month_change (
  plan_set text not null,
  entity_id text not null,
  client_id text not null
);
create index month_change_plan_set on month_change (plan_set);

create table month_run (
  plan_set text primary key references plan_set,
  entity_id text not null,
  -- Of the plans, the network, the symbols and what settlements before leave: another one, and all is computed anew.
  basis text not null default '',
  conversions jsonb not null default '[]',
  until_at timestamptz
);

-- As run_piece and run_cpa of a run.
create table month_piece (
  plan_set text not null, entity_id text not null, server_id text not null, at_ticket bigint not null, in_ticket bigint, out_ticket bigint,
  opens boolean not null, position_id bigint not null, login text not null, account_id text, client_id text not null, symbol text not null, side text,
  currency text not null, partner_id text not null, attributed_from timestamptz not null, lots_e8 numeric not null, paid_e8 numeric not null,
  portion numeric not null, weight numeric not null, opened_at timestamptz, at timestamptz not null, open_price numeric, price numeric not null,
  spread_minor numeric not null, revenue_minor numeric not null, spread_source text not null, segment int, group_ord int, reason text
);
create index month_piece_client on month_piece (plan_set, client_id);
create table month_cpa (
  plan_set text not null, entity_id text not null, client_id text not null, segment int not null, partner_id text not null,
  attributed_from timestamptz not null, first_deposit_at timestamptz(3) not null, first_sum numeric not null, deposit_sum numeric not null,
  lots_e8 numeric not null, at timestamptz(3) not null, reason text, primary key (plan_set, client_id)
);

create table month_figure (
  plan_set text not null,
  entity_id text not null,
  -- Of a volume bonus: none.
  client_id text,
  partner_id text not null,
  reason text not null,
  day date not null,
  amount_minor numeric(38, 0) not null,
  lots_e8 numeric not null,
  lines bigint not null,
  -- Positions that no other figure of the partner counts.
  trades bigint not null
);
create index month_figure_partner on month_figure (partner_id);
create index month_figure_client on month_figure (plan_set, client_id);

create function note_month_changes() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into month_change (plan_set, entity_id, client_id)
  select distinct p.plan_set, a.entity_id, a.client_id
  from (select distinct client_id from changed) c
  join attribution a on a.client_id = c.client_id join partner p on p.id = a.partner_id;
  return null;
end $$;
revoke all on function note_month_changes() from public;
create trigger month_inserted after insert on deal referencing new table as changed for each statement execute function note_month_changes();
create trigger month_updated after update on deal referencing new table as changed for each statement execute function note_month_changes();
create trigger month_inserted after insert on deposit referencing new table as changed for each statement execute function note_month_changes();
create trigger month_updated after update on deposit referencing new table as changed for each statement execute function note_month_changes();
create trigger month_inserted after insert on attribution referencing new table as changed for each statement execute function note_month_changes();
create trigger month_updated after update on attribution referencing new table as changed for each statement execute function note_month_changes();
create trigger month_inserted after insert on payment_source referencing new table as changed for each statement execute function note_month_changes();

grant select, delete on month_change to keelson_app;
grant select, insert, update on month_run to keelson_app;
grant select, insert, delete on month_piece, month_cpa, month_figure to keelson_app;
alter table month_change enable row level security;
alter table month_run enable row level security;
alter table month_piece enable row level security;
alter table month_cpa enable row level security;
alter table month_figure enable row level security;
create policy visible on month_change using (scope_kind() = 'system') with check (scope_kind() = 'system');
create policy visible on month_run using (scope_kind() = 'system') with check (scope_kind() = 'system');
create policy visible on month_piece using (scope_kind() = 'system') with check (scope_kind() = 'system');
create policy visible on month_cpa using (scope_kind() = 'system') with check (scope_kind() = 'system');
create policy visible on month_figure using (scope_kind() = 'system') with check (scope_kind() = 'system');
`;
