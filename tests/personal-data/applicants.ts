import { paperPicture, passportLines } from '../../cli/demo/paper';
import { text } from '../../cli/demo/http';
import { inState, logIn, setPasswordByLetter } from './colleagues';
import type { House } from './house';
import type { Body } from './traveller';

/** For tests only: somebody who becomes a client, with a marker in everything they type. */
export interface Person {
  readonly alias: string;
  readonly given: string;
  readonly family: string;
  readonly email: string;
  readonly birthDate: string;
  readonly password: string;
}

export interface Applicant extends Person {
  readonly clientId: string;
  readonly token: string;
}

export function inventPerson(
  { markers }: House,
  alias: string,
  known: Partial<Person> = {},
): Person {
  return {
    alias,
    given: known.given ?? markers.word(`${alias}: given name`),
    family: known.family ?? markers.word(`${alias}: family name`),
    email: markers.email(`${alias}: e-mail`),
    birthDate: known.birthDate ?? markers.birthDate(`${alias}: birth date`),
    password: markers.password(`${alias}: password`),
  };
}

export interface Wishes {
  readonly referralCode?: string;
  readonly requestedEntity?: string;
}

/** Registers, confirms by the link in the mail, logs in and says everything that is asked. */
export async function register(
  house: House,
  person: Person,
  wishes: Wishes = {},
): Promise<Applicant> {
  const { api, markers } = house;
  const { alias, email, password, birthDate } = person;
  const typed = (field: string) => `${alias}: ${field}`;
  const name = `${person.given} ${person.family}`;
  await api.must('POST', '/api/v1/registrations', {
    body: {
      name,
      email,
      residence: 'CY',
      nationality: 'CY',
      usPerson: false,
      birthDate,
      phone: markers.phone(typed('first phone')),
      address: `1 ${markers.word(typed('first address'))} Street`,
      currency: 'EUR',
      acceptTerms: true,
      ...wishes,
    },
  });
  await setPasswordByLetter(house, { email, words: 'confirm', password });
  const token = await logIn(house, { who: alias, kind: 'client', email, password });
  const clientId = text(await api.must('GET', '/api/v1/me', { token }), 'clientId');
  const details = '/api/v1/me/onboarding/details';
  const body = {
    name,
    birthDate,
    nationality: 'CY',
    phone: markers.phone(typed('phone')),
    address: `2 ${markers.word(typed('address'))} Street`,
    pep: false,
    occupation: 'employed',
    fundsSource: 'salary',
    expectedDeposit: '5000.00',
    account: { accountType: 'standard', currency: 'EUR' },
  };
  const asked = ['questionnaire.*', 'questionnaire.*[]'].map((path) => ({ path, value: '' }));
  await house.transcript.probe(`PUT ${details}`, asked, (path, text) => {
    const wealth = path.endsWith('[]') ? [text] : text;
    return api.send('PUT', details, { token, body: { ...body, questionnaire: { wealth } } });
  });
  await api.must('PUT', details, { token, body });
  return { ...person, clientId, token };
}

/** The lines of a passport that a machine reads. */
export function passportOf({ markers }: House, person: Person, expires: string): string {
  const { alias, given, family, birthDate } = person;
  const number = markers.documentNumber(`${alias}: document number`);
  const lines = { given, family, birthDate, issuer: 'CYP', number, expires, sex: 'F' } as const;
  return markers.lines(`${alias}: machine-readable lines`, passportLines(lines));
}

/** A picture that nobody has uploaded before, with bytes that say something. */
export function pictureOf({ markers }: House, { alias }: Person) {
  const bytes = [
    paperPicture(['Specimen', String(Math.random())], 0),
    Buffer.from(markers.word(`${alias}: bytes of a document`)),
  ];
  return {
    bytes: Buffer.concat(bytes),
    name: `${markers.word(`${alias}: file name`)}.png`,
  };
}

/** Young enough for a proof of address. */
export function recentDay(): string {
  return new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10);
}

export async function upload(
  house: House,
  who: Applicant,
  fields: Readonly<Record<string, string>>,
): Promise<Body> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const { bytes, name } = pictureOf(house, who);
  form.set('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), name);
  return house.api.must('POST', '/api/v1/documents', { token: who.token, form });
}

/** What was typed beside a picture by hand; a later upload takes its place. */
export async function uploadTyped(house: House, who: Applicant): Promise<void> {
  const { markers } = house;
  await upload(house, who, {
    kind: 'passport',
    number: markers.documentNumber(`${who.alias}: typed number`),
    issuer: 'CY',
    issuedOn: markers.birthDate(`${who.alias}: day of issue`),
    expiresOn: markers.birthDate(`${who.alias}: day of expiry`),
  });
}

export async function uploadPapers(house: House, who: Applicant, expires: string): Promise<void> {
  await upload(house, who, { kind: 'passport', mrz: passportOf(house, who, expires) });
  await upload(house, who, { kind: 'utility_bill', issuedOn: recentDay() });
}

export async function submit({ api }: House, { token }: Applicant): Promise<string> {
  await api.must('POST', '/api/v1/me/onboarding/submit', { token });
  return text(await api.must('GET', '/api/v1/me/onboarding', { token }), 'caseId');
}

export async function approved(house: House, { token }: Applicant): Promise<void> {
  await inState(house, '/api/v1/me/onboarding', { token, state: 'approved' });
}
