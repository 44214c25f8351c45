import { powerOfAttorney } from '../kyc/document';
import { isVerified, type Member } from '../kyc/ownership';
import type { DocumentRequirement, KycDocumentsOutcome } from '../policy/kinds/kyc-documents';

/** Whose papers: the client’s own, or those of somebody who belongs to the client. */
export type PaperOwner = Pick<Member, 'id' | 'kind' | 'role'>;

/** Whoever acts for somebody shows by what: no policy lets an attorney act without. */
const powerRequirement: DocumentRequirement = {
  ...{ slot: 'authority', accepted: [powerOfAttorney], count: 1 },
};

/** Papers that a person shows for themselves, whoever the client is. */
const ofPersons: ReadonlySet<string> = new Set(['identity', 'address', 'liveness']);

/**
 * What a policy asks of one party: a company for what a company has, and its source of funds as anybody’s; a company in
 * between for its registration; a person for who they are and where they live; and of who owns less than a quarter and
 * does nothing else, nothing. An attorney shows the power besides.
 */
export function requirementsOf(
  { requirements, companyRequirements }: PolicyRequirements,
  party: PaperOwner,
  effective: ReadonlyMap<string, number>,
): readonly DocumentRequirement[] {
  if (!isVerified(party, effective)) return [];
  if (party.kind === 'organisation') {
    if (party.role !== 'holder')
      return companyRequirements.filter(({ slot }) => slot === 'identity');
    return [...companyRequirements, ...requirements.filter(({ slot }) => ofMoney.has(slot))];
  }
  if (party.role === 'holder') return requirements;
  const own = requirements.filter(({ slot }) => ofPersons.has(slot));
  return party.role === 'attorney' ? [...own, powerRequirement] : own;
}

/** What anybody shows of their money, a company too. */
const ofMoney: ReadonlySet<string> = new Set(['funds', 'wealth']);

/** As the policy says, before it is known whose papers they are. */
export type PolicyRequirements = Pick<KycDocumentsOutcome, 'requirements' | 'companyRequirements'>;
