/** Every workflow of the product and those of settlement, as one bundle. */
export * from '../../workflows';
export { partnerPayout } from '../../workflows/partner-payout';
export { scheduledSettlement } from '../../workflows/scheduled-settlement';
export { settlement } from '../../workflows/settlement';
