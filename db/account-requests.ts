import { livingStates } from '../domain/account/access';
import { endingKinds } from '../domain/account/actions';
import {
  needsSecondPerson,
  type AccountAsk,
  type AccountRequestKind,
  type AccountRequestState,
  type AccountSettings,
} from '../domain/account/request';
import type { Look } from '../domain/account/next-step';
import type { Restraint } from '../domain/account/restraint';
import type { Scope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, malformed, notFound } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { assertAccountType } from './account-types';
import { readAccount } from './accounts';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents, type Json } from './events';
import { decryptFor, encryptFor } from './personal-data';
import { assertGroup } from './server-groups';
import { assertServer } from './servers';

export type Asker = 'client' | 'staff' | 'process';

/** A change somebody asked of a living account; the account's process carries it out. */
export interface AccountRequest {
  readonly id: string;
  readonly accountId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly ask: AccountAsk;
  readonly askedBy: string;
  /** In which part: the holder, a colleague, or the account's own process. */
  readonly askedAs: Asker;
  /** Whether the asker gave a reason (`reasonsOfRequests`). */
  readonly hasReason: boolean;
  readonly state: AccountRequestState;
  /** Reason codes of the answer. */
  readonly reasons: readonly string[];
  /** What the log-in is to look like, once that is decided. */
  readonly settings: AccountSettings | null;
  readonly evaluationId: string | null;
  readonly targetAccountId: string | null;
  readonly look: Look | null;
  /** How the account is kept from opening positions while it moves. */
  readonly restraint: Restraint | null;
  /** Until when it may keep positions open before people are asked. */
  readonly flatBy: string | null;
  readonly requestedAt: string;
  readonly workingSince: string | null;
  /** Notice was given: it is not carried out before. */
  readonly notBefore: string | null;
  readonly endedAt: string | null;
}

export interface RequestRow {
  readonly id: string;
  readonly account_id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly kind: AccountRequestKind;
  readonly asked: Record<string, unknown>;
  readonly asked_by: string;
  readonly asked_as: Asker;
  readonly has_reason: boolean;
  readonly state: AccountRequestState;
  readonly reasons: readonly string[];
  readonly settings: AccountSettings | null;
  readonly evaluation_id: string | null;
  readonly target_account_id: string | null;
  readonly look: Look | null;
  readonly restraint: Restraint | null;
  readonly flat_by: string | null;
  readonly created_at: string;
  readonly working_since: string | null;
  readonly not_before: string | null;
  readonly ended_at: string | null;
}

export const requestColumns = `id, account_id, entity_id, client_id, kind, asked, asked_by, asked_as, reason_ct is not null as has_reason, state, reasons, settings, evaluation_id,
  target_account_id, look, restraint, flat_by, created_at, working_since, not_before, ended_at`;

export function requestFromRow(row: RequestRow): AccountRequest {
  return {
    id: row.id,
    accountId: row.account_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    // eslint-disable-next-line no-restricted-syntax -- a parser: written by this file alone, from a value of this type
    ask: { ...row.asked, kind: row.kind } as AccountAsk,
    askedBy: row.asked_by,
    askedAs: row.asked_as,
    hasReason: row.has_reason,
    state: row.state,
    reasons: row.reasons,
    settings: row.settings,
    evaluationId: row.evaluation_id,
    targetAccountId: row.target_account_id,
    look: row.look,
    restraint: row.restraint,
    flatBy: row.flat_by === null ? null : utc(row.flat_by),
    requestedAt: utc(row.created_at),
    workingSince: row.working_since === null ? null : utc(row.working_since),
    notBefore: row.not_before === null ? null : utc(row.not_before),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  };
}

/** What can be asked with words of one's own; a password has a link. */
export type WordedAsk = Exclude<AccountAsk, { kind: 'set_password' }>;

/**
 * Asks something of a living account; its process looks at it next. `reason` are the asker's words for the one who
 * decides, and stepping over the policy needs them (400). 409 `account_not_active` when there is no log-in to change,
 * `request_open` while one of the same kind is open, `account_ending` while it closes or migrates; 422
 * `unknown_account_type`, `unknown_server`, `unknown_group`.
 */
