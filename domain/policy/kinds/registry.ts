import { type LeverageParameters } from '../../leverage/caps';
import { type KindDefinition, type RoutedOutcome, type RoutedThen } from '../kind';
import { accountLeverage, type LeverageDecision } from './account-leverage';
import {
  accountProvisioning,
  type AccountProvisioningOutcome,
  type AccountProvisioningParameters,
  type AccountProvisioningThen,
} from './account-provisioning';
import { aml, type AmlDecision, type AmlParameters } from './aml';
import { bonus, type BonusOutcome, type BonusParameters, type BonusThen } from './bonus';
import {
  clientAppropriateness,
  type ClientAppropriatenessOutcome,
  type ClientAppropriatenessParameters,
  type ClientAppropriatenessThen,
} from './client-appropriateness';
import {
  clientCategory,
  type CategoryDecision,
  type ClientCategoryParameters,
} from './client-category';
import {
  complianceCalendar,
  type ComplianceCalendarOutcome,
  type ComplianceCalendarParameters,
  type ComplianceCalendarThen,
} from './compliance-calendar';
import { correction, type CorrectionDecision, type CorrectionParameters } from './correction';
import { deposit, type DepositDecision, type DepositParameters } from './deposit';
import {
  accountClosure,
  type AccountClosureDecision,
  type AccountClosureParameters,
} from './account-closure';
import {
  accountDormancy,
  type AccountDormancyOutcome,
  type AccountDormancyParameters,
  type AccountDormancyThen,
} from './account-dormancy';
import {
  accountMigration,
  type AccountMigrationDecision,
  type AccountMigrationParameters,
} from './account-migration';
import {
  accountNegativeBalance,
  type NegativeBalanceOutcome,
  type NegativeBalanceParameters,
  type NegativeBalanceThen,
} from './account-negative-balance';
import { accountType, type AccountTypeDecision, type AccountTypeParameters } from './account-type';
import {
  entityAssignment,
  type EntityAssignmentOutcome,
  type EntityAssignmentParameters,
  type EntityAssignmentThen,
} from './entity-assignment';
import {
  exchange,
  type ExchangeOutcome,
  type ExchangeParameters,
  type ExchangeThen,
} from './exchange';
import { kycApproval, type KycApprovalParameters, type KycDecision } from './kyc-approval';
import {
  kycDocuments,
  type KycDocumentsOutcome,
  type KycDocumentsParameters,
  type KycDocumentsThen,
} from './kyc-documents';
import {
  kycLevelsKind,
  type KycLevelsOutcome,
  type KycLevelsParameters,
  type KycLevelsThen,
} from './kyc-levels';
import {
  kycLimits,
  type KycLimitsOutcome,
  type KycLimitsParameters,
  type KycLimitsThen,
} from './kyc-limits';
import { kycRisk, type KycRiskOutcome, type KycRiskParameters, type KycRiskThen } from './kyc-risk';
import {
  partnerFraud,
  type PartnerFraudDecision,
  type PartnerFraudParameters,
} from './partner-fraud';
import { partnerPlan, type PartnerPlanOutcome, type PartnerPlanParameters } from './partner-plan';
import {
  retention,
  type RetentionOutcome,
  type RetentionParameters,
  type RetentionThen,
} from './retention';
import {
  routingPayin,
  routingPayout,
  type RoutingOutcome,
  type RoutingParameters,
  type RoutingThen,
} from './routing';
import { screening, type ScreeningDecision, type ScreeningParameters } from './screening';
import { withdrawal, type WithdrawalDecision, type WithdrawalParameters } from './withdrawal';

interface Routed<Decision extends string, Parameters> {
  then: RoutedThen<Decision>;
  outcome: RoutedOutcome<Decision>;
  parameters: Parameters;
}

