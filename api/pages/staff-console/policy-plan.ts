import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { formatAmount } from '../../../domain/money';
import { rateInWords, isLineComponent } from '../../../domain/partners/component';
import { monthBefore, periodPattern } from '../../../domain/partners/period';
import {
  levelsMax,
  type PartnerPlan,
  PlanInvalid,
  type PlanProblem,
} from '../../../domain/partners/plan';
import { checkPartnerPlan } from '../../../domain/partners/plan-check';
import { parsePartnerPlan } from '../../../domain/partners/plan.schema';
import { reasonText } from '../../../domain/partners/reason';
import { parameterSchemas } from '../../../domain/policy/body.schema';
import { readFields } from '../../../domain/policy/edit/field-form';
import { fieldsOf } from '../../../domain/policy/edit/fields';
import { looseOf } from '../../../domain/policy/edit/loose';
import { parameterChange } from '../../../domain/policy/edit/rows';
import { notFound } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { partnerNames } from '../../../db/partners';
import { listPlanSets } from '../../../db/plan-sets';
import { policyBelow } from '../../../db/policy-layers';
import { readPolicy, type StoredPolicy } from '../../../db/policy-versions';
import { type ExampleTrade, exampleLines } from '../../../db/settlement/plan-example';
import type { PlainLine } from '../../../db/settlement/plain-run';
import { type PlanTrial, tryPlan } from '../../../db/settlement/plan-trial';
import type { ApiDeps } from '../../deps';
import { idOf } from '../../schemas';
import { definePage } from '../page';

/** What the form of the parameters sends its fields under. */
const prefix = 'parameters';
const partnersShownMax = 100;

const whole = (min: number, max: number, given: number) =>
  z.coerce.number().int().min(min).max(max).default(given).catch(given);

const exampleQuery = {
  symbol: z
    .string()
    .regex(/^[A-Za-z0-9._#&-]{1,31}$/)
    .default('EURUSD')
    .catch('EURUSD'),
  lots: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,2})?$/)
    .default('1')
    .catch('1'),
  spread: whole(0, 10_000, 12),
  move: whole(-100_000, 100_000, 60),
  minutes: whole(0, 800, 60),
  trades: whole(1, 50, 1),
  level: whole(1, levelsMax, 2),
};

/** What the example asks before anybody has typed. */
export const plainExample = z.object(exampleQuery).parse({});

/**
 * What a plan would pay: for a trade that one thinks of, worked out anew while the plan is typed, and for a past period. By
 * the settlement's own engine; nothing is kept.
 */
const planPage = definePage({
  path: '/staff/policies/:id/plan',
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion') },
  query: {
    ...exampleQuery,
    planSet: idOf('planSet').optional(),
    period: z.string().regex(periodPattern).optional(),
  },
  handle: async ({ tx, scope, params, query, asked, deps }) => {
    const policy = await readPolicy(tx, params.id);
    if (policy.kind !== 'partner.plan') throw notFound('partner plan');
    const { plan, problems } = readPlan(await planOf(tx, policy, asked));
    const maySimulate = may(scope, 'settlement.read');
    const sets = maySimulate ? await listPlanSets(tx, { limit: 100 }) : [];
    const { planSet, period } = query;
    const trial =
      maySimulate && plan && planSet && period
        ? await showTrial(tx, await tryPlan(tx, { planSet, period, plan }))
        : undefined;
    return {
      view: 'staff/policy-plan',
      title: 'What the plan would pay',
      data: {
        policy,
        asked: query,
        problems,
        example: plan && (await showExample(deps, plan, query)),
        maySimulate,
        planSets: sets.map(({ id, name }) => ({ value: id, label: name, chosen: id === planSet })),
        period: period ?? monthBefore(new Date().toISOString()).name,
        trial,
      },
    };
  },
});

/** The plan as it is typed; where nothing is typed, as the version or what lies below it says. */
async function planOf(
  tx: Tx,
  policy: StoredPolicy,
  asked: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (Object.keys(asked).some((name) => name.startsWith(`${prefix}.`)))
    return readFields(fieldsOf(parameterSchemas['partner.plan']), prefix, asked)['plan'];
  const own =
    policy.scope.layer === 'base'
      ? looseOf(policy.body['parameters'])['plan']
      : parameterChange(policy.body, 'plan')?.['value'];
  if (own !== undefined) return own;
  const below = await policyBelow(tx, policy.kind, policy.scope);
  return looseOf(below?.parameters)['plan'];
}

