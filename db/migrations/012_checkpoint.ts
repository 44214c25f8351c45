/**
 * Checkpoints are counted and each names the one before it, so that none can be taken out of the row.
 * Undo: alter table checkpoint drop column number, drop column prev.
 */
export const sql = `
alter table checkpoint add column number bigint not null unique check (number > 0);
alter table checkpoint add column prev text not null;
create trigger append_only_truncate before truncate on checkpoint for each statement execute function refuse_change();
alter table checkpoint enable always trigger append_only_truncate;
`;
