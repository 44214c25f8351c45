import { systemScope } from '../domain/access/scope';
import { inScope, rows, type Database } from '../db/connection';
import { refreshPlanSet } from '../db/settlement/month-so-far';
import { beating } from './outside';
import { isPlanMissing } from './settlement';

const scope = systemScope('schedule:month-clock');

/** Keeps the present months of partners close behind the deals. Every function may be called again. */
export function createMonthClockActivities({ db }: { readonly db: Database }) {
  return {
    /** Refreshes the first plan set behind `after` of which something changed, and answers its id; undefined when none is left. */
    async refreshNextMonth(after: string): Promise<string | undefined> {
      return beating(() =>
        inScope(db, scope, async (tx) => {
          const [next] = await rows<{ id: string }>(
            tx,
            `select s.id from plan_set s where s.id > :after and exists (select 1 from month_change c where c.plan_set = s.id) order by s.id limit 1`,
            { after },
          );
          if (!next) return undefined;
          await refreshPlanSet(tx, { planSet: next.id, now: new Date() }).catch(
            (error: unknown) => {
              // Its settlement says so, and waits; what has changed is taken when there is a plan.
              if (!isPlanMissing(error)) throw error;
            },
          );
          return next.id;
        }),
      );
    },
  };
}

export type MonthClockActivities = ReturnType<typeof createMonthClockActivities>;
