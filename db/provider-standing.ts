import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { flows, intentKindsOf, type Flow } from '../domain/payments/flow';
import { rows, type Tx } from './connection';
import { effectivePolicy } from './policies';
import { standingsNow, type ProviderHealth } from './provider-health';
import { routingKind } from './routing';

/** One way of one provider, as operations see it. */
export interface ProviderStanding extends ProviderHealth {
  readonly isStopped: boolean;
  /** Intents that are planned, being sent or of unknown outcome, and payments that wait for its word. */
  readonly inFlight: number;
  readonly awaited: number;
}

/** The ways that every provider has, with how it does and what is in flight there in the caller's entities. */
export async function providerStandings(
  tx: Tx,
  providers: readonly ConfiguredProvider[],
): Promise<ProviderStanding[]> {
  const standings: ProviderStanding[] = [];
  for (const flow of flows) {
    const able = providers.filter(({ capabilities: { operations } }) =>
      flow === 'payin' ? operations.payment : (operations.payout ?? operations.refund),
    );
    const { parameters } = (await effectivePolicy(tx, routingKind(flow), {})).compiled.effective;
    const { health, stopped } = await standingsNow(tx, flow, able, parameters);
    const open = await openAt(tx, flow);
    for (const each of health)
      standings.push({
        ...each,
        isStopped: stopped.has(each.provider),
        inFlight: open.get(each.provider)?.in_flight ?? 0,
        awaited: open.get(each.provider)?.awaited ?? 0,
      });
  }
  return standings.sort((a, b) => a.provider.localeCompare(b.provider));
}

interface Open {
  readonly provider: string;
  readonly in_flight: number;
  readonly awaited: number;
}

async function openAt(tx: Tx, flow: Flow): Promise<ReadonlyMap<string, Open>> {
  const found = await rows<Open>(
    tx,
    `select provider, sum(in_flight)::int as in_flight, sum(awaited)::int as awaited from (
       select target as provider, count(*) as in_flight, 0 as awaited from intent
       where state in ('planned', 'sending', 'unknown') and kind = any (:kinds) group by target
       union all
       select provider, 0, count(*) from deposit where :flow = 'payin' and state = 'awaiting_payment' group by provider
       union all
       select l.provider, 0, count(*) from withdrawal_leg l join withdrawal w on w.id = l.withdrawal_id
       where :flow = 'payout' and w.state = 'paying' and l.state = 'accepted' group by l.provider
     ) each group by provider`,
    { flow, kinds: [...intentKindsOf[flow]] },
  );
  return new Map(found.map((row) => [row.provider, row]));
}
