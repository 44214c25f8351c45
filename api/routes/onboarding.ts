import { z } from 'zod';
import { isCountry } from '../../domain/kyc/countries';
import { documentStatuses } from '../../domain/kyc/document';
import { clientReasons } from '../../domain/kyc/reason-codes';
import { sourceBases } from '../../domain/kyc/sources';
import { slots } from '../../domain/onboarding/checklist';
import { readClient, type Client } from '../../db/clients';
import type { Tx } from '../../db/connection';
import { openCase, type KycCase } from '../../db/kyc';
import {
  readApplication,
  readChecklist,
  readRequirements,
  reasonWordsOf,
} from '../../db/kyc-requirements';
import { saveDetails, submitCase } from '../../db/kyc-submission';
import { defineRoute } from '../route';
import {
  birthDate,
  country,
  currency,
  exampleId,
  documentKind,
  idOf,
  line,
  platform,
  time,
} from '../schemas';
import { answersAnswer } from './kyc-schemas';
import { clientOf } from './client-scope';
import { occupations } from '../../domain/onboarding/answers';
import {
  answerLengthMax,
  answerProblems,
  questionTypes,
  type QuestionAnswers,
} from '../../domain/onboarding/questions';
import { malformed } from '../../domain/problem';
import { fundsSources } from '../../domain/policy/kinds/kyc-risk';

const knownCountry = country.refine(isCountry, 'is not a country');

const spokenReason = z.object({
  code: z.string(),
  text: z.string(),
  retryable: z.boolean().meta({ description: 'The client can mend it by sending something else.' }),
});

const onboardingAnswer = z
  .object({
    caseId: idOf('kycCase'),
    state: z.enum(['collecting', 'in_review', 'information_requested', 'approved', 'rejected']),
    round: z.number().int(),
    submittedAt: time.nullable(),
    details: z.object({
      name: z.string(),
      birthDate: z.string().nullable(),
      nationality: z.string().nullable(),
      residence: z.string(),
      phone: z.string().nullable(),
      address: z.string().nullable(),
    }),
    answers: answersAnswer.nullable(),
    requirements: z.array(
      z.object({
        slot: z.enum(slots),
        accepted: z.array(documentKind),
        count: z.number().int(),
        ageMonthsMax: z.number().int().nullable(),
        present: z.number().int(),
        done: z.boolean(),
      }),
    ),
    declarations: z
      .array(
        z.object({
          basis: z.enum(sourceBases),
          accepted: z.array(documentKind),
          papersMin: z.number().int().meta({ description: 'Papers that support each source.' }),
          ageMonthsMax: z.number().int().nullable(),
          done: z.boolean(),
        }),
      )
      .meta({ description: 'Sources of money to be declared at the case’s `declared-sources`.' }),
    questions: z
      .array(
        z.object({
          code: z.string(),
          text: z.string(),
          type: z.enum(questionTypes),
          choices: z.array(z.string()).optional(),
          required: z.boolean(),
          onlyIf: z.object({ question: z.string(), is: z.string() }).optional(),
        }),
      )
      .meta({ description: 'Of the entity’s own questionnaire; answered in `questionnaire`.' }),
    missing: z.array(z.string()).meta({
      description:
        'What is not there yet: `birth_date`, `answers`, `document:identity`, `question:source_of_wealth`, `source:funds` …',
    }),
    reasons: z.array(spokenReason).meta({ description: 'What the client was asked about last.' }),
    documents: z.array(
      z.object({
        id: idOf('document'),
        kind: documentKind,
        slot: z.enum(slots),
        state: z.enum(documentStatuses),
        reasons: z.array(spokenReason),
        uploadedAt: time,
      }),
    ),
    canChange: z.boolean(),
    canSubmit: z.boolean(),
  })
  .meta({ id: 'Onboarding' });

