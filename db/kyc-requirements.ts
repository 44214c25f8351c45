import type { Facts } from '../domain/policy/fact';
import type { Answers } from '../domain/onboarding/answers';
import type { ReasonWords } from '../domain/kyc/reason-codes';
import { answersAsFact, missingAnswers, type Question } from '../domain/onboarding/questions';
import { checklistOf, type ChecklistItem } from '../domain/onboarding/checklist';
import { answerFacts } from '../domain/policy/answer-facts';
import { evaluate } from '../domain/policy/evaluate';
import type { KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';
import { atOnce } from './at-once';
import { readClient, type Client } from './clients';
import type { Tx } from './connection';
import { documentsOf, type Document } from './documents';
import { readAnswers, type KycCase } from './kyc';
import { holderOf, readPersonalData, type Party, type PersonalData } from './parties';
import { effectivePolicy } from './policies';

/** Everything an application is made of, read under the scope of whoever asks. */
export interface Application {
  readonly case: KycCase;
  readonly client: Client;
  readonly holder: Party;
  readonly personal: PersonalData;
  readonly answers: Answers | undefined;
  /** Replaced documents last. */
  readonly documents: readonly Document[];
}

export async function readApplication(tx: Tx, of: KycCase): Promise<Application> {
  const [holder, client, documents] = await atOnce(
    tx,
    () => holderOf(tx, of.clientId),
    () => readClient(tx, of.clientId),
    () => documentsOf(tx, of.id),
  );
  const [personal, answers] = await atOnce(
    tx,
    () => readPersonalData(tx, holder.id),
    () => readAnswers(tx, { caseId: of.id, partyId: holder.id }),
  );
  return { case: of, client, holder, personal, answers, documents };
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
    'questionnaire.answers': answersAsFact(answers?.questionnaire),
    ...answerFacts(questions, answers?.questionnaire),
    'risk.level': application.case.riskLevel,
  };
}

/** Which documents the client's entity asks for, by the policy that its case was opened under. */
export async function readRequirements(
  tx: Tx,
  application: Application,
): Promise<KycDocumentsOutcome> {
  const policy = await effectivePolicy(tx, 'kyc.documents', {
    entityId: application.case.entityId,
    openedAt: application.case.openedAt,
  });
  const { questions = [] } = policy.compiled.effective.parameters;
  return evaluate(policy.compiled, requirementFacts(application, questions)).outcome;
}

/** In whose words and in which language the client reads reasons. */
export function reasonWordsOf(
  { client }: Pick<Application, 'client'>,
  { reasonTexts }: Pick<KycDocumentsOutcome, 'reasonTexts'>,
): ReasonWords {
  return { texts: reasonTexts, locale: client.locale };
}

/** Personal details without which no application is complete. */
export const requiredDetails = ['birth_date', 'nationality', 'address'] as const;

export interface Checklist {
  readonly items: readonly ChecklistItem[];
  /** Names of what is not there yet: `birth_date`, `answers`, `document:identity` … */
  readonly missing: readonly string[];
}

/** What is missing, in the order a client would fill it in. */
export function readChecklist(application: Application, outcome: KycDocumentsOutcome): Checklist {
  const items = checklistOf(outcome.requirements, application.documents);
  return {
    items,
    missing: [
      ...requiredDetails.filter((field) => application.personal[field] === undefined),
      ...(application.answers === undefined
        ? ['answers']
        : missingAnswers(outcome.questions, application.answers.questionnaire ?? {}).map(
            (code) => `question:${code}`,
          )),
      ...items.filter((item) => !item.done).map((item) => `document:${item.slot}`),
    ],
  };
}
