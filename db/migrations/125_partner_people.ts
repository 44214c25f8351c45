/**
 * A partner's own staff: what each log-in of a partner is for. Those there are have been the partner's only ones, so they
 * are owners. Undo: the policy as in 001; drop index user_account_partner; drop the column partner_role.
 */
export const sql = `
alter table user_account add column partner_role text
  check (partner_role in ('owner', 'finance', 'marketing', 'viewer')),
  add constraint partner_role_of_partner check (partner_role is null or kind = 'partner');
update user_account set partner_role = 'owner' where kind = 'partner';
create index user_account_partner on user_account (partner_id, id) where partner_id is not null;

-- A partner's people see each other, and nobody of the partners above or below.
drop policy visible on user_account;
create policy visible on user_account using (
  scope_kind() = 'system'
  or (scope_kind() = 'staff' and (kind = 'staff' and entities && scope_list('entities') or entity_id = any (scope_list('entities'))))
  or (scope_kind() = 'partner' and partner_id = current_setting('keelson.partner', true))
  or id = current_setting('keelson.user', true)
) with check (
  scope_kind() = 'system' or id = current_setting('keelson.user', true)
);
`;
