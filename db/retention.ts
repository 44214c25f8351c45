import { endedStates } from '../domain/account/access';
import { instant, type Instant } from '../domain/account/instant';
import { may } from '../domain/access/scope';
import { clientStates, isFinal } from '../domain/kyc/client-state';
import { evaluate } from '../domain/policy/evaluate';
import { conflict, forbidden } from '../domain/problem';
import { isOver, keptRecords, keptUntil, type KeptRecord } from '../domain/retention/retention';
import { accountsOfClient } from './accounts';
import { owedByClient } from './chargebacks';
import { moveClient, readClient, type Client } from './clients';
import { wakeComplianceCalendar } from './compliance-calendars';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { endCase } from './kyc';
import { balancesOfClient } from './ledger';
import { effectivePolicy } from './policies';
import { endAccess } from './users';

/** How long what is known of a client is kept, and how far that is. */
export interface Retention {
  /** Null while the relationship lasts. */
  readonly endedAt: string | null;
  readonly kept: readonly KeptRecord[];
  /** The last day of all; null while the relationship lasts. */
  readonly keptUntil: string | null;
  /** `unknown`: the policy cannot say how long, and nothing is erased. */
  readonly standing: 'lasts' | 'kept' | 'over' | 'unknown' | 'erased';
  readonly erasedAt: string | null;
}

interface RetentionRow {
  readonly ended_at: string | null;
  readonly erased_at: string | null;
}

/** Facts of the policy `retention`. */
export async function retentionFacts(tx: Tx, client: Client) {
  const [found] = await asSystem(tx, (system) =>
    rows<{ was_customer: boolean }>(
      system,
      `select exists (select 1 from trading_account where client_id = :id)
         or exists (select 1 from deposit where client_id = :id and credited_at is not null) as was_customer`,
      { id: client.id },
    ),
  );
  return {
    'client.wasCustomer': client.approvedAt !== null || (found?.was_customer ?? false),
    'client.kind': client.kind,
    'client.residence': client.residence,
    'client.category': client.category,
  };
}

/** By the policy of now. Throws `not_found` (404). */
export async function readRetention(tx: Tx, clientId: string, today: string): Promise<Retention> {
  const client = await readClient(tx, clientId);
  return asSystem(tx, (system) => retentionOf(system, client, today));
}

async function retentionOf(tx: Tx, client: Client, today: string): Promise<Retention> {
  const { id, entityId } = client;
  const { compiled } = await effectivePolicy(tx, 'retention', { entityId });
  const { outcome } = evaluate(compiled, await retentionFacts(tx, client));
  const [row] = await rows<RetentionRow>(
    tx,
    'select ended_at, erased_at from retention where client_id = :id',
    { id },
  );
  const endedAt = row?.ended_at ? instant(utc(row.ended_at)) : await endOf(tx, client);
  const until = keptUntil(outcome.keeps, endedAt);
  return {
    endedAt,
    kept: keptRecords(outcome.keeps, endedAt),
    keptUntil: until,
    standing: standingOf({
      erasedAt: row?.erased_at ?? null,
      endedAt,
      isKnown: outcome.decision === 'known',
      isOver: isOver(until, today),
    }),
    erasedAt: row?.erased_at ? utc(row.erased_at) : null,
  };
}

function standingOf(of: {
  readonly erasedAt: string | null;
  readonly endedAt: Instant | null;
  readonly isKnown: boolean;
  readonly isOver: boolean;
}): Retention['standing'] {
  if (of.erasedAt !== null) return 'erased';
  if (of.endedAt === null) return 'lasts';
  if (!of.isKnown) return 'unknown';
  return of.isOver ? 'over' : 'kept';
}

/** The records as they are kept with an answer. */
export function keepsAsJson(kept: readonly KeptRecord[]) {
  return kept.map(({ record, years, source, until }) => ({ record, years, source, until }));
}

/**
 * When the relationship ended, where nobody ended it by hand: with the refusal of the application, or with the last
 * thing that somebody did who never became a client. What colleagues do of them, seen or unseen, does not count.
 */
async function endOf(tx: Tx, { id, state, approvedAt }: Client): Promise<Instant | null> {
  if (approvedAt !== null && !isFinalState(state)) return null;
  const [found] = await asSystem(tx, (system) =>
    rows<{ at: string }>(
      system,
      `select greatest(c.created_at,
         (select max(k.decided_at) from kyc_case k where k.client_id = c.id and k.state = 'rejected'),
         (select max(e.at) from event e join user_account u on e.actor = 'user:' || u.id
          where e.client_id = c.id and u.client_id = c.id)) as at
       from client c where c.id = :id`,
      { id },
    ),
  );
  return found ? instant(utc(found.at)) : null;
}

