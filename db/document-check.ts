import { checkDocument, type CheckedDocument } from '../domain/kyc/document-checks';
import { parseMrz } from '../domain/kyc/mrz';
import { declaredName } from '../domain/onboarding/declared-name';
import type { KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';
import type { Tx } from './connection';
import { printOf } from './document-readings';
import { readDetails, sameContent, type Document } from './documents';
import type { Application } from './kyc-requirements';
import type { PersonalData } from './parties';

/** Checks a stored document by what the entity asks for in its slot, against the data of the party whose it is. */
export async function checkOne(
  tx: Tx,
  application: Application,
  {
    document,
    outcome,
    today,
  }: {
    readonly document: Document;
    readonly outcome: KycDocumentsOutcome;
    /** `YYYY-MM-DD`. */
    readonly today: string;
  },
): Promise<CheckedDocument & { readonly elsewhere: boolean; readonly number: string | undefined }> {
  const personal = personalOf(application, document.partyId);
  const details = await readDetails(tx, document);
  const print = await printOf(tx, document);
  const same = await sameContent(tx, document);
  const lines = details.mrz ?? print?.zone ?? undefined;
  const zone = lines === undefined ? undefined : parseMrz(lines, today);
  const checked = checkDocument(
    {
      id: document.id,
      kind: document.kind,
      status: document.state,
      mrzText: details.mrz ?? null,
      print: print ?? null,
      issuedOn: details.issuedOn ?? null,
      expiresOn: details.expiresOn ?? null,
      issuingCountry: details.issuer ?? null,
      sameImage: same.resubmitted,
    },
    {
      ...declaredName(personal.name, zone?.ok ? zone.mrz : null),
      dateOfBirth: personal.birth_date ?? null,
    },
    { ...outcome, requirements: outcome.requirements.filter(({ slot }) => slot === document.slot) },
    today,
  );
  return {
    ...checked,
    elsewhere: same.elsewhere,
    number: checked.mrz?.documentNumber ?? details.number,
  };
}

/** What is registered of the party. */
function personalOf({ holder, personal, others }: Application, partyId: string): PersonalData {
  if (partyId === holder.id) return personal;
  const other = others.find(({ party }) => party.id === partyId);
  if (!other) throw new Error('the document is of nobody in the application');
  return other.personal;
}
