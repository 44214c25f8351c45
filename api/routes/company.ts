import { z } from 'zod';
import { isCountry } from '../../domain/kyc/countries';
import { isBeneficialOwner } from '../../domain/kyc/ownership';
import { addMember, declareCompany, removeMember, setShares } from '../../db/companies';
import type { Tx } from '../../db/connection';
import { openCase } from '../../db/kyc';
import {
  missingOf,
  readAllRequirements,
  readApplication,
  readPartyChecklists,
} from '../../db/kyc-requirements';
import { defineRoute } from '../route';
import { idIn } from '../location';
import { birthDate, civilDate, country, documentKind, exampleId, idOf, line } from '../schemas';
import { slots } from '../../domain/onboarding/checklist';
import { clientOf } from './client-scope';
import { lei, memberKinds, memberRoles, percentOf, sharePercent } from './company-schemas';

const knownCountry = country.refine(isCountry, 'is not a country');

const partyAnswer = z
  .object({
    id: idOf('party'),
    role: z.enum(memberRoles),
    kind: z.enum(memberKinds),
    name: z.string(),
    effectivePercent: z.string().nullable().meta({
      description: 'How much of the company they own in the end, through all layers.',
    }),
    isBeneficialOwner: z.boolean().meta({ description: 'A person who owns a quarter or more.' }),
    requirements: z.array(
      z.object({
        slot: z.enum(slots),
        accepted: z.array(documentKind),
        count: z.number().int(),
        done: z.boolean(),
      }),
    ),
    missing: z.array(z.string()),
  })
  .meta({ id: 'Party' });

const structureAnswer = z
  .object({
    company: z
      .object({
        partyId: idOf('party'),
        name: z.string(),
        country: z.string().nullable(),
        address: z.string().nullable(),
        registrationNumber: z.string().nullable(),
        legalForm: z.string().nullable(),
        incorporatedOn: z.string().nullable(),
        lei: z.string().nullable(),
        leiExpiresOn: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'Null where a person applies.' }),
    parties: z.array(partyAnswer).meta({ description: 'Everybody beside the client itself.' }),
    shares: z.array(
      z.object({ owner: idOf('party'), owned: idOf('party'), percent: sharePercent }),
    ),
    unnamedPercent: z.string().nullable().meta({
      description: 'Of the company, what belongs to nobody who was named; must be below 25.',
    }),
    missing: z.array(z.string()).meta({
      description:
        'Before the application can be handed in: `company:director`, `party:pty_…:document:identity` …',
    }),
  })
  .meta({ id: 'Parties' });

const structureExample = {
  company: {
    partyId: exampleId('party'),
    name: 'Example Holdings Ltd',
    country: 'CY',
    address: '1 Example Street, Limassol',
    registrationNumber: 'HE123456',
    legalForm: 'Limited company',
    incorporatedOn: '2015-03-01',
    lei: null,
    leiExpiresOn: null,
  },
  parties: [],
  shares: [],
  unnamedPercent: '100.00',
  missing: ['company:owners', 'company:director'],
};

async function showStructure(tx: Tx, clientId: string): Promise<z.input<typeof structureAnswer>> {
  const application = await readApplication(tx, await openCase(tx, clientId));
  const { company, personal } = application;
  const asked = await readAllRequirements(tx, application);
  return {
    company: company
      ? {
          partyId: company.partyId,
          name: personal.name,
          country: personal.nationality ?? null,
          address: personal.address ?? null,
          registrationNumber: company.details?.registrationNumber ?? null,
          legalForm: company.details?.legalForm ?? null,
          incorporatedOn: company.details?.incorporatedOn ?? null,
          lei: company.details?.lei ?? null,
          leiExpiresOn: company.details?.leiExpiresOn ?? null,
        }
      : null,
    parties: readPartyChecklists(application, asked).map(({ related, items, missing }) => {
      const { party } = related;
      const share = company?.effective.get(party.id);
      return {
        id: party.id,
        role: party.role,
        kind: party.kind,
        name: related.personal.name,
        effectivePercent: share === undefined ? null : percentOf(share),
        isBeneficialOwner: party.kind === 'individual' && isBeneficialOwner(share),
        requirements: items.map(({ slot, accepted, count, done }) => ({
          ...{ slot, accepted: [...accepted], count, done },
        })),
        missing: [...missing],
      };
    }),
    shares: (company?.shares ?? []).map(({ owner, owned, basisPoints }) => ({
      ...{ owner, owned, percent: percentOf(basisPoints / 10_000) },
    })),
    unnamedPercent: company ? percentOf(company.unnamed) : null,
    missing: await missingOf(tx, application),
  };
}

export const companyBody = z.strictObject({
  name: line(200),
  country: knownCountry.meta({ description: 'Where it is registered.' }),
  address: line(300),
  registrationNumber: line(60),
  legalForm: line(80),
  incorporatedOn: civilDate,
  lei: lei.optional(),
  leiExpiresOn: civilDate.optional(),
});

export const memberBody = z.strictObject({
  role: z.enum(memberRoles).meta({
    description:
      'Of a company: beneficial_owner, shareholder (a company in between), director, signatory, attorney. Of a person: joint_holder, attorney.',
  }),
  kind: z.enum(memberKinds).default('individual'),
  name: line(200),
  birthDate: birthDate.optional(),
  nationality: knownCountry
    .optional()
    .meta({ description: 'Of a company in between, where it is registered.' }),
  address: line(300).optional(),
});

