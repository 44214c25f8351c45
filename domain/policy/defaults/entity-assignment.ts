import { type Installation, type ShippedPolicy } from './shipped';
import { shippedLists } from './lists';

/** Residence decides the licence; what no licence covers is refused, what is doubtful goes to a person. */
export function entityAssignmentPolicy(
  installation: Installation,
): ShippedPolicy<'entity.assignment'> {
  return {
    base: {
      title: 'Entity assignment',
      parameters: {
        offshoreEntities: [installation.offshoreEntity],
        protectedResidences: shippedLists['protected_countries']?.values ?? [],
      },
      rules: [
        {
          id: 'blocked',
          title: 'No entity serves this country',
          when: { fact: 'client.residence', operator: 'in', value: { list: 'blocked_countries' } },
          then: { decision: 'refuse' },
          reason: 'COUNTRY_NOT_SERVED',
          source: 'FSMA regulation of 26 May 2016 (BE); OFAC; house rule',
          mandatory: true,
        },
        {
          id: 'eea',
          title: 'Residents of the EEA belong to the CySEC entity',
          when: { fact: 'client.residence', operator: 'in', value: { list: 'eea' } },
          then: { decision: 'assign', entity: installation.cysecEntity },
          reason: 'RESIDENCE_EEA',
          source: 'MiFID II art. 34: passport',
          mandatory: true,
        },
        {
          id: 'protected',
          title: 'No licence for the country, and not offshore by itself',
          when: {
            fact: 'client.residence',
            operator: 'in',
            value: { list: 'protected_countries' },
          },
          then: { decision: 'review' },
          reason: 'OFFSHORE_FOR_PROTECTED_RESIDENT',
          source: 'FCA PERG 13; ASIC 2020/986; house rule',
          mandatory: true,
        },
        {
          id: 'elsewhere',
          title: 'Everybody else belongs to the offshore entity',
          when: { all: [] },
          then: { decision: 'assign', entity: installation.offshoreEntity },
          reason: 'RESIDENCE_ELSEWHERE',
          source: 'house rule',
        },
      ],
    },
  };
}
