import { partnerPlanSchema } from '../partners/plan.schema';
import { z } from 'zod';
import { bonusRemovals } from '../bonus/bonus';
import { restrictedScopes } from '../compliance/restriction';
import { assetClasses } from '../leverage/caps';
import { accountRights } from '../trading/account';
import { platformKinds } from '../trading/capabilities';
import { rulesPerPolicyMax } from './body';
import { type Condition, operators } from './condition';
import {
  aboveZero,
  basisPoints,
  code,
  country,
  currency,
  limitRates,
  money,
  name,
  percent,
  routing,
} from './fields.schema';
import { amlDecisions } from './kinds/aml';
import { bonusDecisions } from './kinds/bonus';
import { categoryDecisions } from './kinds/client-category';
import { correctionDecisions } from './kinds/correction';
import { depositDecisions } from './kinds/deposit';
import {
  kinds,
  queues,
  questions,
  reasonTexts,
  requirement,
  approvalRouting,
  steps,
} from './kinds/kyc.schema';
import { kycDecisions } from './kinds/kyc-approval';
import { levelGiven, levelParameters, limitParameters, limitSet } from './kinds/kyc-levels.schema';
import { route, routes } from './kinds/routing.schema';
import { accountClosureDecisions } from './kinds/account-closure';
import { dormancyDecisions } from './kinds/account-dormancy';
import { negativeBalanceDecisions } from './kinds/account-negative-balance';
import { leverageDecisions } from './kinds/account-leverage';
import { accountMigrationDecisions } from './kinds/account-migration';
import { accountTypeDecisions } from './kinds/account-type';
import { exchangeDecisions } from './kinds/exchange';
import { partnerFraudDecisions, sharedParameters } from './kinds/partner-fraud';
import { type ParametersOf, type PolicyKind, type ThenOf } from './kinds/registry';
import { recordKinds } from '../retention/retention';
import { screeningDecisions } from './kinds/screening';
import { returnOrders, withdrawalDecisions } from './kinds/withdrawal';

const literal = z.union([
  z.boolean(),
  z.number(),
  z.string().max(200),
  z.array(z.string().max(200)).max(400),
]);
const operand = z.union([
  literal,
  z.strictObject({ list: name }),
  z.strictObject({ parameter: name }),
]);

export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(conditionSchema).max(60) }),
    z.strictObject({ any: z.array(conditionSchema).max(60) }),
    z.strictObject({ not: conditionSchema }),
    z.strictObject({ fact: name, operator: z.enum(operators), value: operand }),
  ]),
);

