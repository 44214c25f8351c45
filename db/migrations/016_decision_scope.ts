/**
 * Who decided what is seen by whoever sees the task, restricted ones included.
 * Undo: drop policy visible on task_decision; alter table task_decision disable row level security.
 */
export const sql = `
alter table task_decision enable row level security;
create policy visible on task_decision using (exists (select 1 from task t where t.id = task_decision.task_id))
  with check (exists (select 1 from task t where t.id = task_decision.task_id));
`;
