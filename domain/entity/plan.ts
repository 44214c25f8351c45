import { z } from 'zod';
import { eeaCountries, isCountry } from '../kyc/countries';
import { isCurrency } from '../money';
import { isBic, isIban } from '../payments/account-numbers';
import { type HouseAccount } from '../payments/house-account';
import { type OverlayChange, type PolicyBody, type PolicyOverlay, type Rule } from '../policy/body';
import { accountTypeNames, type GroupRow } from '../policy/defaults/account-groups';
import { provisionRule } from '../policy/defaults/account-provisioning';
import {
  type AccountProvisioningParameters,
  type AccountProvisioningThen,
} from '../policy/kinds/account-provisioning';
import {
  type EntityAssignmentParameters,
  type EntityAssignmentThen,
} from '../policy/kinds/entity-assignment';
import { problemsOfShape, repeatedIn, type PlanProblem } from '../plan-problem';
import { platformKinds } from '../trading/capabilities';
import { emailLengthMax, emailPattern, linePattern } from '../typed-text';

const words = (max: number) =>
  z.string().trim().min(1, 'is required').max(max).regex(linePattern, 'has control characters');
const country = z.string().refine(isCountry, 'is not an ISO 3166 alpha-2 code');
const currency = z.string().refine(isCurrency, 'is not a currency');
const email = z.string().max(emailLengthMax).regex(emailPattern, 'is not an e-mail address');

const bankAccount = z.strictObject({
  currency,
  holder: words(140),
  bank: words(140),
  iban: z.string().refine(isIban, 'is not an IBAN'),
  bic: z.string().refine(isBic, 'is not a BIC'),
});

const group = z.strictObject({
  platform: z.enum(platformKinds),
  server: words(80).meta({ suggests: 'server' }),
  accountType: z.enum(accountTypeNames),
  category: z
    .enum(['retail', 'professional'])
    .exactOptional()
    .meta({ description: 'left out: clients of both' }),
  currency,
  group: words(64).meta({ description: 'as the platform itself spells it' }),
  leverage: z.number().int().min(1).max(5000),
});

const legalText = z.strictObject({
  title: words(200),
  text: z.string().trim().min(1, 'is required').max(20_000).meta({ format: 'prose' }),
});

/** Everything that a new entity (licence) is made of, as one colleague fills it in and another approves it. */
export const entityPlanSchema = z.strictObject({
  code: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,19}$/, 'is not two to twenty lower-case letters, digits or dashes')
    .refine((text) => text !== 'new', 'is a page of its own')
    .meta({ description: 'short and for ever: cy, uae-2' }),
  legalName: words(200),
  regulator: words(120),
  licence: words(120).meta({ description: 'number or kind of the licence' }),
  jurisdiction: country.meta({ description: 'whose regulator licenses it, such as AE' }),
  countries: z
    .array(country)
    .min(1, 'is required')
    .max(260)
    .meta({ description: 'residences that it serves, separated by commas: AE, OM, QA' }),
  currencies: z
    .array(currency)
    .min(1, 'is required')
    .max(40)
    .meta({ description: 'of its wallets, separated by commas: USD, AED' }),
  brand: z.strictObject({
    name: words(120),
    colour: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i, 'is not a colour of the form #1f4e79')
      .meta({ description: 'such as #1f4e79' }),
    postalAddress: words(300),
    supportEmail: email,
    mailFrom: email.meta({ description: 'where its mails come from' }),
  }),
  bankAccounts: z.array(bankAccount).max(50),
  groups: z.array(group).min(1, 'needs one at least').max(100),
  legalTexts: z.array(legalText).max(20),
});

export type EntityPlan = z.output<typeof entityPlanSchema>;

export type ReadPlan =
  | { readonly ok: true; readonly plan: EntityPlan }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Reads a plan from outside: its shape, then what must agree within it. */
export function readPlan(given: unknown): ReadPlan {
  const parsed = entityPlanSchema.safeParse(given);
  if (!parsed.success) return { ok: false, problems: problemsOfShape(parsed.error) };
  const problems = disagreements(parsed.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, plan: parsed.data };
}

function disagreements(plan: EntityPlan): PlanProblem[] {
  const { countries, currencies, bankAccounts, groups } = plan;
  return [
    ...repeatedIn(countries, (at) => `/countries/${at}`),
    ...repeatedIn(currencies, (at) => `/currencies/${at}`),
    ...repeatedIn(
      bankAccounts.map(({ iban }) => iban),
      (at) => `/bankAccounts/${at}/iban`,
    ),
    ...repeatedIn(groups.map(rowId), (at) => `/groups/${at}`),
    ...foreign(
      bankAccounts.map((each) => each.currency),
      currencies,
      (at) => `/bankAccounts/${at}/currency`,
    ),
    ...foreign(
      groups.map((each) => each.currency),
      currencies,
      (at) => `/groups/${at}/currency`,
    ),
  ];
}