function readPlan(value: unknown): {
  readonly plan: PartnerPlan | undefined;
  readonly problems: readonly PlanProblem[];
} {
  try {
    const plan = parsePartnerPlan(value);
    return { plan, problems: checkPartnerPlan(plan) };
  } catch (error) {
    if (!(error instanceof PlanInvalid)) throw error;
    return { plan: undefined, problems: error.problems };
  }
}

interface Asked {
  readonly symbol: string;
  readonly lots: string;
  readonly spread: number;
  readonly move: number;
  readonly minutes: number;
  readonly trades: number;
  readonly level: number;
}

async function showExample(deps: ApiDeps, plan: PartnerPlan, asked: Asked) {
  const lines = await exampleLines(deps.db, { plan, trade: tradeOf(asked) });
  const last = lines.filter(
    ({ event, tickets }) => event === 'period' || tickets.at(-1) === lastTicket(lines),
  );
  const total = lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  return {
    currency: plan.currency,
    total,
    trades: asked.trades,
    lines: last.map((line) => ({
      partner: line.partner,
      tier: line.tier,
      isPaid: line.amountMinor !== 0n,
      amountMinor: line.amountMinor,
      currency: plan.currency,
      rate: isLineComponent(line.component)
        ? rateInWords({ ...line, component: line.component })
        : '',
      reason: line.reason,
      text: reasonText(line.reason),
      broughtIn: broughtIn(line, plan.currency),
    })),
  };
}

function lastTicket(lines: readonly PlainLine[]): string | undefined {
  return lines
    .filter(({ event }) => event !== 'period')
    .at(-1)
    ?.tickets.at(-1);
}

function broughtIn({ explanation }: PlainLine, currency: string): string | undefined {
  const { revenueMinor } = explanation;
  if (typeof revenueMinor !== 'string') return undefined;
  const [minor = '0'] = revenueMinor.split('.');
  return `${formatAmount(BigInt(minor), currency)} ${currency}`;
}

function tradeOf(asked: Asked): ExampleTrade {
  const [lots = '0', part = ''] = asked.lots.split('.');
  return {
    symbol: asked.symbol,
    volume: BigInt(lots + part.padEnd(8, '0')) || 1n,
    digits: 5,
    spreadPoints: asked.spread,
    movePoints: asked.move,
    minutes: asked.minutes,
    trades: asked.trades,
    level: asked.level,
  };
}

/** Who gains, who loses, and what it costs. */
async function showTrial(tx: Tx, trial: PlanTrial | undefined) {
  if (trial === undefined) return { isTooLarge: true };
  const changed = trial.rows
    .map((row) => ({ ...row, difference: row.afterMinor - row.beforeMinor }))
    .sort((a, b) => (a.difference < b.difference ? -1 : a.difference > b.difference ? 1 : 0));
  const sum = (of: (row: (typeof changed)[number]) => bigint) =>
    changed.reduce((all, row) => all + of(row), 0n);
  const shown = [
    ...changed.slice(0, partnersShownMax / 2),
    ...changed.slice(partnersShownMax / 2).slice(-partnersShownMax / 2),
  ];
  const names = await partnerNames(
    tx,
    shown.map(({ partnerId }) => partnerId),
  );
  const rows = shown.map((row) => ({
    ...row,
    currency: trial.currency,
    name: names.get(row.partnerId) ?? row.partnerId,
    href: `/staff/partners/${row.partnerId}`,
    tone: row.difference < 0n ? 'bad' : row.difference > 0n ? 'good' : 'quiet',
    word: row.difference < 0n ? 'loses' : row.difference > 0n ? 'gains' : 'the same',
  }));
  return {
    isTooLarge: false,
    currency: trial.currency,
    rows,
    hidden: changed.length - shown.length,
    gaining: changed.filter(({ difference }) => difference > 0n).length,
    losing: changed.filter(({ difference }) => difference < 0n).length,
    before: sum((row) => row.beforeMinor),
    after: sum((row) => row.afterMinor),
    costs: sum((row) => row.difference),
  };
}

export const policyPlanPages = [planPage];
