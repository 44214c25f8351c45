import { z } from 'zod';
import { isHouseQueue, queuePermissions } from '../../kyc/approval-queues';
import { documentKinds } from '../../kyc/document';
import { clientReasonCodes } from '../../kyc/reason-codes';
import { slots } from '../../onboarding/checklist';
import { questionTypes } from '../../onboarding/questions';
import { country, documentCode, routing } from '../fields.schema';

/** Approval of a KYC case: the queue is one of the house's or of the policy's own. */
export const approvalRouting = {
  ...routing,
  queue: routing.queue.meta({
    unread: false,
    suggests: 'queue',
    description: 'where it waits for a person: one of the house, or of the queues of this policy',
  }),
};

const documentKind = z.strictObject({
  code: documentCode.meta({ description: 'for ever: emirates_id' }),
  name: z.string().min(1).max(80).meta({ description: 'as the client reads it' }),
  identity: z.boolean().meta({ description: 'says who somebody is' }),
  mrz: z.boolean().meta({ description: 'has lines with < signs' }),
  expires: z.boolean(),
  sides: z.number().int().min(1).max(20),
  countries: z
    .array(country)
    .max(260)
    .exactOptional()
    .meta({ description: 'that issue it, separated by commas; empty: any' }),
  ageDaysMax: z.number().int().min(1).max(3650).exactOptional(),
  readByPerson: z.boolean().exactOptional().meta({ description: 'no check says anything of it' }),
});

const question = z
  .strictObject({
    code: documentCode.meta({ description: 'for ever, rules read it: source_of_wealth' }),
    text: z.string().min(1).max(300).meta({ description: 'as the client reads it' }),
    type: z.enum(questionTypes),
    choices: z
      .array(z.string().min(1).max(80))
      .max(40)
      .exactOptional()
      .meta({ description: 'of a choice, separated by commas' }),
    required: z.boolean(),
    onlyIf: z
      .strictObject({ question: documentCode, is: z.string().min(1).max(80) })
      .exactOptional(),
  })
  .refine(
    ({ type, choices = [] }) =>
      (type !== 'choice' && type !== 'choices') || new Set(choices).size > 1,
    'a choice needs two at least to choose from',
  );

/** Asked in this order: what a question hangs on has been asked before. */
export const questions = z
  .array(question)
  .max(50)
  .superRefine((all, context) => {
    all.forEach(({ code: own, onlyIf }, at) => {
      const before = all.slice(0, at).map((each) => each.code);
      if (before.includes(own))
        context.addIssue({ code: 'custom', path: [at, 'code'], message: 'is there already' });
      if (onlyIf !== undefined && !before.includes(onlyIf.question))
        context.addIssue({
          ...{ code: 'custom', path: [at, 'onlyIf', 'question'] },
          message: 'is no question before this one',
        });
    });
  });

/** Queues beside those that every house has. */
export const queues = z
  .array(
    z.strictObject({
      code: z
        .string()
        .regex(/^[a-z_]{2,40}$/, 'lower case words joined by underscores')
        .refine((code) => !isHouseQueue(code), 'every house has this one already')
        .meta({ description: 'for ever: board' }),
      name: z.string().min(1).max(80).meta({ description: 'as the inbox shows it' }),
      permission: z.enum(queuePermissions).meta({
        description: 'who decides: officers, senior management (pep.approve) or the MLRO',
      }),
    }),
  )
  .max(20)
  .refine(
    (all) => new Set(all.map(({ code }) => code)).size === all.length,
    'two queues have the same code',
  );

/** Reasons that a client may read, in the house's words; internal ones are none of the choices. */
export const reasonTexts = z
  .array(
    z.strictObject({
      code: z.enum(clientReasonCodes),
      locale: z
        .string()
        .regex(/^[a-z]{2}$/, 'two letters, such as en')
        .meta({
          description: 'the client’s language, two letters; en is read where theirs is not there',
        }),
      text: z
        .string()
        .min(1)
        .max(500)
        .meta({ format: 'prose', description: 'as the client reads it' }),
    }),
  )
  .max(200)
  .refine(
    (texts) => new Set(texts.map(({ code, locale }) => `${code} ${locale}`)).size === texts.length,
    'a reason has two texts in one language',
  );

export const requirement = z
  .strictObject({
    slot: z.enum(slots),
    accepted: z
      .array(documentCode)
      .min(1)
      .max(40)
      .meta({
        description: `kinds, separated by commas: ${documentKinds.join(', ')}, or your own`,
      }),
    count: z.number().int().min(0).max(5),
    ageMonthsMax: z.number().int().min(1).max(120).exactOptional(),
    declared: z.boolean().exactOptional().meta({
      description:
        'of funds or wealth: each source is told with its amount, supported by papers, and corroborated by an officer',
    }),
  })
  .refine(({ slot, declared }) => declared !== true || slot === 'funds' || slot === 'wealth', {
    path: ['declared'],
    message: 'is of funds and wealth alone',
  });

/** Kinds of document beside those that every house knows. */
export const kinds = z
  .array(documentKind)
  .max(50)
  .refine(
    (kinds) => new Set(kinds.map((kind) => kind.code)).size === kinds.length,
    'two kinds have the same code',
  );

/** What somebody does before an approval, in this order. */
export const steps = z
  .array(
    z
      .strictObject({
        code: documentCode.meta({ description: 'for ever: video_call' }),
        name: z.string().min(1).max(80),
        instruction: z
          .string()
          .min(1)
          .max(1000)
          .meta({ format: 'prose', description: 'what the officer has to do' }),
        fourEyes: z.boolean().exactOptional(),
        verifier: z
          .string()
          .regex(/^[a-z][a-z0-9_]{1,39}$/)
          .exactOptional()
          .meta({ description: 'an outside verifier that does it: sumsub' }),
        level: z
          .string()
          .min(1)
          .max(80)
          .exactOptional()
          .meta({ description: 'which of the verifier’s flows: id-and-liveness' }),
        answerHoursMax: z.number().int().min(1).max(720).exactOptional(),
      })
      .refine(
        ({ verifier, level }) => (verifier === undefined) === (level === undefined),
        'a verifier needs the level, and a level its verifier',
      ),
  )
  .max(20)
  .refine(
    (steps) => new Set(steps.map((step) => step.code)).size === steps.length,
    'two steps have the same code',
  );