export async function askOfAccount(
  tx: Tx,
  accountId: string,
  ask: WordedAsk,
  { reason }: { readonly reason?: string | undefined } = {},
): Promise<AccountRequest> {
  if (reason === undefined && needsSecondPerson(ask.kind)) {
    throw malformed('Say why: a second person decides on it.', [
      { pointer: '/body/reason', detail: 'is required' },
    ]);
  }
  const account = await readAccount(tx, accountId);
  if (!livingStates.includes(account.state)) throw notActive(account.state);
  if (ask.kind === 'change_type') await assertAccountType(tx, [account.entityId], ask.accountType);
  if (ask.kind === 'migrate' && ask.server !== undefined) await assertServer(tx, ask.server);
  if ((ask.kind === 'move_group' || ask.kind === 'override') && ask.group !== undefined)
    await assertGroup(tx, account, ask.group);
  return asSystem(tx, async (system) => {
    await rows(system, 'select 1 from trading_account where id = :accountId for update', {
      accountId,
    });
    const open = await openRequests(system, accountId);
    const same = open.find((request) => request.ask.kind === ask.kind);
    if (same) {
      throw conflict('request_open', 'Such a request is open already.', { request: same.id });
    }
    const last = open.find((request) => endingKinds.includes(request.ask.kind));
    if (last) {
      throw conflict('account_ending', 'The account is being closed or moved.', {
        request: last.id,
      });
    }
    return insertRequest(system, account, { ask, asker: tx.scope, reason });
  });
}

async function insertRequest(
  system: Tx,
  account: { readonly id: string; readonly entityId: string; readonly clientId: string },
  {
    ask,
    asker,
    password,
    reason,
  }: {
    readonly ask: AccountAsk;
    readonly asker: Scope;
    readonly password?: string;
    readonly reason?: string | undefined;
  },
): Promise<AccountRequest> {
  const { kind, ...asked } = ask;
  const sealed = async (field: string, text: string | undefined) =>
    text === undefined ? null : encryptFor(system, account.clientId, field, text);
  const [row] = await rows<RequestRow>(
    system,
    `insert into account_request (id, account_id, entity_id, client_id, kind, asked, asked_by, asked_as, secret_ct, reason_ct, state)
     values (:id, :accountId, :entityId, :clientId, :kind, :asked, :askedBy, :askedAs, :secret, :reason, 'requested') returning ${requestColumns}`,
    {
      id: newId('accountRequest'),
      accountId: account.id,
      entityId: account.entityId,
      clientId: account.clientId,
      kind,
      asked: JSON.stringify(asked),
      askedBy: asker.actor,
      askedAs: asker.kind === 'system' ? 'process' : asker.kind === 'client' ? 'client' : 'staff',
      secret: await sealed('account.password', password),
      reason: await sealed('account.reason', reason),
    },
  );
  if (!row) throw new Error('the request was not inserted');
  const request = requestFromRow(row);
  await requestEvent(system, request, 'requested', { ...asked, by: asker.actor });
  await enqueueSignal(system, {
    workflowId: workflowIds.account(account.id),
    signal: 'changed',
    args: { what: 'request' },
  });
  return request;
}

/** Asks for a new platform password. The password is kept as the client's ciphertext until it is set, then dropped. */
export async function requestPassword(
  tx: Tx,
  { accountId, password }: { accountId: string; password: string },
): Promise<void> {
  const account = await readAccount(tx, accountId);
  if (!livingStates.includes(account.state)) throw notActive(account.state);
  await asSystem(tx, (system) =>
    insertRequest(system, account, {
      ask: { kind: 'set_password' },
      asker: tx.scope,
      password,
    }),
  );
}

function notActive(state: string) {
  return conflict('account_not_active', 'The account is not active.', { state });
}

/** Throws `not_found` (404). */
export async function readAccountRequest(tx: Tx, id: string): Promise<AccountRequest> {
  const [row] = await rows<RequestRow>(
    tx,
    `select ${requestColumns} from account_request where id = :id`,
    { id },
  );
  if (!row) throw notFound('request');
  return requestFromRow(row);
}

/** What has not ended, the oldest first. */
export async function openRequests(tx: Tx, accountId: string): Promise<AccountRequest[]> {
  const found = await rows<RequestRow>(
    tx,
    `select ${requestColumns} from account_request
     where account_id = :accountId and state not in ('done', 'refused') order by created_at, id limit 50`,
    { accountId },
  );
  return found.map(requestFromRow);
}

export async function passwordOfRequest(tx: Tx, id: string): Promise<string> {
  const [row] = await rows<{ client_id: string; secret_ct: string | null }>(
    tx,
    'select client_id, secret_ct from account_request where id = :id',
    { id },
  );
  if (!row?.secret_ct) throw new Error(`the request ${id} has no password any more`);
  return decryptFor(tx, row.client_id, 'account.password', row.secret_ct);
}

