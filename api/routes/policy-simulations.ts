import { z } from 'zod';
import { compareCase } from '../../db/policy-simulation-page';
import { diffPolicy } from '../../db/policy-diff';
import {
  casesOf,
  readSimulation,
  simulatePolicy,
  simulatedCasesMax,
  simulationsOf,
  type Simulation,
} from '../../db/policy-simulations';
import { readPolicy } from '../../db/policy-versions';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { jsonOf } from '../input';
import { policyExample, policyKind } from '../policy-shape';
import { defineRoute } from '../route';
import { exampleId, idOf, jsonObject, time } from '../schemas';

const policyId = { id: idOf('policyVersion') };
const simulationId = { id: idOf('simulation') };

const difference = z.object({
  what: z.enum(['added', 'removed', 'changed', 'moved']),
  where: z.string(),
  rule: z.string().nullable(),
  words: z.string(),
});

const diff = defineRoute({
  method: 'GET',
  path: '/api/v1/policies/:id/diff',
  operationId: 'diffPolicy',
  summary: 'What a version says otherwise than another',
  description: 'In words, against `from`, or against the version published before it.',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: policyId,
  query: { from: idOf('policyVersion').optional() },
  responses: {
    200: z.object({ from: z.string().nullable(), to: z.string(), data: z.array(difference) }),
  },
  problems: { 422: '`another_layer`.' },
  example: {
    answer: {
      status: 200,
      body: {
        from: exampleId('policyVersion'),
        to: policyExample.id,
        data: [
          {
            what: 'changed' as const,
            where: 'row “standard, USD”',
            rule: 'off.standard-usd',
            words: 'leverage 500 → 200',
          },
        ],
      },
    },
  },
  handle: async ({ tx, params, query }) => {
    const found = await diffPolicy(tx, params.id, query.from);
    return {
      status: 200,
      body: { from: found.from?.id ?? null, to: found.to.id, data: [...found.differences] },
    };
  },
});

const simulation = z
  .object({
    id: idOf('simulation'),
    policyId: idOf('policyVersion'),
    kind: policyKind,
    bodyHash: z.string().meta({ description: 'Of the text that was tried.' }),
    state: z.enum(['running', 'done']),
    wanted: z.int(),
    since: time.nullable().meta({ description: 'Cases from before are left out.' }),
    looked: z.int(),
    unread: z.int().meta({ description: 'Of these, whose person has been erased.' }),
    changed: z.int(),
    accounts: z.int().meta({ description: 'Accounts of today that were looked at.' }),
    accountsChanged: z.int(),
    matrix: z.array(
      z.object({ was: z.string(), becomes: z.string(), n: z.int(), differing: z.int() }),
    ),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'PolicySimulation' });

const simulationExample = {
  id: exampleId('simulation'),
  policyId: policyExample.id,
  kind: 'withdrawal' as const,
  bodyHash: policyExample.bodyHash,
  state: 'done' as const,
  wanted: 1000,
  since: null,
  looked: 640,
  unread: 0,
  changed: 12,
  accounts: 0,
  accountsChanged: 0,
  matrix: [{ was: 'approve', becomes: 'review', n: 12, differing: 12 }],
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: '2026-11-23T20:15:02.000000Z',
};

function show(found: Simulation): z.input<typeof simulation> {
  const { id, policyId: policy, kind, bodyHash, state, wanted, looked, unread, changed } = found;
  const { accounts, accountsChanged, matrix, since, createdAt, finishedAt } = found;
  const counts = { wanted, looked, unread, changed, accounts, accountsChanged };
  const what = { id, policyId: policy, kind, bodyHash, state, since, createdAt, finishedAt };
  return { ...what, ...counts, matrix: matrix.map((cell) => ({ ...cell })) };
}

