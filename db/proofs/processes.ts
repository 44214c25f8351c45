import { rows, type Database } from '../connection';
import { carriedWithEnd } from '../orphans/carried';
import { processesWithoutRun, type RunState } from '../orphans/without-run';
import { inSnapshot } from '../snapshot';
import { checkRules, Proof, type ProofResult, type SqlRule } from './report';

export interface ProcessesOptions {
  /** A process may work, and a row may be on its way, this long without naming what it waits for. */
  readonly workingMsMax?: number;
  /** Asks Temporal about one workflow id; left out, Temporal is not asked. */
  readonly describe?: (workflowId: string) => Promise<RunState>;
}

const workingMsMaxDefault = 60_000;

/**
 * Proves that nothing is lost: every process has ended or waits for a named thing, everything open
 * has a process that will end it, and (where Temporal is given) every such process has a running
 * workflow.
 */
export async function proveProcesses(
  db: Database,
  { workingMsMax = workingMsMaxDefault, describe }: ProcessesOptions = {},
): Promise<ProofResult> {
  const proof = new Proof('processes');
  await inSnapshot(db, 'job:prove-processes', async (tx) => {
    const before = `now() - interval '${Math.round(workingMsMax)} milliseconds'`;
    await checkRules(tx, proof, [...processRules(before), ...aggregateRules(before)]);
    const [outbox] = await rows<{ n: string }>(
      tx,
      'select count(*)::text as n from outbox where dispatched_at is null',
    );
    proof.note(`${outbox?.n ?? 0} commands are on their way to Temporal`);
  });
  if (describe) {
    const { scanned, found, orphans } = await processesWithoutRun(db, describe);
    proof.check(
      'every unfinished process has a running workflow',
      scanned,
      orphans.map(({ thing, why }) => ({ thing, detail: why })),
      found,
    );
  }
  if (!describe) proof.note('Temporal was not asked: no TEMPORAL_ADDRESS');
  return proof.result();
}

const processRules = (before: string): readonly SqlRule[] => [
  {
    rule: 'every process has ended with an outcome or waits for a named thing',
    counted: 'select count(*) from process',
    breaches: `
      select workflow_id, 'is ' || state || ' since ' || since || ' and waits for nothing' from process
      where finished_at is null and coalesce(waits_for, '') = '' and since < ${before}
      union all
      select workflow_id, 'ended without an outcome' from process where finished_at is not null and outcome is null`,
  },
  {
    rule: 'no process waits for a worker that never came',
    counted: 'select count(*) from process where finished_at is null',
    breaches: `
      select workflow_id, 'is queued since ' || since from process
      where finished_at is null and state = 'queued' and since < ${before}`,
  },
  {
    rule: 'a task that a process waits for is there and open',
    counted: `select count(*) from process where finished_at is null and waits_for like 'task %'`,
    breaches: `
      select p.workflow_id, 'waits for ' || p.waits_for || ', which is ' || coalesce(t.state, 'not there')
      from process p left join task t on t.id = substr(p.waits_for, 6)
      where p.finished_at is null and p.waits_for like 'task %' and t.state is distinct from 'open'
        and coalesce(t.decided_at, p.since) < ${before}`,
  },
  {
    rule: 'every open task that speaks for a process has that process unfinished',
    counted: `select count(*) from task where state = 'open' and workflow_id is not null`,
    breaches: `
      select t.id, 'a decision would wake ' || t.workflow_id || ', which is '
        || coalesce('finished (' || p.outcome || ')', 'not there')
      from task t left join process p on p.workflow_id = t.workflow_id
      where t.state = 'open' and t.workflow_id is not null and (p.workflow_id is null or p.finished_at is not null)`,
  },
  {
    rule: 'every command has been handed to Temporal',
    counted: 'select count(*) from outbox',
    breaches: `
      select 'outbox ' || id, kind || coalesce(' ' || signal, '') || ' for ' || workflow_id || ' waits since ' || created_at
        || ', tried ' || attempts || ' times' || coalesce(', last: ' || last_error, '')
      from outbox where dispatched_at is null and created_at < ${before}`,
  },
  {
    rule: 'every step outside whose end is not known belongs to an unfinished process',
    counted: `select count(*) from intent where state in ('planned', 'sending', 'unknown')`,
    breaches: `
      select i.id, i.state || ' ' || i.kind || ' of ' || i.workflow_id || ', which is '
        || coalesce('finished (' || p.outcome || ')', 'not there')
      from intent i left join process p on p.workflow_id = i.workflow_id
      where i.state in ('planned', 'sending', 'unknown') and (p.workflow_id is null or p.finished_at is not null)`,
  },
  {
    rule: 'every open hold belongs to an unfinished process',
    counted: `select count(*) from ledger_hold where state = 'held'`,
    breaches: `
      select h.id, h.remaining || ' minor units of ' || h.account_id || ' held for ' || h.cause || ', which nothing works on'
      from ledger_hold h where h.state = 'held' and not exists (
        select 1 from process p where p.subject = h.cause and p.finished_at is null)`,
  },
];

const aggregateRules = (before: string): readonly SqlRule[] =>
  carriedWithEnd.map(({ name, table, workflowId, isOver, byAnother }) => ({
    rule: `every open ${name} has an unfinished process, every finished one an ended one`,
    counted: `select count(*) from ${table}`,
    breaches: `
      select w.id, 'the ${name} is ' || case when w.is_over then 'over' else 'open' end || ', its process '
        || case when p.workflow_id is null then 'is not there'
             when p.finished_at is null then 'goes on since ' || p.since else 'ended as ' || p.outcome end
      from (select ${workflowId} as id, ${isOver} as is_over from ${table} a) w
      left join process p on p.workflow_id = w.id
      where (not w.is_over and (p.workflow_id is null or p.finished_at is not null))
        or (${!byAnother} and w.is_over and p.finished_at is null and p.updated_at < ${before})`,
  }));
