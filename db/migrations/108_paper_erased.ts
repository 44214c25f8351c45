/**
 * Papers that clients hand in go with their erasure like their documents: the bytes, and the hash they were known by.
 * Nothing else of a paper changes, nothing takes the place of its bytes, and under a legal hold none of it goes.
 * Undo: the trigger append_only of 097; revoke the grant.
 */
export const sql = `
drop trigger append_only on client_paper;
create trigger append_only before delete or update of id, subject, purpose, client_id, entity_id, media_type, bytes, uploaded_by, uploaded_at
  on client_paper for each row execute function refuse_change();
create trigger bytes_only_go before update of content_ct, content_hash on client_paper
  for each row when (new.content_ct <> ''::bytea) execute function refuse_change();
alter table client_paper enable always trigger append_only;
alter table client_paper enable always trigger bytes_only_go;
create trigger kept_under_hold before delete or update of content_ct on client_paper
  for each row execute function refuse_under_hold();
grant update (content_ct, content_hash) on client_paper to keelson_app;
`;
