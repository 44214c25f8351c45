import type { Form, Page } from '../page';
import { accountPages } from './account';
import { accountBulkPages } from './account-bulk';
import { accountChangePages } from './account-changes';
import { accountOverridePages } from './account-override';
import { accountPasswordPages } from './account-password';
import { accountRestrictionPages } from './account-restriction';
import { accountTracingPages } from './account-tracing';
import { accountsPages } from './accounts';
import { amlAlertPages } from './aml-alerts';
import { auditPages } from './audit';
import { bonusPages } from './bonuses';
import { casePages } from './case';
import { caseSourcePages } from './case-source-forms';
import { casesPages } from './cases';
import { clientPages } from './client';
import { clientCalendarPages } from './client-calendar';
import { clientMeasurePages } from './client-measures';
import { clientsPages } from './clients';
import { correctionPages } from './corrections';
import { evaluationPages } from './evaluation';
import { inboxPages } from './inbox';
import { inboxSettingsPages } from './inbox-settings';
import { ledgerPages } from './ledger';
import { ledgerAccountPages } from './ledger-account';
import { ledgerTransactionPages } from './ledger-transaction';
import { operationPages } from './operations';
import { partnerAccrualPages } from './partner-accruals';
import { partnerPages } from './partners';
import { bankStatementPages } from './bank-statements';
import { paymentPages } from './payment';
import { paymentsPages } from './payments';
import { policiesPages } from './policies';
import { policyPages } from './policy';
import { policyDiffPages } from './policy-diff';
import { policyParameterPages } from './policy-parameters';
import { policyPlanPages } from './policy-plan';
import { policyRowPages } from './policy-row';
import { policySimulationPages } from './policy-simulation';
import { receiptPages } from './receipt';
import { receiptsPages } from './receipts';
import { providerMessagePages } from './provider-message';
import { providerPages } from './providers';
import { oneServerPages } from './server';
import { screeningListPages } from './screening-lists';
import { savedFilterPages } from './saved-filters';
import { serverPages } from './servers';
import { agreementPages } from './agreements';
import { categoryRequestPages } from './category-request';
import { entityPages } from './entities';
import { entityEditPages } from './entity-edit';
import { settingsPages } from './settings';
import { commissionDisputePages } from './commission-disputes';
import { settlementHoldPages } from './settlement-holds';
import { settlementPages } from './settlement';
import { settlementsPages } from './settlements';
import { legalHoldPages } from './legal-holds';
import { retentionPages } from './retention';
import { suspicionPages } from './suspicions';
import { taskPages } from './task';
import { todayPages } from './today';

/** The staff console. A new page: a file beside this one, a view in `views/staff/`, and its line here. */
export const staffPages: readonly (Page | Form)[] = [
  ...todayPages,
  ...inboxPages,
  ...inboxSettingsPages,
  ...savedFilterPages,
  ...taskPages,
  ...casesPages,
  ...casePages,
  ...caseSourcePages,
  ...evaluationPages,
  ...screeningListPages,
  ...clientsPages,
  ...clientPages,
  ...clientCalendarPages,
  ...clientMeasurePages,
  ...suspicionPages,
  ...legalHoldPages,
  ...retentionPages,
  ...amlAlertPages,
  ...paymentsPages,
  ...paymentPages,
  ...receiptsPages,
  ...receiptPages,
  ...bankStatementPages,
  ...providerMessagePages,
  ...providerPages,
  ...accountsPages,
  // Before the pages of one account, whose id “bulk” would be.
  ...accountBulkPages,
  ...accountPages,
  ...accountChangePages,
  ...accountOverridePages,
  ...accountPasswordPages,
  ...accountRestrictionPages,
  ...accountTracingPages,
  ...bonusPages,
  ...ledgerPages,
  ...ledgerAccountPages,
  ...ledgerTransactionPages,
  ...correctionPages,
  ...operationPages,
  ...serverPages,
  ...oneServerPages,
  ...partnerAccrualPages,
  ...partnerPages,
  ...settlementsPages,
  ...settlementHoldPages,
  ...commissionDisputePages,
  ...settlementPages,
  ...policiesPages,
  ...policyPages,
  ...policyRowPages,
  ...policyParameterPages,
  ...policyPlanPages,
  ...policyDiffPages,
  ...policySimulationPages,
  ...auditPages,
  ...entityPages,
  ...agreementPages,
  ...categoryRequestPages,
  ...entityEditPages,
  ...settingsPages,
];