const simulate = defineRoute({
  method: 'POST',
  path: '/api/v1/policies/:id/simulations',
  operationId: 'simulatePolicy',
  summary: 'Try a version on past cases',
  description:
    'The newest evaluations of the kind in your entities, decided by what is in force and by this text; for kinds that decide about accounts, the accounts of today as well. It runs behind. Needs the permission to read such cases.',
  tags: ['Policies'],
  auth: { any: [{ permission: 'policy.edit' }, { permission: 'policy.publish' }] },
  params: policyId,
  body: z.strictObject({
    cases: z.int().min(1).max(simulatedCasesMax).default(1000),
    days: z.int().min(1).max(3_660).optional().meta({ description: 'Only those of so many days.' }),
  }),
  responses: { 202: simulation },
  problems: { 422: '`policy_has_errors` or `nothing_in_force`.' },
  location: (body) => `/api/v1/policy-simulations/${z.object({ id: z.string() }).parse(body).id}`,
  example: {
    body: { cases: 1000 },
    answer: {
      status: 202,
      body: { ...simulationExample, state: 'running', looked: 0, finishedAt: null, matrix: [] },
    },
  },
  handle: async ({ tx, params, body }) => {
    return {
      status: 202,
      body: show(await simulatePolicy(tx, params.id, body.cases, { days: body.days })),
    };
  },
});

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/policies/:id/simulations',
  operationId: 'listPolicySimulations',
  summary: 'List what a version was tried on',
  description: 'Newest first, at most 20.',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: policyId,
  responses: { 200: z.object({ data: z.array(simulation) }) },
  example: { answer: { status: 200, body: { data: [simulationExample] } } },
  handle: async ({ tx, params }) => {
    const policy = await readPolicy(tx, params.id);
    const found = await simulationsOf(tx, policy.id);
    return { status: 200, body: { data: found.map(show) } };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/policy-simulations/:id',
  operationId: 'readPolicySimulation',
  summary: 'Read how far a simulation is and what it found',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: simulationId,
  responses: { 200: simulation },
  example: { answer: { status: 200, body: simulationExample } },
  handle: async ({ tx, params }) => {
    return { status: 200, body: show(await readSimulation(tx, params.id)) };
  },
});

const about = z.enum(['past', 'present']);

const changedCase = z.object({
  about,
  id: z.string(),
  subject: z.string(),
  entityId: z.string(),
  clientId: z.string().nullable(),
  was: jsonObject,
  becomes: jsonObject,
});

const cases = defineRoute({
  method: 'GET',
  path: '/api/v1/policy-simulations/:id/cases',
  operationId: 'listPolicySimulationCases',
  summary: 'List who would be decided otherwise',
  description: '`past` cases by their evaluation, or accounts of today (`present`).',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: simulationId,
  query: { ...pageQuery, about: about.default('past') },
  responses: { 200: pageOf(changedCase) },
  example: {
    answer: {
      status: 200,
      body: {
        data: [
          {
            about: 'past',
            id: exampleId('evaluation'),
            subject: exampleId('withdrawal'),
            entityId: 'cy',
            clientId: exampleId('client'),
            was: { decision: 'approve' },
            becomes: { decision: 'review' },
          },
        ],
        nextCursor: null,
      },
    },
  },
  handle: async ({ tx, params, query }) => {
    const { id } = await readSimulation(tx, params.id);
    const after = decodeCursor(query.cursor);
    const found = await casesOf(tx, id, {
      about: query.about,
      limit: query.limit + 1,
      ...(after === undefined ? {} : { after }),
    });
    const body = pageFrom(found, query.limit, {
      after: (each) => each.id,
      show: (each) => ({
        ...each,
        was: jsonObject.parse(jsonOf(each.was)),
        becomes: jsonObject.parse(jsonOf(each.becomes)),
      }),
    });
    return { status: 200, body };
  },
});

const side = z.object({
  outcome: jsonObject,
  says: z.array(z.string()),
  trace: z.array(jsonObject),
});

const readCase = defineRoute({
  method: 'GET',
  path: '/api/v1/policy-simulations/:id/cases/:case',
  operationId: 'readPolicySimulationCase',
  summary: 'Read a past case decided by both, with both traces',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: { ...simulationId, case: idOf('evaluation') },
  responses: {
    200: z.object({
      id: z.string(),
      subject: z.string(),
      clientId: z.string().nullable(),
      at: time,
      was: side,
      becomes: side,
    }),
  },
  example: {
    answer: {
      status: 200,
      body: {
        id: exampleId('evaluation'),
        subject: exampleId('withdrawal'),
        clientId: exampleId('client'),
        at: '2026-11-23T20:15:00.000000Z',
        was: { outcome: { decision: 'approve' }, says: [], trace: [] },
        becomes: { outcome: { decision: 'review' }, says: [], trace: [] },
      },
    },
  },
  handle: async ({ tx, params }) => {
    const simulated = await readSimulation(tx, params.id);
    const found = await compareCase(tx, simulated, params.case);
    const sideOf = ({ outcome, says, trace }: typeof found.was) => ({
      outcome: jsonObject.parse(jsonOf(outcome)),
      says: [...says],
      trace: trace.map((each) => jsonObject.parse(jsonOf(each))),
    });
    const { was, becomes, id, subject, clientId, at } = found;
    return {
      status: 200,
      body: { id, subject, clientId, at, was: sideOf(was), becomes: sideOf(becomes) },
    };
  },
});

export const policySimulationRoutes = [diff, simulate, list, read, cases, readCase];
