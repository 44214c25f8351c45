import { permissions, permissionsOf, roles, type Permission, type Role } from '../access/roles';
import { taskKinds, taskRules, type TaskKind } from './task';

/**
 * Whether a holder of the permissions sees a task: who decides it, who sees the page of what it is about (and reads
 * there why they cannot act), and auditors. A screening match only those who decide on matches, since even its
 * existence tells.
 */
export function seesTask(
  held: ReadonlySet<Permission>,
  task: { readonly kind: TaskKind; readonly permission: string },
): boolean {
  if (permissions.some((known) => known === task.permission && held.has(known))) return true;
  const { seenWith } = taskRules[task.kind];
  return seenWith !== null && (held.has(seenWith) || held.has('audit.read'));
}

/** The kinds of task that a holder of the permissions sees. */
export function taskKindsSeenBy(held: ReadonlySet<Permission>): TaskKind[] {
  return taskKinds.filter((kind) =>
    seesTask(held, { kind, permission: taskRules[kind].permission }),
  );
}

/** The roles whose holders see a task. */
export function rolesThatSee(task: {
  readonly kind: TaskKind;
  readonly permission: string;
}): Role[] {
  return roles.filter((role) => seesTask(permissionsOf([role]), task));
}
