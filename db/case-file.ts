import { may } from '../domain/access/scope';
import { seesTask } from '../domain/task/visible';
import type { Json } from './events';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, utc, type Tx } from './connection';
import { printOf, type DocumentPrint } from './document-readings';
import { readDetails, type Document, type DocumentDetails } from './documents';
import { checksOf, type IdentityCheck } from './identity-checks';
import { readCase } from './kyc';
import { readApplication, type Application } from './kyc-requirements';
import { decryptFor, erasedText } from './personal-data';
import { screeningsOf, type OpenedScreening } from './screening';
import { taskColumns, taskFromRow, type Task, type TaskRow } from './tasks';

/** How a policy was asked: the versions, the facts, and why it came out as it did. */
export interface EvaluationRecord {
  readonly id: string;
  readonly kind: string;
  readonly pins: readonly string[];
  readonly outcome: Json;
  /** Null once the person's key is erased. */
  readonly facts: Json;
  readonly trace: Json;
  readonly at: string;
}

export interface CaseFile extends Application {
  /** What was typed in with each document, by its id. */
  readonly details: ReadonlyMap<string, DocumentDetails>;
  /** What a reader made of each picture, by the document's id; none where nobody has tried. */
  readonly prints: ReadonlyMap<string, DocumentPrint>;
  /** Undefined for whoever may not judge screenings. */
  readonly screenings: readonly OpenedScreening[] | undefined;
  /** What outside verifiers were asked. */
  readonly checks: readonly IdentityCheck[];
  readonly evaluations: readonly EvaluationRecord[];
  readonly tasks: readonly Task[];
}

/**
 * All that a decision on a KYC case rests on, for staff with `kyc.read`. Screenings, their tasks and their
 * evaluations are there only for who may judge them. Throws `not_found` (404).
 */
export async function readCaseFile(tx: Tx, id: string): Promise<CaseFile> {
  const application = await readApplication(tx, await readCase(tx, id));
  const details = new Map<string, DocumentDetails>();
  const prints = new Map<string, DocumentPrint>();
  for (const document of application.documents) {
    details.set(document.id, await readDetails(tx, document));
    const print = await printOf(tx, document);
    if (print) prints.set(document.id, print);
  }
  const judges = may(tx.scope, 'screening.decide');
  return {
    ...application,
    documents: application.documents.map(failedFirst),
    details,
    prints,
    screenings: judges ? await screeningsOf(tx, id) : undefined,
    checks: await checksOf(tx, id),
    evaluations: await evaluationsOf(tx, judges ? [id, `restricted/${id}`] : [id]),
    tasks: await tasksOfCase(tx, id),
  };
}

function failedFirst(document: Document): Document {
  const { checks } = document;
  return {
    ...document,
    checks: [
      ...checks.filter((check) => check.result !== 'passed'),
      ...checks.filter((check) => check.result === 'passed'),
    ],
  };
}

/** The evaluations of subjects, latest first. */
export async function evaluationsOf(
  tx: Tx,
  subjects: readonly string[],
): Promise<EvaluationRecord[]> {
  const found = await rows<{
    id: string;
    kind: string;
    pins: readonly string[];
    outcome: Json;
    person_id: string | null;
    facts: string;
    trace: string;
    at: string;
  }>(
    tx,
    `select id, kind, pins, outcome, person_id, facts, trace, at from evaluation
     where subject = any (:subjects) order by at desc, id desc limit 60`,
    { subjects: [...subjects] },
  );
  const read: EvaluationRecord[] = [];
  for (const row of found) {
    const open = (field: 'facts' | 'trace') => openJson(tx, row.person_id, field, row[field]);
    read.push({
      id: row.id,
      kind: row.kind,
      pins: row.pins,
      outcome: row.outcome,
      facts: await open('facts'),
      trace: await open('trace'),
      at: utc(row.at),
    });
  }
  return read;
}

async function openJson(
  tx: Tx,
  personId: string | null,
  field: 'facts' | 'trace',
  kept: string,
): Promise<Json> {
  const text =
    personId === null ? kept : await decryptFor(tx, personId, `evaluation.${field}`, kept);
  return text === erasedText ? null : (JSON.parse(text) as Json);
}

async function tasksOfCase(tx: Tx, id: string): Promise<Task[]> {
  const found = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task
     where workflow_id = :workflowId
       or (kind = 'document_renewal' and content ->> 'case' = :id)
       or (kind = 'screening_match' and subject in (select unnest(array[s.id, 'hold/' || s.id]) from screening_result s where s.case_id = :id))
     order by opened_at desc, id desc limit 50`,
    { id, workflowId: workflowIds.kyc(id) },
  );
  const { scope } = tx;
  return found
    .map(taskFromRow)
    .filter((task) => scope.kind !== 'staff' || seesTask(scope.permissions, task));
}