/** What each kind's rules say, what comes out and what its parameters are. */
export interface KindTypes {
  'kyc.approval': Routed<KycDecision, KycApprovalParameters>;
  'kyc.documents': {
    then: KycDocumentsThen;
    outcome: KycDocumentsOutcome;
    parameters: KycDocumentsParameters;
  };
  'kyc.risk': { then: KycRiskThen; outcome: KycRiskOutcome; parameters: KycRiskParameters };
  'kyc.levels': {
    then: KycLevelsThen;
    outcome: KycLevelsOutcome;
    parameters: KycLevelsParameters;
  };
  'kyc.limits': {
    then: KycLimitsThen;
    outcome: KycLimitsOutcome;
    parameters: KycLimitsParameters;
  };
  'compliance.calendar': {
    then: ComplianceCalendarThen;
    outcome: ComplianceCalendarOutcome;
    parameters: ComplianceCalendarParameters;
  };
  'client.appropriateness': {
    then: ClientAppropriatenessThen;
    outcome: ClientAppropriatenessOutcome;
    parameters: ClientAppropriatenessParameters;
  };
  'client.category': Routed<CategoryDecision, ClientCategoryParameters>;
  retention: {
    then: RetentionThen;
    outcome: RetentionOutcome;
    parameters: RetentionParameters;
  };
  'account.provisioning': {
    then: AccountProvisioningThen;
    outcome: AccountProvisioningOutcome;
    parameters: AccountProvisioningParameters;
  };
  'account.leverage': Routed<LeverageDecision, LeverageParameters>;
  'account.type': Routed<AccountTypeDecision, AccountTypeParameters>;
  'account.migration': Routed<AccountMigrationDecision, AccountMigrationParameters>;
  'account.closure': Routed<AccountClosureDecision, AccountClosureParameters>;
  'account.dormancy': {
    then: AccountDormancyThen;
    outcome: AccountDormancyOutcome;
    parameters: AccountDormancyParameters;
  };
  'account.negative_balance': {
    then: NegativeBalanceThen;
    outcome: NegativeBalanceOutcome;
    parameters: NegativeBalanceParameters;
  };
  withdrawal: Routed<WithdrawalDecision, WithdrawalParameters>;
  deposit: Routed<DepositDecision, DepositParameters>;
  aml: Routed<AmlDecision, AmlParameters>;
  correction: Routed<CorrectionDecision, CorrectionParameters>;
  bonus: { then: BonusThen; outcome: BonusOutcome; parameters: BonusParameters };
  exchange: { then: ExchangeThen; outcome: ExchangeOutcome; parameters: ExchangeParameters };
  'routing.payin': { then: RoutingThen; outcome: RoutingOutcome; parameters: RoutingParameters };
  'routing.payout': { then: RoutingThen; outcome: RoutingOutcome; parameters: RoutingParameters };
  screening: Routed<ScreeningDecision, ScreeningParameters>;
  'partner.fraud': Routed<PartnerFraudDecision, PartnerFraudParameters>;
  'partner.plan': {
    then: { readonly [key: string]: unknown };
    outcome: PartnerPlanOutcome;
    parameters: PartnerPlanParameters;
  };
  'entity.assignment': {
    then: EntityAssignmentThen;
    outcome: EntityAssignmentOutcome;
    parameters: EntityAssignmentParameters;
  };
}

export type PolicyKind = keyof KindTypes;
export type ThenOf<K extends PolicyKind> = KindTypes[K]['then'];
export type OutcomeOf<K extends PolicyKind> = KindTypes[K]['outcome'];
export type ParametersOf<K extends PolicyKind> = KindTypes[K]['parameters'];

/** Every kind of policy the product evaluates. */
export const policyKinds: {
  readonly [K in PolicyKind]: KindDefinition<ThenOf<K>, OutcomeOf<K>, ParametersOf<K>>;
} = {
  'kyc.approval': kycApproval,
  'kyc.documents': kycDocuments,
  'kyc.risk': kycRisk,
  'kyc.levels': kycLevelsKind,
  'kyc.limits': kycLimits,
  'compliance.calendar': complianceCalendar,
  'client.appropriateness': clientAppropriateness,
  'client.category': clientCategory,
  retention,
  'account.provisioning': accountProvisioning,
  'account.leverage': accountLeverage,
  'account.type': accountType,
  'account.migration': accountMigration,
  'account.closure': accountClosure,
  'account.dormancy': accountDormancy,
  'account.negative_balance': accountNegativeBalance,
  withdrawal,
  deposit,
  aml,
  correction,
  bonus,
  exchange,
  'routing.payin': routingPayin,
  'routing.payout': routingPayout,
  screening,
  'partner.fraud': partnerFraud,
  'partner.plan': partnerPlan,
  'entity.assignment': entityAssignment,
};

export function isPolicyKind(text: string): text is PolicyKind {
  return Object.hasOwn(policyKinds, text);
}
