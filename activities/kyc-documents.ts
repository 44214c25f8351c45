import { ageInYears, daysBetween } from '../domain/kyc/civil-date';
import type { Facts } from '../domain/policy/fact';
import type { KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';
import { checkDocument, readMrz } from '../domain/onboarding/document-checks';
import type { ChecklistItem } from '../domain/onboarding/checklist';
import type { Mrz } from '../domain/kyc/mrz';
import { rows, type Tx } from '../db/connection';
import {
  readDetails,
  recordChecks,
  sameContent,
  type Document,
  type DocumentCheck,
  type DocumentDetails,
} from '../db/documents';
import { decideByPolicy } from '../db/evaluations';
import { readChecklist, requirementFacts, type Application } from '../db/kyc-requirements';
import { changeParty, readPersonalData } from '../db/parties';
import { decryptFor, findPersons } from '../db/personal-data';

interface ExaminedDocument {
  readonly document: Document;
  readonly details: DocumentDetails;
  readonly mrz: Mrz | undefined;
  readonly checks: readonly DocumentCheck[];
  /** Every check passed, or a person has approved it in spite of one. */
  readonly good: boolean;
}

/** What the documents say of the client, for policies and for screening. */
export interface Examination {
  readonly documents: readonly ExaminedDocument[];
  readonly items: readonly ChecklistItem[];
  readonly requirements: KycDocumentsOutcome;
  readonly pins: readonly string[];
  /** Of the identity document that counts. */
  readonly mrz: Mrz | undefined;
  readonly facts: Facts;
}

/** Checks every document that counts by the rules of the client's entity, and keeps what was found. */
export async function examineDocuments(
  tx: Tx,
  application: Application,
  today: string,
): Promise<Examination> {
  const answer = await decideByPolicy(tx, {
    kind: 'kyc.documents',
    subject: application.case.id,
    entityId: application.case.entityId,
    clientId: application.case.clientId,
    personId: application.holder.id,
    facts: requirementFacts(application),
  });
  const requirements = answer.evaluation.outcome;
  const documents: ExaminedDocument[] = [];
  let elsewhere = false;
  for (const document of application.documents) {
    if (document.state === 'archived') continue;
    const details = await readDetails(tx, document);
    const same = await sameContent(tx, document);
    elsewhere ||= same.elsewhere;
    const checks = checkDocument(
      { ...details, kind: document.kind, resubmitted: same.resubmitted },
      { name: application.personal.name, birthDate: application.personal.birth_date },
      {
        today,
        requirement: requirements.requirements.find(({ slot }) => slot === document.slot),
        expiringWithinDays: requirements.expiringWithinDays,
      },
    );
    await recordChecks(tx, document.id, checks);
    documents.push({
      document,
      details,
      mrz: readMrz({ ...details, kind: document.kind }, today),
      checks,
      good: document.state === 'approved' || checks.every((check) => check.ok),
    });
  }
  const { items } = readChecklist(application, requirements);
  const identity = documents.find(({ document }) => document.slot === 'identity');
  const duplicate = elsewhere || (await isDuplicate(tx, application, identity));
  return {
    documents,
    items,
    requirements,
    pins: answer.pins,
    mrz: identity?.mrz,
    facts: factsOf(application, { documents, items, identity, duplicate, today }),
  };
}

function factsOf(
  application: Application,
  found: {
    readonly documents: readonly ExaminedDocument[];
    readonly items: readonly ChecklistItem[];
    readonly identity: ExaminedDocument | undefined;
    readonly duplicate: boolean;
    readonly today: string;
  },
): Facts {
  const { documents, items, identity, today } = found;
  const inSlot = (slot: string) => documents.filter(({ document }) => document.slot === slot);
  const proven = (slot: string) =>
    inSlot(slot).length > 0 && inSlot(slot).every(({ good }) => good);
  const expiresOn = identity?.mrz?.expiresOn ?? identity?.details.expiresOn;
  const birthDate = identity?.mrz?.dateOfBirth ?? application.personal.birth_date;
  return {
    'documents.complete': items.every((item) => item.done),
    'documents.failures': failuresOf(documents),
    'documents.undecided': documents.filter(({ document }) => document.state === 'new').length,
    'identity.checksPassed': proven('identity'),
    'identity.expiresInDays': expiresOn ? daysBetween(today, expiresOn) : null,
    'address.verified': !items.some((item) => item.slot === 'address') || proven('address'),
    'client.ageYears': birthDate ? ageInYears(birthDate, today) : null,
    'client.residence': application.client.residence,
    'client.nationality': nationalityOf(application, identity?.mrz) ?? null,
    'client.category': application.client.category,
    'client.pep': application.answers?.pep ?? null,
    'client.duplicate': found.duplicate,
  };
}

/** Codes of failed checks, without those of documents that a person approved all the same. */
export function failuresOf(documents: readonly ExaminedDocument[]): string[] {
  const failed = documents.flatMap(({ good, checks }) =>
    good ? [] : checks.filter((check) => !check.ok).map((check) => check.code),
  );
  return [...new Set(failed)];
}

export function nationalityOf(application: Application, mrz: Mrz | undefined): string | undefined {
  return mrz?.nationalityCountry ?? application.personal.nationality;
}

/** The same document number and birth date under another client of the entity. */
async function isDuplicate(
  tx: Tx,
  application: Application,
  identity: ExaminedDocument | undefined,
): Promise<boolean> {
  const number = identity?.mrz?.documentNumber ?? identity?.details.number;
  if (number === undefined || number === '') return false;
  const { holder, personal } = application;
  if (personal.document_number !== number) {
    await changeParty(tx, holder.id, { document_number: number });
  }
  const others = await rows<{ id: string; birth_date_ct: string | null }>(
    tx,
    `select id, birth_date_ct from party
     where id = any (:persons) and client_id <> :clientId and entity_id = :entityId`,
    {
      persons: await findPersons(tx, 'document_number', number),
      clientId: holder.clientId,
      entityId: holder.entityId,
    },
  );
  const { birth_date: birthDate } = await readPersonalData(tx, holder.id);
  for (const other of others) {
    if (other.birth_date_ct === null || birthDate === undefined) return true;
    if ((await decryptFor(tx, other.id, 'birth_date', other.birth_date_ct)) === birthDate) {
      return true;
    }
  }
  return false;
}