function isFinalState(state: string): boolean {
  return clientStates.some((known) => known === state && isFinal(known));
}

/** What is not over between the house and a client. */
export type OpenMatter = 'accounts' | 'money' | 'debt' | 'payments';

export async function openMatters(tx: Tx, clientId: string): Promise<OpenMatter[]> {
  return asSystem(tx, async (system) => {
    const accounts = await accountsOfClient(system, clientId);
    const balances = await balancesOfClient(system, clientId);
    const owed = await owedByClient(system, clientId);
    const payments = await rows(
      system,
      `select 1 from process where client_id = :clientId and finished_at is null
         and workflow in ('deposit', 'depositReturn', 'withdrawal', 'transfer', 'depositRefund', 'chargeback', 'bonus',
           'receipt', 'receiptReturn') limit 1`,
      { clientId },
    );
    const isOpen: Readonly<Record<OpenMatter, boolean>> = {
      accounts: accounts.some(({ state }) => !endedStates.includes(state)),
      money: balances.some(
        ({ balanceMinor, heldMinor }) => balanceMinor !== 0n || heldMinor !== 0n,
      ),
      debt: owed.length > 0,
      payments: payments.length > 0,
    };
    return (['accounts', 'money', 'debt', 'payments'] as const).filter((matter) => isOpen[matter]);
  });
}

/** 409 `still_open`, with what is. */
export async function assertNothingOpen(tx: Tx, clientId: string): Promise<void> {
  const open = await openMatters(tx, clientId);
  if (open.length > 0)
    throw conflict('still_open', `Something is still open: ${open.join(', ')}.`, { open });
}

/** Locked by whatever decides about keeping and erasing: one of hold and erasure sees the other. */
export async function lockRetention(
  tx: Tx,
  { id, entityId }: Pick<Client, 'id' | 'entityId'>,
): Promise<void> {
  await rows(
    tx,
    `insert into retention (client_id, entity_id) values (:id, :entityId) on conflict do nothing`,
    { id, entityId },
  );
  await rows(tx, 'select 1 from retention where client_id = :id for update', { id });
}

/**
 * Ends the relationship: the client is closed, their log-in and their open application end, and the time for which their
 * records are kept begins. 409 `still_open` or `already_ended`.
 */
export async function endRelationship(
  tx: Tx,
  clientId: string,
  reason: string,
): Promise<Retention> {
  if (!may(tx.scope, 'client.edit')) throw forbidden('client.edit');
  const client = await readClient(tx, clientId);
  await asSystem(tx, async (system) => {
    await lockRetention(system, client);
    await assertNothingOpen(system, client.id);
    if (!(await closeClient(system, client)))
      throw conflict('already_ended', 'The relationship with this client has ended already.');
    await appendEvents(system, [
      {
        subject: client.id,
        type: 'retention.began',
        entityId: client.entityId,
        clientId: client.id,
        personal: { personId: client.id, data: { reason } },
      },
    ]);
  });
  return readRetention(tx, client.id, new Date().toISOString().slice(0, 10));
}

const openStates = clientStates.filter((state) => !isFinal(state));

/** False where they were closed before. Runs as the system. */
export async function closeClient(
  tx: Tx,
  { id, entityId }: Pick<Client, 'id' | 'entityId'>,
): Promise<boolean> {
  await endCase(tx, id);
  if (!(await moveClient(tx, id, { from: openStates, to: 'closed' }))) return false;
  await rows(
    tx,
    `insert into retention (client_id, entity_id, ended_at) values (:id, :entityId, clock_timestamp())
     on conflict (client_id) do update set ended_at = coalesce(retention.ended_at, excluded.ended_at), look_at = null`,
    { id, entityId },
  );
  await endAccess(tx, id, { forgetPassword: true });
  await rows(tx, `update user_account set state = 'disabled' where client_id = :id`, { id });
  await wakeComplianceCalendar(tx, id);
  await wakeApplication(tx, id);
  return true;
}

/** What waits for an applicant ends. */
async function wakeApplication(tx: Tx, clientId: string): Promise<void> {
  const open = await rows<{ workflow_id: string }>(
    tx,
    `select workflow_id from process where finished_at is null and client_id = :clientId
       and workflow in ('onboarding', 'kycCase') order by workflow_id limit 50`,
    { clientId },
  );
  for (const { workflow_id: workflowId } of open)
    await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: 'client' } });
}
