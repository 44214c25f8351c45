/**
 * Changes of an entity that is there: a proposal says what the entity becomes, of which version of it, and what it was.
 * Undo: delete the proposals of the kind 'edit', put the index back as it was, and drop the columns; open tasks of the
 * kind 'entity_approval' about them have to be cancelled by hand.
 */
export const sql = `
alter table entity add column version int not null default 1;

alter table entity_proposal
  add column kind text not null default 'new' check (kind in ('new', 'edit')),
  add column before jsonb,
  add column base_version int,
  add check ((kind = 'edit') = (before is not null and base_version is not null));
drop index entity_proposal_code;
-- One proposal of a code at a time, and none of a new entity that is made.
create unique index entity_proposal_code on entity_proposal (code) where kind = 'new' and state <> 'rejected';
create unique index entity_proposal_edit on entity_proposal (code) where kind = 'edit' and state = 'proposed';
`;