function foreign(
  values: readonly string[],
  currencies: readonly string[],
  pointer: (at: number) => string,
): PlanProblem[] {
  return values.flatMap((value, at) =>
    currencies.includes(value)
      ? []
      : [{ pointer: pointer(at), detail: `${value} is none of the entity’s currencies` }],
  );
}

function rowId({ platform, accountType, category, currency: code }: EntityPlan['groups'][number]) {
  const parts = [accountType.replace('_', '-'), category, code.toLowerCase()];
  return `${platform}.${parts.filter((part) => part !== undefined).join('-')}`;
}

/** The accounts that its clients pay to. */
export function bankAccountsOfPlan({ code, bankAccounts }: EntityPlan): HouseAccount[] {
  return bankAccounts.map((account) => ({ ...account, entityId: code, names: [] }));
}

/** Jurisdictions whose retail protection an offshore licence does not give. */
const protecting: readonly string[] = [...eeaCountries, 'GB', 'AU', 'CH'];

export function isOffshore({ jurisdiction }: Pick<EntityPlan, 'jurisdiction'>): boolean {
  return !protecting.includes(jurisdiction);
}

/**
 * Which of its countries the entity cannot serve by the assignment as it stands: those that no entity serves, and
 * protected residents of an offshore one, who are a person's decision each.
 */
export function countryProblems(
  plan: EntityPlan,
  {
    refused,
    protectedResidences,
  }: {
    readonly refused: ReadonlySet<string>;
    readonly protectedResidences: readonly string[];
  },
): PlanProblem[] {
  return plan.countries.flatMap((residence, at) => {
    const pointer = `/countries/${at}`;
    if (refused.has(residence))
      return [{ pointer, detail: `${residence}: the policy lets no entity serve it` }];
    return isOffshore(plan) && protectedResidences.includes(residence)
      ? [{ pointer, detail: `${residence}: its residents are not sent offshore by a rule` }]
      : [];
  });
}

type Assignment = PolicyBody<EntityAssignmentThen, EntityAssignmentParameters>;

/**
 * The policy `entity.assignment` with the new entity: its residents come to it before the other entities' rules speak,
 * and after those that say whom nobody serves.
 */
export function assignmentWith(plan: EntityPlan, present: Assignment): Assignment {
  const served: Rule<EntityAssignmentThen> = {
    id: `serves.${plan.code}`,
    title: `Residents whom ${plan.legalName} serves`,
    when: { fact: 'client.residence', operator: 'in', value: [...plan.countries] },
    then: { decision: 'assign', entity: plan.code },
    reason: 'RESIDENCE_SERVED',
    source: `${plan.regulator}: licence ${plan.licence}`,
  };
  const first = present.rules.findIndex(({ then }) => then.decision !== 'refuse');
  const at = first === -1 ? present.rules.length : first;
  const { offshoreEntities } = present.parameters;
  return {
    ...present,
    parameters: {
      ...present.parameters,
      offshoreEntities: isOffshore(plan) ? [...offshoreEntities, plan.code] : offshoreEntities,
    },
    rules: [...present.rules.slice(0, at), served, ...present.rules.slice(at)],
  };
}

/** The overlay of `account.provisioning`: one row a group, and what the client room offers there. */
export function provisioningOf(
  plan: EntityPlan,
  base: PolicyBody<AccountProvisioningThen, AccountProvisioningParameters>,
): PolicyOverlay<AccountProvisioningThen> {
  const last = base.rules.some(({ id }) => id === 'otherwise') ? { before: 'otherwise' } : {};
  const offered = {
    accountTypes: distinct(plan.groups.map(({ accountType }) => accountType)),
    currencies: distinct(plan.groups.map((each) => each.currency)),
    platforms: distinct(plan.groups.map(({ platform }) => platform)),
  };
  const parameters = Object.entries(offered).flatMap(
    ([name, value]): OverlayChange<AccountProvisioningThen>[] =>
      Object.hasOwn(base.parameters, name)
        ? [
            {
              ...{ target: 'parameter', mode: 'override', name, value },
              reason: `What ${plan.legalName} offers.`,
            },
          ]
        : [],
  );
  return {
    title: `Groups of ${plan.legalName}`,
    changes: [
      ...parameters,
      ...plan.groups.map((row): OverlayChange<AccountProvisioningThen> => {
        const { server, accountType: type, category, ...rest } = row;
        const terms: GroupRow = {
          ...rest,
          type,
          id: `${plan.code}.${rowId(row)}`,
          ...(category === undefined ? {} : { category }),
          rights: undefined,
          swapFree: type === 'swap_free',
          demo: type === 'demo',
          source: `${plan.regulator}: licence ${plan.licence}`,
        };
        return {
          ...{ target: 'rule', mode: 'add', ...last },
          with: provisionRule(terms, { entity: plan.code, server }),
        };
      }),
    ],
  };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
