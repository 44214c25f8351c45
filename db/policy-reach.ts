import { accountLeverageCap } from '../domain/leverage/caps';
import { type CompiledPolicy } from '../domain/policy/compile';
import { evaluate } from '../domain/policy/evaluate';
import { provisioningFacts } from '../domain/policy/kinds/account-provisioning';
import type { PolicyKind } from '../domain/policy/kinds/registry';
import { compareOutcomes } from '../domain/policy/simulation';
import type { PlatformKind } from '../domain/trading/capabilities';
import { rows, type Tx } from './connection';
import { clientCategory } from './leverage-cap';
import type { PolicyPairs } from './policy-simulation-page';
import type { SimulatedCase, Simulation } from './policy-simulations';

interface AccountRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly server_id: string;
  readonly group_name: string;
  readonly account_type: string;
  readonly currency: string;
  readonly leverage: number;
  readonly platform: PlatformKind;
  readonly residence: string;
  readonly category: string;
  readonly approved: boolean;
  readonly accounts: number;
  readonly demo_accounts: number;
}

/**
 * A page of the accounts there are today, and those of them that the draft would treat otherwise than what is
 * in force: where they would be placed, or the leverage that their regime leaves them. Nothing is changed.
 */
export async function presentAccounts(
  tx: Tx,
  simulation: Simulation,
  { pairs, limit }: { pairs: PolicyPairs; limit: number },
): Promise<{ looked: number; changed: SimulatedCase[]; lastId: string | null }> {
  const standing = standings[simulation.kind];
  if (standing === undefined) return { looked: 0, changed: [], lastId: null };
  const found = await rows<AccountRow>(
    tx,
    `select a.id, a.entity_id, a.client_id, a.server_id, a.group_name, a.account_type, a.currency, a.leverage, s.platform,
       c.residence, c.category,
       c.approved_at is not null and c.state not in ('closed', 'terminated', 'rejected', 'suspended') as approved,
       o.accounts, o.demo_accounts
     from trading_account a join client c on c.id = a.client_id join trading_server s on s.id = a.server_id
     cross join lateral (
       select count(*) filter (where not b.demo)::int as accounts, count(*) filter (where b.demo)::int as demo_accounts
       from trading_account b where b.client_id = a.client_id and b.id <> a.id and b.state not in ('closed', 'archived')) o
     where a.entity_id = any (:entities) and a.state not in ('closed', 'archived') and (:after::text is null or a.id > :after)
     order by a.id limit :limit`,
    { entities: [...simulation.entities], after: simulation.afterId, limit },
  );
  const changed = found.flatMap((account): SimulatedCase[] => {
    const pair = pairs.get(account.entity_id);
    if (pair === undefined) return [];
    const [was, becomes] = [standing(pair.old, account), standing(pair.next, account)];
    if (!compareOutcomes(was, becomes).differs) return [];
    const { id, entity_id: entityId, client_id: clientId } = account;
    return [{ about: 'present', id, subject: id, entityId, clientId, was, becomes }];
  });
  return { looked: found.length, changed, lastId: found.at(-1)?.id ?? null };
}

type Standing = (policy: CompiledPolicy<PolicyKind>, account: AccountRow) => unknown;

/** What a policy of the kind makes of an account that is there already; kinds without one decide about no standing. */
const standings: Readonly<Partial<Record<PolicyKind, Standing>>> = {
  'account.provisioning': (policy, account) =>
    evaluate(
      policy,
      provisioningFacts(
        {
          residence: account.residence,
          entityId: account.entity_id,
          category: account.category,
          approved: account.approved,
          accounts: account.accounts,
          demoAccounts: account.demo_accounts,
        },
        {
          accountType: account.account_type,
          currency: account.currency,
          platform: account.platform,
        },
      ),
    ).outcome,
  'account.leverage': (policy, account) => {
    if (!isLeverage(policy)) return null;
    const { leverage: cap } = accountLeverageCap(policy.effective.parameters, {
      category: clientCategory(account.category),
      residence: account.residence,
    });
    const { leverage } = account;
    // A cap that moves without touching the account is no difference to it.
    return leverage > cap
      ? { decision: `above 1:${cap}`, leverage }
      : { decision: 'within', leverage };
  },
};

function isLeverage(
  policy: CompiledPolicy<PolicyKind>,
): policy is CompiledPolicy<PolicyKind> & CompiledPolicy<'account.leverage'> {
  return policy.kind === 'account.leverage';
}
