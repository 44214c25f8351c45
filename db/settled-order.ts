import { rows, type Tx } from './connection';

/** Logs whose rows draw a number from one sequence as they are written. */
const newest = {
  event: 'select coalesce(max(recorded_order), 0) as last_order from event',
  ledger_transaction:
    'select coalesce(max(recorded_order), 0) as last_order from ledger_transaction',
} as const;

/** Every transaction that writes holds the lock of its own id from before it draws a number until it has ended. */
const holding = `from pg_locks l where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted`;

/**
 * The highest order below which nothing can appear any more: a number is drawn before its transaction
 * commits, so whoever had drawn a lower one when the highest was read is waited for. Transactions of
 * other databases of the same server cannot have drawn one. Undefined when one of them does not end in time.
 */
export async function settledOrder(
  tx: Tx,
  log: keyof typeof newest,
  waitMsMax: number,
): Promise<string | undefined> {
  const [drawn] = await rows<{ last_order: string }>(tx, newest[log]);
  // The locks and not a snapshot: that leaves out who runs and is younger than the last that has ended.
  const [running] = await rows<{ ids: string[] }>(
    tx,
    `select coalesce(array_agg(l.transactionid::text), '{}') as ids ${holding}
       and l.pid is distinct from pg_backend_pid() and not exists (
         select 1 from pg_stat_activity a where a.pid = l.pid
           and a.datid <> (select oid from pg_database where datname = current_database()))`,
  );
  const deadline = Date.now() + waitMsMax;
  for (;;) {
    const [open] = await rows<{ n: number }>(
      tx,
      `select count(*)::int as n ${holding} and l.transactionid::text = any (:ids::text[])`,
      { ids: running?.ids ?? [] },
    );
    if (open?.n === 0) return drawn?.last_order ?? '0';
    if (Date.now() > deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
