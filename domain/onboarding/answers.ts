import { type QuestionAnswers } from './questions';
import { type PlatformKind } from '../trading/capabilities';
import { type fundsSources, type occupationRisks } from '../policy/kinds/kyc-risk';

/** What a client lives on, from a closed list, so that a rule can weigh it. */
export const occupations = [
  'employed',
  'self_employed',
  'public_service',
  'retired',
  'student',
  'unemployed',
  'cash_business',
  'arms_trade',
] as const;
export type Occupation = (typeof occupations)[number];
export type FundsSource = (typeof fundsSources)[number];
export type OccupationRisk = (typeof occupationRisks)[number];

/** The account that is opened as soon as the client is approved. */
export interface WantedAccount {
  readonly accountType: string;
  readonly currency: string;
  /** Left out by who does not mind. */
  readonly platform?: PlatformKind | undefined;
}

/** What the client says about themselves besides their personal data. */
export interface Answers {
  /** Politically exposed, or close to somebody who is. */
  readonly pep: boolean;
  readonly occupation: Occupation;
  readonly fundsSource: FundsSource;
  /** Deposits expected in a year: decimal string in EUR. */
  readonly expectedDeposit: string;
  readonly account: WantedAccount | null;
  /** To the questions of the entity's own questionnaire. */
  readonly questionnaire?: QuestionAnswers;
}

const risks: Readonly<Record<Occupation, OccupationRisk>> = {
  employed: 'low',
  self_employed: 'medium',
  public_service: 'low',
  retired: 'low',
  student: 'low',
  unemployed: 'medium',
  cash_business: 'high',
  arms_trade: 'high',
};

/** Source: EBA/GL/2021/02, risk factors of occupation and business. */
export function occupationRisk(occupation: Occupation): OccupationRisk {
  return risks[occupation];
}
