import { z } from 'zod';
import { findCredentials } from '../../db/users';
import { mailPasswordLink, registerClient } from '../../db/client-registration';
import { defineRoute } from '../route';
import { birthDate, country, currency, email, entityId, line } from '../schemas';

const accepted = z.object({
  next: z.string().meta({ description: 'What to do now, in words.' }),
});

const checkMail = { next: 'Open the link in the mail that we have sent to this address.' };

const register = defineRoute({
  method: 'POST',
  path: '/api/v1/registrations',
  operationId: 'registerClient',
  summary: 'Register as a client',
  description:
    'Policy assigns the legal entity by residence. The answer is the same whether the address is known or not; its owner gets a mail with a link that confirms it and sets the first password.',
  tags: ['Clients'],
  auth: { public: true },
  body: z.strictObject({
    name: line(200).meta({ example: 'Maria Example' }),
    email,
    residence: country,
    nationality: country.optional(),
    usPerson: z.boolean().optional(),
    birthDate: birthDate.optional(),
    phone: z
      .string()
      .regex(/^\+[0-9 ()./-]{6,24}$/, 'is not an international phone number')
      .optional()
      .meta({ example: '+49 30 1234567' }),
    address: line(500).optional().meta({ example: 'Example Street 1, 10115 Berlin' }),
    currency,
    locale: z
      .string()
      .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'is not a locale such as en or de-AT')
      .optional()
      .meta({ example: 'en' }),
    requestedEntity: entityId.optional(),
    referralCode: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not a referral code')
      .optional()
      .meta({ example: 'spring' }),
    acceptTerms: z.literal(true).meta({ description: 'The terms of the entity are accepted.' }),
  }),
  responses: { 202: accepted },
  problems: { 422: '`country_not_served`, `entity_review` or `currency_not_offered`.' },
  example: {
    body: {
      name: 'Maria Example',
      email: 'maria@example.com',
      residence: 'DE',
      currency: 'EUR',
      acceptTerms: true,
    },
    answer: { status: 202, body: checkMail },
  },
  handle: async ({ tx, ip, body: { acceptTerms: _, ...body } }) => {
    await registerClient(tx, { ...definedOnly(body), ip });
    return { status: 202, body: checkMail };
  },
});

/** Without the keys that were left out: "not given" and "given as undefined" are two things to the store. */
function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // eslint-disable-next-line no-restricted-syntax -- a parser: what is left has no undefined value any more
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const forgot = defineRoute({
  method: 'POST',
  path: '/api/v1/password-resets',
  operationId: 'requestPasswordReset',
  summary: 'Ask for a link that sets a new password',
  description: 'The answer is the same whether there is such a log-in or not.',
  tags: ['Access'],
  auth: { public: true },
  body: z.strictObject({ kind: z.enum(['staff', 'client', 'partner']), email }),
  responses: { 202: accepted },
  example: {
    body: { kind: 'client', email: 'maria@example.com' },
    answer: { status: 202, body: checkMail },
  },
  handle: async ({ tx, body }) => {
    const found = await findCredentials(tx, body.kind, body.email);
    if (found) {
      const isNewClient = found.user.kind === 'client' && found.user.state === 'invited';
      await mailPasswordLink(tx, found.user, isNewClient ? 'verify_email' : 'password_reset');
    }
    return { status: 202, body: checkMail };
  },
});

export const registrationRoutes = [register, forgot];
