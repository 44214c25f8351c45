/**
 * Where a partner stood in the network, and when: a move counts from its moment on, and a month that is computed again finds
 * each partner where it stood then. \`partner.parent_id\` and \`partner.level\` are where it stands now.
 * Undo: drop trigger place_kept on partner; drop function keep_place(); drop table partner_place.
 */
export const sql = `
create table partner_place (
  partner_id text not null references partner,
  entity_id text not null references entity,
  parent_id text references partner,
  level int not null check (level between 1 and 10),
  from_at timestamptz not null,
  to_at timestamptz check (to_at > from_at),
  primary key (partner_id, from_at)
);
create unique index partner_place_current on partner_place (partner_id) where to_at is null;
create index partner_place_parent on partner_place (parent_id);
insert into partner_place (partner_id, entity_id, parent_id, level, from_at)
  select id, entity_id, parent_id, level, '-infinity' from partner;
grant select, insert, update on partner_place to keelson_app;
alter table partner_place enable row level security;
create policy visible on partner_place using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');

-- Nobody can move a partner past the record of where it stood.
create function keep_place() returns trigger language plpgsql security definer set search_path = public as $$
declare
  moved_at timestamptz;
begin
  if tg_op = 'INSERT' then
    insert into partner_place (partner_id, entity_id, parent_id, level, from_at)
      values (new.id, new.entity_id, new.parent_id, new.level, '-infinity');
    return null;
  end if;
  if (new.parent_id, new.level) is not distinct from (old.parent_id, old.level) then return null; end if;
  -- One moment for all that move together, later than any before.
  moved_at := greatest(now(), (select from_at + interval '1 microsecond' from partner_place where partner_id = new.id and to_at is null));
  update partner_place set to_at = moved_at where partner_id = new.id and to_at is null;
  insert into partner_place (partner_id, entity_id, parent_id, level, from_at)
    values (new.id, new.entity_id, new.parent_id, new.level, moved_at);
  return null;
end $$;
create trigger place_kept after insert or update of parent_id, level on partner for each row execute function keep_place();
`;
