import { Client } from 'pg';
import { rows } from '../db/connection';
import type { OrphanScan } from '../db/orphans/find-orphans';
import type { Stage } from '../tests/processes/stage';

/** Where the reconciler must name what: the kind that it scans, and the thing. */
export interface Planted {
  readonly kind: string;
  readonly thing: string;
}

interface Standing {
  readonly case_id: string;
  readonly task_id: string | null;
}

const withoutRun = 'unfinished process that must have a running workflow';

/**
 * Takes from cases that stand what works on them, each in another way and behind everybody's back, and adds what nobody
 * works on. The worker must have ended, or it would take up some of it.
 */
export async function plantOrphans(stage: Stage): Promise<Planted[]> {
  const owner = new Client({ connectionString: stage.database.ownerUrl });
  await owner.connect();
  try {
    const asked = await standing(stage, `a.state = 'information_requested'`);
    const held = await standing(stage, `t.state = 'open' and t.restricted`);
    const waiting = await standing(stage, `t.state = 'open' and t.kind = 'kyc_review'`);
    const calendar = await watched(stage);
    await owner.query(
      `update process set finished_at = now(), outcome = 'lost', waits_for = null where workflow_id = $1`,
      [`kyc/${asked.case_id}`],
    );
    await owner.query('delete from process where workflow_id = $1', [`kyc/${held.case_id}`]);
    await owner.query(
      `update task set state = 'decided', decided_at = now() - interval '1 hour' where id = $1`,
      [waiting.task_id],
    );
    await stage.temporal.client.workflow.getHandle(calendar).terminate('a bench plants an orphan');
    await owner.query(
      `insert into process (workflow_id, workflow, task_queue, args, subject, entity_id, state, waits_for)
       values ('kyc/kyc_planted', 'kycCase', 'workflows', '{}', 'kyc_planted', 'cy', 'in_review', 'an officer')`,
    );
    await owner.query(
      `insert into mail (id, key, entity_id, recipient, kind, data_ct, state)
       values ('mail_planted', 'mail_planted', 'cy', 'user:usr_planted', 'welcome', '-', 'queued')`,
    );
    await owner.query(
      `insert into intent (id, workflow_id, step, kind, target, reference, entity_id, state)
       values ('int_planted', 'mail/mail_gone', 'send', 'mail', 'mail', 'mail_gone', 'cy', 'unknown')`,
    );
    await owner.query(
      `insert into outbox (kind, workflow_id, signal, command_id, args, created_at)
       values ('signal', $1, 'nudge', 'cmd_planted', '{}', now() - interval '1 hour')`,
      [`kyc/${asked.case_id}`],
    );
    const [command] = await stage.system((tx) =>
      rows<{ id: string }>(tx, `select id from outbox where command_id = 'cmd_planted'`),
    );
    return [
      { kind: 'open kyc case', thing: asked.case_id },
      { kind: 'open kyc case', thing: held.case_id },
      { kind: 'open task that speaks for a process', thing: held.task_id ?? '' },
      { kind: 'process that waits for a task', thing: `kyc/${waiting.case_id}` },
      { kind: withoutRun, thing: calendar },
      { kind: 'unfinished process of a kyc case', thing: 'kyc/kyc_planted' },
      { kind: withoutRun, thing: 'kyc/kyc_planted' },
      { kind: 'open mail', thing: 'mail_planted' },
      { kind: 'step outside whose end is not known', thing: 'int_planted' },
      { kind: 'command on its way to a workflow', thing: `outbox ${command?.id ?? ''}` },
    ];
  } finally {
    await owner.end();
  }
}

/** The planted ones that the scans name. @throws when they name one that was not planted. */
export function foundOf(planted: readonly Planted[], scans: readonly OrphanScan[]): Planted[] {
  const named = scans.flatMap(({ kind, orphans }) => orphans.map(({ thing }) => ({ kind, thing })));
  const isIn = (list: readonly Planted[], { kind, thing }: Planted) =>
    list.some((each) => each.kind === kind && each.thing === thing);
  const invented = named.find((each) => !isIn(planted, each));
  if (invented) throw new Error(`${invented.thing} (${invented.kind}) was not planted`);
  return planted.filter((each) => isIn(named, each));
}

/** A case that stands so, `a`, and the task that it waits for, `t`. */
async function standing(stage: Stage, where: string): Promise<Standing> {
  const [found] = await stage.system((tx) =>
    rows<Standing>(
      tx,
      `select a.id as case_id, t.id as task_id from kyc_case a left join task t on t.id = a.task_id
       where ${where} order by a.id limit 1`,
    ),
  );
  if (!found) throw new Error(`no case stands so: ${where}`);
  return found;
}

/** A client's calendar whose workflow sleeps. */
async function watched(stage: Stage): Promise<string> {
  const [found] = await stage.system((tx) =>
    rows<{ workflow_id: string }>(
      tx,
      `select workflow_id from process where finished_at is null and workflow_id like 'compliance/%'
       order by workflow_id limit 1`,
    ),
  );
  if (!found) throw new Error('no calendar sleeps');
  return found.workflow_id;
}
