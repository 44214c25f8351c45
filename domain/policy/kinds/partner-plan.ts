import { type KindDefinition, needsPerson, routedReasons } from '../kind';

/** The body of a plan is its parameters, which domain/partners defines and checks. */
export interface PartnerPlanParameters {
  readonly plan: unknown;
}

export interface PartnerPlanOutcome {
  readonly decision: 'apply' | 'review';
  readonly plan: unknown;
  readonly reasons: readonly string[];
}

/** A partner plan is versioned, published by a second person and hashed like every policy. */
export const partnerPlan: KindDefinition<
  { readonly [key: string]: unknown },
  PartnerPlanOutcome,
  PartnerPlanParameters
> = {
  kind: 'partner.plan',
  title: 'Partner plan',
  hitPolicy: 'all',
  facts: {},
  required: [],
  conclude: (findings) => ({
    decision: needsPerson(findings) ? 'review' : 'apply',
    plan: findings.parameters.plan,
    reasons: needsPerson(findings) ? routedReasons(findings) : [],
  }),
};
