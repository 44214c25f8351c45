/**
 * Agreements in versions that never change, and who accepted which of them. The texts that entities were made with
 * become first versions, which nobody has to accept anew.
 * Undo: drop both tables, and make legal_text again from the newest published versions. Open tasks of the kind
 * 'agreement_approval' have to be cancelled by hand.
 */
export const sql = `
create table agreement_version (
  id text primary key,
  entity_id text not null references entity,
  code text not null check (code ~ '^[a-z][a-z0-9_]{1,39}$'),
  version int not null check (version > 0),
  -- One for each language: locale, title, body, and the SHA-256 of these three.
  texts jsonb not null check (jsonb_typeof(texts) = 'array' and jsonb_array_length(texts) > 0),
  -- Whoever is a client already has to accept it, within so many days of its time.
  reaccept boolean not null,
  grace_days int not null check (grace_days between 0 and 365),
  wanted_from timestamptz,
  effective_from timestamptz,
  state text not null default 'proposed' check (state in ('proposed', 'published', 'rejected')),
  requested_by text not null,
  published_by text,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  check ((state = 'published') = (published_by is not null and effective_from is not null)),
  check ((state = 'proposed') = (finished_at is null)),
  check (published_by <> requested_by)
);
create unique index agreement_version_number on agreement_version (entity_id, code, version) where state <> 'rejected';
create unique index agreement_one_proposal on agreement_version (entity_id, code) where state = 'proposed';
grant select, insert, update on agreement_version to keelson_app;
alter table agreement_version enable row level security;
create policy visible on agreement_version using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

-- What was asked for is what is published: only the decision is written later, once.
create function refuse_agreement_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'proposed'
    or (new.id, new.entity_id, new.code, new.version, new.texts, new.reaccept, new.grace_days, new.requested_by, new.created_at)
      is distinct from
      (old.id, old.entity_id, old.code, old.version, old.texts, old.reaccept, old.grace_days, old.requested_by, old.created_at)
  then
    raise exception 'a version of an agreement is immutable' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger version_is_immutable before update on agreement_version
  for each row execute function refuse_agreement_change();
create trigger no_delete before delete on agreement_version for each row execute function refuse_change();
alter table agreement_version enable always trigger version_is_immutable;
alter table agreement_version enable always trigger no_delete;

create table agreement_acceptance (
  client_id text not null references client,
  version_id text not null references agreement_version,
  entity_id text not null,
  -- In which language it was read, and the hash of that text.
  locale text not null,
  hash text not null,
  accepted_by text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (client_id, version_id)
);
create index agreement_acceptance_version on agreement_acceptance (version_id, client_id);
grant select, insert on agreement_acceptance to keelson_app;
alter table agreement_acceptance enable row level security;
create policy visible on agreement_acceptance using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
create trigger append_only before update or delete on agreement_acceptance for each row execute function refuse_change();
alter table agreement_acceptance enable always trigger append_only;

insert into agreement_version (id, entity_id, code, version, texts, reaccept, grace_days, effective_from, state,
  requested_by, published_by, created_at, finished_at)
select 'agr_' || substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7' || substr(gen_random_uuid()::text, 16),
  t.entity_id, 'text_' || (t.position + 1), 1,
  jsonb_build_array(jsonb_build_object('locale', 'en', 'title', t.title, 'body', t.body,
    'hash', encode(sha256(convert_to('en' || chr(10) || t.title || chr(10) || t.body, 'UTF8')), 'hex'))),
  false, 0, t.created_at, 'published', coalesce(p.requested_by, 'unknown'),
  coalesce((select k.decided_by from task k where k.subject = p.id and k.kind = 'entity_approval' and k.state = 'decided'), 'nobody'),
  t.created_at, t.created_at
from (select *, lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0') as ms from legal_text) t
left join entity_proposal p on p.code = t.entity_id and p.state = 'made';
drop table legal_text;
`;
