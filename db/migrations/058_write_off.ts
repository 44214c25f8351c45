/**
 * What two people give up of what a client owes after a chargeback, and who asked for it. Undo: drop the columns and
 * restore the check of 046; what was posted stays in the ledger. Open tasks of the kind 'write_off_approval' have to be
 * cancelled by hand.
 */
export const sql = `
alter table chargeback
  add column written_off_minor numeric(38, 0) not null default 0 check (written_off_minor >= 0),
  add column write_off_by text,
  -- Names people and what they said: the client's ciphertext.
  add column write_off_reason_ct text,
  add check ((write_off_by is null) = (write_off_reason_ct is null));
alter table chargeback
  drop constraint chargeback_check,
  add constraint chargeback_sum
    check (taken_minor + owed_minor + written_off_minor = case when state = 'won' then 0 else amount_minor end);
`;
