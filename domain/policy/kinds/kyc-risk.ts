import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { mediaWeights } from '../../kyc/adverse-media';
import { questionnaireFact, type riskLevels, screeningVerdicts } from './kyc-approval';

export type RiskLevel = (typeof riskLevels)[number];

export interface KycRiskThen {
  readonly points: number;
}

export interface KycRiskParameters {
  /** Points from which the level is medium, and high. */
  readonly mediumFrom: number;
  readonly highFrom: number;
  /** Months until the client is reviewed again, by level. */
  readonly reviewMonths: Readonly<Record<RiskLevel, number>>;
}

export interface KycRiskOutcome {
  readonly decision: 'scored' | 'review';
  /** Points of the rules that hold. */
  readonly score: number;
  /** Points if every undecided rule held too. */
  readonly scoreMax: number;
  /** The level of `scoreMax`: what is not known counts against, never for. */
  readonly level: RiskLevel;
  readonly reviewMonths: number;
  readonly reasons: readonly string[];
}

export const occupationRisks = ['low', 'medium', 'high'] as const;
export const fundsSources = [
  'salary',
  'pension',
  'savings',
  'business',
  'investments',
  'inheritance',
  'crypto',
  'gambling',
  'other',
] as const;

/** Scores a client's money-laundering risk: points of every rule that holds, and a level. */
export const kycRisk: KindDefinition<KycRiskThen, KycRiskOutcome, KycRiskParameters> = {
  kind: 'kyc.risk',
  title: 'KYC risk score',
  hitPolicy: 'all',
  facts: {
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.nationality': { label: 'nationality', type: 'country', source: 'registration' },
    'questionnaire.answers': questionnaireFact,
    'client.type': {
      label: 'kind of client',
      type: 'text',
      values: ['individual', 'corporate'],
      source: 'registration',
    },
    'client.pep': {
      label: 'politically exposed',
      type: 'boolean',
      source: 'registration, screening',
    },
    'client.occupationRisk': {
      label: 'risk of the occupation',
      type: 'text',
      values: occupationRisks,
      source: 'registration',
    },
    'client.fundsSource': {
      label: 'source of funds',
      type: 'text',
      values: fundsSources,
      source: 'registration',
    },
    'client.expectedDeposit': {
      label: 'deposits expected in a year',
      type: 'money',
      unit: 'EUR',
      source: 'registration',
    },
    'client.channel': {
      label: 'how the client came',
      type: 'text',
      values: ['direct', 'partner'],
      source: 'attribution',
    },
    'sources.kinds': {
      label: 'declared sources of money (funds or wealth: kind)',
      type: 'textList',
      source: 'declared sources that were not refused',
    },
    'sources.yearly': {
      label: 'declared income of a year',
      type: 'money',
      unit: 'EUR',
      source: 'declared sources that were not refused; 0 where none is declared',
    },
    'media.worst': {
      label: 'gravest of what was found published',
      type: 'text',
      values: mediaWeights,
      source: 'notes of officers',
    },
    'screening.verdict': {
      label: 'sanctions screening',
      type: 'text',
      values: screeningVerdicts,
      source: 'screening',
    },
  },
  required: ['client.residence', 'client.pep'],
  conclude: (findings) => {
    const points = (hits: readonly { then: KycRiskThen }[]): number =>
      hits.reduce((sum, hit) => sum + hit.then.points, 0);
    const score = points(findings.hits);
    const scoreMax = score + points(findings.undecided.filter((hit) => hit.then.points > 0));
    const { highFrom, mediumFrom, reviewMonths } = findings.parameters;
    const broken = findings.errors.length > 0;
    const level: RiskLevel =
      broken || scoreMax >= highFrom ? 'high' : scoreMax >= mediumFrom ? 'medium' : 'low';
    const person = needsPerson(findings);
    return {
      decision: person ? 'review' : 'scored',
      score,
      scoreMax,
      level,
      reviewMonths: reviewMonths[level],
      reasons: [
        ...new Set([
          ...findings.hits.map((hit) => hit.reason),
          ...(person ? routedReasons(findings) : []),
        ]),
      ],
    };
  },
};
