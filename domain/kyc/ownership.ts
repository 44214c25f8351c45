/** Somebody who belongs to a corporate client: the company itself, the people behind it, companies in between. */
export interface Member {
  readonly id: string;
  readonly kind: 'individual' | 'organisation';
  readonly role: MemberRole;
}

export type MemberRole =
  | 'holder'
  | 'joint_holder'
  | 'beneficial_owner'
  | 'shareholder'
  | 'director'
  | 'signatory'
  | 'attorney';

/** `owner` holds so much of `owned`, in hundredths of a percent. */
export interface Share {
  readonly owner: string;
  readonly owned: string;
  readonly basisPoints: number;
}

const whole = 10_000;

/** From here on somebody who owns a company is known and verified (AMLR 2024/1624 art. 52). */
export const ownerBasisPoints = 2_500;

export type ShareProblem =
  | { readonly code: 'shares_over_100'; readonly party: string }
  | { readonly code: 'shares_in_a_circle'; readonly party: string }
  | { readonly code: 'person_is_owned'; readonly party: string };

/** Why the shares cannot be: more than all of a company, a company that owns itself, or somebody who owns a person. */
export function shareProblems(
  members: readonly Member[],
  shares: readonly Share[],
): ShareProblem[] {
  const persons = new Set(members.flatMap(({ id, kind }) => (kind === 'individual' ? [id] : [])));
  const owned = [...new Set(shares.map((share) => share.owned))];
  return owned.flatMap((party): ShareProblem[] => [
    ...(persons.has(party) ? [{ code: 'person_is_owned' as const, party }] : []),
    ...(sumOf(shares, party) > whole ? [{ code: 'shares_over_100' as const, party }] : []),
    ...(ownersOf(shares, party).has(party) ? [{ code: 'shares_in_a_circle' as const, party }] : []),
  ]);
}

function sumOf(shares: readonly Share[], owned: string): number {
  return shares
    .filter((share) => share.owned === owned)
    .reduce((sum, share) => sum + share.basisPoints, 0);
}

/** Everybody who owns the party, through however many others. */
function ownersOf(shares: readonly Share[], party: string): Set<string> {
  const found = new Set<string>();
  const next = [party];
  for (let owned = next.pop(); owned !== undefined; owned = next.pop()) {
    for (const { owner } of shares.filter((share) => share.owned === owned)) {
      if (found.has(owner)) continue;
      found.add(owner);
      next.push(owner);
    }
  }
  return found;
}

/**
 * How much of the company each party owns in the end, as a share of one, through all layers and by every way. Shares must
 * be sound (`shareProblems`).
 */
export function effectiveShares(
  company: string,
  shares: readonly Share[],
): ReadonlyMap<string, number> {
  const effective = new Map<string, number>();
  const follow = (owned: string, part: number): void => {
    for (const share of shares.filter((each) => each.owned === owned)) {
      const held = (part * share.basisPoints) / whole;
      effective.set(share.owner, (effective.get(share.owner) ?? 0) + held);
      follow(share.owner, held);
    }
  };
  follow(company, 1);
  return effective;
}

/**
 * How much of the company belongs to nobody who was named: what is left of it, and of each company that owns a part of it.
 * One person may hold all of that.
 */
export function unnamedShare(
  company: string,
  members: readonly Member[],
  shares: readonly Share[],
): number {
  const effective = effectiveShares(company, shares);
  return members
    .filter(({ kind }) => kind === 'organisation')
    .reduce((sum, { id }) => {
      const part = id === company ? 1 : (effective.get(id) ?? 0);
      return sum + (part * (whole - sumOf(shares, id))) / whole;
    }, 0);
}

/** Shares are quotients of tens of thousands: what differs by less is the same. */
const tolerance = 1e-9;

/** Whether a natural person owns enough of the company to be a beneficial owner. */
export function isBeneficialOwner(share: number | undefined): boolean {
  return (share ?? 0) >= ownerBasisPoints / whole - tolerance;
}

/** What of a company's structure is still to be told: who owns a quarter or more of it, who runs it, who signs for it. */
export function missingMembers(
  company: string,
  members: readonly Member[],
  shares: readonly Share[],
): ('owners' | 'director' | 'signatory')[] {
  const has = (role: MemberRole) => members.some((member) => member.role === role);
  return [
    ...(isBeneficialOwner(unnamedShare(company, members, shares)) ? ['owners' as const] : []),
    ...(has('director') ? [] : ['director' as const]),
    ...(has('signatory') ? [] : ['signatory' as const]),
  ];
}

/**
 * Whether somebody has to be verified by papers of their own. Who owns less than a quarter and does nothing else is
 * screened like everybody, and no more; a company in between shows its registration. A beneficial owner of whom no share
 * is told is verified: they may control the company by other means (AMLR 2024/1624 art. 53).
 */
export function isVerified(
  { id, role, kind }: Member,
  effective: ReadonlyMap<string, number>,
): boolean {
  if (role === 'holder') return true;
  if (role === 'beneficial_owner' || role === 'shareholder') {
    const share = effective.get(id);
    const isUntold = role === 'beneficial_owner' && share === undefined;
    return kind === 'organisation' || isUntold || isBeneficialOwner(share);
  }
  return true;
}
