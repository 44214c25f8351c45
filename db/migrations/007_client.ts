/** Clients (contracts), parties (people), restrictions, KYC cases, documents and screening. */
export const sql = `
create table partner (
  id text primary key,
  entity_id text not null references entity,
  client_id text,
  name_ct text not null,
  email_ct text not null,
  parent_id text references partner,
  level int not null check (level between 1 and 10),
  plan_set text not null,
  payout_currency text not null,
  state text not null default 'active' check (state in ('active', 'suspended', 'terminated')),
  version int not null default 1,
  created_at timestamptz not null default now()
);
create index partner_parent on partner (parent_id);
grant select, insert, update on partner to keelson_app;
alter table partner enable row level security;
create policy visible on partner using (may_see_partner(entity_id, id)) with check (may_see_staff(entity_id));

create table referral_link (
  code text primary key,
  partner_id text not null references partner,
  entity_id text not null,
  name text not null default '',
  clicks bigint not null default 0,
  created_at timestamptz not null default now()
);
grant select, insert, update on referral_link to keelson_app;
alter table referral_link enable row level security;
create policy visible on referral_link using (may_see_partner(entity_id, partner_id)) with check (may_see_partner(entity_id, partner_id));

create table client (
  id text primary key,
  entity_id text not null references entity,
  residence text not null,
  category text not null default 'retail' check (category in ('retail', 'professional')),
  state text not null,
  kyc_level int not null default 0 check (kyc_level between 0 and 3),
  risk_level text check (risk_level in ('low', 'medium', 'high')),
  currency text not null,
  locale text not null default 'en',
  terms_accepted_at timestamptz,
  approved_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null default now()
);
grant select, insert, update on client to keelson_app;

create table attribution (
  client_id text not null references client,
  partner_id text not null references partner,
  entity_id text not null,
  link_code text,
  from_at timestamptz not null,
  to_at timestamptz,
  actor text not null,
  primary key (client_id, from_at)
);
create unique index attribution_current on attribution (client_id) where to_at is null;
create index attribution_partner on attribution (partner_id);
grant select, insert, update on attribution to keelson_app;
alter table attribution enable row level security;
create policy visible on attribution using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system' or may_see_staff(entity_id));

alter table client enable row level security;
create policy visible on client using (may_see(entity_id, id)) with check (may_see(entity_id, id));
create policy referred on client for select using (
  scope_kind() = 'partner' and exists (select 1 from attribution a where a.client_id = client.id));

create table party (
  id text primary key,
  entity_id text not null,
  client_id text not null references client,
  role text not null check (role in ('holder', 'joint_holder', 'beneficial_owner', 'director', 'signatory', 'attorney')),
  name_ct text not null,
  birth_date_ct text,
  email_ct text not null,
  phone_ct text,
  address_ct text,
  nationality_ct text,
  document_number_ct text,
  data_hash text not null default '',
  version int not null default 1,
  created_at timestamptz not null default now()
);
create index party_client on party (client_id);
grant select, insert, update on party to keelson_app;
alter table party enable row level security;
create policy visible on party using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table name_token (
  digest text not null,
  party_id text not null,
  entity_id text not null,
  client_id text not null,
  primary key (digest, party_id)
);
grant select, insert, delete on name_token to keelson_app;
alter table name_token enable row level security;
create policy visible on name_token using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table restriction (
  id text primary key,
  entity_id text not null,
  client_id text not null references client,
  kind text not null,
  scopes text[] not null check (scopes <@ array['login', 'deposit', 'trade', 'withdraw', 'marketing']),
  restricted boolean not null default false,
  reason text not null,
  set_by text not null,
  set_at timestamptz not null default now(),
  review_at timestamptz,
  lifted_by text,
  lifted_at timestamptz
);
create index restriction_client on restriction (client_id) where lifted_at is null;
grant select, insert, update on restriction to keelson_app;
alter table restriction enable row level security;
create policy visible on restriction using (may_see(entity_id, client_id) and (not restricted or may_see_restricted()))
  with check (may_see(entity_id, client_id));

create table kyc_case (
  id text primary key,
  client_id text not null references client,
  entity_id text not null,
  state text not null check (state in ('collecting', 'checking', 'in_review', 'information_requested', 'approved', 'rejected')),
  policy_pins text[] not null default '{}',
  round int not null default 1,
  risk_score int,
  issues jsonb not null default '[]',
  version int not null default 1,
  opened_at timestamptz not null default now(),
  decided_at timestamptz
);
create unique index kyc_case_open on kyc_case (client_id) where state not in ('approved', 'rejected');
grant select, insert, update on kyc_case to keelson_app;
alter table kyc_case enable row level security;
create policy visible on kyc_case using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table document (
  id text primary key,
  case_id text not null references kyc_case,
  client_id text not null,
  party_id text not null references party,
  entity_id text not null,
  kind text not null,
  media_type text not null,
  bytes int not null check (bytes > 0),
  content_hash text not null,
  content_ct bytea not null,
  details_ct text not null,
  state text not null check (state in ('new', 'approved', 'rejected', 'archived')),
  reasons text[] not null default '{}',
  round int not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null default now()
);
create index document_case on document (case_id);
create index document_hash on document (content_hash);
grant select, insert, update on document to keelson_app;
alter table document enable row level security;
create policy visible on document using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table screening_result (
  id text primary key,
  party_id text not null references party,
  client_id text not null,
  entity_id text not null,
  list_name text not null,
  list_version text not null,
  algorithm text not null,
  thresholds jsonb not null,
  data_hash text not null,
  verdict text not null check (verdict in ('clear', 'possible', 'strong', 'unreadable')),
  candidates_ct text not null,
  at timestamptz not null default now()
);
create index screening_client on screening_result (client_id, at);
grant select, insert on screening_result to keelson_app;
alter table screening_result enable row level security;
create policy visible on screening_result using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table screening_dismissal (
  party_id text not null,
  entity_id text not null,
  data_hash text not null,
  list_entry text not null,
  entry_hash text not null,
  dismissed_by text not null,
  at timestamptz not null default now(),
  primary key (party_id, data_hash, list_entry, entry_hash)
);
grant select, insert on screening_dismissal to keelson_app;

create table mail (
  id text primary key,
  key text not null unique,
  entity_id text not null,
  client_id text,
  recipient text not null check (recipient ~ '^(client|user|partner):'),
  kind text not null,
  locale text not null default 'en',
  data_ct text not null,
  subject_ct text,
  text_ct text,
  state text not null check (state in ('queued', 'sent', 'failed')),
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index mail_client on mail (client_id, created_at);
grant select, insert, update on mail to keelson_app;
alter table mail enable row level security;
create policy visible on mail using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
