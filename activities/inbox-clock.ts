import { systemScope } from '../domain/access/scope';
import { beginAbsences } from '../db/absences';
import { inScope, type Database } from '../db/connection';
import { turnTaskClocks } from '../db/task-escalation';

const pageTasks = 100;
const scope = systemScope('schedule:inbox-clock');

/** What one page of the inbox's time came to. */
export interface InboxPage {
  readonly tasks: number;
  readonly absences: number;
  readonly isLast: boolean;
}

/** What the time of open tasks and of absences does. May be called again: each step happens once. */
export function createInboxClockActivities({ db }: { readonly db: Database }) {
  return {
    /** Gives notice of tasks, escalates them or lets them go on, and begins absences: the next ones that are due. */
    async turnInboxClock(): Promise<InboxPage> {
      const absences = await inScope(db, scope, (tx) => beginAbsences(tx, pageTasks));
      const tasks = await inScope(db, scope, (tx) => turnTaskClocks(tx, pageTasks));
      return { tasks, absences, isLast: Math.max(tasks, absences) < pageTasks };
    },
  };
}

export type InboxClockActivities = ReturnType<typeof createInboxClockActivities>;
