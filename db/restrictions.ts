import type { RestrictedScope } from '../domain/compliance/restriction';
import { refused, type Problem } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { decryptFor } from './personal-data';

export type RestrictionScope = RestrictedScope;

export interface Restriction {
  readonly id: string;
  readonly clientId: string;
  /** Null for the client as a whole. */
  readonly accountId: string | null;
  readonly kind: string;
  readonly scopes: readonly RestrictionScope[];
  readonly restricted: boolean;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: string;
  /** Whether a measure has set it, whose checklist and time hold. */
  readonly isMeasure: boolean;
  /** When somebody has to look at it again. */
  readonly reviewAt: string | null;
  readonly liftedAt: string | null;
}

/**
 * Refuses with 422 `restricted` while any restriction covers the scope; the union of all rows counts.
 * The words are the same whatever the kind, so that a hidden one is not betrayed.
 */
export async function assertUnrestricted(
  tx: Tx,
  clientId: string,
  scope: RestrictionScope,
): Promise<void> {
  if (await isRestricted(tx, clientId, scope)) throw inRoutineReview(scope);
}

/** As `assertUnrestricted`, of one trading account: what covers it alone counts too. */
export async function assertAccountUnrestricted(
  tx: Tx,
  { id, clientId }: { readonly id: string; readonly clientId: string },
  scope: RestrictionScope,
): Promise<void> {
  const scopes = await restrictedScopes(tx, { clientId, accountId: id });
  if (scopes.has(scope)) throw inRoutineReview(scope);
}

/** The words of every delay that somebody may not know the reason of. */
export function inRoutineReview(scope: RestrictionScope | 'erasure'): Problem {
  return refused('restricted', 'This is in a routine review and not possible at the moment.', {
    scope,
  });
}

export function isRestricted(tx: Tx, clientId: string, scope: RestrictionScope): Promise<boolean> {
  return isCovered(tx, clientId, { scope, withHidden: true });
}

/**
 * The same without hidden holds: what a policy is told, whose answer, task and reasons people read. A hidden hold stops
 * the money at the gate of each payment instead, in the words of any other delay.
 */
export function isOpenlyRestricted(
  tx: Tx,
  clientId: string,
  scope: RestrictionScope,
): Promise<boolean> {
  return isCovered(tx, clientId, { scope, withHidden: false });
}

async function isCovered(
  tx: Tx,
  clientId: string,
  { scope, withHidden }: { readonly scope: RestrictionScope; readonly withHidden: boolean },
): Promise<boolean> {
  const found = await asSystem(tx, (system) =>
    rows(
      system,
      `select 1 from restriction where client_id = :clientId and account_id is null and lifted_at is null
         and :scope = any (scopes) and (:withHidden or not restricted) limit 1`,
      { clientId, scope, withHidden },
    ),
  );
  return found.length > 0;
}

/**
 * What is restricted on one trading account: everything that covers its client and everything that covers the
 * account alone, hidden restrictions too. For its process, which acts on it without telling why.
 */
export async function restrictedScopes(
  tx: Tx,
  { clientId, accountId }: { clientId: string; accountId: string },
): Promise<ReadonlySet<RestrictionScope>> {
  const found = await asSystem(tx, (system) =>
    rows<{ scope: RestrictionScope }>(
      system,
      `select distinct unnest(scopes) as scope from restriction
       where client_id = :clientId and lifted_at is null and (account_id is null or account_id = :accountId)`,
      { clientId, accountId },
    ),
  );
  return new Set(found.map(({ scope }) => scope));
}

/** Restrictions under which nothing of the client's is closed, charged or written about by rule. */
const legalHolds = ['court_order', 'deceased', 'restricted_hold', 'legal_hold'];

/** What is in force on the client or one of the accounts: a legal hold, a complaint. Hidden ones count. */
export async function holdsOn(
  tx: Tx,
  clientId: string,
): Promise<{ readonly legalHold: boolean; readonly complaint: boolean }> {
  const kinds = await asSystem(tx, (system) =>
    rows<{ kind: string }>(
      system,
      `select distinct kind from restriction where client_id = :clientId and lifted_at is null
       union select 'legal_hold' from legal_hold where client_id = :clientId and ended_at is null`,
      { clientId },
    ),
  );
  return {
    legalHold: kinds.some(({ kind }) => legalHolds.includes(kind)),
    complaint: kinds.some(({ kind }) => kind === 'complaint'),
  };
}

/** What restricts one account alone and is in force, as far as the scope may see it. */
export async function restrictionsOfAccount(
  tx: Tx,
  { id, clientId }: { readonly id: string; readonly clientId: string },
): Promise<Restriction[]> {
  const found = await restrictionsOf(tx, clientId);
  return found.filter(({ accountId, liftedAt }) => accountId === id && liftedAt === null);
}

/** The restrictions on a client that the scope may see, those in force first. */
export async function restrictionsOf(tx: Tx, clientId: string): Promise<Restriction[]> {
  const found = await rows<{
    id: string;
    client_id: string;
    account_id: string | null;
    kind: string;
    scopes: RestrictionScope[];
    restricted: boolean;
    reason_ct: string | null;
    set_by: string;
    set_at: string;
    review_at: string | null;
    is_measure: boolean;
    lifted_at: string | null;
  }>(
    tx,
    `select id, client_id, account_id, kind, scopes, restricted, reason_ct, set_by, set_at, review_at, is_measure, lifted_at from restriction
     where client_id = :clientId order by lifted_at is not null, set_at desc limit 100`,
    { clientId },
  );
  const restrictions: Restriction[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) {
    restrictions.push({
      id: row.id,
      clientId: row.client_id,
      accountId: row.account_id,
      kind: row.kind,
      scopes: row.scopes,
      restricted: row.restricted,
      reason:
        row.reason_ct === null
          ? ''
          : await decryptFor(tx, row.client_id, 'restriction.reason', row.reason_ct),
      setBy: row.set_by,
      setAt: utc(row.set_at),
      isMeasure: row.is_measure,
      reviewAt: row.review_at === null ? null : utc(row.review_at),
      liftedAt: row.lifted_at === null ? null : utc(row.lifted_at),
    });
  }
  return restrictions;
}
