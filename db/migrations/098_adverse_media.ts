/**
 * What officers have found published about a client. No client, partner or process of theirs reads it.
 * Undo: drop the table.
 */
export const sql = `
create table adverse_media (
  id text primary key,
  case_id text not null references kyc_case,
  client_id text not null references client,
  entity_id text not null references entity,
  -- The client's ciphertext: it names them.
  source_ct text not null,
  finding_ct text not null,
  published_on date not null,
  weight text not null check (weight in ('none', 'low', 'medium', 'high')),
  noted_by text not null,
  noted_at timestamptz not null default clock_timestamp(),
  set_aside_by text,
  set_aside_at timestamptz,
  reason_ct text,
  check ((set_aside_by is null) = (set_aside_at is null) and (set_aside_by is null) = (reason_ct is null)),
  check (set_aside_by <> noted_by)
);
create index adverse_media_case on adverse_media (case_id, id);
create index adverse_media_client on adverse_media (client_id) where set_aside_at is null;
grant select, insert, update on adverse_media to keelson_app;
alter table adverse_media enable row level security;
create policy visible on adverse_media using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
