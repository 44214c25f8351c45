/**
 * What outside verifiers are asked about the people of a case, and what they found.
 * Undo: drop the table; end the processes of the workflow 'identityCheck' by hand.
 */
export const sql = `
create table identity_check (
  id text primary key,
  case_id text not null references kyc_case,
  client_id text not null references client,
  party_id text not null references party,
  entity_id text not null,
  provider text not null,
  -- The step of the policy that asked, and which of the verifier's flows it names.
  step text not null,
  level text not null,
  round int not null,
  -- The papers that were handed over: what was found of them holds while they are the ones that count.
  documents text[] not null,
  state text not null default 'asked' check (state in ('asked', 'sent', 'answered', 'unasked', 'unanswered')),
  provider_ref text,
  answer text check (answer in ('passed', 'retry', 'refused')),
  reasons text[] not null default '{}',
  labels text[] not null default '{}',
  -- It holds the person for somebody on a list: for those who decide on screenings, and nobody else.
  near_listed boolean not null default false,
  -- By the verifier's clock: an older message changes nothing.
  answered_at timestamptz,
  asked_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  check ((state = 'answered') = (answer is not null)),
  check ((answer is null) = (answered_at is null))
);
create unique index identity_check_once on identity_check (case_id, party_id, step, round);
create index identity_check_client on identity_check (client_id);
grant select, insert, update on identity_check to keelson_app;
alter table identity_check enable row level security;
create policy visible on identity_check using (may_see_staff(entity_id)) with check (scope_kind() = 'system');
`;
