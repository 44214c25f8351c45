import { keepAnswer } from '../db/evaluations';
import { inScope } from '../db/connection';
import { effectivePolicy } from '../db/policies';
import { readSimulation, simulatePolicy } from '../db/policy-simulations';
import { draftPolicy } from '../db/policy-versions';
import { permissionsOf } from '../domain/access/roles';
import type { StaffScope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { compilePolicy } from '../domain/policy/compile';
import { evaluate } from '../domain/policy/evaluate';
import type { Facts } from '../domain/policy/fact';
import { randomOf } from '../domain/screening/name-samples';
import { openStage, type Stage } from '../tests/processes/stage';
import { until } from '../tests/processes/until';
import type { BenchLine, BenchOptions } from './bench';
import { benchRules, evaluateByHand, rulesEngine, ruleWords } from './policy-peers';
import type { BenchServers } from './servers';

const inFull = 100_000;
/** json-rules-engine takes a minute for all: so many are evaluated by it. */
const engineCases = 2_000;
const secondsMax = 20;
const casesOfPerson = 50;
const storedAtOnce = 200;

/**
 * Cases decided by thirty rules with the whole trace, against the same trace built by hand and against
 * json-rules-engine; then a changed policy simulated over as many stored cases by its own workflow.
 */
export async function policy(
  _servers: BenchServers,
  { scale, rounds, say }: BenchOptions,
): Promise<BenchLine[]> {
  const cases = casesLike(Math.max(1_000, Math.round(inFull * scale)));
  const compiled = compilePolicy('kyc.approval', {
    base: {
      title: 'Thirty rules',
      parameters: { minimumAgeYears: 18, screeningAgeHoursMax: 72 },
      rules: benchRules.map(ruleWords),
    },
    overlays: [],
    lists: {},
  });
  const engine = rulesEngine();
  for (const facts of cases.slice(0, 500)) {
    const [ours, byHand] = [evaluate(compiled, facts), evaluateByHand(facts)];
    if (JSON.stringify(ours.trace) !== JSON.stringify(byHand.trace))
      throw new Error('what is written by hand builds another trace');
  }
  const figures = { product: [], byHand: [], engine: [] } as Record<
    'product' | 'byHand' | 'engine',
    number[]
  >;
  for (let round = 1; round <= rounds; round += 1) {
    figures.byHand.push(rate(cases, (facts) => evaluateByHand(facts).hits.length));
    figures.product.push(rate(cases, (facts) => evaluate(compiled, facts).hits.length));
    figures.engine.push(await rateOfEngine(cases.slice(0, engineCases), engine));
    say(
      `round ${round}: ${Object.entries(figures)
        .map(([name, all]) => `${name} ${Math.round(all.at(-1) ?? NaN)}/s`)
        .join(', ')}`,
    );
  }
  const notes = [`${cases.length} cases × ${benchRules.length} rules, every condition traced`];
  const line = { unit: 'cases/s', better: 'more', product: figures.product, notes } as const;
  return [
    {
      ...{ ...line, line: 'policy, against code written by hand', limit: figures.byHand },
      ...{ limitIs: 'hand-written JavaScript that builds the same trace', reach: 0.25 },
    },
    {
      ...{ ...line, line: 'policy, against json-rules-engine', limit: figures.engine },
      ...{ limitIs: `json-rules-engine with its results, ${engineCases} cases`, reach: 5 },
    },
    await simulation(cases, { rounds, say }),
  ];
}

function rate(cases: readonly Facts[], decide: (facts: Facts) => number): number {
  let held = 0;
  const start = performance.now();
  for (const facts of cases) held += decide(facts);
  const seconds = (performance.now() - start) / 1_000;
  if (held === 0) throw new Error('no rule holds of any case');
  return cases.length / seconds;
}

async function rateOfEngine(
  cases: readonly Facts[],
  engine: (facts: Facts) => Promise<readonly string[]>,
): Promise<number> {
  const start = performance.now();
  for (const facts of cases) await engine(facts);
  return cases.length / ((performance.now() - start) / 1_000);
}

/** A draft that sends more cases to a person, over every stored case, from the request to the last page. */
async function simulation(
  cases: readonly Facts[],
  { rounds, say }: Pick<BenchOptions, 'rounds' | 'say'>,
): Promise<BenchLine> {
  const stage = await openStage({ workers: false, replays: false });
  try {
    await store(stage, cases);
    say(`${cases.length} evaluations stored`);
    const author = staffScope();
    const draft = await inScope(stage.db, author, (tx) =>
      draftPolicy(tx, {
        ...{ kind: 'kyc.approval', layer: 'entity', layerKey: 'off', note: '' },
        body: {
          title: 'More to a person',
          changes: [
            {
              ...{ target: 'rule', mode: 'add' },
              with: {
                ...{ id: 'bench.more', title: 'Older proofs of address' },
                ...{ reason: 'HOUSE_RULE', source: 'house rule' },
                when: { fact: 'address.ageDays', operator: 'greaterThan', value: 60 },
                then: { decision: 'review' },
              },
            },
          ],
        },
      }),
    );
    await stage.forkWorker('bench-worker');
    const seconds: number[] = [];
    let changed = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const start = performance.now();
      const asked = await inScope(stage.db, author, (tx) =>
        simulatePolicy(tx, draft.id, cases.length),
      );
      const done = await until(
        'the simulation',
        async () => {
          const now = await inScope(stage.db, author, (tx) => readSimulation(tx, asked.id));
          return now.state === 'done' && now;
        },
        600_000,
      );
      seconds.push((performance.now() - start) / 1_000);
      if (done.looked !== cases.length || done.unread > 0)
        throw new Error(`${done.looked} of ${cases.length} cases were looked at`);
      changed = done.changed;
      say(`round ${round}: simulated in ${seconds.at(-1)?.toFixed(1)} s`);
    }
    return {
      ...{ line: 'policy, simulation over stored cases', unit: 's', better: 'less', reach: 1 },
      product: seconds,
      limit: [(secondsMax * cases.length) / inFull],
      limitIs: `${secondsMax} s for ${inFull} cases`,
      notes: [`${cases.length} stored cases, ${changed} decided otherwise`],
    };
  } finally {
    await stage.close();
  }
}

