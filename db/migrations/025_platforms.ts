/**
 * Accounts of every platform by policy: demo accounts, swap-free ones, rights. Deals say in columns of their own what
 * the settlement read from one platform's raw record.
 * Undo: drop the columns and the trigger; restore the view deal_leg of 018.
 */
export const sql = `
alter table trading_account
  add column demo boolean not null default false,
  add column swap_free boolean not null default false,
  -- What its holder was given by policy; what the house blocks for a time is \`access\`.
  add column rights text[] not null default '{trade,experts,trailing_stops,reports,change_password}',
  -- When the server was found to have its play money.
  add column demo_funded_at timestamptz,
  add check (demo or demo_funded_at is null);

alter table deal
  -- Digits of the price.
  add column digits int,
  -- Where bid and ask come from: the server kept them with the deal, or they are the market when the feed read it.
  add column quoted text check (quoted in ('deal', 'tick'));
update deal set digits = (raw ->> 'Digits')::int where raw ? 'Digits';
update deal set quoted = 'deal' where bid > 0;
update deal set volume_closed = coalesce(nullif((raw ->> 'VolumeClosedExt')::bigint, 0), (raw ->> 'VolumeClosed')::bigint * 10000)
  where volume_closed is null and coalesce((raw ->> 'VolumeClosed')::bigint, 0) > 0;

-- Nothing read it: the settlement splits a reversal itself.
drop view deal_leg;

-- Play money never reaches the books, whoever asks for it.
create function refuse_demo_transfer() returns trigger language plpgsql as $$
begin
  if exists (select 1 from trading_account where id = new.account_id and demo) then
    raise exception 'account % is a demo account', new.account_id using errcode = '23514';
  end if;
  return new;
end $$;
create trigger transfer_of_a_live_account before insert on transfer for each row execute function refuse_demo_transfer();
`;
