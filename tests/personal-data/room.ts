import { text } from '../../cli/demo/http';
import { walletOf } from '../../cli/demo/own-wallet';
import { proofText } from '../../domain/payments/address-proof';
import { checksummed } from '../../domain/payments/token-address';
import {
  inventPerson,
  passportOf,
  pictureOf,
  recentDay,
  approved,
  type Applicant,
} from './applicants';
import {
  decideOnPage,
  inState,
  passportIn,
  logIn,
  taskAbout,
  tokenOfLetter,
  type Colleague,
} from './colleagues';
import type { House } from './house';
import { activeAccount } from './money';
import type { Visitor } from './visitor';

/** For tests only: a client who does everything on the pages of the client room. */
export async function liveInTheRoom(
  house: House,
  officer: Colleague,
  referralCode: string,
): Promise<Applicant> {
  const visitor = house.visitor('cleo');
  const cleo = await signUp(house, visitor, referralCode);
  await apply(house, visitor, cleo);
  const review = await taskAbout(house, officer, 'kyc_review', cleo.caseId);
  const id = text(review, 'id');
  await officer.visitor.submit('/staff/cases/:id/documents/:documentId', {
    params: { id: cleo.caseId, documentId: await passportIn(house, officer, cleo.caseId) },
    fields: { verdict: 'reject', reasons: 'DOC_EXPIRED' },
  });
  await decideOnPage(house, officer, {
    template: '/staff/cases/:id/decide/:taskId',
    params: { id: cleo.caseId, taskId: id },
    id,
    decision: 'request_information',
    code: 'DOC_EXPIRED',
  });
  await inState(house, '/api/v1/me/onboarding', {
    token: cleo.token,
    state: 'information_requested',
  });
  await uploadPassport(house, visitor, cleo, '2033-02-28');
  await visitor.submit('/client/onboarding/submit', {});
  await approved(house, cleo);
  await visitor.submit('/client/cashier/deposit', {
    fields: {
      ...{ amount: '25.00', currency: 'EUR', method: 'card' },
      phone: house.markers.phone('cleo: phone of a way of paying'),
      bankCode: house.markers.bic('cleo: bank of a way of paying'),
    },
  });
  return { ...cleo, password: await usePasswords(house, visitor, cleo) };
}

/** What a page offers that begins so. */
async function offered(visitor: Visitor, path: string, beginning: string): Promise<string> {
  const { text: page } = await visitor.see(path);
  const values = [...page.matchAll(/value="([^"]+)"/g)].map(([, value = '']) => value);
  const found = values.find((value) => value.startsWith(beginning));
  if (found === undefined) throw new Error(`${path} offers no ${beginning}`);
  return found;
}

async function signUp(house: House, visitor: Visitor, referralCode: string) {
  const { markers } = house;
  const person = inventPerson(house, 'cleo');
  const { email, password } = person;
  const name = `${person.given} ${person.family}`;
  await visitor.see(`/join/${referralCode}`);
  await visitor.submit('/client/register', {
    fields: {
      name,
      email,
      residence: 'CY',
      currency: 'EUR',
      // A wish that the house does not know.
      requestedEntity: markers.word('cleo: wished entity').toLowerCase(),
      referralCode,
      terms: 'yes',
    },
  });
  const token = await tokenOfLetter(house, email, 'confirm');
  await visitor.see(`/links/${token}`);
  const fields = { password, repeatedPassword: password };
  await visitor.submit('/links/:token', { params: { token }, fields });
  await visitor.logIn('client', email, password);
  const key = await logIn(house, { who: 'cleo', kind: 'client', email, password });
  const me = await house.api.must('GET', '/api/v1/me', { token: key });
  await visitor.submit('/client/onboarding/details', {
    fields: {
      name,
      birthDate: person.birthDate,
      nationality: 'CY',
      phone: markers.phone('cleo: phone'),
      address: `3 ${markers.word('cleo: address')} Street`,
      pep: 'no',
      occupation: 'employed',
      fundsSource: 'salary',
      expectedDeposit: '5000',
      account: await offered(visitor, '/client/onboarding/details', 'standard/EUR'),
    },
  });
  const onboarding = await house.api.must('GET', '/api/v1/me/onboarding', { token: key });
  const [clientId, caseId] = [text(me, 'clientId'), text(onboarding, 'caseId')];
  return { ...person, clientId, caseId, token: key };
}

/** Papers with days typed by hand, then a passport that is out of date. */
async function apply(house: House, visitor: Visitor, who: Applicant): Promise<void> {
  const { markers } = house;
  await visitor.submit('/client/documents/:slot', {
    params: { slot: 'identity' },
    fields: {
      kind: 'passport',
      issuer: 'CY',
      issuedOn: markers.birthDate('cleo: day of issue'),
      expiresOn: markers.birthDate('cleo: day of expiry'),
    },
    file: pictureOf(house, who),
  });
  await uploadPassport(house, visitor, who, '2024-02-29');
  await visitor.submit('/client/documents/:slot', {
    params: { slot: 'address' },
    fields: { kind: 'utility_bill', issuedOn: recentDay() },
    file: pictureOf(house, who),
  });
  await visitor.submit('/client/onboarding/submit', {});
}

async function uploadPassport(house: House, visitor: Visitor, who: Applicant, expires: string) {
  await visitor.submit('/client/documents/:slot', {
    params: { slot: 'identity' },
    fields: { kind: 'passport', mrz: passportOf(house, who, expires) },
    file: pictureOf(house, who),
  });
}

/**
 * The platform's password by the letter's link and on the account's page, a bank account, and a new password for the log-in,
 * which is answered.
 */
async function usePasswords(house: House, visitor: Visitor, who: Applicant): Promise<string> {
  const { markers } = house;
  const account = await activeAccount(house, who);
  const token = await tokenOfLetter(house, who.email, 'account');
  const twice = (password: string) => ({ password, repeatedPassword: password });
  await visitor.submit('/links/:token/platform-password', {
    params: { token },
    fields: twice(markers.platformPassword('cleo: platform password')),
  });
  await visitor.submit('/client/accounts/:id/password', {
    params: { id: account.id },
    fields: twice(markers.platformPassword('cleo: next platform password')),
  });
  const another = await offered(visitor, '/client/accounts/open', 'standard/USD');
  await visitor.submit('/client/accounts/open', { fields: { account: another } });
  await visitor.submit('/client/accounts/:id/type', {
    params: { id: account.id },
    fields: { accountType: 'pro' },
  });
  await visitor.submit('/client/bank-accounts/new', {
    fields: {
      holderName: `${who.given} ${who.family}`,
      country: 'DE',
      iban: markers.iban('cleo: IBAN'),
      bic: markers.bic('cleo: BIC'),
      back: 'profile',
    },
  });
  await visitor.submit('/client/addresses/new', {
    fields: {
      network: 'ethereum',
      address: markers.address('cleo: address', walletOf('cleo at an exchange').address),
      vasp: markers.word('cleo: exchange'),
    },
  });
  const own = walletOf('cleo');
  const address = markers.address('cleo: own address', own.address);
  const added = await visitor.submit('/client/addresses/new', {
    fields: { network: 'ethereum', address },
  });
  const sourceId = added.split('/').at(-1) ?? '';
  const proof = own.sign(proofText({ address: checksummed(address), sourceId }));
  await visitor.submit('/client/addresses/:id', {
    params: { id: sourceId },
    fields: { signature: markers.address('cleo: signature', proof) },
  });
  const next = markers.password('cleo: next password');
  await visitor.submit('/client/profile/password', {
    fields: { presentPassword: who.password, ...twice(next) },
  });
  return next;
}
