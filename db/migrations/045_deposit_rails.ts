/**
 * A deposit by any rail: what the payer has to do now instead of a page's address alone, and what they said of
 * themselves for it, both as ciphertext under the client's key (an account to pay into bears their name). What paid by
 * a rail without cards is a source, too, and money goes back to it by a refund or a payout.
 * `checkout_url` is read of deposits that were open before, and no more written.
 * Undo: drop the columns, restore the checks of 009.
 */
export const sql = `
alter table deposit
  add column next_action_ct text,
  add column payer_ct text;

alter table payment_source
  drop constraint payment_source_kind_check,
  add check (kind in ('card', 'bank', 'wallet', 'msisdn', 'bank_account', 'crypto_address'));

alter table withdrawal_leg
  drop constraint withdrawal_leg_kind_check,
  add check (kind in ('card_refund', 'bank_payout', 'source_refund', 'source_payout'));
`;
