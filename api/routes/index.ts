import type { Route } from '../route';
import { apiKeyRoutes } from './api-keys';
import { adverseMediaRoutes } from './adverse-media';
import { declaredSourceRoutes } from './declared-sources';
import { agreementRoutes } from './agreements';
import { amlAlertRoutes } from './aml-alerts';
import { accountBulkRoutes } from './account-bulk';
import { accountRequestRoutes } from './account-requests';
import { accountRoutes } from './accounts';
import { bonusRoutes } from './bonuses';
import { chargebackRoutes } from './chargebacks';
import { bankStatementRoutes } from './bank-statements';
import { bankTransferRoutes } from './bank-transfers';
import { depositRoutes } from './deposits';
import { refundRoutes } from './refunds';
import { paymentProviderRoutes } from './payment-providers';
import { paymentRoutes } from './payments';
import { savedFilterRoutes } from './saved-filters';
import { paymentSourceRoutes } from './payment-sources';
import { payoutAddressRoutes } from './payout-addresses';
import { travelRuleRoutes } from './travel-rule';
import { serverDeclarationRoutes } from './server-declarations';
import { serverNoticeRoutes } from './server-notices';
import { serverRoutes } from './servers';
import { serverStandingRoutes } from './server-standing';
import { exchangeRoutes } from './exchanges';
import { receiptRoutes } from './receipts';
import { transferRoutes } from './transfers';
import { withdrawalRoutes } from './withdrawals';
import { auditRoutes } from './audit';
import { appropriatenessRoutes } from './appropriateness';
import { clientCategoryRoutes } from './client-category';
import { clientLevelRoutes } from './client-level';
import { clientRoutes } from './clients';
import { companyRoutes } from './company';
import { complianceRoutes } from './compliance';
import { correctionRoutes } from './corrections';
import { documentRoutes } from './documents';
import { entityRoutes } from './entities';
import { entityEditRoutes } from './entity-edits';
import { entityProposalRoutes } from './entity-proposals';
import { evaluationRoutes } from './evaluations';
import { haltRoutes } from './halts';
import { kycRoutes } from './kyc';
import { inboxRoutes } from './inbox';
import { ledgerRoutes } from './ledger';
import { ledgerPeriodRoutes } from './ledger-periods';
import { linkRoutes } from './links';
import { meRoutes } from './me';
import { onboardingRoutes } from './onboarding';
import { partnerAccrualRoutes } from './partner-accruals';
import { partnerAdjustmentRoutes } from './partner-adjustments';
import { commissionDisputeRoutes } from './commission-disputes';
import { partnerInvoiceRoutes } from './partner-invoices';
import { partnerPeopleRoutes } from './partner-people';
import { partnerPayoutRoutes } from './partner-payouts';
import { partnerStandingRoutes } from './partner-standing';
import { partnerRoutes } from './partners';
import { planSetRoutes } from './plan-sets';
import { policyDraftRoutes } from './policy-drafts';
import { policySimulationRoutes } from './policy-simulations';
import { policyRoutes } from './policies';
import { processRoutes } from './processes';
import { registrationRoutes } from './registrations';
import { legalHoldRoutes } from './legal-holds';
import { retentionRoutes } from './retention';
import { restrictionRoutes } from './restrictions';
import { suspicionRoutes } from './suspicions';
import { tracingRoutes } from './tracing';
import { screeningListRoutes } from './screening-lists';
import { settlementHoldRoutes } from './settlement-holds';
import { settlementLineRoutes } from './settlement-lines';
import { settlementRoutes } from './settlements';
import { taskBulkRoutes } from './task-bulk';
import { taskRoutes } from './tasks';
import { tokenRoutes } from './tokens';
import { userRoutes } from './users';
import { walletRoutes } from './wallets';

/** Every route of the API, in the order of the document. A file adds its own with one line here. */
export const routes: readonly Route[] = [
  ...tokenRoutes,
  ...meRoutes,
  ...apiKeyRoutes,
  ...registrationRoutes,
  ...linkRoutes,
  ...companyRoutes,
  ...onboardingRoutes,
  ...documentRoutes,
  ...kycRoutes,
  ...adverseMediaRoutes,
  ...declaredSourceRoutes,
  ...screeningListRoutes,
  ...clientRoutes,
  ...clientLevelRoutes,
  ...complianceRoutes,
  ...agreementRoutes,
  ...clientCategoryRoutes,
  ...appropriatenessRoutes,
  ...restrictionRoutes,
  ...amlAlertRoutes,
  ...suspicionRoutes,
  ...accountRoutes,
  ...accountRequestRoutes,
  ...tracingRoutes,
  ...accountBulkRoutes,
  ...bonusRoutes,
  ...paymentSourceRoutes,
  ...payoutAddressRoutes,
  ...travelRuleRoutes,
  ...depositRoutes,
  ...refundRoutes,
  ...chargebackRoutes,
  ...bankTransferRoutes,
  ...bankStatementRoutes,
  ...receiptRoutes,
  ...transferRoutes,
  ...exchangeRoutes,
  ...withdrawalRoutes,
  ...paymentRoutes,
  ...paymentProviderRoutes,
  ...serverRoutes,
  ...serverDeclarationRoutes,
  ...serverStandingRoutes,
  ...serverNoticeRoutes,
  ...planSetRoutes,
  ...partnerRoutes,
  ...partnerStandingRoutes,
  ...settlementRoutes,
  ...settlementHoldRoutes,
  ...settlementLineRoutes,
  ...partnerAccrualRoutes,
  ...partnerAdjustmentRoutes,
  ...partnerInvoiceRoutes,
  ...commissionDisputeRoutes,
  ...partnerPayoutRoutes,
  ...partnerPeopleRoutes,
  ...taskBulkRoutes,
  ...taskRoutes,
  ...inboxRoutes,
  ...savedFilterRoutes,
  ...policyRoutes,
  ...policyDraftRoutes,
  ...policySimulationRoutes,
  ...evaluationRoutes,
  ...processRoutes,
  ...haltRoutes,
  ...ledgerRoutes,
  ...ledgerPeriodRoutes,
  ...correctionRoutes,
  ...walletRoutes,
  ...auditRoutes,
  ...entityRoutes,
  ...entityEditRoutes,
  ...entityProposalRoutes,
  ...userRoutes,
  ...retentionRoutes,
  ...legalHoldRoutes,
];
