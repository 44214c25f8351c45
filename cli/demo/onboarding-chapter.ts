import {
  accountOf,
  apply,
  onboardingState,
  uploadPassport,
  type Applicant,
  type Applied,
} from './applicants';
import { control } from './foreign';
import { list, text, until } from './http';
import { decide, taskAbout } from './money';
import { setPlatformPassword } from './people';
import type { Report } from './report';
import type { Staff } from './staff';
import type { World } from './world';

export interface Client extends Applied {
  readonly accountId: string;
  readonly login: string;
}

const germany = {
  residence: 'DE',
  nationality: 'DE',
  issuer: 'D',
  currency: 'EUR',
  proofOfAddress: true,
} as const;
const overseas = {
  residence: 'MU',
  nationality: 'MU',
  issuer: 'MUS',
  currency: 'USD',
  proofOfAddress: false,
} as const;

/** Numbers of papers are this run's own: a person may be a client once. */
function number(world: World, letter: string): string {
  const digits = [...world.run].reduce(
    (sum, char) => (sum * 31 + char.charCodeAt(0)) % 9_999_991,
    7,
  );
  return `${letter}${String(digits).padStart(7, '0')}`;
}

export function applicants(world: World) {
  const anna: Applicant = {
    ...germany,
    alias: 'anna',
    given: 'Anna Maria',
    family: 'Sample',
    birthDate: '1988-04-17',
    number: number(world, 'A'),
    expires: '2031-05-01',
    sex: 'F',
    address: '1 Example Street, 10115 Berlin',
  };
  const ben: Applicant = {
    ...germany,
    alias: 'ben',
    given: 'Ben',
    family: 'Muster',
    birthDate: '1979-11-02',
    number: number(world, 'B'),
    expires: '2024-02-29',
    sex: 'M',
    address: '2 Example Street, 10115 Berlin',
  };
  // Like an entry of the sample list by name and birth; another person by passport.
  const carl: Applicant = {
    ...germany,
    nationality: 'RU',
    issuer: 'RUS',
    alias: 'carl',
    given: 'Lev Antonin',
    family: 'Zubarzev',
    birthDate: '1958-11-30',
    number: number(world, 'C'),
    expires: '2032-01-01',
    sex: 'M',
    address: '3 Example Street, 10115 Berlin',
  };
  const dora: Applicant = {
    ...overseas,
    alias: 'dora',
    given: 'Dora',
    family: 'Coast',
    birthDate: '1985-07-21',
    number: number(world, 'D'),
    expires: '2030-08-08',
    sex: 'F',
    address: '4 Harbour Road, Port Louis',
  };
  const emil: Applicant = {
    ...overseas,
    alias: 'emil',
    given: 'Emil',
    family: 'Reef',
    birthDate: '1992-12-12',
    number: number(world, 'E'),
    expires: '2033-03-03',
    sex: 'M',
    address: '5 Harbour Road, Port Louis',
  };
  const fred: Applicant = {
    ...germany,
    alias: 'fred',
    given: 'Fred',
    family: 'Beispiel',
    birthDate: '1970-06-15',
    number: number(world, 'F'),
    expires: '2023-06-30',
    sex: 'M',
    address: '6 Example Street, 10115 Berlin',
  };
  // Lives where M-Pesa is; a country that the rules call high-risk, so that a person looks at it.
  const kioni: Applicant = {
    ...overseas,
    residence: 'KE',
    tellsSources: true,
    alias: 'kioni',
    given: 'Kioni',
    family: 'Lake',
    birthDate: '1990-05-05',
    number: number(world, 'K'),
    expires: '2032-04-04',
    sex: 'F',
    address: '7 Lake Road, Kisumu',
  };
  const mali: Applicant = {
    ...overseas,
    residence: 'TH',
    alias: 'mali',
    given: 'Mali',
    family: 'River',
    birthDate: '1987-03-09',
    number: number(world, 'M'),
    expires: '2031-09-09',
    sex: 'F',
    address: '8 River Road, Bangkok',
  };
  return { anna, ben, carl, dora, emil, fred, kioni, mali };
}

/** People register and are verified; accounts are made by policy, also on a server that refuses at first. */
export async function onboard(
  world: World,
  staff: Staff,
  report: Report,
  referral: { cy: string; off: string } | undefined,
): Promise<{ anna: Client; dora: Client; carlCase: string }> {
  report.chapter('Clients register, are verified and get trading accounts');
  const who = applicants(world);
  const firstLogin = await limitLogins(world);

  const [anna, dora] = await Promise.all([
    clean(world, report, { ...who.anna, ...(referral ? { referralCode: referral.cy } : {}) }),
    clean(world, report, { ...who.dora, ...(referral ? { referralCode: referral.off } : {}) }),
  ]);
  if (dora.login !== String(firstLogin))
    throw new Error(`the range of log-ins was not this run's: ${dora.login}`);
  const [, carlCase] = await Promise.all([
    expiredPassport(world, staff, report, who.ben),
    nearMatch(world, staff, report, who.carl),
    usedUpRange(world, staff, report, { applicant: who.emil, firstLogin }),
  ]);
  return { anna, dora, carlCase };
}

/** The administrator of the server gives the offshore group a range of one log-in. */
async function limitLogins(world: World): Promise<number> {
  const state = await control(world.addresses.control.mt5, '/state');
  const taken = list(state, 'accounts').map((account) => Number(account['login']));
  const from = Math.ceil((Math.max(300_000, ...taken) + 1) / 1_000) * 1_000;
  await control(world.addresses.control.mt5, '/login-range', {
    group: 'real\\off-usd-std',
    from,
    to: from,
  });
  return from;
}

