import { rows, type Tx } from './connection';

/** Logs whose rows draw a number from one sequence as they are written. */
const newest = {
  event: 'select coalesce(max(recorded_order), 0) as last_order from event',
  ledger_transaction:
    'select coalesce(max(recorded_order), 0) as last_order from ledger_transaction',
} as const;

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
  const [running] = await rows<{ snapshot: string }>(
    tx,
    'select pg_current_snapshot()::text as snapshot',
  );
  const deadline = Date.now() + waitMsMax;
  for (;;) {
    const [open] = await rows<{ n: number }>(
      tx,
      `select count(*)::int as n from pg_snapshot_xip(:snapshot::pg_snapshot) as x(id)
       where pg_xact_status(x.id) = 'in progress' and not exists (
         select 1 from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock' and l.transactionid = x.id::xid
           and a.datid <> (select oid from pg_database where datname = current_database()))`,
      { snapshot: running?.snapshot ?? '' },
    );
    if (open?.n === 0) return drawn?.last_order ?? '0';
    if (Date.now() > deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
