import { type CategoryCriterion, hashOfWarning, shownCriteria } from '../domain/client/category';
import { newId } from '../domain/ids';
import type { ClientCategory } from '../domain/leverage/caps';
import { conflict, notFound, refused } from '../domain/problem';
import { lastTest } from './appropriateness';
import { addPaper, papersOf, type ClientPaper } from './client-papers';
import { readClientFacts } from './client-facts';
import { wakeProcesses } from './client-restrictions';
import { readClient } from './clients';
import { asSystem, rows, utc, type Tx } from './connection';
import { decideByPolicy } from './evaluations';
import { appendEvents, type Json } from './events';
import { decryptFor, encryptFor } from './personal-data';
import { effectivePolicy } from './policies';
import {
  cancelTask,
  contentHashOf,
  latestTask,
  openTask,
  recordParticipation,
  type Task,
} from './tasks';
import { newestFirst } from './newest-first';

export const categoryRequestStates = [
  'collecting',
  'in_review',
  'granted',
  'rejected',
  'withdrawn',
] as const;

/** A client's wish to be treated as another category. */
export interface CategoryRequest {
  readonly id: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly wish: ClientCategory;
  readonly criteria: readonly CategoryCriterion[];
  /** Of the warning that the client acknowledged; null for a wish to be protected again. */
  readonly warningHash: string | null;
  readonly evaluationId: string | null;
  readonly state: (typeof categoryRequestStates)[number];
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface RequestRow {
  readonly id: string;
  readonly client_id: string;
  readonly entity_id: string;
  readonly wish: ClientCategory;
  readonly criteria: readonly CategoryCriterion[];
  readonly warning_hash: string | null;
  readonly evaluation_id: string | null;
  readonly state: CategoryRequest['state'];
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, client_id, entity_id, wish, criteria, warning_hash, evaluation_id, state, created_at, finished_at`;

function fromRow(row: RequestRow): CategoryRequest {
  return {
    id: row.id,
    clientId: row.client_id,
    entityId: row.entity_id,
    wish: row.wish,
    criteria: row.criteria,
    warningHash: row.warning_hash,
    evaluationId: row.evaluation_id,
    state: row.state,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/** Throws `not_found` (404), also for another's. */
export async function readCategoryRequest(tx: Tx, id: string): Promise<CategoryRequest> {
  const [row] = await rows<RequestRow>(
    tx,
    `select ${columns} from category_request where id = :id`,
    { id },
  );
  if (!row) throw notFound('request');
  return fromRow(row);
}

/** What the client says of their experience; for whoever may read it. */
export async function statementOfRequest(
  tx: Tx,
  { id, clientId }: CategoryRequest,
): Promise<string> {
  const [row] = await rows<{ statement_ct: string | null }>(
    tx,
    'select statement_ct from category_request where id = :id',
    { id },
  );
  const sealed = row?.statement_ct ?? null;
  return sealed === null ? '' : decryptFor(tx, clientId, 'category.statement', sealed);
}

/** Newest first; `after` is the id of the last one of the page before. */
export async function listCategoryRequests(
  tx: Tx,
  wanted: {
    readonly clientId?: string | undefined;
    readonly state?: string | undefined;
    readonly after?: string;
    readonly limit: number;
  },
): Promise<CategoryRequest[]> {
  const found = await newestFirst<RequestRow>(
    tx,
    { table: 'category_request', columns },
    { client_id: wanted.clientId, state: wanted.state },
    wanted,
  );
  return found.map(fromRow);
}

/** What a professional gives up, in the words of the policy of now, and their hash. */
export async function categoryWarning(
  tx: Tx,
  entityId: string,
): Promise<{ readonly warning: string; readonly hash: string }> {
  const { compiled } = await effectivePolicy(tx, 'client.category', { entityId });
  const { warning } = compiled.effective.parameters;
  return { warning, hash: hashOfWarning(warning) };
}

/**
 * The client asks to be a professional: papers are handed in afterwards, then the request (`submitCategoryRequest`).
 * Throws 409 `category_requested` while another waits, `warning_changed` where other words were acknowledged than those
 * of now, 422 `already_so`.
 */
export async function requestProfessional(
  tx: Tx,
  clientId: string,
  wish: {
    readonly criteria: readonly CategoryCriterion[];
    readonly statement: string;
    readonly warningHash: string;
  },
): Promise<CategoryRequest> {
  const client = await readClient(tx, clientId);
  if (client.category === 'professional') throw alreadySo();
  if ((await categoryWarning(tx, client.entityId)).hash !== wish.warningHash)
    throw conflict('warning_changed', 'The warning has other words meanwhile. Please read it.');
  return asSystem(tx, async (system) =>
    insertRequest(system, client, {
      ...{ wish: 'professional', criteria: wish.criteria, warningHash: wish.warningHash },
      statement: await encryptFor(system, clientId, 'category.statement', wish.statement),
    }),
  );
}

/**
 * The client asks to be protected as a retail client again; what the policy grants is so at once. Throws 422 `already_so`,
 * and 409 `category_requested` while another wish is open.
 */
export async function requestRetail(tx: Tx, clientId: string): Promise<CategoryRequest> {
  const client = await readClient(tx, clientId);
  if (client.category === 'retail') throw alreadySo();
  return asSystem(tx, async (system) => {
    const request = await insertRequest(system, client, {
      ...{ wish: 'retail', criteria: [], warningHash: null, statement: null },
    });
    return ask(system, request);
  });
}

function alreadySo() {
  return refused('already_so', 'You are in this category already.');
}

async function insertRequest(
  system: Tx,
  { id: clientId, entityId }: { readonly id: string; readonly entityId: string },
  wanted: {
    readonly wish: ClientCategory;
    readonly criteria: readonly CategoryCriterion[];
    readonly warningHash: string | null;
    readonly statement: string | null;
  },
): Promise<CategoryRequest> {
  const [row] = await rows<RequestRow>(
    system,
    `insert into category_request (id, client_id, entity_id, wish, criteria, statement_ct, warning_hash)
     values (:id, :clientId, :entityId, :wish, :criteria, :statement, :warningHash)
     on conflict (client_id) where finished_at is null do nothing returning ${columns}`,
    { id: newId('categoryRequest'), clientId, entityId, ...wanted, criteria: [...wanted.criteria] },
  );
  if (!row) throw conflict('category_requested', 'Another request of yours is open: end it first.');
  const request = fromRow(row);
  await appendEvents(system, [
    eventOf(request, 'client.category_requested', {
      ...{ wish: request.wish, criteria: [...request.criteria] },
      ...(request.warningHash === null ? {} : { warning: request.warningHash }),
    }),
  ]);
  return request;
}

/** A paper for one of the criteria that the client claims. 409 `not_collecting`; 422 `not_claimed`. */
export async function addCategoryPaper(
  tx: Tx,
  id: string,
  paper: { readonly criterion: CategoryCriterion; readonly content: Uint8Array },
): Promise<ClientPaper[]> {
  const { clientId, entityId, criteria } = await lockCollecting(tx, id);
  if (!criteria.includes(paper.criterion))
    throw refused('not_claimed', 'Your request does not name this criterion.');
  await addPaper(tx, {
    ...{ subject: id, purpose: paper.criterion, clientId, entityId },
    content: paper.content,
  });
  return papersOf(tx, id);
}

/** The request under its lock, while the client may still change it. 409 `not_collecting`. */
async function lockCollecting(tx: Tx, id: string): Promise<CategoryRequest> {
  await rows(tx, 'select 1 from category_request where id = :id for update', { id });
  const request = await readCategoryRequest(tx, id);
  if (request.state !== 'collecting')
    throw conflict('not_collecting', 'This request has been handed in already.', {
      state: request.state,
    });
  return request;
}

/**
 * Hands the request in: the policy refuses it (422 `category_refused`, and papers can be added), grants it, or has people
 * decide (task `category_approval`, two of them where it says so). 409 `not_collecting`.
 */
export async function submitCategoryRequest(tx: Tx, id: string): Promise<CategoryRequest> {
  const request = await lockCollecting(tx, id);
  return asSystem(tx, (system) => ask(system, request));
}

async function ask(system: Tx, request: CategoryRequest): Promise<CategoryRequest> {
  const { id, clientId, entityId, wish } = request;
  const client = await readClient(system, clientId);
  const papers = await papersOf(system, id);
  const shown = shownCriteria(request.criteria, papers);
  const answer = await decideByPolicy(system, {
    ...{ kind: 'client.category', subject: id, entityId, clientId, personId: clientId },
    facts: {
      'request.wish': wish,
      'request.criteria': shown.length,
      'client.approved': (await readClientFacts(system, clientId)).approved,
      'client.residence': client.residence,
      'client.appropriate': await isAppropriate(system, clientId),
      'risk.level': client.riskLevel,
    },
  });
  const { outcome, says } = answer.evaluation;
  switch (outcome.decision) {
    case 'refuse':
      throw refused('category_refused', wordsOfRefusal(outcome.reasons), {
        reasons: [...outcome.reasons],
      });
    case 'grant':
      await rows(system, 'update category_request set evaluation_id = :evaluation where id = :id', {
        ...{ id, evaluation: answer.id },
      });
      return grant(system, request, { by: 'the policy' });
    case 'review': {
      await rows(
        system,
        `update category_request set state = 'in_review', evaluation_id = :evaluation where id = :id`,
        { id, evaluation: answer.id },
      );
      await openTask(system, {
        kind: 'category_approval',
        subject: id,
        workflowId: null,
        ...{ entityId, clientId },
        title: `A client asks to be ${wish}`,
        issue: [
          ...outcome.reasons.map((code) => ({ code, detail: shown.join(', ') })),
          ...says.map((detail) => ({ code: 'DATA_MISSING', detail })),
        ],
        content: contentOf(request, papers),
        approvalsRequired: outcome.fourEyes ? 2 : 1,
        dueHours: outcome.dueHours,
        key: `category_approval/${id}`,
      });
      return readCategoryRequest(system, id);
    }
  }
}

function wordsOfRefusal(reasons: readonly string[]): string {
  if (reasons.includes('CRITERIA_TOO_FEW'))
    return 'At least two of the three criteria have to be shown, each with a paper.';
  if (reasons.includes('NOT_VERIFIED')) return 'This can be asked for once you are verified.';
  return 'The rules of your contract partner do not allow this.';
}

/** Undefined before a test was taken, or where nothing is asked. */
async function isAppropriate(system: Tx, clientId: string): Promise<boolean | null> {
  const test = await lastTest(system, clientId);
  return test === undefined ? null : test.outcome === 'appropriate';
}

/** What an approver signs: the claim and the very papers. */
function contentOf(
  { id, clientId, wish, criteria, warningHash }: CategoryRequest,
  papers: readonly ClientPaper[],
): { readonly [key: string]: Json } {
  return {
    ...{ request: id, client: clientId, wish, criteria: [...criteria], warning: warningHash },
    papers: papers.map((paper) => ({
      ...{ id: paper.id, purpose: paper.purpose, hash: paper.contentHash },
    })),
  };
}

/** The client takes the wish back; whoever was asked about it is not any more. 409 `already_decided`. */
export async function withdrawCategoryRequest(tx: Tx, id: string): Promise<CategoryRequest> {
  await rows(tx, 'select 1 from category_request where id = :id for update', { id });
  const request = await readCategoryRequest(tx, id);
  if (request.finishedAt !== null)
    throw conflict('already_decided', 'This request is over.', { state: request.state });
  return asSystem(tx, async (system) => {
    const task = await latestTask(system, id, 'category_approval');
    if (task) await cancelTask(system, task.id, 'the client took the request back');
    return end(system, request, 'withdrawn');
  });
}

/** What follows from the decision, in the transaction that decides. */
export async function settleCategory(tx: Tx, task: Task): Promise<void> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('task');
  await asSystem(tx, async (system) => {
    await rows(system, 'select 1 from category_request where id = :id for update', {
      id: task.subject,
    });
    const request = await readCategoryRequest(system, task.subject);
    if (request.state !== 'in_review') throw new Error(`${request.id} is decided already`);
    if (contentHashOf(contentOf(request, await papersOf(system, request.id))) !== task.contentHash)
      throw new Error(`${request.id} is not what was approved`);
    await recordParticipation(system, request.id, scope.userId, 'decided');
    if (task.decision === 'approve') await grant(system, request, { by: task.id });
    else await end(system, request, 'rejected');
  });
}

/** From here on every rule reads the other category; accounts look at themselves again. */
async function grant(
  system: Tx,
  request: CategoryRequest,
  { by }: { readonly by: string },
): Promise<CategoryRequest> {
  const { clientId, entityId, wish } = request;
  const [changed] = await rows<{ version: number }>(
    system,
    `update client set category = :wish, version = version + 1 where id = :clientId and category <> :wish returning version`,
    { clientId, wish },
  );
  if (changed)
    await appendEvents(system, [
      {
        subject: clientId,
        type: 'client.category_changed',
        ...{ entityId, clientId },
        payload: {
          from: wish === 'retail' ? 'professional' : 'retail',
          to: wish,
          by,
          request: request.id,
        },
      },
    ]);
  const granted = await end(system, request, 'granted');
  await wakeProcesses(system, clientId);
  return granted;
}

async function end(
  system: Tx,
  { id }: CategoryRequest,
  state: 'granted' | 'rejected' | 'withdrawn',
): Promise<CategoryRequest> {
  const [row] = await rows<RequestRow>(
    system,
    `update category_request set state = :state, finished_at = clock_timestamp()
     where id = :id and finished_at is null returning ${columns}`,
    { id, state },
  );
  if (!row) throw new Error(`${id} is over already`);
  const ended = fromRow(row);
  await appendEvents(system, [eventOf(ended, `client.category_${state}`, { wish: ended.wish })]);
  return ended;
}

function eventOf(
  { id, clientId, entityId }: CategoryRequest,
  type: `client.${string}`,
  payload: { readonly [key: string]: Json },
) {
  return { subject: id, type, ...{ entityId, clientId }, payload };
}
