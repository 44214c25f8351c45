/**
 * Why a person adds to what a partner gets, or takes off it. A code stays what it means for ever; the texts are for partners and
 * for those who answer them.
 */
export const adjustmentReasons = {
  MANUAL_GOODWILL: 'A goodwill payment.',
  MANUAL_MARKETING: 'A contribution to marketing.',
  MANUAL_AGREEMENT: 'What was agreed with the partner besides the plan.',
  MANUAL_ERROR: 'Puts right what was computed or paid by mistake.',
  MANUAL_RECOVERY: 'Takes back what the partner was not owed.',
  MANUAL_OTHER: 'An adjustment by hand.',
} as const;

export type AdjustmentReason = keyof typeof adjustmentReasons;

export const adjustmentReasonCodes = [
  'MANUAL_GOODWILL',
  'MANUAL_MARKETING',
  'MANUAL_AGREEMENT',
  'MANUAL_ERROR',
  'MANUAL_RECOVERY',
  'MANUAL_OTHER',
] as const satisfies readonly AdjustmentReason[];

export function isAdjustmentReason(code: string): code is AdjustmentReason {
  return Object.hasOwn(adjustmentReasons, code);
}

/** `proposed` waits for another person; `approved` is paid with the next settlement of the plan set. */
export const adjustmentStates = ['proposed', 'approved', 'rejected'] as const;
export type AdjustmentState = (typeof adjustmentStates)[number];
