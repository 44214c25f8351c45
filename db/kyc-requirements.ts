import type { Facts } from '../domain/policy/fact';
import type { Answers } from '../domain/onboarding/answers';
import { powerOfAttorney, shippedDocumentKinds } from '../domain/kyc/document';
import type { ReasonWords } from '../domain/kyc/reason-codes';
import { answersAsFact, missingAnswers, type Question } from '../domain/onboarding/questions';
import { checklistOf, type ChecklistItem } from '../domain/onboarding/checklist';
import { answerFacts } from '../domain/policy/answer-facts';
import { evaluate } from '../domain/policy/evaluate';
import type { KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';
import { notFound } from '../domain/problem';
import { requirementsOf } from '../domain/onboarding/party-requirements';
import { atOnce } from './at-once';
import { readClient, type Client } from './clients';
import { sourceStandings } from './source-standings';
import type { Tx } from './connection';
import {
  missingDeclarations,
  type SourceStanding,
  type WantedDeclaration,
} from '../domain/kyc/sources';
import { documentsOf, type Document } from './documents';
import { readAnswers, type KycCase } from './kyc';
import { companyOf, type CompanyStructure } from './companies';
import { partiesOf, readPersonalData, type Party, type PersonalData } from './parties';
import { effectivePolicy, type PolicyInForce } from './policies';

/** Everything an application is made of, read under the scope of whoever asks. */
export interface Application {
  readonly case: KycCase;
  readonly client: Client;
  readonly holder: Party;
  readonly personal: PersonalData;
  /** Everybody else who belongs to the client. */
  readonly others: readonly RelatedParty[];
  /** Of a corporate client. */
  readonly company: CompanyStructure | undefined;
  readonly answers: Answers | undefined;
  /** Replaced documents last. */
  readonly documents: readonly Document[];
  /** Of the client's money, as they were declared. */
  readonly sources: readonly SourceStanding[];
}

export async function readApplication(tx: Tx, of: KycCase): Promise<Application> {
  const [parties, client, documents, sources] = await atOnce(
    tx,
    () => partiesOf(tx, of.clientId),
    () => readClient(tx, of.clientId),
    () => documentsOf(tx, of.id),
    () => sourceStandings(tx, of.id),
  );
  const [holder, ...rest] = parties;
  if (holder?.role !== 'holder') throw notFound('client');
  const [personal, answers] = await atOnce(
    tx,
    () => readPersonalData(tx, holder.id),
    () => readAnswers(tx, { caseId: of.id, partyId: holder.id }),
  );
  const others: RelatedParty[] = [];
  for (const party of rest) {
    others.push({ party, personal: await readPersonalData(tx, party.id) });
  }
  const company = client.kind === 'corporate' ? await companyOf(tx, client.id) : undefined;
  return { case: of, client, holder, personal, others, company, answers, documents, sources };
}

/** Somebody who belongs to a client, beside the holder. */
export interface RelatedParty {
  readonly party: Party;
  readonly personal: PersonalData;
}

/** What the policy asks of a party of the application. */
export function outcomeFor(
  { company }: Pick<Application, 'company'>,
  outcome: KycDocumentsOutcome,
  party: Party,
): KycDocumentsOutcome {
  const requirements = requirementsOf(outcome, party, company?.effective ?? new Map());
  if (party.role !== 'attorney') return { ...outcome, requirements };
  // Asked of whoever is an attorney, whatever the policy accepts of others.
  const power = outcome.kinds.some(({ code }) => code === powerOfAttorney)
    ? []
    : shippedDocumentKinds.filter(({ code }) => code === powerOfAttorney);
  return { ...outcome, requirements, kinds: [...outcome.kinds, ...power] };
}

/** Facts of the policy `kyc.documents`. Until the client has said so, a small deposit is expected. */
export function requirementFacts(application: Application, questions: readonly Question[]): Facts {
  const { client, personal, answers } = application;
  return {
    'client.residence': client.residence,
    'client.nationality': personal.nationality ?? null,
    'client.category': client.category,
    'client.expectedDeposit': answers?.expectedDeposit ?? '0.00',
    'client.pep': answers?.pep ?? null,
    'client.level': client.kycLevel,
    'questionnaire.answers': answersAsFact(answers?.questionnaire),
    ...answerFacts(questions, answers?.questionnaire),
    'risk.level': application.case.riskLevel,
  };
}

/** Which documents the client's entity asks the client for, by the policy that its case was opened under. */
export async function readRequirements(
  tx: Tx,
  application: Application,
): Promise<KycDocumentsOutcome> {
  return outcomeFor(application, await readAllRequirements(tx, application), application.holder);
}

/** The same before it is known of whom it is asked. */
export async function readAllRequirements(
  tx: Tx,
  application: Application,
): Promise<KycDocumentsOutcome> {
  const { compiled } = await documentsPolicy(tx, application);
  const { questions = [] } = compiled.effective.parameters;
  return evaluate(compiled, requirementFacts(application, questions)).outcome;
}

/** The entity's own questions, as of the opening of the case. */
export async function questionsOf(tx: Tx, application: Application): Promise<readonly Question[]> {
  const { compiled } = await documentsPolicy(tx, application);
  return compiled.effective.parameters.questions ?? [];
}

/** What the case is asked by. */
export function documentsPolicy(
  tx: Tx,
  { case: of }: Application,
): Promise<PolicyInForce<'kyc.documents'>> {
  return effectivePolicy(tx, 'kyc.documents', { entityId: of.entityId, openedAt: of.openedAt });
}

/** Whose words and which language a letter about the case is written in. */
export async function wordsOfCase(tx: Tx, of: KycCase): Promise<ReasonWords> {
  const application = await readApplication(tx, of);
  return reasonWordsOf(application, await readAllRequirements(tx, application));
}

/** In whose words and in which language the client reads reasons. */
export function reasonWordsOf(
  { client }: Pick<Application, 'client'>,
  { reasonTexts }: Pick<KycDocumentsOutcome, 'reasonTexts'>,
): ReasonWords {
  return { texts: reasonTexts, locale: client.locale };
}

/** Personal details without which no application of a person is complete. */
export const requiredDetails = ['birth_date', 'nationality', 'address'] as const;

/** Of a company its register says the rest. */
function requiredOf({ kind }: Pick<Party, 'kind'>): readonly (typeof requiredDetails)[number][] {
  return kind === 'organisation' ? ['nationality', 'address'] : requiredDetails;
}

/** What of it has to be declared, and with how many papers. */
export function wantedDeclarations({
  declarations,
}: Pick<KycDocumentsOutcome, 'declarations'>): WantedDeclaration[] {
  return declarations.map(({ slot, count }) => ({ basis: slot, papersMin: count }));
}

export interface Checklist {
  readonly items: readonly ChecklistItem[];
  /** Names of what is not there yet: `birth_date`, `answers`, `document:identity` … */
  readonly missing: readonly string[];
}

/** What is missing, in the order a client would fill it in. */
export function readChecklist(application: Application, outcome: KycDocumentsOutcome): Checklist {
  const items = checklistOf(
    outcome.requirements,
    application.documents.filter(({ partyId }) => partyId === application.holder.id),
  );
  return {
    items,
    missing: [
      ...requiredOf(application.holder).filter(
        (field) => application.personal[field] === undefined,
      ),
      ...(application.answers === undefined
        ? ['answers']
        : missingAnswers(outcome.questions, application.answers.questionnaire ?? {}).map(
            (code) => `question:${code}`,
          )),
      ...items.filter((item) => !item.done).map((item) => `document:${item.slot}`),
      ...missingDeclarations(wantedDeclarations(outcome), application.sources).map(
        (basis) => `source:${basis}`,
      ),
      ...(application.company?.missing ?? []).map((what) => `company:${what}`),
    ],
  };
}

export interface PartyChecklist {
  readonly related: RelatedParty;
  readonly items: readonly ChecklistItem[];
  /** Names of what is not there yet, as of the client. */
  readonly missing: readonly string[];
}

/** What is missing of everybody who belongs to the client, from what the policy asks before it is known of whom. */
export function readPartyChecklists(
  application: Application,
  asked: KycDocumentsOutcome,
): PartyChecklist[] {
  return application.others.map((related) => {
    const { party, personal } = related;
    const { requirements } = outcomeFor(application, asked, party);
    const items = checklistOf(
      requirements,
      application.documents.filter(({ partyId }) => partyId === party.id),
    );
    // Of whom no paper is asked, a name and a country are enough to be screened.
    const details = requirements.length === 0 ? (['nationality'] as const) : requiredOf(party);
    return {
      related,
      items,
      missing: [
        ...details.filter((field) => personal[field] === undefined),
        ...items.filter((item) => !item.done).map((item) => `document:${item.slot}`),
      ],
    };
  });
}

/** All that is missing before the application can be handed in: of the client, then of each party. */
export async function missingOf(tx: Tx, application: Application): Promise<string[]> {
  const asked = await readAllRequirements(tx, application);
  const own = readChecklist(application, outcomeFor(application, asked, application.holder));
  return [
    ...own.missing,
    ...readPartyChecklists(application, asked).flatMap(({ related, missing }) =>
      missing.map((what) => `party:${related.party.id}:${what}`),
    ),
  ];
}