/** What a rule of each kind may say. */
export const thenSchemas: { readonly [K in PolicyKind]: z.ZodType<ThenOf<K>> } = {
  'kyc.approval': z.strictObject({ decision: z.enum(kycDecisions), ...approvalRouting }),
  'kyc.documents': z.strictObject({ require: requirement }),
  'kyc.risk': z.strictObject({ points: z.number().int().min(-100).max(100) }),
  'kyc.levels': levelGiven,
  'kyc.limits': limitSet,
  'account.provisioning': z.discriminatedUnion('decision', [
    z.strictObject({
      decision: z.literal('provision'),
      platform: z.enum(platformKinds).exactOptional(),
      server: name.meta({ suggests: 'server' }),
      group: z.string().min(1).max(64).meta({ suggests: 'group' }),
      leverage: z.number().int().min(1).max(5000),
      rights: z.array(z.enum(accountRights)).max(accountRights.length).exactOptional(),
      swapFree: z.boolean().exactOptional(),
      demo: z.boolean().exactOptional(),
    }),
    z.strictObject({ decision: z.literal('review') }),
    z.strictObject({ decision: z.literal('refuse') }),
  ]),
  'compliance.calendar': z.strictObject({ monthsMax: z.number().int().min(1).max(60) }),
  'client.appropriateness': z.strictObject({ points: z.number().int().min(-100).max(100) }),
  'client.category': z.strictObject({ decision: z.enum(categoryDecisions), ...routing }),
  retention: z.strictObject({
    record: z.enum(recordKinds),
    years: z.number().int().min(0).max(50),
  }),
  'account.leverage': z.strictObject({ decision: z.enum(leverageDecisions), ...routing }),
  'account.type': z.strictObject({ decision: z.enum(accountTypeDecisions), ...routing }),
  'account.migration': z.strictObject({ decision: z.enum(accountMigrationDecisions), ...routing }),
  'account.closure': z.strictObject({ decision: z.enum(accountClosureDecisions), ...routing }),
  'account.dormancy': z.strictObject({ decision: z.enum(dormancyDecisions) }),
  'account.negative_balance': z.strictObject({ decision: z.enum(negativeBalanceDecisions) }),
  withdrawal: z.strictObject({ decision: z.enum(withdrawalDecisions), ...routing }),
  deposit: z.strictObject({ decision: z.enum(depositDecisions), ...routing }),
  aml: z.strictObject({ decision: z.enum(amlDecisions), ...routing }),
  correction: z.strictObject({ decision: z.enum(correctionDecisions), ...routing }),
  bonus: z
    .strictObject({
      decision: z.enum(bonusDecisions),
      percent: z.number().min(0.01).max(500).multipleOf(0.01).exactOptional(),
      maximum: aboveZero.exactOptional(),
    })
    .refine(
      ({ decision, percent }) => decision !== 'grant' || percent !== undefined,
      'what is granted by itself needs a percentage',
    ),
  exchange: z.strictObject({
    decision: z.enum(exchangeDecisions),
    spreadBasisPoints: basisPoints.exactOptional(),
  }),
  'routing.payin': route,
  'routing.payout': route,
  screening: z.strictObject({ decision: z.enum(screeningDecisions), ...routing }),
  'partner.fraud': z.strictObject({ decision: z.enum(partnerFraudDecisions), ...routing }),
  'partner.plan': z.record(z.string(), z.unknown()),
  'entity.assignment': z.discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('assign'), entity: name }),
    z.strictObject({ decision: z.literal('review') }),
    z.strictObject({ decision: z.literal('refuse') }),
  ]),
};

/** What a client has to read before going on. */
const warning = z.string().trim().min(1).max(4000).meta({ format: 'prose' });

const sharedBy = z.number().int().min(1).max(10_000);
const leverage1n = z.number().int().min(1).max(5000);

const regime = {
  regime: name,
  caps: z.partialRecord(z.enum(assetClasses), leverage1n.nullable()),
  professionalMax: leverage1n.nullable(),
  marginCloseOutPercent: percent.nullable(),
  source: z.string().min(1).max(200),
};

