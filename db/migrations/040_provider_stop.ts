/**
 * A stop of a provider may be of pay-ins or of payouts alone and end by itself; what was sent to providers is
 * measured by when it was sent.
 * Undo: lift the stops that have a flow or an end, make halt_active anew without the flow, put the check of 033 back,
 * drop the column and the index.
 */
export const sql = `
alter table halt
  add column flow text check (flow in ('payin', 'payout')),
  drop constraint halt_check1,
  add check (flow is null or (scope = 'rail' and kind = 'stop')),
  add check (kind <> 'stop' or until_at is null or scope = 'rail');
drop index halt_active;
create unique index halt_active on halt (scope, scope_key, coalesce(flow, '')) where lifted_at is null and kind = 'stop';

create index intent_provider on intent (target, sent_at) where kind in ('charge', 'refund', 'payout') and sent_at is not null;
`;
