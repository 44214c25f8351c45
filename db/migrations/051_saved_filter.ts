/**
 * Filters of lists that colleagues keep under a name, for themselves or for the colleagues of an entity; and payments
 * are found by their number at a provider or a server alone, exchanges among them.
 * Undo: drop the table and the four indexes.
 */
export const sql = `
create table saved_filter (
  id text primary key,
  list text not null check (list in ('payments', 'inbox')),
  user_id text not null references user_account,
  -- Whose colleagues see it, too; null: its author alone.
  entity_id text references entity,
  -- Its name and what is filtered by, which may be anything that was typed: ciphertext under the author's key.
  name_ct text not null,
  query_ct text not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz
);
create index saved_filter_user on saved_filter (user_id, list);
create index saved_filter_entity on saved_filter (entity_id, list) where entity_id is not null;
grant select, insert, update, delete on saved_filter to keelson_app;
alter table saved_filter enable row level security;
create policy visible on saved_filter using (
  scope_kind() = 'system' or (scope_kind() = 'staff'
    and (user_id = current_setting('keelson.user', true) or (entity_id is not null and may_see_staff(entity_id))))
) with check (
  scope_kind() = 'system' or (scope_kind() = 'staff' and user_id = current_setting('keelson.user', true)
    and (entity_id is null or may_see_staff(entity_id)))
);
-- What is shared is read by others, and taken away by its author alone.
create policy own on saved_filter as restrictive for delete using (
  scope_kind() = 'system' or user_id = current_setting('keelson.user', true));

create index deposit_reference on deposit (provider_ref) where provider_ref is not null;
create index withdrawal_leg_reference on withdrawal_leg (provider_ref) where provider_ref is not null;
create index transfer_ticket on transfer (ticket) where ticket is not null;
create index exchange_list on exchange (created_at, id);
`;