/** What a client says of a party, as its personal data. */
export function personalOf({
  name,
  birthDate,
  nationality,
  address,
}: Omit<z.output<typeof memberBody>, 'role' | 'kind'>) {
  return {
    name,
    ...(birthDate === undefined ? {} : { birth_date: birthDate }),
    ...(nationality === undefined ? {} : { nationality }),
    ...(address === undefined ? {} : { address }),
  };
}

/** The same of a company. */
export function declaredFrom(body: z.output<typeof companyBody>) {
  const { name, country: registeredIn, address, lei: code, leiExpiresOn, ...rest } = body;
  return {
    ...{ name, country: registeredIn, address },
    details: {
      ...rest,
      ...(code === undefined ? {} : { lei: code }),
      ...(leiExpiresOn === undefined ? {} : { leiExpiresOn }),
    },
  };
}

export const companyRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/me/parties',
    operationId: 'readParties',
    summary: 'Read who belongs to your application',
    description:
      'The company, if one applies, with its owners through all layers, and everybody whose papers are asked for.',
    tags: ['Onboarding'],
    auth: { client: true },
    responses: { 200: structureAnswer },
    example: { answer: { status: 200, body: structureExample } },
    handle: async ({ tx, scope }) => ({
      status: 200,
      body: await showStructure(tx, clientOf(scope).clientId),
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/me/company',
    operationId: 'declareCompany',
    summary: 'Say that a company applies, and which',
    description:
      'You sign for it from then on and keep your log-in; what you answered of yourself is asked anew of the company.',
    tags: ['Onboarding'],
    auth: { client: true },
    body: companyBody,
    responses: { 200: structureAnswer },
    problems: { 409: 'not_collecting, documents_present' },
    example: {
      body: {
        name: 'Example Holdings Ltd',
        country: 'CY',
        address: '1 Example Street, Limassol',
        registrationNumber: 'HE123456',
        legalForm: 'Limited company',
        incorporatedOn: '2015-03-01',
      },
      answer: { status: 200, body: structureExample },
    },
    handle: async ({ tx, scope, body }) => {
      const { clientId } = clientOf(scope);
      await declareCompany(tx, clientId, declaredFrom(body));
      return { status: 200, body: await showStructure(tx, clientId) };
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/me/company/shares',
    operationId: 'setShares',
    summary: 'Say who owns how much of whom',
    description: 'All of it at once, in the place of what was said before.',
    tags: ['Onboarding'],
    auth: { client: true },
    body: z.strictObject({
      shares: z
        .array(
          z.strictObject({
            owner: idOf('party'),
            owned: idOf('party').meta({ description: 'The company, or one in between.' }),
            percent: sharePercent,
          }),
        )
        .max(100)
        .refine(
          (shares) =>
            new Set(shares.map(({ owner, owned }) => `${owner} ${owned}`)).size === shares.length,
          'two shares are of the same owner in the same company',
        ),
    }),
    responses: { 200: structureAnswer },
    problems: {
      404: 'not_found',
      409: 'not_collecting',
      422: 'shares_over_100, shares_in_a_circle, person_is_owned',
    },
    example: {
      body: {
        shares: [{ owner: exampleId('party'), owned: exampleId('party'), percent: '40.00' }],
      },
      answer: { status: 200, body: structureExample },
    },
    handle: async ({ tx, scope, body }) => {
      const { clientId } = clientOf(scope);
      await setShares(
        tx,
        clientId,
        body.shares.map(({ owner, owned, percent }) => ({
          ...{ owner, owned, basisPoints: Math.round(Number(percent) * 100) },
        })),
      );
      return { status: 200, body: await showStructure(tx, clientId) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/me/parties',
    operationId: 'addParty',
    summary: 'Add somebody who belongs to your application',
    description: 'Each is screened, and verified by papers of their own.',
    tags: ['Onboarding'],
    auth: { client: true },
    idempotency: 'required',
    body: memberBody,
    responses: { 201: z.object({ id: idOf('party') }).meta({ id: 'AddedParty' }) },
    problems: { 409: 'not_collecting', 422: 'role_not_possible, too_many_parties' },
    example: {
      body: {
        role: 'director',
        name: 'Maria Example',
        birthDate: '1980-01-02',
        nationality: 'CY',
        address: '2 Example Street, Limassol',
      },
      answer: { status: 201, body: { id: exampleId('party') } },
    },
    location: (body) => `/api/v1/me/parties/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      const { role, kind, ...said } = body;
      const { id } = await addMember(tx, clientOf(scope).clientId, {
        ...{ role, kind, personal: personalOf(said) },
      });
      return { status: 201, body: { id } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/me/parties/:id',
    operationId: 'removeParty',
    summary: 'Take somebody out of your application',
    tags: ['Onboarding'],
    auth: { client: true },
    params: { id: idOf('party') },
    responses: { 200: structureAnswer },
    problems: { 404: 'not_found', 409: 'not_collecting' },
    example: { answer: { status: 200, body: structureExample } },
    handle: async ({ tx, scope, params }) => {
      const { clientId } = clientOf(scope);
      await removeMember(tx, clientId, params.id);
      return { status: 200, body: await showStructure(tx, clientId) };
    },
  }),
];
