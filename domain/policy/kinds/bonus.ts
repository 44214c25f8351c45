import { type BonusRemoval, type BonusTerms } from '../../bonus/bonus';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories } from './kyc-approval';

/** `refuse` is the gravest: a rule that refuses holds against every rule that grants. */
export const bonusDecisions = ['refuse', 'review', 'grant'] as const;
export type BonusDecision = (typeof bonusDecisions)[number];

export interface BonusThen {
  readonly decision: BonusDecision;
  /** Of what was paid in; a bonus by hand names its amount itself. */
  readonly percent?: number;
  /** At most so much, in the currency of the account. */
  readonly maximum?: string;
}

export interface BonusParameters {
  /** What of the credit is taken back before money leaves the account. */
  readonly removal: BonusRemoval;
  /** How long a bonus stands; null: until it is taken back. */
  readonly expiresInDays: number | null;
}

export type BonusOutcome =
  | ({ readonly decision: 'grant' | 'review'; readonly reasons: readonly string[] } & BonusTerms)
  | { readonly decision: 'refuse'; readonly reasons: readonly string[] };

/** How a bonus came to be asked for: with money that was paid in, or by a colleague. */
export const bonusOrigins = ['deposit', 'hand'] as const;
export type BonusOrigin = (typeof bonusOrigins)[number];

/**
 * Decides whether an account is given credit as a bonus, and on which terms: those of the first rule that grants. One
 * rule that refuses is enough, so that no overlay grants around a mandatory one.
 */
export const bonus: KindDefinition<BonusThen, BonusOutcome, BonusParameters> = {
  kind: 'bonus',
  title: 'Bonus',
  hitPolicy: 'worst',
  facts: {
    'bonus.origin': { label: 'origin', type: 'text', values: bonusOrigins, source: 'request' },
    'bonus.campaign': {
      label: 'campaign',
      type: 'text',
      source: 'request; “none” without one',
    },
    'entity.jurisdiction': { label: 'jurisdiction', type: 'country', source: 'licence' },
    'client.residence': { label: 'residence', type: 'country', source: 'registration' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.approved': { label: 'KYC approved', type: 'boolean', source: 'KYC case' },
    'client.openChargebacks': { label: 'open chargebacks', type: 'number', source: 'payments' },
    'client.bonusesBefore': { label: 'bonuses given before', type: 'number', source: 'bonuses' },
    'account.type': { label: 'account type', type: 'text', source: 'trading account' },
    'account.currency': { label: 'currency', type: 'currency', source: 'trading account' },
    'deposit.amount': {
      label: 'paid in and moved to the account',
      type: 'money',
      unit: 'currency of the account',
      source: 'deposit, transfer; 0 without one',
    },
    'deposit.first': { label: 'first deposit', type: 'boolean', source: 'deposits' },
  },
  required: [
    'bonus.origin',
    'entity.jurisdiction',
    'client.residence',
    'client.category',
    'client.approved',
  ],
  conclude: (findings) => {
    const { hits, parameters } = findings;
    const refusals = hits.filter(({ then }) => then.decision === 'refuse');
    const granting = hits.filter(({ then }) => then.decision !== 'refuse');
    const [first] = granting;
    if (refusals.length > 0)
      return { decision: 'refuse', reasons: refusals.map(({ reason }) => reason) };
    if (first === undefined) return { decision: 'refuse', reasons: routedReasons(findings) };
    // Nothing is given away while something that might forbid it is not known.
    const isDoubtful = needsPerson(findings);
    const { percent = null, maximum = null } = first.then;
    return {
      decision:
        isDoubtful || granting.some(({ then }) => then.decision === 'review') ? 'review' : 'grant',
      reasons: [...new Set([...granting.map(({ reason }) => reason), ...routedReasons(findings)])],
      percent,
      maximum,
      removal: parameters.removal,
      expiresInDays: parameters.expiresInDays,
    };
  },
};
