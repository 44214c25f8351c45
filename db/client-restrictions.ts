import { may } from '../domain/access/scope';
import {
  isMeasure as isMeasureKind,
  liftPermission,
  measureDefinitions,
  type ChecklistItem,
} from '../domain/compliance/measures';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound, refused } from '../domain/problem';
import { startComplianceCalendar } from './compliance-calendars';
import { asSystem, rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { readAccount } from './accounts';
import { readClient } from './clients';
import { encryptFor } from './personal-data';
import { checksOf } from './restriction-checks';
import { restrictionsOf, type Restriction, type RestrictionScope } from './restrictions';
import { recordParticipation } from './tasks';

/** Why a client is restricted. A `restricted_hold` is not there for anybody outside the MLRO's circle. */
export const restrictionKinds = [
  'manual_review',
  'expired_kyc',
  'not_verified',
  'chargeback',
  'complaint',
  'court_order',
  'takeover',
  'deceased',
  'self_excluded',
  'vulnerable',
  'restricted_hold',
] as const;

/** What can be barred on one account alone: money and marketing are the client's as a whole. */
export const scopesOfAccount = ['login', 'trade'] as const satisfies readonly RestrictionScope[];

export type RestrictionKind = (typeof restrictionKinds)[number];

export interface NewRestriction {
  readonly clientId: string;
  /** One trading account of the client alone; left out, the client as a whole. */
  readonly accountId?: string | undefined;
  readonly kind: RestrictionKind;
  readonly scopes: readonly RestrictionScope[];
  /** Words for colleagues, kept as the client's ciphertext. */
  readonly reason: string;
  /** RFC 3339: when somebody has to look at it again; left out, nobody is asked. */
  readonly reviewAt?: string | undefined;
  /** Set by a measure, with its checklist. */
  readonly isMeasure?: boolean;
}

/**
 * Restricts a client from now on. `restricted_hold` needs `restricted.read` besides `restriction.set`, and its
 * event has a subject of its own. Processes that wait are woken, so that they read the new row. 422 `scope_of_client` for
 * what one account cannot be restricted in.
 */
export async function setRestriction(tx: Tx, wanted: NewRestriction): Promise<Restriction> {
  if (!may(tx.scope, 'restriction.set')) throw forbidden('restriction.set');
  const hidden = wanted.kind === 'restricted_hold';
  if (hidden && !may(tx.scope, 'restricted.read')) throw forbidden('restricted.read');
  if (wanted.scopes.length === 0) throw refused('no_scope', 'Say what is restricted.');
  const client = await readClient(tx, wanted.clientId);
  if (wanted.accountId !== undefined) {
    const account = await readAccount(tx, wanted.accountId);
    if (account.clientId !== client.id) throw notFound('account');
    if (!wanted.scopes.every((scope) => scope === 'login' || scope === 'trade')) {
      throw refused(
        'scope_of_client',
        'One account alone can be barred from logging in and from trading; the rest is its client’s.',
      );
    }
  }
  const id = newId('restriction');
  return asSystem(tx, async (system) => {
    await rows(
      system,
      `insert into restriction (id, entity_id, client_id, account_id, kind, scopes, restricted, reason_ct, set_by, review_at,
         is_measure)
       values (:id, :entityId, :clientId, :accountId, :kind, :scopes, :hidden, :reason, :setBy, :reviewAt, :isMeasure)`,
      {
        id,
        entityId: client.entityId,
        clientId: client.id,
        accountId: wanted.accountId ?? null,
        kind: wanted.kind,
        scopes: [...new Set(wanted.scopes)],
        hidden,
        reason: await encryptFor(system, client.id, 'restriction.reason', wanted.reason),
        setBy: tx.scope.actor,
        reviewAt: wanted.reviewAt ?? null,
        isMeasure: wanted.isMeasure ?? false,
      },
    );
    if (tx.scope.kind === 'staff') {
      await recordParticipation(system, id, tx.scope.userId, 'requested');
    }
    await appendEvents(system, [
      {
        subject: hidden ? `restricted/${id}` : client.id,
        type: 'restriction.set',
        entityId: client.entityId,
        clientId: client.id,
        restricted: hidden,
        payload: {
          restriction: id,
          kind: wanted.kind,
          scopes: [...wanted.scopes],
          ...(wanted.accountId === undefined ? {} : { account: wanted.accountId }),
        },
      },
    ]);
    await wakeProcesses(system, client.id);
    if (wanted.reviewAt !== undefined && !hidden) await keepDate(system, client);
    return readRestriction(system, client.id, id);
  });
}

/** Somebody is asked on the day: the client's calendar keeps it, of a client who is not approved, too. */
function keepDate(tx: Tx, { id, entityId }: { readonly id: string; readonly entityId: string }) {
  return startComplianceCalendar(tx, { clientId: id, entityId, isApproved: false });
}

/**
 * Says when somebody has to look at a restriction again. 409 `not_restricted` when it is lifted; 409 `binding` where a
 * time that the client chose would become shorter.
 */
export async function setRestrictionReview(
  tx: Tx,
  clientId: string,
  id: string,
  reviewAt: string,
): Promise<Restriction> {
  if (!may(tx.scope, 'restriction.set')) throw forbidden('restriction.set');
  const client = await readClient(tx, clientId);
  const present = await readRestriction(tx, client.id, id);
  if (present.liftedAt !== null) throw alreadyLifted();
  if (isBound(present) && Date.parse(reviewAt) < Date.parse(present.reviewAt ?? ''))
    throw conflict('binding', 'This time was chosen by the client and can only become longer.');
  return asSystem(tx, async (system) => {
    await rows(system, 'update restriction set review_at = :reviewAt where id = :id', {
      id,
      reviewAt,
    });
    await appendEvents(system, [
      {
        subject: present.restricted ? `restricted/${id}` : client.id,
        type: 'restriction.review_set',
        entityId: client.entityId,
        clientId: client.id,
        restricted: present.restricted,
        payload: { restriction: id, reviewAt },
        change: { before: { reviewAt: present.reviewAt }, after: { reviewAt } },
      },
    ]);
    if (!present.restricted) await keepDate(system, client);
    return readRestriction(system, client.id, id);
  });
}

function alreadyLifted() {
  return conflict('not_restricted', 'This restriction has been lifted already.');
}

/** Whether its time is the client's own wish and has not passed. */
function isBound({ kind, isMeasure, reviewAt }: Restriction): boolean {
  if (!isMeasure || !isMeasureKind(kind) || !measureDefinitions[kind].isBinding) return false;
  return reviewAt !== null && Date.parse(reviewAt) > Date.now();
}

/** What of the checklist has to be done before the restriction may be lifted, and is not. */
export async function openChecks(tx: Tx, of: Restriction): Promise<readonly ChecklistItem[]> {
  if (!of.isMeasure || !isMeasureKind(of.kind)) return [];
  const done = await checksOf(tx, of.id);
  return measureDefinitions[of.kind].checklist.filter(
    ({ code, beforeLifting }) => beforeLifting && !done.some((each) => each.code === code),
  );
}

/**
 * Lifts a restriction. 409 `four_eyes` for the one who set it; `restricted_hold` reads as 404 outside the MLRO's
 * circle, and an order of a court or a death is lifted by who answers for it (403). 409 `not_restricted` when it was
 * lifted already, `binding` before the time that a client chose, `checklist_open` with what is to be done first.
 */
export async function liftRestriction(
  tx: Tx,
  clientId: string,
  id: string,
  reason: string,
): Promise<Restriction> {
  if (!may(tx.scope, 'restriction.lift')) throw forbidden('restriction.lift');
  // Under the person's own scope: what they may not see is not there.
  const present = await readRestriction(tx, clientId, id);
  if (present.setBy === tx.scope.actor) {
    throw conflict('four_eyes', 'Another person than the one who set it must lift it.');
  }
  const needed = liftPermission(present.kind);
  if (!may(tx.scope, needed)) throw forbidden(needed);
  if (present.liftedAt === null) {
    if (isBound(present))
      throw conflict('binding', 'The client chose this time: nobody lifts it sooner.', {
        until: present.reviewAt,
      });
    const open = await openChecks(tx, present);
    if (open.length > 0)
      throw conflict('checklist_open', 'Something has to be done before it is lifted.', {
        open: open.map(({ code }) => code),
      });
  }
  return asSystem(tx, async (system) => {
    if (!(await lift(system, present, reason))) throw alreadyLifted();
    return readRestriction(system, clientId, id);
  });
}

/**
 * Ends a restriction that a process has set and whose cause is gone; nothing happens to one that people lifted before.
 * Runs as the system.
 */
export async function endRestriction(
  tx: Tx,
  clientId: string,
  id: string,
  reason: string,
): Promise<void> {
  await lift(tx, await readRestriction(tx, clientId, id), reason);
}

async function lift(
  tx: Tx,
  { id, clientId, restricted }: Restriction,
  reason: string,
): Promise<boolean> {
  const [row] = await rows<{ entity_id: string }>(
    tx,
    `update restriction set lifted_at = clock_timestamp(), lifted_by = :by
     where id = :id and lifted_at is null returning entity_id`,
    { id, by: tx.scope.actor },
  );
  if (!row) return false;
  await appendEvents(tx, [
    {
      subject: restricted ? `restricted/${id}` : clientId,
      type: 'restriction.lifted',
      entityId: row.entity_id,
      clientId,
      restricted,
      payload: { restriction: id },
      personal: { personId: clientId, data: { reason } },
    },
  ]);
  await wakeProcesses(tx, clientId);
  return true;
}

/** Throws `not_found` (404), also for one that the scope may not see. */
export async function readRestriction(tx: Tx, clientId: string, id: string): Promise<Restriction> {
  const found = (await restrictionsOf(tx, clientId)).find((each) => each.id === id);
  if (!found) throw notFound('restriction');
  return found;
}

/** Unfinished processes of the client look again; what they may do has changed. */
export async function wakeProcesses(tx: Tx, clientId: string): Promise<void> {
  const open = await rows<{ workflow_id: string }>(
    tx,
    `select workflow_id from process where client_id = :clientId and finished_at is null
       and workflow in ('onboarding', 'kycCase', 'deposit', 'withdrawal', 'depositRefund', 'transfer', 'tradingAccount',
         'verificationClock', 'complianceCalendar', 'bonus')
     order by workflow_id limit 200`,
    { clientId },
  );
  for (const { workflow_id: workflowId } of open) {
    await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: 'restriction' } });
  }
}
