import { type ApprovalQueue } from '../../kyc/approval-queues';
import { type FactDefinition } from '../fact';
import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';

/** Precedence: reject/escalate > request > review > approve; a person comes before an automatic no. */
export const kycDecisions = ['escalate', 'reject', 'request', 'review', 'approve'] as const;
export type KycDecision = (typeof kycDecisions)[number];

export type KycApprovalThen = RoutedThen<KycDecision>;
export type KycApprovalOutcome = RoutedOutcome<KycDecision>;

/** Something that an officer does before anybody is approved: a call, a look at the source of wealth. */
export interface VerificationStep {
  /** For ever: what was done in a case is known by it. */
  readonly code: string;
  readonly name: string;
  /** What the officer has to do. */
  readonly instruction: string;
  /** Two people have to do it. */
  readonly fourEyes?: boolean;
  /** An outside verifier does it, by the name in the file of verifiers; an officer where it cannot or will not say yes. */
  readonly verifier?: string;
  /** Which of the verifier's flows. */
  readonly level?: string;
  /** Hours, by the wall clock, after which its answer is not waited for any more; 72 unless said. */
  readonly answerHoursMax?: number;
}

export interface KycApprovalParameters {
  /** In this order, once documents, screening, risk and rules have let a case through. */
  readonly steps?: readonly VerificationStep[];
  /** Where approvals may wait, beside the queues that every house has. */
  readonly queues?: readonly ApprovalQueue[];
  /** In so many rounds a client may send papers; in the last a person looks before they are asked once more. */
  readonly roundsMax?: number;
  readonly minimumAgeYears: number;
  /** A screening older than this is run again before anyone is approved. */
  readonly screeningAgeHoursMax: number;
}

/** Where a version of before says nothing of rounds. */
export const roundsMaxUnsaid = 3;

export const screeningVerdicts = ['clear', 'possible', 'strong', 'unreadable'] as const;
export const riskLevels = ['low', 'medium', 'high'] as const;
export const clientCategories = ['retail', 'professional'] as const;

/** What rules read of an entity's own questionnaire. */
export const questionnaireFact = {
  label: 'answers to the questionnaire (code: answer)',
  type: 'textList',
  source: 'questionnaire',
} as const satisfies FactDefinition;

/** Decides a KYC case: approve by itself, ask the client, or hand it to a person with the exact issue. */
export const kycApproval: KindDefinition<
  KycApprovalThen,
  KycApprovalOutcome,
  KycApprovalParameters
> = {
  kind: 'kyc.approval',
  title: 'KYC approval',
  hitPolicy: 'worst',
  facts: {
    'documents.complete': {
      label: 'every required document is there',
      type: 'boolean',
      source: 'document checks',
    },
    'documents.failures': {
      label: 'failed document checks',
      type: 'textList',
      source: 'document checks',
    },
    'documents.undecided': {
      label: 'documents that a person has not decided',
      type: 'number',
      source: 'document checks',
    },
    'identity.checksPassed': {
      label: 'every check of the identity document passed',
      type: 'boolean',
      source: 'document checks',
    },
    'identity.expiresInDays': {
      label: 'identity document expiry',
      type: 'number',
      unit: 'days',
      source: 'document checks',
    },
    'address.verified': {
      label: 'the address is proven as far as this entity asks',
      type: 'boolean',
      source: 'document checks',
    },
    'address.ageDays': {
      label: 'age of the proof of address',
      type: 'number',
      unit: 'days',
      source: 'date on the document',
    },
    'client.ageYears': {
      label: 'age',
      type: 'number',
      unit: 'years',
      source: 'identity document',
    },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.nationality': { label: 'nationality', type: 'country', source: 'identity document' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.pep': {
      label: 'politically exposed',
      type: 'boolean',
      source: 'registration, screening',
    },
    'client.duplicate': {
      label: 'the same identity is a client already',
      type: 'boolean',
      source: 'blind index of document numbers',
    },
    'screening.verdict': {
      label: 'sanctions screening',
      type: 'text',
      values: screeningVerdicts,
      source: 'screening',
    },
    'screening.ageHours': {
      label: 'age of the screening',
      type: 'number',
      unit: 'hours',
      source: 'screening',
    },
    'risk.level': { label: 'risk level', type: 'text', values: riskLevels, source: 'kyc.risk' },
    'risk.score': { label: 'risk score', type: 'number', unit: 'points', source: 'kyc.risk' },
    'questionnaire.answers': questionnaireFact,
    'verification.results': {
      label: 'outside verification (step: result)',
      type: 'textList',
      source: 'outside verifiers',
    },
    'verification.reasons': {
      label: 'why outside verification did not pass',
      type: 'textList',
      source: 'outside verifiers',
    },
    'appropriateness.passed': {
      label: 'appropriateness test passed',
      type: 'boolean',
      source: 'questionnaire',
    },
  },
  required: [
    'documents.complete',
    'documents.failures',
    'identity.checksPassed',
    'client.ageYears',
    'client.pep',
    'client.duplicate',
    'screening.verdict',
    'risk.level',
  ],
  conclude: (findings) =>
    worstOf(
      {
        precedence: kycDecisions,
        person: 'review',
        automatic: 'approve',
        queue: 'compliance',
        dueHours: 24,
      },
      findings,
    ),
};
