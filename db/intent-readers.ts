import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import type { Json } from './events';

export type IntentKind =
  | 'balance_operation'
  | 'create_account'
  | 'update_account'
  | 'set_password'
  | 'charge'
  | 'refund'
  | 'payout'
  | 'mail';

export type IntentState = 'planned' | 'sending' | 'done' | 'refused' | 'unknown' | 'absent';

export interface Intent {
  readonly id: string;
  readonly workflowId: string;
  readonly step: string;
  readonly attempt: number;
  readonly kind: IntentKind;
  readonly target: string;
  readonly reference: string | null;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly amountMinor: bigint | null;
  readonly currency: string | null;
  readonly token: string | null;
  readonly state: IntentState;
  readonly externalId: string | null;
  readonly wanted: Json;
  readonly outcome: Json;
  readonly createdAt: string;
  readonly sentAt: string | null;
  readonly lookedUp: number;
}

/** Changes of a log-in: absolute, so that reading it back tells whether one was made. */
export const accountWrites: readonly IntentKind[] = ['update_account', 'set_password'];

export interface IntentRow {
  readonly id: string;
  readonly workflow_id: string;
  readonly step: string;
  readonly attempt: number;
  readonly kind: IntentKind;
  readonly target: string;
  readonly reference: string | null;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly amount_minor: string | null;
  readonly currency: string | null;
  readonly token: string | null;
  readonly state: IntentState;
  readonly external_id: string | null;
  readonly wanted: Json;
  readonly outcome: Json;
  readonly created_at: string;
  readonly sent_at: string | null;
  readonly looked_up: number;
}

export const intentColumns = `id, workflow_id, step, attempt, kind, target, reference, entity_id, client_id, amount_minor, currency,
  token, state, external_id, wanted, outcome, created_at, sent_at, looked_up`;

export function intentFromRow(row: IntentRow): Intent {
  return {
    id: row.id,
    workflowId: row.workflow_id,
    step: row.step,
    attempt: row.attempt,
    kind: row.kind,
    target: row.target,
    reference: row.reference,
    entityId: row.entity_id,
    clientId: row.client_id,
    amountMinor: row.amount_minor === null ? null : BigInt(row.amount_minor),
    currency: row.currency,
    token: row.token,
    state: row.state,
    externalId: row.external_id,
    wanted: row.wanted,
    outcome: row.outcome,
    createdAt: utc(row.created_at),
    sentAt: row.sent_at === null ? null : utc(row.sent_at),
    lookedUp: row.looked_up,
  };
}

/** Throws `not_found` (404). */
export async function readIntent(tx: Tx, id: string): Promise<Intent> {
  const [row] = await rows<IntentRow>(tx, `select ${intentColumns} from intent where id = :id`, {
    id,
  });
  if (!row) throw notFound('intent');
  return intentFromRow(row);
}

/** The intent as it stands, which stays so until the transaction is over. */
export async function lockIntent(tx: Tx, id: string): Promise<Intent> {
  await rows(tx, 'select 1 from intent where id = :id for update', { id });
  return readIntent(tx, id);
}

/** The latest attempt of a step, whatever its state; undefined when it was never planned. */
export async function intentOfStep(
  tx: Tx,
  workflowId: string,
  step: string,
): Promise<Intent | undefined> {
  const [row] = await rows<IntentRow>(
    tx,
    `select ${intentColumns} from intent where workflow_id = :workflowId and step = :step order by attempt desc limit 1`,
    { workflowId, step },
  );
  return row && intentFromRow(row);
}

/** The attempt that carries the token: a token is watched for ever. */
export async function intentByToken(tx: Tx, token: string): Promise<Intent | undefined> {
  const [row] = await rows<IntentRow>(
    tx,
    `select ${intentColumns} from intent where token = :token`,
    {
      token,
    },
  );
  return row && intentFromRow(row);
}

/** The balance operation that is known to be this deal, by whichever way it was found. */
export async function intentOfTicket(
  tx: Tx,
  serverId: string,
  ticket: string,
): Promise<Intent | undefined> {
  const [row] = await rows<IntentRow>(
    tx,
    `select ${intentColumns} from intent where kind = 'balance_operation' and target = :serverId and external_id = :ticket`,
    { serverId, ticket },
  );
  return row && intentFromRow(row);
}

export async function intentsOfWorkflow(tx: Tx, workflowId: string): Promise<Intent[]> {
  const found = await rows<IntentRow>(
    tx,
    `select ${intentColumns} from intent where workflow_id = :workflowId order by created_at, attempt limit 200`,
    { workflowId },
  );
  return found.map(intentFromRow);
}

/** Intents whose outcome is not known yet, the oldest first. */
export async function unresolvedIntents(
  tx: Tx,
  { target, limit }: { target?: string; limit: number },
): Promise<Intent[]> {
  const found = await rows<IntentRow>(
    tx,
    `select ${intentColumns} from intent where state in ('sending', 'unknown') and (:target::text is null or target = :target)
     order by sent_at limit :limit`,
    { target: target ?? null, limit },
  );
  return found.map(intentFromRow);
}

/** The change of a log-in that is on its way, or may be: nothing else may be set there before its end is known. */
export async function accountWriteInFlight(
  tx: Tx,
  workflowId: string,
): Promise<Intent | undefined> {
  const [row] = await rows<IntentRow>(
    tx,
    `select ${intentColumns} from intent where workflow_id = :workflowId and kind = any (:kinds)
       and state in ('sending', 'unknown') limit 1`,
    { workflowId, kinds: [...accountWrites] },
  );
  return row && intentFromRow(row);
}
