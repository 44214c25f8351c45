/**
 * Sources of payments have ids of their own (cards had their first deposit's); a provider's message finds its
 * deposit by the provider's reference; what a card has charged back may overlap what is being refunded to it;
 * a leg may come back after it was paid.
 * Undo: drop the index and the added checks, restore the checks of 009.
 */
export const sql = `
alter table deposit drop constraint deposit_source_id_fkey;
alter table withdrawal drop constraint withdrawal_bank_source_id_fkey;
alter table withdrawal_leg drop constraint withdrawal_leg_source_id_fkey;
update payment_source set id = 'src_' || split_part(id, '_', 2) where id not like 'src\\_%';
update deposit set source_id = 'src_' || split_part(source_id, '_', 2) where source_id not like 'src\\_%';
update withdrawal set bank_source_id = 'src_' || split_part(bank_source_id, '_', 2) where bank_source_id not like 'src\\_%';
update withdrawal_leg set source_id = 'src_' || split_part(source_id, '_', 2) where source_id not like 'src\\_%';
alter table payment_source add check (id like 'src\\_%');
alter table deposit add foreign key (source_id) references payment_source;
alter table withdrawal add foreign key (bank_source_id) references payment_source;
alter table withdrawal_leg add foreign key (source_id) references payment_source;

create index deposit_provider_ref on deposit (provider, provider_ref);
create index withdrawal_leg_deposit on withdrawal_leg (deposit_id) where deposit_id is not null;

alter table deposit drop constraint deposit_check;
alter table deposit
  add check (refunded_minor >= 0 and refunded_minor <= amount_minor),
  add check (refunding_minor >= 0 and refunded_minor + refunding_minor <= amount_minor),
  add check (charged_back_minor >= 0 and charged_back_minor <= amount_minor);

alter table withdrawal_leg
  drop constraint withdrawal_leg_state_check,
  add check (state in ('planned', 'sending', 'accepted', 'paid', 'refused', 'unknown', 'returned'));
`;