/** A person is asked; answers false when that has happened already. */
export async function putInReview(
  tx: Tx,
  id: string,
  {
    reasons,
    settings,
    evaluationId,
  }: {
    readonly reasons: readonly string[];
    readonly settings: AccountSettings | null;
    readonly evaluationId: string | null;
  },
): Promise<boolean> {
  const moved = await rows(
    tx,
    `update account_request set state = 'in_review', reasons = :reasons, settings = :settings, evaluation_id = :evaluationId
     where id = :id and state = 'requested' returning 1`,
    {
      id,
      reasons: [...reasons],
      settings: settings === null ? null : JSON.stringify(settings),
      evaluationId,
    },
  );
  return moved.length > 0;
}

/** It is allowed: from now on it is carried out. Answers false when that stands already. */
export async function allowRequest(
  tx: Tx,
  id: string,
  {
    reasons,
    settings,
    evaluationId,
    at,
    notBefore,
  }: {
    readonly reasons: readonly string[];
    readonly settings: AccountSettings | null;
    readonly evaluationId: string | null;
    readonly at: string;
    /** When it is carried out at the earliest; at once when left out. */
    readonly notBefore?: string;
  },
): Promise<boolean> {
  const moved = await rows(
    tx,
    `update account_request set state = 'working', working_since = :at, not_before = :notBefore, reasons = :reasons,
       settings = coalesce(:settings, settings), evaluation_id = coalesce(:evaluationId, evaluation_id)
     where id = :id and state in ('requested', 'in_review') returning 1`,
    {
      id,
      at,
      notBefore: notBefore ?? null,
      reasons: [...reasons],
      settings: settings === null ? null : JSON.stringify(settings),
      evaluationId,
    },
  );
  return moved.length > 0;
}

export async function recordLook(tx: Tx, id: string, look: Look): Promise<void> {
  await rows(tx, `update account_request set look = :look where id = :id and state = 'working'`, {
    id,
    look: JSON.stringify(look),
  });
}

/** From now on the account opens nothing new, as far as its server can keep it from that, and is to be flat by then. */
export async function noteRestraint(
  tx: Tx,
  id: string,
  { restraint, flatBy }: { readonly restraint: Restraint; readonly flatBy: string },
): Promise<boolean> {
  const noted = await rows(
    tx,
    `update account_request set restraint = :restraint, flat_by = :flatBy
     where id = :id and state = 'working' and restraint is null returning 1`,
    { id, restraint: JSON.stringify(restraint), flatBy },
  );
  return noted.length > 0;
}

/** People gave it more time; null when it is not to be asked about any more. */
export async function setFlatBy(tx: Tx, id: string, flatBy: string | null): Promise<void> {
  await rows(tx, `update account_request set flat_by = :flatBy where id = :id`, { id, flatBy });
}

/** What an ending account was seen to be counts no more: its process looks again. */
export async function makeLooksOld(tx: Tx, accountId: string): Promise<void> {
  await rows(
    tx,
    `update account_request set look = look || '{"isOld": true}'
     where account_id = :accountId and state = 'working' and look is not null`,
    { accountId },
  );
}

export async function nameTarget(tx: Tx, id: string, targetAccountId: string): Promise<void> {
  await rows(
    tx,
    'update account_request set target_account_id = :targetAccountId where id = :id and target_account_id is null',
    { id, targetAccountId },
  );
}

/** Ends a request and drops its secret. Answers the request as it ended, or undefined when it had ended before. */
export async function endRequest(
  tx: Tx,
  id: string,
  { state, reasons = [] }: { state: 'done' | 'refused'; reasons?: readonly string[] },
): Promise<AccountRequest | undefined> {
  const [row] = await rows<RequestRow>(
    tx,
    `update account_request set state = :state, secret_ct = null, ended_at = clock_timestamp(),
       reasons = case when cardinality(:reasons::text[]) > 0 then :reasons::text[] else reasons end
     where id = :id and state not in ('done', 'refused') returning ${requestColumns}`,
    { id, state, reasons: [...reasons] },
  );
  if (!row) return undefined;
  const request = requestFromRow(row);
  await requestEvent(tx, request, state, reasons.length > 0 ? { reasons: [...reasons] } : {});
  return request;
}

/** An event of the account about one of its requests: `account.<kind>_<what>`. */
export async function requestEvent(
  tx: Tx,
  request: AccountRequest,
  what: string,
  payload: { readonly [key: string]: Json },
): Promise<void> {
  await appendEvents(tx, [
    {
      subject: request.accountId,
      type: `account.${request.ask.kind}_${what}`,
      entityId: request.entityId,
      clientId: request.clientId,
      payload: { request: request.id, ...payload },
    },
  ]);
}
