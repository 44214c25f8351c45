/**
 * Credit of a bonus that somebody has taken at the server is a step of its own, with no ticket of ours. Undo: restore the
 * check of 053 once no such step is left.
 */
export const sql = `
alter table bonus_step drop constraint bonus_step_cause_check,
  add constraint bonus_step_cause_check
    check (cause in ('grant', 'transfer_out', 'expiry', 'chargeback', 'hand', 'closing', 'gone_at_server'));
`;
