import { z } from 'zod';
import { entityPlanSchema, readPlan } from '../../domain/entity/plan';
import { malformed } from '../../domain/problem';
import type { Tx } from '../../db/connection';
import {
  entityProposalStates,
  listEntityProposals,
  readEntityProposal,
  type EntityProposal,
} from '../../db/entity-proposals';
import { proposeEntity } from '../../db/entity-requests';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { exampleId, idOf, time } from '../schemas';

const proposal = z
  .object({
    id: idOf('entityProposal'),
    code: z.string(),
    legalName: z.string(),
    state: z.enum(entityProposalStates),
    requestedBy: z.string(),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'EntityProposal' });

const detail = proposal
  .extend({
    plan: z.record(z.string(), z.unknown()),
    taskId: idOf('task').nullable().meta({ description: 'Where it is approved.' }),
  })
  .meta({ id: 'EntityProposalDetail' });

const plan = {
  code: 'ae',
  legalName: 'Keelson Markets (AE) Ltd',
  regulator: 'SCA',
  licence: '20200000001',
  jurisdiction: 'AE',
  countries: ['AE', 'OM'],
  currencies: ['USD'],
  brand: {
    name: 'Keelson Markets Gulf',
    colour: '#7a4a12',
    postalAddress: '1 Example Road, Dubai',
    supportEmail: 'support@ae.keelson.example',
    mailFrom: 'no-reply@ae.keelson.example',
  },
  bankAccounts: [
    {
      currency: 'USD',
      holder: 'Keelson Markets (AE) Ltd',
      bank: 'Sample Bank of the Gulf',
      iban: 'AE070331234567890123456',
      bic: 'SMPLAEAD',
    },
  ],
  groups: [
    {
      platform: 'mt5' as const,
      server: 'mt5',
      accountType: 'standard' as const,
      currency: 'USD',
      group: 'real\\ae-usd-std',
      leverage: 100,
    },
  ],
  legalTexts: [{ title: 'Client agreement', text: 'Between you and us.' }],
};

const example = {
  id: exampleId('entityProposal'),
  code: 'ae',
  legalName: plan.legalName,
  state: 'proposed' as const,
  requestedBy: exampleId('user'),
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};

const detailExample = { ...example, plan, taskId: exampleId('task') };

function show({ entityId: _, plan: { legalName }, ...rest }: EntityProposal) {
  return { ...rest, legalName } satisfies z.input<typeof proposal>;
}

async function showDetail(tx: Tx, found: EntityProposal): Promise<z.input<typeof detail>> {
  return {
    ...show(found),
    plan: { ...found.plan },
    taskId: (await latestTask(tx, found.id, 'entity_approval'))?.id ?? null,
  };
}

export const entityProposalRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/entity-proposals',
    operationId: 'proposeEntity',
    summary: 'Ask for a new legal entity',
    description:
      'Licence, countries, currencies, brand, bank accounts, trading groups and the texts that clients agree to. Opens a task `entity_approval`: another person who works for every entity approves it, and from then on residents of its countries belong to it, without a restart.',
    tags: ['Entities'],
    auth: { permission: 'entity.propose' },
    idempotency: 'required',
    body: entityPlanSchema,
    responses: { 201: detail },
    problems: {
      403: '`not_whole`: the caller does not work for every entity there is.',
      409: '`entity_exists`, `draft_exists`',
      422: '`entity_plan_refused`, with what cannot be at its field',
    },
    example: { body: plan, answer: { status: 201, body: detailExample } },
    location: (body) => `/api/v1/entity-proposals/${idIn(body)}`,
    handle: async ({ tx, body }) => {
      const read = readPlan(body);
      if (!read.ok)
        throw malformed(
          'The entity cannot be read.',
          read.problems.map(({ pointer, detail: what }) => ({
            pointer: `/body${pointer}`,
            detail: what,
          })),
        );
      return { status: 201, body: await showDetail(tx, await proposeEntity(tx, read.plan)) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/entity-proposals',
    operationId: 'listEntityProposals',
    summary: 'List the entities that were asked for, the newest first',
    tags: ['Entities'],
    auth: { permission: 'entity.read' },
    query: { ...pageQuery, state: z.enum(entityProposalStates).optional() },
    responses: { 200: pageOf(proposal) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listEntityProposals(tx, {
        ...(query.state ? { state: query.state } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/entity-proposals/:id',
    operationId: 'readEntityProposal',
    summary: 'Read an entity that was asked for',
    tags: ['Entities'],
    auth: { permission: 'entity.read' },
    params: { id: idOf('entityProposal') },
    responses: { 200: detail },
    example: { answer: { status: 200, body: detailExample } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await showDetail(tx, await readEntityProposal(tx, params.id)),
    }),
  }),
];
