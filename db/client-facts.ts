import type { TaskKind } from '../domain/task/task';
import { ownName, type OwnName } from '../domain/payments/own-name';
import { rows, type Tx } from './connection';
import { isOpenlyRestricted } from './restrictions';
import { decryptEach } from './personal-data';

/** What policies on money ask about a client. */
export interface ClientFacts {
  readonly approved: boolean;
  readonly kycExpired: boolean;
  readonly category: string;
  readonly riskLevel: string | null;
  /** As anybody may know: a hidden hold is none of the policy's, but of the gate that money passes. */
  readonly withdrawRestricted: boolean;
  readonly depositRestricted: boolean;
  readonly openChargebacks: number;
  /** Tasks about something unexpected with the client's money that nobody has decided yet. */
  readonly openAlerts: number;
  readonly hoursSinceSecurityChange: number | null;
  readonly daysUnverified: number;
  /** The last screening of any party, `clear` too when two people dismissed what it found; null when never screened. */
  readonly screeningVerdict: string | null;
}

/**
 * What people look into that may mean fraud, an error or a debt. What only the MLRO's circle may know of is not among
 * them: a payment that waits would tell of it.
 */
const alertKinds: readonly TaskKind[] = [
  'unexpected_payment',
  'foreign_balance_change',
  'negative_balance',
  'chargeback',
];

/** A client whose log-in nobody ever changed: longer ago than any cooling time. */
const neverChangedHours = 100_000;

export async function readClientFacts(tx: Tx, clientId: string): Promise<ClientFacts> {
  const [row] = await rows<{
    approved: boolean;
    category: string;
    risk_level: string | null;
    kyc_expired: boolean;
    chargebacks: number;
    alerts: number;
    change_hours: string | null;
    days: number;
  }>(
    tx,
    `select c.approved_at is not null and c.state not in ('closed', 'terminated', 'rejected', 'suspended') as approved,
       c.category, c.risk_level,
       exists (select 1 from restriction r where r.client_id = c.id and r.lifted_at is null and r.kind = 'expired_kyc') as kyc_expired,
       (select count(*)::int from chargeback b where b.client_id = c.id
         and (b.state in ('open', 'contested') or b.owed_minor > 0)) as chargebacks,
       (select count(*)::int from task t where t.client_id = c.id and t.state = 'open' and not t.restricted
         and t.kind = any (:alertKinds)) as alerts,
       extract(epoch from now() - greatest(
         (select max(u.security_changed_at) from user_account u where u.client_id = c.id and u.security_changed_at > u.created_at + interval '1 hour'),
         (select max(s.created_at) from payment_source s where s.client_id = c.id
           and (s.kind = 'bank' or s.provider = 'custodian')))) / 3600 as change_hours,
       floor(extract(epoch from now() - coalesce(c.terms_accepted_at, c.created_at)) / 86400)::int as days
     from client c where c.id = :clientId`,
    { clientId, alertKinds },
  );
  if (!row) throw new Error(`there is no client ${clientId}`);
  return {
    approved: row.approved,
    kycExpired: row.kyc_expired,
    category: row.category,
    riskLevel: row.risk_level,
    withdrawRestricted: await isOpenlyRestricted(tx, clientId, 'withdraw'),
    depositRestricted: await isOpenlyRestricted(tx, clientId, 'deposit'),
    openChargebacks: row.chargebacks,
    openAlerts: row.alerts,
    hoursSinceSecurityChange:
      row.change_hours === null ? neverChangedHours : Math.floor(Number(row.change_hours)),
    daysUnverified: row.days,
    screeningVerdict: await screeningVerdict(tx, clientId),
  };
}

async function screeningVerdict(tx: Tx, clientId: string): Promise<string | null> {
  const [row] = await rows<{ verdict: string; dismissed: boolean }>(
    tx,
    `select s.verdict, exists (
         select 1 from task t where t.client_id = s.client_id and t.kind = 'screening_match' and t.state = 'decided'
           and t.decision = 'dismiss' and t.decided_at > s.at) as dismissed
     from screening_result s where s.client_id = :clientId order by s.at desc limit 1`,
    { clientId },
  );
  if (!row) return null;
  return row.dismissed ? 'clear' : row.verdict;
}

/** Whether an account bears the client's own name, or that of a holder of the same contract. */
export async function compareOwnName(tx: Tx, clientId: string, name: string): Promise<OwnName> {
  const parties = await rows<{ id: string; name_ct: string }>(
    tx,
    `select id, name_ct from party where client_id = :clientId and role in ('holder', 'joint_holder') and removed_at is null limit 20`,
    { clientId },
  );
  const holders = await decryptEach(
    tx,
    'name',
    parties.map((party) => ({ personId: party.id, text: party.name_ct })),
  );
  return ownName(name, holders);
}

/** Whether it bears it beyond doubt. */
export async function isOwnName(tx: Tx, clientId: string, name: string): Promise<boolean> {
  return (await compareOwnName(tx, clientId, name)) === 'own';
}