const onboardingExample = {
  caseId: exampleId('kycCase'),
  state: 'collecting' as const,
  round: 1,
  submittedAt: null,
  details: {
    name: 'Maria Example',
    birthDate: '1988-04-17',
    nationality: 'DE',
    residence: 'DE',
    phone: null,
    address: '1 Example Street, 10115 Berlin',
  },
  answers: null,
  requirements: [
    {
      slot: 'identity' as const,
      accepted: ['passport' as const],
      count: 1,
      ageMonthsMax: null,
      present: 0,
      done: false,
    },
  ],
  declarations: [],
  questions: [],
  missing: ['answers', 'document:identity'],
  reasons: [],
  documents: [],
  canChange: true,
  canSubmit: false,
};

async function showOnboarding(tx: Tx, of: KycCase): Promise<z.input<typeof onboardingAnswer>> {
  const application = await readApplication(tx, of);
  const outcome = await readRequirements(tx, application);
  const words = reasonWordsOf(application, outcome);
  const { items, missing } = readChecklist(application, outcome);
  const { personal, answers, client } = application;
  const canChange = of.state === 'collecting' || of.state === 'information_requested';
  return {
    caseId: of.id,
    // Whatever is being looked at, and by whom: the client reads the same word.
    state: of.state === 'checking' ? 'in_review' : of.state,
    round: of.round,
    submittedAt: of.submittedAt,
    details: {
      name: personal.name,
      birthDate: personal.birth_date ?? null,
      nationality: personal.nationality ?? null,
      residence: client.residence,
      phone: personal.phone ?? null,
      address: personal.address ?? null,
    },
    answers: answers ?? null,
    requirements: items.map((item) => ({ ...item, accepted: [...item.accepted] })),
    declarations: outcome.declarations.map(({ slot, accepted, count, ageMonthsMax }) => ({
      ...{ basis: slot, accepted: [...accepted], papersMin: count },
      ageMonthsMax: ageMonthsMax ?? null,
      done: !missing.includes(`source:${slot}`),
    })),
    questions: outcome.questions.map(({ choices, ...question }) => ({
      ...question,
      ...(choices === undefined ? {} : { choices: [...choices] }),
    })),
    missing: [...missing],
    reasons: of.state === 'information_requested' ? [...clientReasons(of.requested, words)] : [],
    documents: application.documents
      .filter((document) => document.state !== 'archived')
      .map((document) => ({
        id: document.id,
        kind: document.kind,
        slot: document.slot,
        state: document.state,
        reasons: [...clientReasons(document.reasons, words)],
        uploadedAt: document.uploadedAt,
      })),
    canChange,
    canSubmit: canChange && missing.length === 0,
  };
}

const detailsBody = z.strictObject({
  name: line(200).optional(),
  birthDate: birthDate.optional().meta({ description: 'Of a person; a company has none.' }),
  nationality: knownCountry.optional().meta({ description: 'Of a person.' }),
  phone: line(30).optional(),
  address: line(300).optional().meta({ description: 'Of a person.' }),
  pep: z.boolean().meta({ description: 'Politically exposed, or close to somebody who is.' }),
  occupation: z.enum(occupations),
  fundsSource: z.enum(fundsSources),
  expectedDeposit: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,2})?$/, 'is not a decimal amount such as 5000.00')
    .meta({ description: 'Deposits expected in a year, in EUR.', example: '5000.00' }),
  questionnaire: z
    .record(
      z.string().max(40),
      z.union([
        z.string().trim().max(answerLengthMax),
        z.array(z.string().trim().max(answerLengthMax)).max(40),
      ]),
    )
    .optional()
    .meta({
      description: 'Answers to `questions`, by their codes; several to one of the type `choices`.',
    }),
  account: z
    .strictObject({ accountType: line(40), currency, platform: platform.optional() })
    .nullable()
    .optional()
    .meta({
      description:
        'The account that is opened after approval: a standard one in the client’s currency when left out, none when null.',
    }),
});

