import {
  keptOf,
  lacksOf,
  waysToPay,
  type PayerGiven,
  type PayerSaid,
  type WayToPay,
} from '../domain/payments/ways-to-pay';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import type { DepositRail } from '../domain/payments/rails';
import { Problem } from '../domain/problem';
import { readClient } from './clients';
import { asSystem, type Tx } from './connection';
import { readEntity } from './entities';
import { stoppedProviders } from './provider-health';

/** The ways by which a client can pay in now: by providers that are here, serve their country and are not stopped. */
export async function waysOfClient(
  tx: Tx,
  clientId: string,
  providers: readonly ConfiguredProvider[],
): Promise<WayToPay[]> {
  const { entityId, residence: country } = await readClient(tx, clientId);
  const { currencies } = await readEntity(tx, entityId);
  const stopped = await asSystem(tx, (system) => stoppedProviders(system, 'payin'));
  return waysToPay(
    providers.filter(({ name }) => !stopped.has(name)),
    { country, currencies },
  );
}

/**
 * What of the payer's words goes with a deposit to this provider. Throws 422 `payer_incomplete`, which names what is
 * missing or cannot be used.
 */
export function payerFor(
  { capabilities }: ConfiguredProvider,
  rail: DepositRail,
  given: PayerSaid,
): PayerGiven {
  const needs = capabilities.payer?.[rail] ?? {};
  const lacks = lacksOf(needs, given);
  if (lacks.length === 0) return keptOf(needs, given);
  throw new Problem({
    status: 422,
    code: 'payer_incomplete',
    detail: 'This way of paying needs more of you.',
    errors: lacks.map((lack) => ({
      pointer: `/body/payer/${lack}`,
      detail:
        lack === 'phone'
          ? `must be a phone that begins with ${needs.phonePrefix ?? '+'}`
          : 'must be one of the banks of this way of paying',
    })),
  });
}
