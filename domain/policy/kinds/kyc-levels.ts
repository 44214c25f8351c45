import { evidenceFacts, kycLevels, type KycLevel } from '../../kyc/levels';
import { type FactDefinition } from '../fact';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories, questionnaireFact, riskLevels } from './kyc-approval';

export interface KycLevelsThen {
  /** Whoever the row holds for has this level at least. */
  readonly level: number;
}

export interface KycLevelsParameters {
  /** What each level is called, as the client reads it. */
  readonly names?: readonly { readonly level: number; readonly name: string }[];
}

export interface KycLevelsOutcome {
  /** `review`: something a row asks about is not known. What is not known proves nothing. */
  readonly decision: 'level' | 'review';
  readonly level: KycLevel;
  readonly reasons: readonly string[];
}

const proven = (label: string): FactDefinition => ({
  label,
  type: 'boolean',
  source: 'documents of the case that were accepted',
});

/**
 * Says how far a client is verified, from what their case has brought: the highest level of all rows that hold. A row
 * whose facts are not known gives nothing.
 */
export const kycLevelsKind: KindDefinition<KycLevelsThen, KycLevelsOutcome, KycLevelsParameters> = {
  kind: 'kyc.levels',
  title: 'Levels of verification',
  hitPolicy: 'all',
  facts: {
    'case.approved': { label: 'the case is approved', type: 'boolean', source: 'KYC case' },
    [evidenceFacts.identity]: proven('identity is proven'),
    [evidenceFacts.address]: proven('the address is proven'),
    [evidenceFacts.funds]: proven('the source of funds is proven'),
    [evidenceFacts.wealth]: proven('the source of wealth is proven'),
    [evidenceFacts.liveness]: proven('a selfie was accepted'),
    [evidenceFacts.ownership]: proven('who owns the company is proven'),
    [evidenceFacts.authority]: proven('who may act for the company is proven'),
    'details.complete': {
      label: 'personal details are complete',
      type: 'boolean',
      source: 'KYC case',
    },
    'questionnaire.complete': {
      label: 'every question that is asked is answered',
      type: 'boolean',
      source: 'questionnaire',
    },
    'questionnaire.answers': questionnaireFact,
    'steps.done': {
      label: 'verification steps done',
      type: 'textList',
      source: 'steps of kyc.approval, by an officer or an outside verifier',
    },
    'client.type': {
      label: 'kind of client',
      type: 'text',
      values: ['individual', 'corporate'],
      source: 'registration',
    },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.pep': { label: 'politically exposed', type: 'boolean', source: 'registration' },
    'risk.level': { label: 'risk level', type: 'text', values: riskLevels, source: 'kyc.risk' },
  },
  required: ['case.approved'],
  conclude: (findings) => {
    const person = needsPerson(findings);
    const given = findings.hits.map(({ then }) => then.level);
    return {
      decision: person ? 'review' : 'level',
      level: kycLevels.findLast((level) => given.includes(level)) ?? 0,
      reasons: [
        ...new Set([
          ...findings.hits.map(({ reason }) => reason),
          ...(person ? routedReasons(findings) : []),
        ]),
      ],
    };
  },
};
