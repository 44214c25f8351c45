import { systemScope } from '../domain/access/scope';
import { inScope, type Database } from '../db/connection';
import { turnRetention } from '../db/retention-clock';

const pageClients = 100;
const scope = systemScope('schedule:retention-clock');

/** What one page of clients came to. */
export interface RetentionPage {
  readonly looked: number;
  readonly asked: number;
  readonly isLast: boolean;
}

/** Finds whose time of keeping is over. May be called again: nobody is asked about twice. */
export function createRetentionActivities({ db }: { readonly db: Database }) {
  return {
    /** Looks at the next clients whose turn it is. */
    async turnRetentionClock(): Promise<RetentionPage> {
      const { looked, asked } = await inScope(db, scope, (tx) => turnRetention(tx, pageClients));
      return { looked, asked, isLast: looked < pageClients };
    },
  };
}

export type RetentionActivities = ReturnType<typeof createRetentionActivities>;