/** The typed parameters of each kind. */
export const parameterSchemas: { readonly [K in PolicyKind]: z.ZodType<ParametersOf<K>> } = {
  'kyc.approval': z.strictObject({
    steps: steps.exactOptional(),
    queues: queues.exactOptional(),
    roundsMax: z
      .number()
      .int()
      .min(1)
      .max(20)
      .exactOptional()
      .meta({ description: 'in the last of so many rounds a person looks first' }),
    minimumAgeYears: z.number().int().min(16).max(30),
    screeningAgeHoursMax: z.number().int().min(1).max(8760),
  }),
  'kyc.documents': z.strictObject({
    kinds: kinds.exactOptional(),
    requirements: z.array(requirement).max(10),
    companyRequirements: z
      .array(requirement)
      .max(10)
      .refine(
        (all) => all.every(({ declared }) => declared !== true),
        'a company declares what rules and the other requirements ask of everybody',
      )
      .exactOptional(),
    questions: questions.exactOptional(),
    reasonTexts: reasonTexts.exactOptional(),
    expiringWithinDays: z.number().int().min(0).max(365),
    zoneMustBeRead: z.boolean().exactOptional(),
    minimumAgeYears: z.number().int().min(16).max(30),
  }),
  'kyc.risk': z
    .strictObject({
      mediumFrom: z.number().int().min(0).max(1000),
      highFrom: z.number().int().min(0).max(1000),
      reviewMonths: z.strictObject({
        low: z.number().int().min(1).max(120),
        medium: z.number().int().min(1).max(120),
        high: z.number().int().min(1).max(120),
      }),
    })
    .refine((value) => value.mediumFrom <= value.highFrom, 'medium must begin below high'),
  'kyc.levels': levelParameters,
  'kyc.limits': limitParameters,
  'compliance.calendar': z.strictObject({
    reviewLeadDays: z.number().int().min(0).max(365),
    noticeDays: z.array(z.number().int().min(1).max(365)).max(10),
    expiredBars: z.array(z.enum(restrictedScopes)).max(restrictedScopes.length),
  }),
  'client.appropriateness': z.strictObject({
    questions,
    passFrom: z.number().int().min(0).max(1000),
    coolingHours: z.number().int().min(0).max(720),
    isRequired: z.boolean(),
    warning,
  }),
  'client.category': z.strictObject({ warning }),
  retention: z.strictObject({ askAgainDays: z.number().int().min(1).max(3650) }),
  'account.provisioning': z.strictObject({
    accountTypes: z.array(name).min(1).max(20),
    currencies: z.array(currency).min(1).max(30),
    accountsPerClientMax: z.number().int().min(1).max(100),
    platforms: z.array(z.enum(platformKinds)).min(1).max(platformKinds.length).exactOptional(),
    demoAccountsPerClientMax: z.number().int().min(0).max(100).exactOptional(),
    demoBalance: money.exactOptional(),
  }),
  'account.leverage': z.strictObject({
    ...regime,
    houseMax: leverage1n,
    negativeBalanceProtection: z.boolean(),
    rebatesToRetailTraders: z.boolean(),
    residences: z
      .array(z.strictObject({ countries: z.array(country).min(1).max(260), ...regime }))
      .max(60)
      .exactOptional(),
    symbolClasses: z
      .array(
        z.strictObject({
          mask: z.string().regex(/^[A-Za-z0-9*._#&+-]{1,40}$/, 'a name of a symbol, with *'),
          assetClass: z.enum(assetClasses),
        }),
      )
      .max(500)
      .exactOptional(),
    equityLadder: z
      .array(z.strictObject({ from: money, leverage: leverage1n }))
      .max(20)
      .exactOptional(),
    marginLevelMinPercent: z.number().min(0).max(10000).exactOptional(),
    noticeDays: z.number().int().min(0).max(365).exactOptional(),
  }),
  'account.type': z.strictObject({ equityMin: money }),
  'account.migration': z.strictObject({
    flatWithinDays: z.number().int().min(1).max(3650),
    closeOnlyGroups: z.array(z.string().min(1).max(64)).max(100).exactOptional(),
  }),
  'account.closure': z.strictObject({
    archiveAfterDays: z.number().int().min(0).max(3650),
    flatWithinDays: z.number().int().min(1).max(3650).exactOptional(),
  }),
  'account.dormancy': z.strictObject({
    inactiveDays: z.number().int().min(30).max(3650),
    noticeDays: z.number().int().min(1).max(365),
    feeAmount: money,
    feeEveryDays: z.number().int().min(1).max(365),
    closeAfterDays: z.number().int().min(30).max(3650),
  }),
  'account.negative_balance': z.strictObject({
    madeGoodMax: z.number().int().min(1).max(1000),
    offsetNoticeDays: z.number().int().min(0).max(365),
  }),
  withdrawal: z.strictObject({
    referenceCurrency: currency,
    limitRates: limitRates.exactOptional(),
    autoApproveMax: money,
    autoApproveCount24h: z.number().int().min(0).max(1000),
    fourEyesAbove24h: money,
    fourEyesAbove30d: money,
    coolingHours: z.number().int().min(0).max(720),
    returnToSource: z.strictObject({
      order: z.enum(returnOrders),
      windowDays: z.number().int().min(1).max(3650).nullable(),
    }),
    marginLevelMinPercent: z.number().min(0).max(10000),
    addressProofAbove: money.exactOptional(),
  }),
  deposit: z.strictObject({
    referenceCurrency: currency,
    unverifiedMax: money,
    verifyWithinDays: z.number().int().min(0).max(365),
    depositMin: money,
    limitRates: limitRates.exactOptional(),
  }),
  aml: z.strictObject({
    referenceCurrency: currency,
    limitRates: limitRates.exactOptional(),
    velocityCount24h: z.number().int().min(0).max(1000),
    velocityTotal7d: money,
    structuringBelow: aboveZero,
    structuringBandPercent: z.number().min(1).max(100),
    structuringCount7d: z.number().int().min(2).max(1000),
    passThroughMin: money,
    passThroughPercent: z.number().min(0).max(1000),
    dormantDays: z.number().int().min(1).max(3650),
    dormantAmountMin: money,
    highRiskAmountMin: money,
    consentWorkingDays: z.number().int().min(0).max(60),
    moratoriumDays: z.number().int().min(0).max(400),
    meansPercentMax: z.number().min(1).max(100_000).exactOptional(),
  }),
  correction: z.strictObject({ referenceCurrency: currency, feeAloneMax: money }),
  bonus: z.strictObject({
    removal: z.enum(bonusRemovals),
    expiresInDays: z.number().int().min(1).max(3650).nullable(),
  }),
  exchange: z.strictObject({
    spreadBasisPoints: basisPoints,
    quoteSeconds: z.number().int().min(5).max(300),
    rateAgeSecondsMax: z.number().int().min(1).max(3600),
  }),
  'routing.payin': routes,
  'routing.payout': routes,
  screening: z
    .strictObject({
      reviewScore: percent,
      strongScore: percent,
    })
    .refine((value) => value.reviewScore <= value.strongScore, 'review must not exceed strong'),
  'partner.fraud': z.strictObject({
    commissionMin: money,
    revenuePercentMax: z.number().min(0).max(1000),
    lotsMin: z.number().min(0).max(1_000_000),
    lotsPerThousandMax: z.number().min(0).max(1_000_000),
    shortSeconds: z.number().int().min(0).max(86_400),
    shortMovePoints: z.number().int().min(0).max(1_000_000),
    shortPercentMax: percent,
    oppositeSeconds: z.number().int().min(0).max(3600),
    oppositePercentMax: percent,
    clickSecondsMin: z.number().int().min(0).max(3600),
    // Policies are installed that were written before these were asked for.
    sharedIpMin: sharedBy.default(sharedParameters.sharedIpMin),
    sharedNameMin: sharedBy.default(sharedParameters.sharedNameMin),
    sharedAddressMin: sharedBy.default(sharedParameters.sharedAddressMin),
    sharedIpDays: z.number().int().min(1).max(365).default(sharedParameters.sharedIpDays),
  }),
  'partner.plan': z.strictObject({ plan: partnerPlanSchema }),
  'entity.assignment': z.strictObject({
    offshoreEntities: z.array(name).max(50),
    protectedResidences: z.array(country).max(260),
  }),
};

function ruleSchema(kind: PolicyKind): z.ZodType {
  return z.strictObject({
    id: z.string().regex(/^[a-z][a-z0-9.-]{1,60}$/, 'lower case words joined by dots and dashes'),
    title: z.string().min(1).max(200),
    when: conditionSchema,
    then: thenSchemas[kind],
    reason: code,
    source: z.string().min(1).max(300),
    mandatory: z.boolean().exactOptional(),
  });
}

/** The shape of a base body of one kind. */
export function bodySchema(kind: PolicyKind): z.ZodType {
  return z.strictObject({
    title: z.string().min(1).max(200),
    parameters: parameterSchemas[kind],
    rules: z.array(ruleSchema(kind)).max(rulesPerPolicyMax),
    requires: z.array(name).max(60).exactOptional(),
  });
}

/** The shape of an overlay of one kind. A parameter's new value is checked when the layers are folded. */
export function overlaySchema(kind: PolicyKind): z.ZodType {
  const reason = z.string().min(1).max(500);
  const rule = z.literal('rule');
  return z.strictObject({
    title: z.string().min(1).max(200),
    changes: z
      .array(
        // Told apart before they are read: what is wrong is said of the one that was meant.
        z.discriminatedUnion('target', [
          z.discriminatedUnion('mode', [
            z.strictObject({ target: rule, mode: z.literal('inherit'), id: name }),
            z.strictObject({
              target: rule,
              mode: z.literal('override'),
              id: name,
              with: ruleSchema(kind),
              reason,
            }),
            z.strictObject({ target: rule, mode: z.literal('off'), id: name, reason }),
            z.strictObject({
              target: rule,
              mode: z.literal('add'),
              with: ruleSchema(kind),
              before: name.exactOptional(),
            }),
          ]),
          z.strictObject({
            target: z.literal('parameter'),
            mode: z.literal('override'),
            name,
            value: z.unknown(),
            reason,
          }),
        ]),
      )
      .max(rulesPerPolicyMax),
  });
}
