import { z } from 'zod';
import { matrixTable, outcomeWords } from '../../../domain/policy/simulation';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { may, type Scope } from '../../../domain/access/scope';
import { notFound } from '../../../domain/problem';
import { compareCase } from '../../../db/policy-simulation-page';
import {
  casesOf,
  evidencePermission,
  readSimulation,
  simulatedCasesMax,
  simulatePolicy,
  type SimulatedCase,
  type Simulation,
} from '../../../db/policy-simulations';
import { readPolicy, type StoredPolicy } from '../../../db/policy-versions';
import { jsonOf } from '../../input';
import { idOf } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { showEvaluations } from './case-trace';
import { afterOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

/** How many past cases one may ask for. */
export const simulationSizes = [100, 1_000, 10_000] as const;

/** What a simulation has come to, in one line. */
export function simulationWords(simulation: Simulation): string {
  const { looked, wanted, changed, unread, since, accounts, accountsChanged, state } = simulation;
  const from = since === null ? '' : ` since ${since.slice(0, 10)}`;
  const past = `${changed} of ${looked} past cases${from} decided otherwise`;
  const lost = unread === 0 ? '' : `, ${unread} erased`;
  const present = accounts === 0 ? '' : `; ${accountsChanged} of ${accounts} accounts of today`;
  return state === 'done'
    ? `${past}${lost}${present}`
    : `${looked} of at most ${wanted} looked at so far`;
}

export function showSimulation(simulation: Simulation, policy: StoredPolicy) {
  return {
    ...simulation,
    words: simulationWords(simulation),
    isRunning: simulation.state === 'running',
    percent: Math.min(100, Math.round((simulation.looked / simulation.wanted) * 100)),
    isOfThisText: simulation.bodyHash === policy.bodyHash,
    href: `/staff/policies/${simulation.policyId}/simulations/${simulation.id}`,
  };
}

export function maySimulate(scope: Scope, policy: StoredPolicy) {
  const permission = evidencePermission(policy.kind);
  const isOpen = policy.state === 'draft' || policy.state === 'submitted';
  const mayAsk = may(scope, 'policy.edit') || may(scope, 'policy.publish');
  return {
    maySimulate: isOpen && mayAsk && may(scope, permission),
    whyNotSimulate:
      isOpen && mayAsk && !may(scope, permission)
        ? `Past cases of this kind are read with the permission “${permission}”.`
        : undefined,
  };
}

const simulationPage = definePage({
  path: '/staff/policies/:id/simulations/:simulation',
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion'), simulation: idOf('simulation') },
  query: { ...liveQuery, cursor: cursorQuery, about: z.enum(['past', 'present']).default('past') },
  handle: async ({ tx, params, query }) => {
    const policy = await readPolicy(tx, params.id);
    const simulation = await readSimulation(tx, params.simulation);
    if (simulation.policyId !== policy.id) throw notFound('simulation');
    const found = await casesOf(tx, simulation.id, {
      about: query.about,
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = `/staff/policies/${policy.id}/simulations/${simulation.id}`;
    const { rows, next } = pageOfRows(found, {
      path,
      query: { about: query.about },
      after: (each) => each.id,
    });
    const who = await actorWords(tx, [simulation.askedBy.replace(/^user:/, '')]);
    const view = {
      view: 'staff/policy-simulation',
      title: `${policyKinds[policy.kind].title}, version ${policy.version}: simulation`,
      data: {
        policy,
        simulation: showSimulation(simulation, policy),
        by: who(simulation.askedBy.replace(/^user:/, '')),
        matrix: matrixTable(simulation.matrix),
        about: query.about,
        isPast: query.about === 'past',
        cases: rows.map((each) => showCase(path, each)),
        next,
        path,
      },
    };
    const { state, phase, looked, accounts, createdAt } = simulation;
    const mark = [state, phase, looked, accounts].join('/');
    const moving = { path, mark, since: createdAt, isMoving: state === 'running' };
    return follow(view, moving, query.seen);
  },
});

function showCase(path: string, { about, id, subject, clientId, was, becomes }: SimulatedCase) {
  return {
    id,
    subject: subject.replace(/^restricted\//, ''),
    clientId,
    was: outcomeWords(was),
    becomes: outcomeWords(becomes),
    href: about === 'past' ? `${path}/cases/${id}` : `/staff/accounts/${id}`,
  };
}

/** One past case with the trace of what is in force beside that of the draft. */
const casePage = definePage({
  path: '/staff/policies/:id/simulations/:simulation/cases/:case',
  auth: { permission: 'policy.read' },
  params: {
    id: idOf('policyVersion'),
    simulation: idOf('simulation'),
    case: idOf('evaluation'),
  },
  handle: async ({ tx, scope, params }) => {
    const policy = await readPolicy(tx, params.id);
    const simulation = await readSimulation(tx, params.simulation);
    if (simulation.policyId !== policy.id) throw notFound('simulation');
    const compared = await compareCase(tx, simulation, params.case);
    const sides = showEvaluations(
      [compared.was, compared.becomes].map(({ outcome, trace }) => ({
        id: compared.id,
        kind: policy.kind,
        pins: [],
        outcome: jsonOf(outcome),
        facts: null,
        trace: jsonOf(trace),
        at: compared.at,
      })),
      scope,
    );
    const says = [compared.was, compared.becomes].map((each) => each.says);
    const words = [compared.was, compared.becomes].map(({ outcome }) => outcomeWords(outcome));
    return {
      view: 'staff/policy-case',
      title: `A past case, decided by both`,
      data: {
        policy,
        simulation,
        subject: compared.subject.replace(/^restricted\//, ''),
        clientId: compared.clientId,
        at: compared.at,
        sides: sides.map((side, i) => ({
          ...side,
          heading: i === 0 ? 'What is in force' : 'This draft',
          words: words[i],
          says: says[i],
        })),
      },
    };
  },
});

const simulateForm = defineForm({
  path: '/staff/policies/:id/simulations',
  auth: { any: [{ permission: 'policy.edit' }, { permission: 'policy.publish' }] },
  params: { id: idOf('policyVersion') },
  body: {
    cases: z.coerce.number().int().min(1).max(simulatedCasesMax),
    days: z.preprocess(
      (typed) => (typed === '' ? undefined : typed),
      z.coerce.number().int().min(1).max(3_660).optional(),
    ),
  },
  handle: async ({ tx, params, body }) => {
    const { id } = await simulatePolicy(tx, params.id, body.cases, { days: body.days });
    return {
      to: `/staff/policies/${params.id}/simulations/${id}`,
      flash: 'It runs behind: leave the page if you like, it is kept with the draft.',
    };
  },
});

export const policySimulationPages = [simulationPage, casePage, simulateForm];
