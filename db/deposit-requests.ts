import { formatAmount } from '../domain/money';
import { refused } from '../domain/problem';
import { readClientFacts } from './client-facts';
import { asSystem, type Tx } from './connection';
import { depositedSoFar, requestDeposit, type Deposit, type DepositRequest } from './deposits';
import { decideByPolicy } from './evaluations';
import { effectivePolicy } from './policies';

/**
 * Starts a deposit when the entity's policy accepts it: an unverified client, a restriction or a sum below the
 * minimum is refused (422 with the rule's reason) before any money moves.
 */
export async function requestDepositByPolicy(tx: Tx, request: DepositRequest): Promise<Deposit> {
  await asSystem(tx, async (system) => {
    const { clientId, entityId, amount } = request;
    const { referenceCurrency } = (await effectivePolicy(system, 'deposit', { entityId })).compiled
      .effective.parameters;
    const client = await readClientFacts(system, clientId);
    const inReference = (amountMinor: bigint) =>
      amount.currency === referenceCurrency ? formatAmount(amountMinor, referenceCurrency) : null;
    const { evaluation } = await decideByPolicy(system, {
      kind: 'deposit',
      subject: clientId,
      entityId,
      clientId,
      personId: clientId,
      facts: {
        'deposit.stage': 'request',
        'deposit.amount': inReference(amount.amountMinor),
        'deposit.cumulative': inReference(
          (await depositedSoFar(system, clientId, amount.currency)) + amount.amountMinor,
        ),
        'client.verified': client.approved,
        'client.daysUnverified': client.daysUnverified,
        'client.depositRestricted': client.depositRestricted,
        'client.openChargebacks': client.openChargebacks,
        'risk.level': client.riskLevel,
      },
    });
    if (evaluation.outcome.decision !== 'accept') {
      throw refused('deposit_refused', 'The rules of your entity do not allow this deposit.', {
        reasons: [...evaluation.outcome.reasons],
        missing: [...evaluation.missing],
      });
    }
  });
  return requestDeposit(tx, request);
}
