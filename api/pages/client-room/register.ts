import { z } from 'zod';
import { isCountry } from '../../../domain/kyc/countries';
import { textIn } from '../../../domain/agreement/agreement';
import { agreementsInForce } from '../../../db/agreements';
import { registerClient } from '../../../db/client-registration';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { sealClick } from '../../../db/referral-clicks';
import { country, currency, email, entityId, line } from '../../schemas';
import { defineForm, definePage, type View } from '../page';
import { countryOptions } from './choices';
import { paragraphsOf } from './paragraphs';

/** Nothing else is asked of it here: what this house has not sealed tells nothing. */
const click = z.string().regex(/^\d{13}\.[A-Za-z0-9]{1,100}$/, 'is not the time of a click');

const code = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not a referral code');

/** The registration form, in the brand that the visitor came to where there is one. */
export async function registrationView(
  tx: Tx,
  { entity, referralCode }: { entity?: string | undefined; referralCode?: string | undefined },
): Promise<View> {
  const entities = await listEntities(tx);
  const brand = entities.find(({ id }) => id === entity);
  const offered = [...new Set(entities.flatMap(({ currencies }) => currencies))];
  return {
    view: 'client/register',
    title: 'Open an account',
    data: {
      ...(brand ? { brand: brand.brand.name, brandEntity: brand.id } : {}),
      requestedEntity: brand?.id,
      referralCode,
      click: referralCode === undefined ? undefined : sealClick(tx, referralCode),
      countries: countryOptions,
      currencies: offered.map((value) => ({ value, label: value })),
    },
  };
}

const register = definePage({
  path: '/client/register',
  auth: { public: true },
  query: { entity: entityId.optional(), ref: code.optional() },
  handle: ({ tx, query }) =>
    registrationView(tx, { entity: query.entity, referralCode: query.ref }),
});

const registerForm = defineForm({
  path: '/client/register',
  auth: { public: true },
  body: {
    name: line(200),
    email,
    residence: country.refine(isCountry, 'is not a country'),
    currency,
    requestedEntity: entityId.optional(),
    referralCode: code.optional(),
    click: click.optional(),
    terms: z.literal('yes', 'must be accepted'),
  },
  page: register,
  handle: async ({ tx, ip, body }) => {
    const { terms: _, requestedEntity, referralCode, click: clicked, ...person } = body;
    await registerClient(tx, {
      ...{ ...person, ip },
      ...(requestedEntity === undefined ? {} : { requestedEntity }),
      ...(referralCode === undefined ? {} : { referralCode }),
      ...(clicked === undefined ? {} : { click: clicked }),
    });
    return { to: '/client/register/sent' };
  },
});

/** The same for everybody: whether an address was known before is nobody's business. */
const sent = definePage({
  path: '/client/register/sent',
  auth: { public: true },
  handle: () => Promise.resolve({ view: 'client/register-sent', title: 'Check your mail' }),
});

const terms = definePage({
  path: '/client/terms',
  auth: { public: true },
  handle: async ({ tx }) => ({
    view: 'client/terms',
    title: 'Terms of business',
    data: { entities: await showEntities(tx) },
  }),
});

/** The companies, each with the agreements that are in force with it. */
async function showEntities(tx: Tx) {
  const inForce = await agreementsInForce(tx);
  return (await listEntities(tx)).map((entity) => ({
    ...entity,
    texts: inForce
      .filter(({ entityId: of }) => of === entity.id)
      .map((version) => {
        const { title, body } = textIn(version.texts, 'en');
        return { title, version: version.version, paragraphs: paragraphsOf(body) };
      }),
  }));
}

export const registerPages = [register, registerForm, sent, terms];
