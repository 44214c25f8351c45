/**
 * What a colleague has seen of why a payment instrument takes nothing back any more, before its share of a withdrawal
 * is paid to a bank account instead; and from when on a simulation looks at past cases. Undo: drop the table and the
 * column.
 */
export const sql = `
create table withdrawal_evidence (
  withdrawal_id text not null references withdrawal,
  source_id text not null references payment_source,
  entity_id text not null references entity,
  -- Without a reference: its lock would wait for a payment that has locked the client and waits for the withdrawal.
  client_id text not null,
  -- Names people and papers: the client's ciphertext.
  statement_ct text not null,
  supplied_by text not null,
  supplied_at timestamptz not null default clock_timestamp(),
  primary key (withdrawal_id, source_id)
);
grant select, insert on withdrawal_evidence to keelson_app;
alter table withdrawal_evidence enable row level security;
create policy visible on withdrawal_evidence using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

-- Null: however long ago.
alter table policy_simulation add column since timestamptz;
`;
