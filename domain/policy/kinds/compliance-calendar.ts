import { type RestrictedScope } from '../../compliance/restriction';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { riskLevels } from './kyc-approval';

export interface ComplianceCalendarThen {
  /** The next review comes after so many months at the latest. */
  readonly monthsMax: number;
}

export interface ComplianceCalendarParameters {
  /** A review is asked for so many days before it is due. */
  readonly reviewLeadDays: number;
  /** The client is written to so many days before a document expires. */
  readonly noticeDays: readonly number[];
  /** What is barred while a document that counts has expired; nothing where it is empty. */
  readonly expiredBars: readonly RestrictedScope[];
}

export interface ComplianceCalendarOutcome {
  /** `review`: something is not known, and the shortest cycle that may apply does. */
  readonly decision: 'cycle' | 'review';
  readonly monthsMax: number;
  readonly reasons: readonly string[];
}

/** Where no rule speaks: nobody goes longer than the law's longest cycle (AMLR 2024/1624 art. 26). */
const monthsMaxByLaw = 60;

/**
 * Says how long a client may go without a review whatever the risk score's own cycle, and what comes of documents that
 * expire. The shortest of all that apply counts.
 */
export const complianceCalendar: KindDefinition<
  ComplianceCalendarThen,
  ComplianceCalendarOutcome,
  ComplianceCalendarParameters
> = {
  kind: 'compliance.calendar',
  title: 'Review cycle and expiring documents',
  hitPolicy: 'all',
  facts: {
    'risk.level': {
      label: 'risk level',
      type: 'text',
      values: riskLevels,
      source: 'the last assessment or review',
    },
    'client.pep': { label: 'politically exposed', type: 'boolean', source: 'registration' },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.category': {
      label: 'category',
      type: 'text',
      values: ['retail', 'professional'],
      source: 'client',
    },
  },
  required: ['risk.level'],
  conclude: (findings) => {
    const months = [...findings.hits, ...findings.undecided].map(({ then }) => then.monthsMax);
    const person = needsPerson(findings);
    return {
      decision: person ? 'review' : 'cycle',
      monthsMax: Math.min(monthsMaxByLaw, ...months),
      reasons: [
        ...new Set([
          ...[...findings.hits, ...findings.undecided].map(({ reason }) => reason),
          ...(person ? routedReasons(findings) : []),
        ]),
      ],
    };
  },
};
