/**
 * Tests of appropriateness, and wishes for another category with the papers that are handed in for them.
 * Undo: drop the three tables; categories stay as they are. Open tasks of the kind 'category_approval' have to be
 * cancelled by hand.
 */
export const sql = `
create table appropriateness_test (
  id text primary key,
  client_id text not null references client,
  entity_id text not null references entity,
  -- The client's ciphertext: code: answer.
  answers_ct text not null,
  evaluation_id text not null references evaluation,
  outcome text not null check (outcome in ('appropriate', 'not_appropriate')),
  -- Null where there is nothing to be warned of; the hash is of the words that were shown.
  warning_hash text,
  may_go_on_at timestamptz,
  acknowledged_at timestamptz,
  taken_at timestamptz not null default clock_timestamp(),
  check ((outcome = 'not_appropriate') = (warning_hash is not null and may_go_on_at is not null)),
  check (acknowledged_at is null or acknowledged_at >= may_go_on_at)
);
create index appropriateness_test_client on appropriateness_test (client_id, id desc);
grant select, insert, update on appropriateness_test to keelson_app;
alter table appropriateness_test enable row level security;
create policy visible on appropriateness_test using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table category_request (
  id text primary key,
  client_id text not null references client,
  entity_id text not null references entity,
  wish text not null check (wish in ('retail', 'professional')),
  criteria text[] not null default '{}' check (criteria <@ array['trades', 'portfolio', 'profession']),
  -- In the client's own words, as their ciphertext.
  statement_ct text,
  -- SHA-256 of the warning that was acknowledged.
  warning_hash text,
  evaluation_id text references evaluation,
  state text not null default 'collecting' check (state in ('collecting', 'in_review', 'granted', 'rejected', 'withdrawn')),
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  check ((state in ('granted', 'rejected', 'withdrawn')) = (finished_at is not null)),
  check (wish = 'retail' or warning_hash is not null)
);
create unique index category_request_open on category_request (client_id) where finished_at is null;
create index category_request_list on category_request (entity_id, id);
grant select, insert, update on category_request to keelson_app;
alter table category_request enable row level security;
create policy visible on category_request using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

-- Papers that a client hands in for a request of theirs.
create table client_paper (
  id text primary key,
  subject text not null,
  purpose text not null,
  client_id text not null references client,
  entity_id text not null references entity,
  media_type text not null,
  bytes int not null check (bytes > 0),
  content_hash text not null,
  content_ct bytea not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null default clock_timestamp()
);
create index client_paper_subject on client_paper (subject, id);
grant select, insert on client_paper to keelson_app;
alter table client_paper enable row level security;
create policy visible on client_paper using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
create trigger append_only before update or delete on client_paper for each row execute function refuse_change();
alter table client_paper enable always trigger append_only;
`;