/** A person says who they are; a company has said so already (`declareCompany`). 400 with what is missing. */
export function personalFrom(
  {
    name,
    phone,
    birthDate,
    nationality,
    address,
  }: Pick<z.output<typeof detailsBody>, 'name' | 'phone' | 'birthDate' | 'nationality' | 'address'>,
  { kind }: Pick<Client, 'kind'>,
) {
  const spoken = phone === undefined ? {} : { phone };
  if (kind === 'corporate') return spoken;
  if (birthDate === undefined || nationality === undefined || address === undefined) {
    throw malformed(
      'Something about you is missing.',
      Object.entries({ birthDate, nationality, address }).flatMap(([field, value]) =>
        value === undefined ? [{ pointer: `/body/${field}`, detail: 'is required' }] : [],
      ),
    );
  }
  const own = name === undefined ? {} : { name };
  return { ...own, ...spoken, birth_date: birthDate, nationality, address };
}

/** 400 with each answer that cannot be, at its question. */
async function assertAnswers(tx: Tx, clientId: string, answers: QuestionAnswers): Promise<void> {
  const application = await readApplication(tx, await openCase(tx, clientId));
  const { questions } = await readRequirements(tx, application);
  const problems = answerProblems(questions, answers);
  if (problems.length === 0) return;
  throw malformed(
    'An answer cannot be taken like this.',
    problems.map(({ code, detail }) => ({ pointer: `/body/questionnaire/${code}`, detail })),
  );
}

export const onboardingRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/me/onboarding',
    operationId: 'readOnboarding',
    summary: 'Read your application and what is missing',
    tags: ['Onboarding'],
    auth: { client: true },
    responses: { 200: onboardingAnswer },
    example: { answer: { status: 200, body: onboardingExample } },
    handle: async ({ tx, scope }) => ({
      status: 200,
      // Client and process may both be first to ask for the case; it is opened once.
      body: await showOnboarding(tx, await openCase(tx, clientOf(scope).clientId)),
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/me/onboarding/details',
    operationId: 'saveOnboardingDetails',
    summary: 'Say who you are',
    tags: ['Onboarding'],
    auth: { client: true },
    body: detailsBody,
    responses: { 200: onboardingAnswer },
    problems: { 409: 'not_collecting', 422: 'unknown_account_type' },
    example: {
      body: {
        birthDate: '1988-04-17',
        nationality: 'DE',
        address: '1 Example Street, 10115 Berlin',
        pep: false,
        occupation: 'employed',
        fundsSource: 'salary',
        expectedDeposit: '5000.00',
        account: { accountType: 'standard', currency: 'EUR' },
      },
      answer: { status: 200, body: onboardingExample },
    },
    handle: async ({ tx, scope, body }) => {
      const { clientId } = clientOf(scope);
      const client = await readClient(tx, clientId);
      const { questionnaire } = body;
      await assertAnswers(tx, clientId, questionnaire ?? {});
      const personal = personalFrom(body, client);
      const saved = await saveDetails(tx, clientId, {
        personal,
        answers: {
          pep: body.pep,
          occupation: body.occupation,
          fundsSource: body.fundsSource,
          expectedDeposit: body.expectedDeposit,
          ...(questionnaire === undefined ? {} : { questionnaire }),
          account:
            body.account === undefined
              ? { accountType: 'standard', currency: client.currency }
              : body.account,
        },
      });
      return { status: 200, body: await showOnboarding(tx, saved) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/me/onboarding/submit',
    operationId: 'submitOnboarding',
    summary: 'Hand the application in',
    description: 'Answered at once; checks and decisions follow.',
    tags: ['Onboarding'],
    auth: { client: true },
    idempotency: 'required',
    responses: { 202: onboardingAnswer },
    problems: { 409: 'not_collecting', 422: 'application_incomplete' },
    example: {
      answer: {
        status: 202,
        body: { ...onboardingExample, state: 'in_review' as const, canChange: false, missing: [] },
      },
    },
    location: () => '/api/v1/me/onboarding',
    handle: async ({ tx, scope }) => ({
      status: 202,
      body: await showOnboarding(tx, await submitCase(tx, clientOf(scope).clientId)),
    }),
  }),
];
