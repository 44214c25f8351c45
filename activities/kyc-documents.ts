import type { ClientProfile } from '../domain/kyc/case-facts';
import type { CheckedDocument } from '../domain/kyc/document-checks';
import type { Mrz } from '../domain/kyc/mrz';
import { occupationRisk } from '../domain/onboarding/answers';
import { answersAsFact } from '../domain/onboarding/questions';
import { answerFacts } from '../domain/policy/answer-facts';
import { countedIn } from '../domain/payments/limit-rates';
import type { KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';
import { worstMediaOf } from '../db/adverse-media';
import type { Client } from '../db/clients';
import { rows, type Tx } from '../db/connection';
import { declaredMeans } from '../db/declared-sources';
import { checkOne } from '../db/document-check';
import { recordChecks } from '../db/documents';
import { decideByPolicy } from '../db/evaluations';
import {
  outcomeFor,
  questionsOf,
  requirementFacts,
  type Application,
  type RelatedParty,
} from '../db/kyc-requirements';
import { changeParty } from '../db/parties';
import { decryptFor, findPersons } from '../db/personal-data';
import { effectivePolicy } from '../db/policies';

/** What the documents say of the client, for policies and for screening. */
export interface Examination {
  readonly profile: ClientProfile;
  readonly documents: readonly CheckedDocument[];
  /** Asked of the client, and of each party that belongs to it. */
  readonly requirements: KycDocumentsOutcome['requirements'];
  readonly others: readonly {
    readonly requirements: KycDocumentsOutcome['requirements'];
    readonly documents: readonly CheckedDocument[];
  }[];
  readonly pins: readonly string[];
  /** Of the identity document that counts. */
  readonly mrz: Mrz | undefined;
  readonly duplicate: boolean;
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
    facts: requirementFacts(application, await questionsOf(tx, application)),
    openedAt: application.case.openedAt,
  });
  const { outcome } = answer.evaluation;
  const { holder, personal } = application;
  const parties: readonly RelatedParty[] = [{ party: holder, personal }, ...application.others];
  const asked = new Map(
    parties.map(({ party }) => [party.id, outcomeFor(application, outcome, party)]),
  );
  const documents: CheckedDocument[] = [];
  const byParty = new Map<string, CheckedDocument[]>(parties.map(({ party }) => [party.id, []]));
  let duplicate = false;
  for (const document of application.documents) {
    if (document.state === 'archived') continue;
    const owner = parties.find(({ party }) => party.id === document.partyId);
    const own = asked.get(document.partyId);
    if (!owner || !own) continue;
    const checked = await checkOne(tx, application, { document, outcome: own, today });
    await recordChecks(tx, document.id, checked.checks);
    documents.push(checked);
    byParty.get(document.partyId)?.push(checked);
    // Whoever leads or owns a company may be a client beside it, and lead another.
    const isClient = owner.party.role === 'holder' || owner.party.role === 'joint_holder';
    duplicate ||= isClient && checked.elsewhere;
    if (checked.slot === 'identity' && checked.number) {
      const isKnown = await isDuplicate(tx, owner, checked.number);
      duplicate ||= isClient && isKnown;
    }
  }
  const own = byParty.get(holder.id) ?? [];
  const mrz = own.find((checked) => checked.slot === 'identity')?.mrz ?? undefined;
  return {
    profile: await profileOf(tx, application, mrz),
    documents,
    requirements: asked.get(holder.id)?.requirements ?? [],
    others: application.others.map(({ party }) => ({
      requirements: asked.get(party.id)?.requirements ?? [],
      documents: byParty.get(party.id) ?? [],
    })),
    pins: answer.pins,
    mrz,
    duplicate,
  };
}

/** The client in the words of `kyc.documents` and `kyc.risk`. */
export async function profileOf(
  tx: Tx,
  application: Application,
  mrz: Mrz | undefined,
): Promise<ClientProfile> {
  const { client, personal, answers } = application;
  const referred = await rows(
    tx,
    'select 1 from attribution where client_id = :clientId and to_at is null',
    { clientId: client.id },
  );
  return {
    type: client.kind,
    residence: client.residence,
    nationality: mrz?.nationalityCountry ?? personal.nationality ?? null,
    category: client.category,
    pep: answers?.pep ?? null,
    occupationRisk: answers ? occupationRisk(answers.occupation) : null,
    fundsSource: answers?.fundsSource ?? null,
    expectedDeposit: answers?.expectedDeposit ?? null,
    channel: referred.length > 0 ? 'partner' : 'direct',
    questionnaire: answersAsFact(answers?.questionnaire),
    answers: answerFacts(await questionsOf(tx, application), answers?.questionnaire),
    means: await meansOf(tx, client),
    media: await worstMediaOf(tx, client.id),
  };
}

/** Declared amounts count in EUR at the rates that limits on money have. */
async function meansOf(
  tx: Tx,
  { id, entityId }: Client,
): Promise<NonNullable<ClientProfile['means']>> {
  const { kinds, yearly } = await declaredMeans(tx, id);
  const { compiled } = await effectivePolicy(tx, 'aml', { entityId });
  const { limitRates = [] } = compiled.effective.parameters;
  return { kinds, yearly: countedIn('EUR', limitRates, yearly) };
}

/** The same document number and birth date under another client of the entity. */
async function isDuplicate(
  tx: Tx,
  { party: holder, personal }: RelatedParty,
  number: string,
): Promise<boolean> {
  if (personal.document_number !== number) {
    await changeParty(tx, holder.id, { document_number: number });
  }
  const others = await rows<{ id: string; birth_date_ct: string | null }>(
    tx,
    `select id, birth_date_ct from party
     where id = any (:persons) and client_id <> :clientId and entity_id = :entityId
       and role in ('holder', 'joint_holder')`,
    {
      persons: await findPersons(tx, 'document_number', number),
      clientId: holder.clientId,
      entityId: holder.entityId,
    },
  );
  for (const other of others) {
    if (other.birth_date_ct === null || personal.birth_date === undefined) return true;
    const born = await decryptFor(tx, other.id, 'birth_date', other.birth_date_ct);
    if (born === personal.birth_date) return true;
  }
  return false;
}
