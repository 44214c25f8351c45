/**
 * What a reader of pictures made of a document: the machine-readable zone that it found, as the party's ciphertext.
 * Undo: drop the table.
 */
export const sql = `
create table document_reading (
  document_id text primary key references document,
  client_id text not null,
  entity_id text not null,
  reader text not null,
  -- Null where the picture holds no zone that could be read.
  zone_ct text,
  -- The number fits its check digit only after a change.
  is_number_mended boolean not null default false,
  at timestamptz not null default clock_timestamp()
);
grant select, insert on document_reading to keelson_app;
alter table document_reading enable row level security;
create policy visible on document_reading using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');
`;
