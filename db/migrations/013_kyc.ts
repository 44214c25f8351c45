/**
 * What a KYC case needs beyond its first columns: the client's answers, the task it waits for, and what
 * each document is for, was checked for and who decided it.
 * Undo: drop the columns and the policy.
 */
export const sql = `
alter table kyc_case
  add column submitted_at timestamptz,
  add column answers_ct text,
  add column risk_level text check (risk_level in ('low', 'medium', 'high')),
  add column task_id text,
  add column requested text[] not null default '{}',
  add column outcome_reason text;
create index kyc_case_client on kyc_case (client_id, opened_at);
create index kyc_case_state on kyc_case (state, id);

alter table document
  add column slot text not null default 'identity' check (slot in ('identity', 'address', 'funds', 'liveness')),
  add column checks jsonb not null default '[]',
  add column decided_by text,
  add column decided_at timestamptz;
create index document_client on document (client_id);
create index document_read_document on document_read (document_id, at);

alter table screening_result
  add column case_id text not null references kyc_case,
  add column best_score numeric(4, 1) not null,
  add column dismissed int not null default 0;
create index screening_party on screening_result (party_id, at);

alter table screening_dismissal enable row level security;
create policy visible on screening_dismissal using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
