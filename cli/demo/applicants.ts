import { list, text, until } from './http';
import { paperPicture, passportLines, type Identity } from './paper';
import { logIn, setPasswordByLetter } from './people';
import type { Person, World } from './world';

export interface Applicant extends Identity {
  readonly alias: string;
  /** ISO 3166 alpha-2. */
  readonly residence: string;
  /** Where the rules ask where the money is from. */
  readonly tellsSources?: boolean;
  readonly nationality: string;
  readonly currency: string;
  readonly address: string;
  readonly referralCode?: string;
  /** Papers the entity asks for beside the passport. */
  readonly proofOfAddress: boolean;
}

/** A client who has logged in, with the ids that the API told. */
export interface Applied {
  readonly person: Person;
  readonly clientId: string;
  readonly email: string;
  readonly caseId: string;
}

/** Registers, confirms the address by mail, logs in. */
export async function register(
  world: World,
  applicant: Applicant,
): Promise<{ person: Person; clientId: string; email: string }> {
  const email = world.address(applicant.alias);
  await world.anonymous('POST', '/api/v1/registrations', {
    name: `${applicant.given} ${applicant.family}`,
    email,
    residence: applicant.residence,
    nationality: applicant.nationality,
    currency: applicant.currency,
    acceptTerms: true,
    ...(applicant.referralCode ? { referralCode: applicant.referralCode } : {}),
  });
  await setPasswordByLetter(world, await world.mailbox.waitFor(email, 'confirm'));
  const person = await logIn(world, 'client', email);
  const me = await person.get('/api/v1/me');
  return { person, clientId: text(me, 'clientId'), email };
}

/** Says who they are, uploads their papers and hands the application in. */
export async function apply(world: World, applicant: Applicant): Promise<Applied> {
  const registered = await register(world, applicant);
  const { person } = registered;
  const details = await person.put('/api/v1/me/onboarding/details', {
    birthDate: applicant.birthDate,
    nationality: applicant.nationality,
    address: applicant.address,
    pep: false,
    occupation: 'employed',
    fundsSource: 'salary',
    expectedDeposit: '5000.00',
    account: { accountType: 'standard', currency: applicant.currency },
  });
  await uploadPassport(person, applicant);
  if (applicant.proofOfAddress) await uploadProofOfAddress(person, applicant);
  const caseId = text(details, 'caseId');
  if (applicant.tellsSources === true) await tellSources(person, caseId);
  await person.post('/api/v1/me/onboarding/submit');
  return { ...registered, caseId };
}

/** What is paid in, and all that there is, come from one salary, with a paper for each. */
async function tellSources(person: Person, caseId: string): Promise<void> {
  for (const [n, basis] of ['funds', 'wealth'].entries()) {
    const source = await person.post(`/api/v1/kyc-cases/${caseId}/declared-sources`, {
      ...{ basis, kind: 'salary', per: 'year', amountFrom: '30000.00', currency: 'USD' },
      narrative: 'Teacher at a school of the county.',
    });
    const content = paperPicture(['Specimen bank statement', 'Salary of the month', basis], n);
    const path = `/api/v1/declared-sources/${text(source, 'id')}/papers`;
    await upload(person, { kind: 'bank_statement' }, content, path);
  }
}

export async function uploadPassport(person: Person, applicant: Applicant): Promise<void> {
  const mrz = passportLines(applicant);
  const lines = [
    'Specimen passport',
    applicant.family,
    applicant.given,
    applicant.birthDate,
    ...mrz.split('\n'),
  ];
  await upload(person, { kind: 'passport', mrz }, paperPicture(lines, 0));
}

async function uploadProofOfAddress(person: Person, applicant: Applicant): Promise<void> {
  const issuedOn = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10);
  const lines = [
    'Specimen utility bill',
    `${applicant.given} ${applicant.family}`,
    applicant.address,
    issuedOn,
    `Customer ${applicant.number}`,
  ];
  await upload(person, { kind: 'utility_bill', issuedOn }, paperPicture(lines, 1));
}

async function upload(
  person: Person,
  fields: Readonly<Record<string, string>>,
  picture: Buffer,
  path = '/api/v1/documents',
): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([new Uint8Array(picture)], { type: 'image/png' }), 'paper.png');
  await person.upload(path, form);
}

/** What the client is told about the application, once it reads one of the states. */
export async function onboardingState(
  person: Person,
  states: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  return until(`the application to be ${states.join(' or ')}`, async () => {
    const body = await person.get('/api/v1/me/onboarding');
    return states.includes(String(body['state'])) ? body : undefined;
  });
}

/** The client's account, once it is in one of the states. */
export async function accountOf(
  person: Person,
  states: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  return until(`an account to be ${states.join(' or ')}`, async () => {
    const page = await person.get('/api/v1/accounts');
    return list(page, 'data').find((account) => states.includes(String(account['state'])));
  });
}
