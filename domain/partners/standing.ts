/** How a partner stands: `terminated` and `deceased` are for good. */
export const partnerStates = ['active', 'suspended', 'terminated', 'deceased'] as const;
export type PartnerState = (typeof partnerStates)[number];
export const endedStates = ['terminated', 'deceased'] as const satisfies readonly PartnerState[];
export type EndedState = (typeof endedStates)[number];

/** Why a partner stands as it does, by state. */
export const standingReasons = {
  active: ['looked_into', 'own_wish', 'other'],
  suspended: ['complaint', 'fraud_suspected', 'papers_missing', 'death_told', 'own_wish', 'other'],
  terminated: ['own_wish', 'breach', 'fraud', 'inactive', 'licence_lost', 'other'],
  deceased: ['death_certificate', 'told_by_heirs'],
} as const satisfies Readonly<Record<PartnerState, readonly string[]>>;

/** Each code once, of whatever state. */
export const standingReasonCodes = [...new Set(Object.values(standingReasons).flat())];

export type StandingReason = (typeof standingReasons)[PartnerState][number];

/** What becomes of what is earned and not paid: paid, never paid, or kept until a person decides. */
export const unpaidRules = ['pay', 'forfeit', 'hold'] as const;
export type UnpaidRule = (typeof unpaidRules)[number];

/** What a payout does for a partner who stands so: `withhold` carries it on, `forfeit` never pays it, with the code. */
export function payoutOf(
  state: PartnerState,
  unpaid: UnpaidRule,
): { readonly does: 'pay' } | { readonly does: 'withhold' | 'forfeit'; readonly code: string } {
  const code = `PARTNER_${state.toUpperCase()}`;
  switch (state) {
    case 'active':
      return { does: 'pay' };
    case 'suspended':
      return { does: 'withhold', code };
    case 'terminated':
    case 'deceased':
      return unpaid === 'pay'
        ? { does: 'pay' }
        : { does: unpaid === 'hold' ? 'withhold' : unpaid, code };
  }
}

export function isEnded(state: PartnerState): state is EndedState {
  return state === 'terminated' || state === 'deceased';
}
