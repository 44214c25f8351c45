import { z } from 'zod';
import { isCountry } from '../../../domain/kyc/countries';
import { occupations, type WantedAccount } from '../../../domain/onboarding/answers';
import { fundsSources } from '../../../domain/policy/kinds/kyc-risk';
import { conflict, malformed } from '../../../domain/problem';
import { openCase } from '../../../db/kyc';
import { saveDetails, submitCase } from '../../../db/kyc-submission';
import { clientOf } from '../../routes/client-scope';
import { personalFrom } from '../../routes/onboarding';
import { birthDate, country, line } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { readOwnApplication } from './application';
import {
  countryName,
  countryOptions,
  fundsOptions,
  occupationOptions,
  yesNoOptions,
} from './choices';
import { accountOffers, type Offer, offerName, offerOptions } from './offers';
import { showQuestion, typedAnswers } from './questions';

/** The application: what is missing, and the button that hands it in. */
export const onboarding = definePage({
  path: '/client/onboarding',
  auth: { client: true },
  query: liveQuery,
  handle: async ({ tx, scope, query }) => {
    const view = await readOwnApplication(tx, clientOf(scope).clientId);
    const { case: of } = view.application;
    return follow(
      { view: 'client/onboarding', title: 'Your application', data: { ...view, round: of.round } },
      {
        path: '/client/onboarding',
        mark: `${of.state}/${of.version}`,
        since: of.submittedAt ?? of.openedAt,
        isMoving: view.isMoving,
      },
      query.seen,
    );
  },
});

const submitForm = defineForm({
  path: '/client/onboarding/submit',
  auth: { client: true },
  page: onboarding,
  handle: async ({ tx, scope }) => {
    await submitCase(tx, clientOf(scope).clientId);
    return { to: '/client/onboarding', flash: 'Thank you. We have your application.' };
  },
});

const details = definePage({
  path: '/client/onboarding/details',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { application, canChange, outcome } = await readOwnApplication(
      tx,
      clientOf(scope).clientId,
    );
    const { personal, answers, client } = application;
    const offers = await accountOffers(tx, client);
    const first = offers.find((offer) => offer.currency === client.currency) ?? offers[0];
    const wanted = answers === undefined ? first : offered(offers, answers.account);
    return {
      view: 'client/details',
      title: 'About you',
      data: {
        canChange,
        isCompany: client.kind === 'corporate',
        personal,
        addressHint: `Street, number, postcode and town in ${countryName(client.residence)}.`,
        answers,
        pep: answers && (answers.pep ? 'yes' : 'no'),
        account: wanted ? offerName(wanted) : 'none',
        countries: countryOptions,
        occupations: occupationOptions,
        funds: fundsOptions,
        yesNo: yesNoOptions,
        questions: outcome.questions.map((question) =>
          showQuestion(question, outcome.questions, answers?.questionnaire ?? {}),
        ),
        offers: [...offerOptions(offers), { value: 'none', label: 'No account yet' }],
      },
    };
  },
});

/** The offer that was chosen; who did not mind the platform finds the first one chosen. */
function offered(offers: readonly Offer[], wanted: WantedAccount | null): Offer | undefined {
  return offers.find(
    (offer) =>
      offer.accountType === wanted?.accountType &&
      offer.currency === wanted.currency &&
      offer.platform === (wanted.platform ?? offer.platform),
  );
}

const detailsForm = defineForm({
  path: '/client/onboarding/details',
  auth: { client: true },
  body: {
    name: line(200).optional(),
    birthDate: birthDate.optional(),
    nationality: country.refine(isCountry, 'is not a country').optional(),
    phone: line(30).optional(),
    address: line(300).optional(),
    pep: z.enum(['yes', 'no']),
    occupation: z.enum(occupations),
    fundsSource: z.enum(fundsSources),
    expectedDeposit: z
      .string()
      .transform((text) => text.replace(/\s/g, ''))
      .pipe(z.string().regex(/^\d{1,12}(\.\d{1,2})?$/, 'is not an amount such as 5000')),
    account: z.string().max(60),
  },
  page: details,
  handle: async ({ tx, scope, body, fields }) => {
    const { clientId } = clientOf(scope);
    const { state } = await openCase(tx, clientId);
    if (state !== 'collecting' && state !== 'information_requested') {
      throw conflict('not_collecting', 'Your application has been handed in already.');
    }
    const { application, outcome } = await readOwnApplication(tx, clientId);
    const offers = await accountOffers(tx, application.client);
    const chosen = offers.find((offer) => offerName(offer) === body.account);
    if (!chosen && body.account !== 'none') {
      throw malformed('Choose an account.', [
        { pointer: '/body/account', detail: 'is not offered' },
      ]);
    }
    await saveDetails(tx, clientId, {
      personal: personalFrom(body, application.client),
      answers: {
        pep: body.pep === 'yes',
        occupation: body.occupation,
        fundsSource: body.fundsSource,
        expectedDeposit: body.expectedDeposit,
        questionnaire: typedAnswers(outcome.questions, fields),
        account: chosen
          ? {
              accountType: chosen.accountType,
              currency: chosen.currency,
              platform: chosen.platform,
            }
          : null,
      },
    });
    return { to: '/client/onboarding', flash: 'Saved.' };
  },
});

export const onboardingPages = [onboarding, submitForm, details, detailsForm];
