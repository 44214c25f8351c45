import {
  effectiveShares,
  missingMembers,
  shareProblems,
  unnamedShare,
  type Member,
  type Share,
} from '../domain/kyc/ownership';
import { conflict, notFound, Problem, refused } from '../domain/problem';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents, canonical } from './events';
import { assertCollecting, caseEvent, lockCase, openCase, type KycCase } from './kyc';
import {
  addParty,
  changeParty,
  holderOf,
  partiesOf,
  readPersonalData,
  type Party,
  type PartyRole,
  type PersonalData,
} from './parties';
import { decryptFor, encryptFor, erasedText } from './personal-data';

/** What is known of a company beside its name and address. Days are `YYYY-MM-DD`. */
export interface CompanyDetails {
  readonly registrationNumber: string;
  readonly legalForm: string;
  readonly incorporatedOn: string;
  /** ISO 17442. */
  readonly lei?: string;
  readonly leiExpiresOn?: string;
}

/** A company with everybody behind it. */
export interface CompanyStructure {
  readonly partyId: string;
  /** Undefined once the company's key is erased. */
  readonly details: CompanyDetails | undefined;
  readonly members: readonly Member[];
  readonly shares: readonly Share[];
  /** Share of one that each party owns in the end. */
  readonly effective: ReadonlyMap<string, number>;
  readonly unnamed: number;
  readonly missing: ReturnType<typeof missingMembers>;
}

/** Undefined for a client who is no company. */
export async function companyOf(tx: Tx, clientId: string): Promise<CompanyStructure | undefined> {
  const [row] = await rows<{ party_id: string; details_ct: string }>(
    tx,
    'select party_id, details_ct from company where client_id = :clientId',
    { clientId },
  );
  if (!row) return undefined;
  const text = await decryptFor(tx, row.party_id, 'company.details', row.details_ct);
  const members = await partiesOf(tx, clientId);
  const shares = await sharesOf(tx, clientId);
  return {
    partyId: row.party_id,
    details: text === erasedText ? undefined : (JSON.parse(text) as CompanyDetails),
    members,
    shares,
    effective: effectiveShares(row.party_id, shares),
    unnamed: unnamedShare(row.party_id, members, shares),
    missing: missingMembers(row.party_id, members, shares),
  };
}

async function sharesOf(tx: Tx, clientId: string): Promise<Share[]> {
  const found = await rows<{
    owner_party_id: string;
    owned_party_id: string;
    basis_points: number;
  }>(
    tx,
    `select o.owner_party_id, o.owned_party_id, o.basis_points from ownership o
     join party owner on owner.id = o.owner_party_id join party owned on owned.id = o.owned_party_id
     where o.client_id = :clientId and owner.removed_at is null and owned.removed_at is null
     order by o.owned_party_id, o.owner_party_id limit 400`,
    { clientId },
  );
  return found.map((row) => ({
    owner: row.owner_party_id,
    owned: row.owned_party_id,
    basisPoints: row.basis_points,
  }));
}

export interface DeclaredCompany {
  readonly name: string;
  readonly address: string;
  /** Where it is registered, ISO alpha-2. */
  readonly country: string;
  readonly details: CompanyDetails;
}

/**
 * Makes the application one of a company, or changes what is said of it. Who registered signs for it from now on and
 * keeps the log-in; the company is the client. 409 `not_collecting`; 409 `documents_present` where a person's papers have
 * been sent in already.
 */
export async function declareCompany(
  tx: Tx,
  clientId: string,
  { name, address, country, details }: DeclaredCompany,
): Promise<KycCase> {
  const of = await lockCollecting(tx, clientId);
  const present = await companyOf(tx, clientId);
  const data = { name, address, nationality: country };
  return asSystem(tx, async (system) => {
    const partyId = present?.partyId ?? (await foundCompany(system, of, data)).id;
    if (present) await changeParty(system, partyId, data);
    await rows(
      system,
      `insert into company (client_id, entity_id, party_id, details_ct) values (:clientId, :entityId, :partyId, :details)
       on conflict (client_id) do update set details_ct = excluded.details_ct, version = company.version + 1,
         changed_at = clock_timestamp()`,
      {
        clientId,
        entityId: of.entityId,
        partyId,
        details: await encryptFor(system, partyId, 'company.details', canonical({ ...details })),
      },
    );
    await appendEvents(system, [
      {
        ...caseEvent(of, present ? 'kyc.company_changed' : 'kyc.company_declared', {
          party: partyId,
        }),
        personal: { personId: partyId, data: { ...data, ...details } },
      },
    ]);
    return of;
  });
}

/** The person becomes the one who signs; their answers were a person's, and are asked anew of the company. */
async function foundCompany(
  tx: Tx,
  of: KycCase,
  data: { readonly name: string; readonly address: string; readonly nationality: string },
): Promise<Party> {
  const { clientId, entityId } = of;
  const [uploaded] = await rows(tx, 'select 1 from document where case_id = :id limit 1', {
    id: of.id,
  });
  if (uploaded) {
    throw conflict(
      'documents_present',
      'Documents of a person have been sent in with this application; a company needs one of its own.',
    );
  }
  const holder = await holderOf(tx, clientId);
  const { email } = await readPersonalData(tx, holder.id);
  await rows(tx, `update party set role = 'signatory' where id = :id`, { id: holder.id });
  await rows(tx, `update client set kind = 'corporate' where id = :clientId`, { clientId });
  await rows(tx, 'update kyc_case set answers_ct = null, version = version + 1 where id = :id', {
    id: of.id,
  });
  return addParty(
    tx,
    { entityId, clientId, role: 'holder', kind: 'organisation' },
    { ...data, email },
  );
}