async function clean(world: World, report: Report, applicant: Applicant): Promise<Client> {
  const startedAt = Date.now();
  const applied = await apply(world, applicant);
  await onboardingState(applied.person, ['approved']);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const account = await accountOf(applied.person, ['active']);
  await setPlatformPassword(applied.person, await world.mailbox.waitFor(applied.email, 'account'));
  report.step(
    `${applicant.alias}: registered, verified and approved without anybody, in ${seconds} s from the form`,
    `${String(account['server'])} ${String(account['group'])} 1:${String(account['leverage'])} log-in ${String(account['login'])}; password set through the mailed link`,
  );
  report.record(`${applicant.alias}.account`, {
    state: account['state'],
    group: account['group'],
    leverage: account['leverage'],
    entity: account['entityId'],
  });
  return { ...applied, accountId: text(account, 'id'), login: text(account, 'login') };
}

async function expiredPassport(
  world: World,
  staff: Staff,
  report: Report,
  applicant: Applicant,
): Promise<void> {
  const applied = await apply(world, applicant);
  const task = await taskAbout(staff.compliance1, 'kyc_review', applied.caseId);
  const codes = list(task, 'issue').map((issue) => String(issue['code']));
  if (!codes.includes('DOC_EXPIRED'))
    throw new Error(`the task does not name DOC_EXPIRED: ${codes.join(', ')}`);
  await decide(staff.compliance1, text(task, 'id'), 'request_information', 'DOC_EXPIRED');
  await onboardingState(applied.person, ['information_requested']);
  await world.mailbox.waitFor(applied.email, 'something more');
  await uploadPassport(applied.person, {
    ...applicant,
    expires: '2033-02-28',
    number: `${applicant.number.slice(0, -1)}X`,
  });
  await applied.person.post('/api/v1/me/onboarding/submit');
  await onboardingState(applied.person, ['approved']);
  report.step(
    'ben: an expired passport became a task; the officer asked again; the new one was approved',
    `task issue: ${codes.join(', ')}`,
  );
  report.record('ben.kyc', { state: 'approved', issue: codes });
}

async function nearMatch(
  world: World,
  staff: Staff,
  report: Report,
  applicant: Applicant,
): Promise<string> {
  const applied = await apply(world, applicant);
  // The match is a matter of its own, so that the client's own timeline stays silent about it.
  const id = await until('the screening match', async () => {
    const file = await staff.compliance1.get(`/api/v1/kyc-cases/${applied.caseId}`);
    const task = list(file, 'tasks').find((candidate) => candidate['kind'] === 'screening_match');
    return task && text(task, 'id');
  });
  await decide(staff.compliance1, id, 'dismiss', 'another passport and place of birth');
  const again = await staff.compliance1.get(`/api/v1/tasks/${id}`);
  const refused = await staff.compliance1.refused(409, `/api/v1/tasks/${id}/decision`, {
    decision: 'dismiss',
    reason: 'once more',
    expectedVersion: again['version'],
    contentHash: again['contentHash'],
  });
  await decide(staff.compliance2, id, 'dismiss', 'checked independently');
  const told = await approvedInTheEnd(staff, applied);
  report.step(
    'carl: a sanctions near-match was dismissed by two people; the same person twice was refused',
    `409 ${String(refused['code'])}; the client read "in review" meanwhile and reads "${String(told['state'])}" now`,
  );
  report.record('carl.kyc', { state: told['state'], second: refused['code'] });
  return applied.caseId;
}

/** Once the match is dismissed the rest of the policy applies; what it still flags, an officer who took no part decides. */
async function approvedInTheEnd(
  staff: Staff,
  applied: Applied,
): Promise<Readonly<Record<string, unknown>>> {
  return until('the case to be approved', async () => {
    const told = await applied.person.get('/api/v1/me/onboarding');
    if (told['state'] === 'approved') return told;
    const page = await staff.mlro.get('/api/v1/tasks?view=all&kind=kyc_review&limit=200');
    const review = list(page, 'data').find((task) => task['subject'] === applied.caseId);
    if (review)
      await decide(
        staff.mlro,
        text(review, 'id'),
        'approve',
        'risk accepted after the match was dismissed',
      );
    return undefined;
  });
}

async function usedUpRange(
  world: World,
  staff: Staff,
  report: Report,
  { applicant, firstLogin }: { applicant: Applicant; firstLogin: number },
): Promise<void> {
  const applied = await apply(world, applicant);
  const waiting = await accountOf(applied.person, ['waiting']);
  const task = await taskAbout(staff.operations, 'account_provisioning', text(waiting, 'id'));
  const codes = list(task, 'issue').map((issue) => String(issue['code']));
  await control(world.addresses.control.mt5, '/login-range', {
    group: 'real\\off-usd-std',
    from: firstLogin,
    to: firstLogin + 900,
  });
  await decide(staff.operations, text(task, 'id'), 'retry', 'range extended on the server');
  const account = await accountOf(applied.person, ['active']);
  report.step(
    'emil: the server had no log-in left and refused; a person extended its range; provisioning went on',
    `task issue: ${codes.join(', ')}; log-in ${String(account['login'])}`,
  );
  report.record('emil.account', { state: account['state'], issue: codes });
}
