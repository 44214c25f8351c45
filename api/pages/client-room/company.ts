import { z } from 'zod';
import { isBeneficialOwner } from '../../../domain/kyc/ownership';
import { notFound } from '../../../domain/problem';
import {
  addMember,
  companyOf,
  declareCompany,
  removeMember,
  setShares,
} from '../../../db/companies';
import type { Tx } from '../../../db/connection';
import { renewableSlots } from '../../../db/document-renewal';
import { readAllRequirements, readPartyChecklists } from '../../../db/kyc-requirements';
import { clientOf } from '../../routes/client-scope';
import { companyBody, declaredFrom, memberBody, personalOf } from '../../routes/company';
import { type memberRoles, percentOf, sharePercent } from '../../routes/company-schemas';
import { idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { readOwnApplication, type ApplicationView } from './application';
import { countryName, countryOptions, kindsInWords, slotLabelOf } from './choices';

const roleWords: Readonly<Record<(typeof memberRoles)[number], string>> = {
  holder: 'The client',
  joint_holder: 'Joint holder',
  beneficial_owner: 'Owner',
  shareholder: 'Company that owns a part',
  director: 'Director',
  signatory: 'Signs for the company',
  attorney: 'Attorney',
};

const addedRoles = {
  corporate: ['beneficial_owner', 'shareholder', 'director', 'signatory', 'attorney'],
  individual: ['joint_holder', 'attorney'],
} as const;

const missingWords: Readonly<Record<string, string>> = {
  owners: 'Name who owns it, until less than 25 percent is left that belongs to nobody named here.',
  director: 'Name at least one director.',
  signatory: 'Name who signs for the company.',
  nationality: 'nationality',
  address: 'address',
  birth_date: 'date of birth',
};

/** The company, if one applies, and everybody who belongs to the application, each with what is still to be sent. */
const companyPage = definePage({
  path: '/client/company',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const view = await readOwnApplication(tx, clientOf(scope).clientId);
    const { company, personal, client } = view.application;
    const members = await showMembers(tx, view);
    const nameOf = (id: string) =>
      id === company?.partyId
        ? personal.name
        : (members.find((member) => member.id === id)?.name ?? '');
    return {
      view: 'client/company',
      title: company ? 'The company and its people' : 'Who applies with you',
      data: {
        canChange: view.canChange,
        company: company && {
          name: personal.name,
          address: personal.address,
          country: personal.nationality,
          countryName: personal.nationality && countryName(personal.nationality),
          ...company.details,
        },
        canDeclare: company !== undefined || view.application.documents.length === 0,
        countries: countryOptions,
        members,
        roles: addedRoles[client.kind].map((value) => ({ value, label: roleWords[value] })),
        kinds: [
          { value: 'individual', label: 'A person' },
          { value: 'organisation', label: 'A company' },
        ],
        shares: (company?.shares ?? []).map(({ owner, owned, basisPoints }) => ({
          ...{ owner: nameOf(owner), owned: nameOf(owned) },
          percent: percentOf(basisPoints / 10_000),
        })),
        unnamed: company && percentOf(company.unnamed),
        owners: members.map(({ id, name }) => ({ value: id, label: name })),
        companies: [
          ...(company ? [{ value: company.partyId, label: personal.name }] : []),
          ...members
            .filter(({ isCompany }) => isCompany)
            .map(({ id, name }) => ({ value: id, label: name })),
        ],
        missing: (company?.missing ?? []).map((what) => missingWords[what]),
      },
    };
  },
});

async function showMembers(tx: Tx, { application, outcome, canChange }: ApplicationView) {
  const asked = await readAllRequirements(tx, application);
  const { company } = application;
  const today = new Date().toISOString().slice(0, 10);
  const renewable = new Set<string>();
  for (const { party } of application.others)
    for (const slot of await renewableSlots(tx, application.case, today, party.id))
      renewable.add(`${party.id}/${slot}`);
  return readPartyChecklists(application, asked).map(({ related, items, missing }) => {
    const { party, personal } = related;
    const share = company?.effective.get(party.id);
    return {
      id: party.id,
      name: personal.name,
      role: roleWords[party.role],
      isCompany: party.kind === 'organisation',
      share: share === undefined ? undefined : percentOf(share),
      isOwner: party.kind === 'individual' && isBeneficialOwner(share),
      isDone: missing.length === 0,
      lacks: missing
        .filter((what) => !what.startsWith('document:'))
        .map((what) => missingWords[what]),
      items: items.map((item) => ({
        label: slotLabelOf(party, item.slot),
        done: item.done,
        ask: kindsInWords(item.accepted, outcome.kinds),
        href:
          canChange || renewable.has(`${party.id}/${item.slot}`)
            ? `/client/parties/${party.id}/documents/${item.slot}`
            : undefined,
      })),
    };
  });
}

const declareForm = defineForm({
  path: '/client/company',
  auth: { client: true },
  body: companyBody.shape,
  page: companyPage,
  handle: async ({ tx, scope, body }) => {
    await declareCompany(tx, clientOf(scope).clientId, declaredFrom(body));
    return { to: '/client/company', flash: 'Saved. Now say who belongs to the company.' };
  },
});

const { name: saidName, address: saidAddress, ...addedFields } = memberBody.shape;

const addForm = defineForm({
  path: '/client/company/parties',
  auth: { client: true },
  // The form about the company stands on the same page: what is typed into one is not shown in the other.
  body: { ...addedFields, personName: saidName, personAddress: saidAddress },
  page: companyPage,
  handle: async ({ tx, scope, body }) => {
    const { role, kind, personName: name, personAddress: address, ...more } = body;
    const personal = personalOf({ name, address, ...more });
    await addMember(tx, clientOf(scope).clientId, { role, kind, personal });
    return { to: '/client/company', flash: 'Added. Their papers are asked for below.' };
  },
});

const removeForm = defineForm({
  path: '/client/company/parties/:partyId/remove',
  auth: { client: true },
  params: { partyId: idOf('party') },
  page: companyPage,
  handle: async ({ tx, scope, params }) => {
    await removeMember(tx, clientOf(scope).clientId, params.partyId);
    return { to: '/client/company', flash: 'Taken out of the application.' };
  },
});

const shareForm = defineForm({
  path: '/client/company/shares',
  auth: { client: true },
  body: {
    owner: idOf('party'),
    owned: idOf('party'),
    percent: z.union([sharePercent, z.literal('0')]),
  },
  page: companyPage,
  handle: async ({ tx, scope, body }) => {
    const { clientId } = clientOf(scope);
    const { owner, owned, percent } = body;
    const present = await companyOf(tx, clientId);
    if (!present) throw notFound('company');
    const others = present.shares.filter((each) => each.owner !== owner || each.owned !== owned);
    const basisPoints = Math.round(Number(percent) * 100);
    await setShares(
      tx,
      clientId,
      basisPoints === 0 ? others : [...others, { owner, owned, basisPoints }],
    );
    return { to: '/client/company', flash: 'Saved.' };
  },
});

export const companyPages = [companyPage, declareForm, addForm, removeForm, shareForm];
