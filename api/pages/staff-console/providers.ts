import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { flows, type Flow } from '../../../domain/payments/flow';
import { successPercent } from '../../../domain/payments/health';
import { parseAmount, isCurrency } from '../../../domain/money';
import { paymentRails, rails } from '../../../domain/payments/rails';
import { passOverWords } from '../../../domain/payments/route-words';
import { notFound, Problem } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { activeHalts } from '../../../db/halts';
import { readPolicy } from '../../../db/policy-versions';
import { providerStandings, type ProviderStanding } from '../../../db/provider-standing';
import { tryRoute } from '../../../db/route-try-out';
import { listInFlight } from '../../../db/server-standing';
import { maySeeEntity } from '../../../db/visible';
import type { ApiDeps } from '../../deps';
import { idOf } from '../../schemas';
import { definePage } from '../page';

const flowWords: Readonly<Record<Flow, string>> = { payin: 'pay-ins', payout: 'payouts' };
const circuitWords: Readonly<Record<ProviderStanding['circuit'], string>> = {
  closed: 'well',
  half_open: 'being tried again',
  open: 'failing',
};
const inFlightShown = 50;

/** Every payment provider: how it does each way, what stops it, and what is in flight there. */
const providersPage = definePage({
  path: '/staff/providers',
  auth: { permission: 'payment.read' },
  query: { provider: z.enum(paymentRails).optional() },
  handle: async ({ tx, scope, query, deps }) => {
    const standings = await providerStandings(tx, deps.providers);
    const halts = (await activeHalts(tx)).filter((halt) => halt.scope === 'rail');
    const mayFollow = may(scope, 'process.read');
    return {
      view: 'staff/providers',
      title: 'Providers',
      data: {
        standings: standings.map(({ measured, ...each }) => ({
          ...each,
          ...measured,
          flowWords: flowWords[each.flow],
          state: each.isStopped ? 'stopped' : circuitWords[each.circuit],
          successPercent: successPercent(measured),
          what: `rail/${each.provider}/${each.flow}`,
          href: mayFollow && each.inFlight > 0 ? `/staff/providers?provider=${each.provider}` : '',
          stops: halts.filter(
            (halt) => halt.key === each.provider && (halt.flow ?? each.flow) === each.flow,
          ),
        })),
        shown: query.provider,
        intents:
          query.provider !== undefined && mayFollow
            ? await listInFlight(tx, { serverId: query.provider, limit: inFlightShown })
            : undefined,
      },
    };
  },
});

const name = z.enum(paymentRails);
const names = z.union([name, z.array(name).max(paymentRails.length)]).optional();
const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** What is asked, as it stands in the address: a try can be sent to a colleague. */
const tried = {
  flow: z.enum(flows).optional(),
  entity: z.string().max(20).optional(),
  rail: z.enum(rails).optional(),
  amount: z.string().max(40).optional(),
  currency: z.string().max(12).optional(),
  country: z.string().max(2).optional(),
  category: z.enum(['retail', 'professional']).optional(),
  draw: z.coerce.number().min(0).max(99.99).optional(),
  failing: names,
  stopped: names,
  now: z.enum(['yes']).optional(),
  policy: idOf('policyVersion').optional(),
};
type Asked = { readonly [K in keyof typeof tried]: z.output<(typeof tried)[K]> };

/** Enter a payment and see who would take it, and why the others would not. */
const tryPage = definePage({
  path: '/staff/providers/try',
  auth: { permission: 'policy.read' },
  query: tried,
  handle: async ({ tx, query, deps }) => {
    if (query.entity !== undefined && !maySeeEntity(tx, query.entity)) throw notFound('entity');
    if (query.policy !== undefined) await readPolicy(tx, query.policy);
    const entities = (await listEntities(tx)).filter(({ id }) => maySeeEntity(tx, id));
    const options = (values: readonly string[], chosen: string | undefined) =>
      values.map((value) => ({ value, label: value, chosen: value === chosen }));
    const providers = deps.providers.map(({ name }) => ({
      name,
      fails: listOf(query.failing).includes(name),
      stops: listOf(query.stopped).includes(name),
    }));
    return {
      view: 'staff/route-try',
      title: 'Try a route',
      data: {
        asked: { ...query, amount: query.amount ?? '', draw: query.draw ?? 0 },
        flowOptions: flows.map((value) => ({
          value,
          label: flowWords[value],
          chosen: value === query.flow,
        })),
        entityOptions: entities.map(({ id, name }) => ({
          value: id,
          label: name,
          chosen: id === query.entity,
        })),
        railOptions: options(rails, query.rail),
        categoryOptions: options(['retail', 'professional'], query.category),
        providers,
        ...(query.amount === undefined ? {} : await answerOf(tx, query, deps)),
      },
    };
  },
});

/** What comes out, or what is wrong with what was asked. */
async function answerOf(tx: Tx, query: Asked, deps: ApiDeps) {
  const { flow = 'payin', rail = 'card', currency = '', country = '', entity = '' } = query;
  const fault = (words: string) => ({ fault: words });
  if (entity === '') return fault('Choose an entity.');
  if (!isCurrency(currency)) return fault('The currency is not one that is known here.');
  if (!/^[A-Z]{2}$/.test(country)) return fault('The country is a code such as DE.');
  const amountMinor = minorOf(query.amount ?? '', currency);
  if (amountMinor === undefined)
    return fault('The amount is a number such as 1250.00, above zero.');
  try {
    const { outcome, rule } = await tryRoute(
      tx,
      {
        ...{ entityId: entity, policyId: query.policy, category: query.category ?? 'retail' },
        payment: { flow, rail, currency, country, amountMinor },
        draw: query.draw ?? 0,
        failing: listOf(query.failing),
        stopped: listOf(query.stopped),
        asNow: query.now !== undefined,
      },
      deps.providers,
    );
    return {
      answer: {
        provider: outcome.decision === 'route' ? outcome.provider : undefined,
        alternatives: outcome.decision === 'route' ? outcome.alternatives.join(', ') : '',
        rule,
        reasons: outcome.reasons,
        passedOver: outcome.passedOver.map(({ provider, reason }) => ({
          provider,
          words: passOverWords[reason],
        })),
      },
    };
  } catch (error) {
    if (error instanceof Problem && error.status === 422) return fault(error.detail);
    throw error;
  }
}

function minorOf(text: string, currency: string): bigint | undefined {
  try {
    const minor = parseAmount(text, currency);
    return minor > 0n ? minor : undefined;
  } catch {
    return undefined;
  }
}

export const providerPages = [providersPage, tryPage];