async function lockCollecting(tx: Tx, clientId: string): Promise<KycCase> {
  const { id } = await openCase(tx, clientId);
  const of = await lockCase(tx, id);
  assertCollecting(of);
  return of;
}

/** Who may belong to whom: a company is led and owned; a person may be joined, and may have somebody act for them. */
const rolesOf = {
  corporate: ['beneficial_owner', 'shareholder', 'director', 'signatory', 'attorney'],
  individual: ['joint_holder', 'attorney'],
} as const satisfies Readonly<Record<string, readonly PartyRole[]>>;

/** People of one application, those in between included. */
const partiesMax = 20;

export interface NewMember {
  readonly role: PartyRole;
  readonly kind: 'individual' | 'organisation';
  readonly personal: Omit<PersonalData, 'email'> & { readonly email?: string };
}

/** Adds somebody to the application. 422 `role_not_possible`, `too_many_parties`; 409 `not_collecting`. */
export async function addMember(
  tx: Tx,
  clientId: string,
  { role, kind, personal }: NewMember,
): Promise<Party> {
  const of = await lockCollecting(tx, clientId);
  const corporate = (await companyOf(tx, clientId)) !== undefined;
  const possible: readonly PartyRole[] = rolesOf[corporate ? 'corporate' : 'individual'];
  const isFitting = possible.includes(role) && (kind === 'individual' || role === 'shareholder');
  if (!isFitting) {
    throw new Problem({
      status: 422,
      code: 'role_not_possible',
      detail: corporate
        ? 'A company in between is a shareholder; directors, owners and who signs are people.'
        : 'Only joint holders and attorneys belong to a person; say first that a company applies.',
      errors: [{ pointer: '/body/role', detail: 'cannot be this here' }],
    });
  }
  if ((await partiesOf(tx, clientId)).length >= partiesMax) {
    throw refused('too_many_parties', 'This application has too many people.', {
      limit: partiesMax,
    });
  }
  return asSystem(tx, async (system) => {
    const party = await addParty(
      system,
      { entityId: of.entityId, clientId, role, kind },
      { ...personal, email: personal.email ?? '' },
    );
    await appendEvents(system, [
      {
        ...caseEvent(of, 'kyc.party_added', { party: party.id, role, kind }),
        personal: { personId: party.id, data: { ...personal } },
      },
    ]);
    return party;
  });
}

/** Takes somebody out again; what was found of them stays. 409 `not_collecting`; 404 for the holder, too. */
export async function removeMember(tx: Tx, clientId: string, partyId: string): Promise<void> {
  const party = (await partiesOf(tx, clientId)).find(({ id }) => id === partyId);
  if (!party || party.role === 'holder') throw notFound('party');
  const of = await lockCollecting(tx, clientId);
  await asSystem(tx, async (system) => {
    await rows(system, 'update party set removed_at = clock_timestamp() where id = :partyId', {
      partyId,
    });
    await rows(
      system,
      `update document set state = 'archived' where party_id = :partyId and state <> 'archived'`,
      { partyId },
    );
    await appendEvents(system, [
      caseEvent(of, 'kyc.party_removed', { party: partyId, role: party.role }),
    ]);
  });
}

/**
 * Says who owns how much of whom, in the place of what was said before. 404 for somebody who does not belong to the
 * company; 422 `shares_over_100`, `shares_in_a_circle`, `person_is_owned`; 409 `not_collecting`.
 */
export async function setShares(tx: Tx, clientId: string, shares: readonly Share[]): Promise<void> {
  const present = await companyOf(tx, clientId);
  if (!present) throw notFound('company');
  const known = new Set(present.members.map(({ id }) => id));
  for (const { owner, owned } of shares) {
    if (!known.has(owner) || !known.has(owned)) throw notFound('party');
  }
  const of = await lockCollecting(tx, clientId);
  const [wrong] = shareProblems(present.members, shares);
  if (wrong) throw refused(wrong.code, shareWords[wrong.code], { party: wrong.party });
  await asSystem(tx, async (system) => {
    await rows(system, 'delete from ownership where client_id = :clientId', { clientId });
    for (const { owner, owned, basisPoints } of shares) {
      await rows(
        system,
        `insert into ownership (owner_party_id, owned_party_id, client_id, entity_id, basis_points)
         values (:owner, :owned, :clientId, :entityId, :basisPoints)`,
        { owner, owned, clientId, entityId: of.entityId, basisPoints },
      );
    }
    await appendEvents(system, [
      caseEvent(of, 'kyc.shares_told', {
        shares: shares.map((each) => ({ ...each })),
      }),
    ]);
  });
}

const shareWords = {
  shares_over_100: 'The shares of a company come to more than 100 percent.',
  shares_in_a_circle: 'A company cannot own itself, through others either.',
  person_is_owned: 'Nobody owns a person.',
} as const;
