import { campaignsOf, noCampaign } from '../domain/bonus/campaigns';
import { formatAmount } from '../domain/money';
import type { BonusOrigin } from '../domain/policy/kinds/bonus';
import type { Facts } from '../domain/policy/fact';
import { evaluate } from '../domain/policy/evaluate';
import { readAccount, type TradingAccount } from './accounts';
import type { Bonus } from './bonuses';
import { readClientFacts } from './client-facts';
import { refused } from '../domain/problem';
import { rows, type Tx } from './connection';
import { decideByPolicy, keepAnswer, type PolicyAnswer, type PolicyQuestion } from './evaluations';
import { effectivePolicy } from './policies';

/** What a bonus is asked for with. */
export interface BonusAsked {
  readonly account: Pick<
    TradingAccount,
    'id' | 'clientId' | 'entityId' | 'accountType' | 'currency'
  >;
  readonly origin: BonusOrigin;
  readonly depositId: string | null;
  readonly paidMinor: bigint;
  readonly campaign: string | null;
  /** A bonus that is there already and does not count as one before itself. */
  readonly itself?: string;
}

/** Runs under the system's scope. */
export async function factsOfBonus(tx: Tx, asked: BonusAsked): Promise<Facts> {
  const { account, depositId, itself } = asked;
  const [row] = await rows<{
    category: string;
    residence: string;
    jurisdiction: string;
    before: number;
    first: boolean | null;
  }>(
    tx,
    `select c.category, c.residence, e.jurisdiction,
       (select count(*)::int from bonus b where b.client_id = c.id and b.state not in ('refused', 'rejected')
         and b.id is distinct from :itself) as before,
       (select not exists (select 1 from deposit o where o.client_id = c.id and o.credited_at < d.credited_at)
         from deposit d where d.id = :depositId) as first
     from client c join entity e on e.id = c.entity_id where c.id = :clientId`,
    { clientId: account.clientId, depositId, itself: itself ?? null },
  );
  if (!row) throw new Error(`there is no client ${account.clientId}`);
  const { approved, openChargebacks } = await readClientFacts(tx, account.clientId);
  return {
    'bonus.origin': asked.origin,
    'bonus.campaign': asked.campaign ?? noCampaign,
    'entity.jurisdiction': row.jurisdiction,
    'client.residence': row.residence,
    'client.category': row.category,
    'client.approved': approved,
    'client.openChargebacks': openChargebacks,
    'client.bonusesBefore': row.before,
    'account.type': account.accountType,
    'account.currency': account.currency,
    'deposit.amount': formatAmount(asked.paidMinor, account.currency),
    // Without a deposit there is no first one.
    'deposit.first': row.first ?? false,
  };
}

/** Throws 422 `unknown_campaign` for a code that no rule in force names. */
export async function assertCampaign(
  tx: Tx,
  entityId: string,
  campaign: string | undefined,
): Promise<void> {
  if (campaign === undefined) return;
  const { compiled } = await effectivePolicy(tx, 'bonus', { entityId });
  if (!campaignsOf(compiled.effective).has(campaign))
    throw refused('unknown_campaign', 'There is no campaign of this code.');
}

/** Asks the policy in force, and keeps its answer under the bonus. */
export async function askBonusPolicy(
  tx: Tx,
  id: string,
  asked: BonusAsked,
): Promise<PolicyAnswer<'bonus'>> {
  return decideByPolicy(tx, await questionOf(tx, id, asked));
}

async function questionOf(tx: Tx, id: string, asked: BonusAsked): Promise<PolicyQuestion<'bonus'>> {
  const { entityId, clientId } = asked.account;
  return {
    kind: 'bonus',
    subject: id,
    entityId,
    clientId,
    personId: clientId,
    facts: await factsOfBonus(tx, asked),
  };
}

/**
 * The last gate before credit is given: why it must not be, or undefined. The policy is that of this moment, and money
 * that has left the account since, or is asked to leave it, takes the reason for the bonus with it.
 */
export async function grantRefusal(tx: Tx, bonus: Bonus): Promise<string | undefined> {
  const account = await readAccount(tx, bonus.accountId);
  if (account.state !== 'active' && account.state !== 'dormant') return 'ACCOUNT_NOT_ACTIVE';
  const [row] = await rows<{ left: boolean; taken: boolean }>(
    tx,
    `select exists (select 1 from transfer t where t.account_id = b.account_id and t.direction = 'to_wallet'
         and t.purpose <> 'dormancy_fee' and t.state <> 'refused'
         and (t.finished_at is null or t.finished_at > coalesce(p.finished_at, b.created_at))) as left,
       exists (select 1 from bonus_step s where s.bonus_id = b.id and s.kind = 'removal' and s.state = 'wanted') as taken
     from bonus b left join transfer p on p.id = b.transfer_id where b.id = :id`,
    { id: bonus.id },
  );
  if (row?.left) return 'MONEY_LEFT';
  if (row?.taken) return 'TAKEN_BACK';
  const question = await questionOf(tx, bonus.id, {
    account,
    origin: bonus.origin,
    depositId: bonus.depositId,
    paidMinor: bonus.paidMinor,
    campaign: bonus.campaign,
    itself: bonus.id,
  });
  const policy = await effectivePolicy(tx, 'bonus', { entityId: bonus.entityId });
  const { outcome } = evaluate(policy.compiled, question.facts);
  if (outcome.decision !== 'refuse') return undefined;
  // Looked at again before each attempt: only what turns it down is kept.
  await keepAnswer(tx, question, policy);
  return outcome.reasons[0] ?? 'REFUSED';
}
