/**
 * When it was recorded that a deposit was credited: one that is dated back comes after a settlement that has no part in it.
 * Undo: drop the trigger, the function and the column.
 */
export const sql = `
alter table deposit add column credit_recorded_at timestamptz;
update deposit set credit_recorded_at = credited_at where credited_at is not null;

create function note_credit() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.credited_at is distinct from old.credited_at then
    new.credit_recorded_at := case when new.credited_at is not null then now() end;
  end if;
  return new;
end $$;
create trigger credit_recorded before insert or update of credited_at on deposit for each row execute function note_credit();
`;