/** As `decideByPolicy` keeps them, some of each person's. */
async function store(stage: Stage, cases: readonly Facts[]): Promise<void> {
  const policyInForce = await stage.system((tx) =>
    effectivePolicy(tx, 'kyc.approval', { entityId: 'off' }),
  );
  let person = newId('client');
  for (let from = 0; from < cases.length; from += storedAtOnce) {
    await stage.system(async (tx) => {
      for (const [n, facts] of cases.slice(from, from + storedAtOnce).entries()) {
        if (n % casesOfPerson === 0) person = newId('client');
        const of = { subject: newId('kycCase'), entityId: 'off', clientId: person };
        await keepAnswer(
          tx,
          { kind: 'kyc.approval', ...of, personId: person, facts },
          policyInForce,
        );
      }
    });
  }
}

function staffScope(): StaffScope {
  const roles = ['compliance'] as const;
  const permissions = permissionsOf(roles);
  const userId = newId('user');
  return {
    ...{ kind: 'staff', actor: `user:${userId}`, userId, entities: ['off'], roles, permissions },
    restricted: false,
  };
}

const countries = ['CY', 'DE', 'FR', 'KE', 'NG', 'ZA', 'MY', 'TH', 'VN', 'SC', 'AE', 'GB'];

/** Cases of a fixed seed: most are clean, and of one in twenty something is not known. */
function casesLike(count: number): Facts[] {
  const random = randomOf(61);
  const below = (max: number) => Math.floor(random() * max);
  const oneOf = <T>(values: readonly T[]): T => {
    const found = values[below(values.length)];
    if (found === undefined) throw new Error('one of nothing');
    return found;
  };
  const often = () => random() < 0.9;
  return Array.from({ length: count }, () => ({
    'documents.complete': often(),
    'documents.failures': often() ? [] : [oneOf(['DOC_EXPIRED', 'NAME_MISMATCH', 'UNDERAGE'])],
    'documents.undecided': often() ? 0 : below(4),
    'identity.checksPassed': often(),
    'identity.expiresInDays': below(3_000),
    'address.verified': often(),
    'address.ageDays': random() < 0.05 ? null : below(120),
    'client.ageYears': 16 + below(60),
    'client.residence': oneOf(countries),
    'client.nationality': oneOf(countries),
    'client.category': often() ? 'retail' : 'professional',
    'client.pep': !often(),
    'client.duplicate': !often(),
    'screening.verdict': often() ? 'clear' : oneOf(['possible', 'strong', 'unreadable']),
    'screening.ageHours': below(100),
    'risk.level': oneOf(['low', 'low', 'medium', 'high']),
    'risk.score': below(100),
    'appropriateness.passed': often(),
  }));
}
