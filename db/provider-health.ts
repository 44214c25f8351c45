import {
  circuitOf,
  letsThrough,
  type Circuit,
  type HealthRules,
  type Measured,
  unmeasured,
} from '../domain/payments/health';
import { intentKindsOf, type Flow } from '../domain/payments/flow';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { troubleCodes, type RetryRow } from '../domain/payments/retry';
import type { RoutingParameters } from '../domain/policy/kinds/routing';
import { asSystem, rows, utc, type Tx } from './connection';
import { inForce } from './halt-in-force';

/** How a provider does, one way, by what was sent to it lately. */
export interface ProviderHealth {
  readonly provider: string;
  readonly flow: Flow;
  readonly measured: Measured;
  readonly circuit: Circuit;
  /** Whether the breaker lets a payment through now. */
  readonly isOpenToPayments: boolean;
}

export interface HealthQuestion {
  readonly flow: Flow;
  readonly providers: readonly string[];
  readonly rules: HealthRules;
  readonly retry: readonly RetryRow[];
}

interface MeasuredRow {
  readonly provider: string;
  readonly attempts: number;
  readonly failures: number;
  readonly failures_in_a_row: number;
  readonly successes_since: number;
  readonly last_failure_at: string | null;
  readonly under_way_since: number;
  readonly latency_ms_95: number | null;
  readonly now: string;
}

/**
 * Measures providers by the intents of the window, whosever they are: an attempt failed when it was not reached,
 * its outcome is not known or was found out by looking, the answer was slow, or the provider refused it for a
 * trouble of its own. Nothing is kept of it: the rows tell it all, so that every process says the same.
 */
export async function providerHealth(tx: Tx, question: HealthQuestion): Promise<ProviderHealth[]> {
  const { flow, providers, rules, retry } = question;
  const found = await asSystem(tx, (system) =>
    rows<MeasuredRow>(
      system,
      `with sent as (
         select i.target as provider, i.sent_at as at,
           extract(epoch from i.resolved_at - i.sent_at) * 1000 as ms,
           case
             when i.state in ('done', 'refused') then
               case when i.resolved_at - i.sent_at > :slow * interval '1 second' then 'failed'
                 when i.state = 'refused' and i.target || '/' || (i.outcome->>'code') = any (:trouble) then 'failed'
                 else 'well' end
             when i.state = 'sending' and i.sent_at > clock_timestamp() - :slow * interval '1 second' then 'under_way'
             else 'failed'
           end as ended
         from intent i
         where i.kind = any (:kinds) and i.target = any (:providers)
           and i.sent_at > clock_timestamp() - :window * interval '1 minute'
       ), failure as (
         select provider, max(at) as last from sent where ended = 'failed' group by provider
       ), success as (
         select s.provider, max(s.at) as before from sent s join failure f using (provider)
         where s.ended = 'well' and s.at < f.last group by s.provider
       )
       select s.provider, clock_timestamp() as now,
         count(*) filter (where s.ended <> 'under_way')::int as attempts,
         count(*) filter (where s.ended = 'failed')::int as failures,
         count(*) filter (where s.ended = 'failed' and (g.before is null or s.at > g.before))::int as failures_in_a_row,
         count(*) filter (where s.ended = 'well' and s.at > f.last)::int as successes_since,
         max(f.last) as last_failure_at,
         count(*) filter (where s.ended = 'under_way' and s.at > f.last)::int as under_way_since,
         round(percentile_cont(0.95) within group (order by s.ms) filter (where s.ms is not null))::int as latency_ms_95
       from sent s left join failure f using (provider) left join success g using (provider)
       group by s.provider`,
      {
        kinds: [...intentKindsOf[flow]],
        providers: [...providers],
        slow: rules.slowSeconds,
        window: rules.windowMinutes,
        trouble: providers.flatMap((provider) =>
          troubleCodes(retry, provider).map((code) => `${provider}/${code}`),
        ),
      },
    ),
  );
  return providers.map((provider): ProviderHealth => {
    const row = found.find((each) => each.provider === provider);
    const measured = row === undefined ? unmeasured : measuredOf(row);
    const at = row === undefined ? new Date(0) : new Date(utc(row.now));
    const circuit = circuitOf(measured, rules, at);
    return {
      provider,
      flow,
      measured,
      circuit,
      isOpenToPayments: letsThrough(circuit, measured),
    };
  });
}

function measuredOf(row: MeasuredRow): Measured {
  return {
    attempts: row.attempts,
    failures: row.failures,
    failuresInARow: row.failures_in_a_row,
    successesSince: row.successes_since,
    lastFailureAt: row.last_failure_at === null ? null : utc(row.last_failure_at),
    underWaySince: row.under_way_since,
    latencyMs95: row.latency_ms_95,
  };
}

/** The providers that are stopped for a flow now, by a switch of their own. */
export async function stoppedProviders(tx: Tx, flow: Flow): Promise<ReadonlySet<string>> {
  const found = await rows<{ provider: string }>(
    tx,
    `select distinct h.scope_key as provider from halt h
     where ${inForce} and h.scope = 'rail' and h.kind = 'stop' and (h.flow is null or h.flow = :flow)`,
    { flow },
  );
  return new Set(found.map(({ provider }) => provider));
}

/** How providers stand for a flow at present. */
export interface StandingsNow {
  readonly health: readonly ProviderHealth[];
  readonly unhealthy: ReadonlySet<string>;
  readonly stopped: ReadonlySet<string>;
}

/** What routing goes by, measured by the rules of its own policy. */
export async function standingsNow(
  tx: Tx,
  flow: Flow,
  providers: readonly ConfiguredProvider[],
  { health: rules, retry }: Pick<RoutingParameters, 'health' | 'retry'>,
): Promise<StandingsNow> {
  const names = providers.map(({ name }) => name);
  const health = await providerHealth(tx, { flow, providers: names, rules, retry });
  return {
    health,
    unhealthy: new Set(
      health.flatMap(({ provider, isOpenToPayments }) => (isOpenToPayments ? [] : [provider])),
    ),
    stopped: await stoppedProviders(tx, flow),
  };
}
