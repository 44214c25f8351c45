/**
 * The paper that shows a payment instrument to be gone, beside what a colleague says of it; and what a card is known
 * again by at another account of its provider. Undo: drop the columns; papers are lost with them.
 */
export const sql = `
alter table withdrawal_evidence
  add column media_type text,
  -- Keyed, so that the hash of a known paper cannot be looked up.
  add column content_hash text,
  -- The client's ciphertext.
  add column content_ct bytea,
  add check ((media_type is null) = (content_hash is null) and (media_type is null) = (content_ct is null));
-- What a colleague has said stands; a paper is added to it once.
grant update (media_type, content_hash, content_ct) on withdrawal_evidence to keelson_app;

-- Of cards: an HMAC over brand, last digits and expiry, which every account at a provider tells alike.
alter table payment_source add column card_index text;
create index payment_source_card on payment_source (card_index) where card_index is not null;
`;
