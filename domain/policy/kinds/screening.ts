import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';

export const screeningDecisions = ['escalate', 'review', 'clear'] as const;
export type ScreeningDecision = (typeof screeningDecisions)[number];

/** Scores are percent, 0 to 100 (domain/screening). */
export interface ScreeningParameters {
  readonly reviewScore: number;
  readonly strongScore: number;
}

/** Decides what a screening's result means. A name alone never confirms anybody: there is no such decision. */
export const screening: KindDefinition<
  RoutedThen<ScreeningDecision>,
  RoutedOutcome<ScreeningDecision>,
  ScreeningParameters
> = {
  kind: 'screening',
  title: 'Sanctions screening',
  hitPolicy: 'worst',
  facts: {
    'screening.bestScore': {
      label: 'best score',
      type: 'number',
      unit: 'percent',
      source: 'screening',
    },
    'screening.candidates': {
      label: 'candidates not dismissed before',
      type: 'number',
      source: 'screening',
    },
    'screening.qualifierAgrees': {
      label: 'date of birth, nationality or gender of a candidate agrees',
      type: 'boolean',
      source: 'screening',
    },
    'screening.unscreenable': {
      label: 'the name has no Latin form',
      type: 'boolean',
      source: 'screening',
    },
    'screening.listAgeDays': {
      label: 'age of the list',
      type: 'number',
      unit: 'days',
      source: 'list',
    },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
  },
  required: ['screening.bestScore', 'screening.unscreenable'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: screeningDecisions,
        person: 'review',
        automatic: 'clear',
        queue: 'compliance',
        dueHours: 8,
      },
      findings,
    ),
};
