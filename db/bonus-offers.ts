import { creditFor } from '../domain/bonus/bonus';
import { evaluate } from '../domain/policy/evaluate';
import { accountsOfClient } from './accounts';
import { factsOfBonus } from './bonus-policy';
import { asSystem, rows, utc, type Tx } from './connection';
import { effectivePolicy } from './policies';
import { isRestricted } from './restrictions';

/** A deposit for which the policy would grant a bonus now, if its money went to the account. */
export interface BonusOffer {
  readonly depositId: string;
  readonly accountId: string;
  readonly creditedAt: string;
  readonly paidMinor: bigint;
  /** For all of the deposit; less for less. */
  readonly creditMinor: bigint;
  readonly currency: string;
  readonly expiresInDays: number | null;
}

/** The latest deposits that may still bring a bonus are few, and so are a client's accounts. */
const depositsMax = 3;
const accountsMax = 10;

/** What a client can be offered now; asking for it is looked at anew. Nothing while nothing may be advertised to them. */
export async function bonusOffers(
  tx: Tx,
  { clientId, entityId }: { readonly clientId: string; readonly entityId: string },
): Promise<BonusOffer[]> {
  if (await isRestricted(tx, clientId, 'marketing')) return [];
  const deposits = await rows<{ id: string; left: string; currency: string; credited_at: string }>(
    tx,
    `select d.id, d.amount_minor - d.refunded_minor - d.refunding_minor - d.charged_back_minor as left, d.currency, d.credited_at
     from deposit d where d.client_id = :clientId and d.state = 'credited'
       and not exists (select 1 from bonus b where b.deposit_id = d.id and b.state not in ('refused', 'rejected'))
     order by d.credited_at desc limit :depositsMax`,
    { clientId, depositsMax },
  );
  if (deposits.length === 0) return [];
  const accounts = (await accountsOfClient(tx, clientId))
    .filter(({ state, demo }) => (state === 'active' || state === 'dormant') && !demo)
    .slice(0, accountsMax);
  return asSystem(tx, async (system) => {
    const { compiled } = await effectivePolicy(system, 'bonus', { entityId });
    const offers: BonusOffer[] = [];
    for (const deposit of deposits)
      for (const account of accounts.filter(({ currency }) => currency === deposit.currency)) {
        const paidMinor = BigInt(deposit.left);
        const { outcome } = evaluate(
          compiled,
          await factsOfBonus(system, {
            ...{ account, paidMinor, depositId: deposit.id },
            origin: 'deposit',
            campaign: null,
          }),
        );
        if (outcome.decision === 'refuse') continue;
        const { currency } = deposit;
        const creditMinor = creditFor(outcome, { amountMinor: paidMinor, currency });
        if (creditMinor > 0n)
          offers.push({
            ...{ depositId: deposit.id, accountId: account.id, paidMinor, creditMinor, currency },
            creditedAt: utc(deposit.credited_at),
            expiresInDays: outcome.expiresInDays,
          });
      }
    return offers;
  });
}
