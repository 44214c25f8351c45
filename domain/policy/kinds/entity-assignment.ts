import { type KindDefinition, needsPerson, routedReasons } from '../kind';

export type EntityAssignmentThen =
  | {
      readonly decision: 'assign';
      /** Code of the entity (`entity.code`). */
      readonly entity: string;
    }
  | { readonly decision: 'review' }
  | { readonly decision: 'refuse' };

export interface EntityAssignmentParameters {
  /** Entities without an EU, UK or Australian licence. */
  readonly offshoreEntities: readonly string[];
  /** Residents of these are never sent to an offshore entity without a person. */
  readonly protectedResidences: readonly string[];
}

export type EntityAssignmentOutcome = EntityAssignmentThen & {
  readonly reasons: readonly string[];
};

/**
 * Chooses the licence a new client belongs to, by residence; the first rule that holds decides.
 * Whatever the rules say, a resident of the EU or UK is not sent offshore by itself: that is a person's decision.
 */
export const entityAssignment: KindDefinition<
  EntityAssignmentThen,
  EntityAssignmentOutcome,
  EntityAssignmentParameters
> = {
  kind: 'entity.assignment',
  title: 'Entity assignment',
  hitPolicy: 'first',
  facts: {
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.nationality': { label: 'nationality', type: 'country', source: 'registration' },
    'client.usPerson': { label: 'US person', type: 'boolean', source: 'registration' },
    'client.requestedEntity': {
      label: 'entity whose brand the client came to',
      type: 'text',
      source: 'registration',
    },
  },
  required: ['client.residence'],
  conclude: (findings) => {
    const hit = findings.hits[0];
    if (needsPerson(findings) || hit === undefined)
      return { decision: 'review', reasons: routedReasons(findings) };
    if (hit.then.decision === 'assign' && offshoreForProtected(hit.then.entity, findings))
      return { decision: 'review', reasons: ['OFFSHORE_FOR_PROTECTED_RESIDENT'] };
    return { ...hit.then, reasons: [hit.reason] };
  },
};

function offshoreForProtected(
  entity: string,
  findings: Parameters<typeof entityAssignment.conclude>[0],
): boolean {
  const residence = findings.facts['client.residence'];
  return (
    findings.parameters.offshoreEntities.includes(entity) &&
    typeof residence === 'string' &&
    findings.parameters.protectedResidences.includes(residence)
  );
}
