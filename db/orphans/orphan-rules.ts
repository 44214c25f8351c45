import { carried, carriedWithEnd, type Carried } from './carried';

/** One kind of record that somebody must be working on, and how one shows that nobody is. */
export interface OrphanRule {
  /** `open deposit`: what was scanned. */
  readonly kind: string;
  /**
   * A statement that yields everything of the kind: `thing`, `entity_id` (null: everybody's), `restricted`, and
   * `orphan`: why nobody works on it, null where somebody does.
   */
  readonly scanned: string;
}

/** Words for a process `p` that does not work on the thing, null where it does. */
const notWorking = `case when p.workflow_id is null then 'there is no process ' || w.workflow_id
  when p.finished_at is not null then 'its process ' || p.workflow_id || ' ended as ' || coalesce(p.outcome, p.state) end`;

const openThings: readonly OrphanRule[] = carriedWithEnd.map(
  ({ name, table, key, isOver, workflowId, entity }) => ({
    kind: `open ${name}`,
    scanned: `
      select w.thing, w.entity_id, coalesce(p.restricted, false) as restricted, ${notWorking} as orphan
      from (select ${key} as thing, ${entity} as entity_id, ${workflowId} as workflow_id from ${table} a
        where not (${isOver})) w
      left join process p on p.workflow_id = w.workflow_id`,
  }),
);

/** Every unfinished process whose thing is gone. */
const withoutThing: readonly OrphanRule[] = Object.entries(carried).map(
  ([process, { name, table, key }]: [string, Carried]) => ({
    kind: `unfinished process of a ${name}`,
    scanned: `
      select p.workflow_id as thing, p.entity_id, p.restricted,
        case when not exists (select 1 from ${table} a where '${process}/' || ${key} = p.workflow_id)
          then 'its ${name} is not there' end as orphan
      from process p where p.finished_at is null and p.workflow_id like '${process}/%'`,
  }),
);

const knownPrefixes = Object.keys(carried)
  .map((process) => `'${process}'`)
  .join(', ');

/** @param before SQL for the moment before which a thing must have got its process, or have been taken up. */
export function orphanRules(before: string): readonly OrphanRule[] {
  return [
    ...openThings,
    ...withoutThing,
    {
      kind: 'unfinished process',
      scanned: `
        select workflow_id as thing, entity_id, restricted, case
          when split_part(workflow_id, '/', 1) not in (${knownPrefixes}) then 'no kind of thing is known to which it belongs'
          when coalesce(waits_for, '') = '' and since < ${before} then 'is ' || state || ' and waits for nothing named'
          when state = 'queued' and since < ${before} then 'no worker has taken it up' end as orphan
        from process where finished_at is null`,
    },
    {
      kind: 'process that waits for a task',
      scanned: `
        select p.workflow_id as thing, p.entity_id, p.restricted or coalesce(t.restricted, false) as restricted, case
          when t.id is null then 'the task that it waits for is not there'
          when t.state <> 'open' and coalesce(t.decided_at, p.since) < ${before} then 'the task that it waits for is ' || t.state
          end as orphan
        from process p left join task t on t.id = substr(p.waits_for, 6)
        where p.finished_at is null and p.waits_for like 'task %'`,
    },
    {
      kind: 'open task that speaks for a process',
      scanned: `
        select w.thing, w.entity_id, w.restricted or coalesce(p.restricted, false) as restricted, ${notWorking} as orphan
        from (select id as thing, entity_id, restricted, workflow_id from task
          where state = 'open' and workflow_id is not null) w
        left join process p on p.workflow_id = w.workflow_id`,
    },
    {
      kind: 'step outside whose end is not known',
      scanned: `
        select w.thing, w.entity_id, coalesce(p.restricted, false) as restricted, w.state || ': ' || ${notWorking} as orphan
        from (select id as thing, entity_id, workflow_id, state from intent
          where state in ('planned', 'sending', 'unknown')) w
        left join process p on p.workflow_id = w.workflow_id`,
    },
    {
      kind: 'hold on money',
      scanned: `
        select h.id as thing, h.entity_id, bool_or(coalesce(p.restricted, false)) as restricted, case
          when count(p.workflow_id) = 0 then 'no payment and no process is behind it'
          when bool_and(p.finished_at is not null) then 'the process of ' || h.cause || ' has ended' end as orphan
        from ledger_hold h left join process p on p.subject = h.cause
        where h.state = 'held' group by h.id`,
    },
    {
      kind: 'open request about an account',
      scanned: `
        select w.thing, w.entity_id, coalesce(p.restricted, false) as restricted, ${notWorking} as orphan
        from (select id as thing, entity_id, 'account/' || account_id as workflow_id from account_request
          where state not in ('done', 'refused')) w
        left join process p on p.workflow_id = w.workflow_id`,
    },
    {
      kind: 'command on its way to a workflow',
      // What tells a payment to look again after a hold would tell of the hold: of all restrictions, or the gap shows it.
      scanned: `
        select 'outbox ' || o.id as thing, p.entity_id,
          coalesce(p.restricted, false) or coalesce(o.args ->> 'what', '') = 'restriction' as restricted,
          case when o.created_at < ${before} then o.kind || coalesce(' ' || o.signal, '') || ' for ' || o.workflow_id
            || ' was tried ' || o.attempts || ' times' end as orphan
        from outbox o left join process p on p.workflow_id = o.workflow_id where o.dispatched_at is null`,
    },
  ];
}
