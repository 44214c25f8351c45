/** Every workflow type that a worker knows; Temporal finds them by these names. */
export { chargeback } from './chargeback';
export { dealFeed } from './deal-feed';
export { deliverMail } from './deliver-mail';
export { deposit } from './deposit';
export { depositRefund } from './deposit-refund';
export { kycCase } from './kyc-case';
export { leverageCheck } from './leverage-check';
export { onboarding } from './onboarding';
export { partnerPayout } from './partner-payout';
export { policySimulation } from './policy-simulation';
export { receipt } from './receipt';
export { receiptReturn } from './receipt-return';
export { scheduledSettlement } from './scheduled-settlement';
export { settlement } from './settlement';
export { tradingAccount } from './trading-account';
export { transfer } from './transfer';
export { withdrawal } from './withdrawal';
