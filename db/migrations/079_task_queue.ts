/**
 * The queue that a policy has named for a task; who decides it is the task's permission, as before.
 * Undo: drop the index and the two columns.
 */
export const sql = `
alter table task
  add column queue text,
  add column queue_name text,
  add constraint task_queue_named check ((queue is null) = (queue_name is null));
create index task_queue on task (queue) where queue is not null;
`;
