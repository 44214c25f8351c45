import { recordKinds, type Keep, type RecordKind } from '../../retention/retention';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';

export interface RetentionThen {
  readonly record: RecordKind;
  /** After the relationship has ended. */
  readonly years: number;
}

export interface RetentionParameters {
  /** When colleagues keep a client's data although the time is over, they are asked again after so many days. */
  readonly askAgainDays: number;
}

export interface RetentionOutcome {
  /** `review`: nobody can say how long, and nothing is erased. */
  readonly decision: 'known' | 'review';
  /** The longest time of each kind of record that a rule speaks of. */
  readonly keeps: readonly Keep[];
  readonly reasons: readonly string[];
}

/** Says how long what is known of a client is kept after the relationship has ended. */
export const retention: KindDefinition<RetentionThen, RetentionOutcome, RetentionParameters> = {
  kind: 'retention',
  title: 'How long records are kept',
  hitPolicy: 'all',
  facts: {
    'client.wasCustomer': {
      label: 'was ever a customer',
      type: 'boolean',
      source: 'approved, or ever had an account or paid in',
    },
    'client.kind': {
      label: 'person or company',
      type: 'text',
      values: ['individual', 'corporate'],
      source: 'registration',
    },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.category': {
      label: 'category',
      type: 'text',
      values: ['retail', 'professional'],
      source: 'client',
    },
  },
  required: ['client.wasCustomer'],
  conclude: (findings) => {
    const speaking = [...findings.hits, ...findings.undecided];
    const person = needsPerson(findings) || speaking.length === 0;
    return {
      decision: person ? 'review' : 'known',
      keeps: recordKinds.flatMap((record) => {
        const [longest] = speaking
          .filter(({ then }) => then.record === record)
          .sort((a, b) => b.then.years - a.then.years);
        return longest ? [{ record, years: longest.then.years, source: longest.source }] : [];
      }),
      reasons: [
        ...new Set([
          ...speaking.map(({ reason }) => reason),
          ...(person ? routedReasons(findings) : []),
        ]),
      ],
    };
  },
};
