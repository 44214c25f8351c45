import type { Question } from '../../onboarding/questions';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories, questionnaireFact } from './kyc-approval';

export interface ClientAppropriatenessThen {
  readonly points: number;
}

export interface ClientAppropriatenessParameters {
  /** Put to the client in this order; none: there is no test. */
  readonly questions: readonly Question[];
  /** Points from which trading is appropriate. */
  readonly passFrom: number;
  /** Hours between the warning and the client's going on all the same. */
  readonly coolingHours: number;
  /** Whether a retail client opens no account before the test. */
  readonly isRequired: boolean;
  /** What a client reads for whom trading is not appropriate. */
  readonly warning: string;
}

export interface ClientAppropriatenessOutcome {
  readonly decision: 'appropriate' | 'not_appropriate';
  /** Points of the rules that hold; what is not known gives none. */
  readonly score: number;
  readonly reasons: readonly string[];
}

/**
 * Scores what a client knows of leveraged trading and has done of it (MiFID II art. 25(3), Delegated Regulation 2017/565
 * art. 55 and 56). What is not known counts as not there: the client is warned, and never turned away for it.
 */
export const clientAppropriateness: KindDefinition<
  ClientAppropriatenessThen,
  ClientAppropriatenessOutcome,
  ClientAppropriatenessParameters
> = {
  kind: 'client.appropriateness',
  title: 'Test of appropriateness',
  hitPolicy: 'all',
  facts: {
    'questionnaire.answers': questionnaireFact,
    'client.category': {
      label: 'category',
      type: 'text',
      values: clientCategories,
      source: 'client',
    },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
  },
  required: ['questionnaire.answers'],
  conclude: (findings) => {
    const score = findings.hits.reduce((sum, hit) => sum + hit.then.points, 0);
    const broken = findings.errors.length > 0 || findings.missing.length > 0;
    const passed = !broken && score >= findings.parameters.passFrom;
    return {
      decision: passed ? 'appropriate' : 'not_appropriate',
      score,
      reasons: [
        ...new Set([
          ...findings.hits.map((hit) => hit.reason),
          ...(needsPerson(findings) ? routedReasons(findings) : []),
        ]),
      ],
    };
  },
};
