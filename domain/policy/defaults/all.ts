import { partnerPlanPolicy } from '../../partners/default-plan';
import {
  accountClosurePolicy,
  accountDormancyPolicy,
  accountMigrationPolicy,
  accountNegativeBalancePolicy,
  accountTypePolicy,
} from './account-life';
import { accountLeveragePolicy } from './account-leverage';
import { accountProvisioningPolicy } from './account-provisioning';
import { amlPolicy } from './aml';
import { bonusPolicy } from './bonus';
import { clientAppropriatenessPolicy } from './client-appropriateness';
import { clientCategoryPolicy } from './client-category';
import { complianceCalendarPolicy } from './compliance-calendar';
import { correctionPolicy } from './correction';
import { entityAssignmentPolicy } from './entity-assignment';
import { exchangePolicy } from './exchange';
import { kycApprovalPolicy } from './kyc-approval';
import { kycDocumentsPolicy } from './kyc-documents';
import { kycLevelsPolicy, kycLimitsPolicy } from './kyc-levels';
import { kycRiskPolicy } from './kyc-risk';
import { depositPolicy, withdrawalPolicy } from './payments';
import { retentionPolicy } from './retention';
import { partnerFraudPolicy } from './partner-fraud';
import { routingPayinPolicy, routingPayoutPolicy } from './routing';
import { screeningPolicy } from './screening';
import { demoInstallation, type Installation, layersOf, type ShippedLayer } from './shipped';

/**
 * Every policy layer that ships: a base, and what a CySEC and an offshore entity do differently.
 * They are defaults to be stored as published versions and changed by an admin, never read at run time.
 */
export function shippedPolicies(installation: Installation = demoInstallation): ShippedLayer[] {
  return [
    ...layersOf('kyc.approval', installation, kycApprovalPolicy),
    ...layersOf('kyc.documents', installation, kycDocumentsPolicy),
    ...layersOf('kyc.risk', installation, kycRiskPolicy),
    ...layersOf('kyc.levels', installation, kycLevelsPolicy),
    ...layersOf('kyc.limits', installation, kycLimitsPolicy),
    ...layersOf('compliance.calendar', installation, complianceCalendarPolicy),
    ...layersOf('client.appropriateness', installation, clientAppropriatenessPolicy),
    ...layersOf('client.category', installation, clientCategoryPolicy),
    ...layersOf('retention', installation, retentionPolicy),
    ...layersOf('account.provisioning', installation, accountProvisioningPolicy(installation)),
    ...layersOf('account.leverage', installation, accountLeveragePolicy),
    ...layersOf('account.type', installation, accountTypePolicy),
    ...layersOf('account.migration', installation, accountMigrationPolicy),
    ...layersOf('account.closure', installation, accountClosurePolicy),
    ...layersOf('account.dormancy', installation, accountDormancyPolicy),
    ...layersOf('account.negative_balance', installation, accountNegativeBalancePolicy),
    ...layersOf('withdrawal', installation, withdrawalPolicy),
    ...layersOf('deposit', installation, depositPolicy),
    ...layersOf('aml', installation, amlPolicy),
    ...layersOf('correction', installation, correctionPolicy),
    ...layersOf('bonus', installation, bonusPolicy),
    ...layersOf('exchange', installation, exchangePolicy),
    ...layersOf('routing.payin', installation, routingPayinPolicy),
    ...layersOf('routing.payout', installation, routingPayoutPolicy),
    ...layersOf('screening', installation, screeningPolicy),
    ...layersOf('partner.fraud', installation, partnerFraudPolicy),
    ...layersOf('partner.plan', installation, partnerPlanPolicy),
    ...layersOf('entity.assignment', installation, entityAssignmentPolicy(installation)),
  ];
}
