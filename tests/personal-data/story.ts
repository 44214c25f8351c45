import { text, until } from '../../cli/demo/http';
import { rows } from '../../db/connection';
import {
  approved,
  inventPerson,
  passportOf,
  register,
  submit,
  upload,
  uploadPapers,
  uploadTyped,
  type Applicant,
} from './applicants';
import {
  decide,
  gather,
  inState,
  passportIn,
  taskAbout,
  taskOfCase,
  tokenOfLetter,
  type Colleague,
} from './colleagues';
import { foundCompany } from './company';
import { giveBonuses, moveByHand } from './by-hand';
import {
  closeBooks,
  draftPolicies,
  halt,
  invite,
  planMaintenance,
  restrict,
  watchOver,
  runErrands,
} from './desk';
import type { House, Listed } from './house';
import { setUpInbox, shareWork } from './inbox';
import {
  breakDatabase,
  cardRefused,
  liveWithBrokenDatabase,
  unsteadyServer,
  writeToNobody,
} from './mishaps';
import {
  activeAccount,
  addAddress,
  addBank,
  deposit,
  fund,
  giveUp,
  refund,
  sendTokensBack,
  transfer,
  withdraw,
} from './money';
import { recruit, settle, type Partner } from './partners';
import { askAboutAccounts } from './requests';
import { changeEntity, proposeAgreement, proposeEntity } from './licences';
import { leave } from './keeping';
import { suspect } from './suspicions';
import { askForCategory, declareSources, noteMedia } from './protection';
import { liveInTheRoom } from './room';

/** For tests only: everybody who took part. */
export interface Cast {
  readonly staff: readonly [Colleague, Colleague, Colleague];
  /** Of the other entity: the clients are nobody's business there. */
  readonly stranger: Colleague;
  readonly partner: Partner;
  /** Uses the API alone. */
  readonly anna: Applicant;
  /** Has nearly the name of somebody on the sanctions list. */
  readonly near: Applicant;
  /** Uses the pages alone. */
  readonly cleo: Applicant;
}

/** A brokerage's business from sign-up to commission, with a marker in every field that anybody fills in. */
export async function play(house: House, listed: Listed): Promise<Cast> {
  const both = ['cy', 'off'];
  const [first, second, third, stranger] = await Promise.all([
    gather(house, 'first officer', both),
    gather(house, 'second officer', both),
    gather(house, 'third officer', both),
    gather(house, 'stranger', ['off']),
  ]);
  const staff = [first, second, third] as const;
  const partner = await recruit(house, first);
  await Promise.all([unsteadyServer(house), breakDatabase(house)]);
  const [anna, near, cleo, eve] = await Promise.all([
    live(house, staff, partner),
    nearMatch(house, [second, third], listed),
    liveInTheRoom(house, third, partner.code),
    liveWithBrokenDatabase(house),
    writeToNobody(house),
    draftPolicies(house, third),
    invite(house, [first, second]),
    foundCompany(house),
  ]);
  await restrict(house, [first, second], near);
  await watchOver(house, [first, second], near);
  await suspect(house, [first, second], near);
  await leave(house, [first, second]);
  await askAboutAccounts(house, [second, third], { near, eve });
  await halt(house, [second, third]);
  await moveByHand(house, [first, third], anna);
  await giveBonuses(house, [first, third], anna);
  await proposeEntity(house, second);
  await proposeAgreement(house, second);
  await askForCategory(house, { anna, cleo });
  await noteMedia(house, [first, third], anna);
  await declareSources(house, [first, third], anna);
  await changeEntity(house, second);
  await closeBooks(house, [second, third]);
  await planMaintenance(house, [second, third]);
  await shareWork(house, [second, third], anna);
  await setUpInbox(house, [second, third]);
  await runErrands(house, [third, second], { who: anna, partner });
  await giveUp(house, [first, third], anna);
  return { staff, stranger, partner, anna, near, cleo };
}

/** A passport that is out of date and then one that is not, money in and out, and trades that pay a partner. */
async function live(
  house: House,
  staff: readonly [Colleague, Colleague, Colleague],
  partner: Partner,
): Promise<Applicant> {
  const [officer, second, third] = staff;
  const referralCode = partner.code;
  const anna = await register(house, inventPerson(house, 'anna'), { referralCode });
  await uploadTyped(house, anna);
  await uploadPapers(house, anna, '2024-02-29');
  const caseId = await submit(house, anna);
  const review = await taskAbout(house, officer, 'kyc_review', caseId);
  await house.api.must('POST', '/api/v1/documents/{id}/decision', {
    token: officer.token,
    params: { id: await passportIn(house, officer, caseId) },
    body: { decision: 'reject', reasons: ['DOC_EXPIRED'] },
  });
  const decision = 'request_information';
  await decide(house, officer, { id: text(review, 'id'), decision, code: 'DOC_EXPIRED' });
  await inState(house, '/api/v1/me/onboarding', {
    token: anna.token,
    state: 'information_requested',
  });
  await upload(house, anna, { kind: 'passport', mrz: passportOf(house, anna, '2033-02-28') });
  await submit(house, anna);
  await approved(house, anna);

  const { id: accountId, login } = await activeAccount(house, anna);
  await setPlatformPassword(house, anna);
  await house.api.must('POST', '/api/v1/accounts', {
    token: anna.token,
    body: { accountType: 'standard', currency: 'USD' },
  });
  await cardRefused(house, anna);
  const paidIn = await deposit(house, anna, '200.00');
  await refund(house, [officer, second], anna, paidIn);
  await deposit(house, anna, '20.00');
  await transfer(house, anna, { accountId, direction: 'to_account', amount: '50.00' });
  await transfer(house, anna, { accountId, direction: 'to_wallet', amount: '20.00' });
  await fund(house, anna, '100.00');
  const bank = await addBank(house, anna);
  await addAddress(house, anna);
  await withdraw(house, anna, {
    ...{ staff: [third, officer, second], bank, amount: '220.00' },
    ...{ less: '215.00', lesser: '214.00' },
  });
  await sendTokensBack(house, anna, third);
  await settle(house, { partner, clientId: anna.clientId, login, staff: [officer, second] });
  return anna;
}

async function setPlatformPassword(house: House, who: Applicant): Promise<void> {
  const { api, markers } = house;
  const token = await tokenOfLetter(house, who.email, 'account');
  await api.must('POST', '/api/v1/links/{token}/platform-password', {
    token: who.token,
    params: { token },
    body: { password: markers.platformPassword(`${who.alias}: platform password`) },
  });
}

/** Two people look at the match and dismiss it. */
async function nearMatch(
  house: House,
  officers: readonly [Colleague, Colleague],
  { given, family, birthDate }: Listed,
): Promise<Applicant> {
  const alike = house.markers.add('near: family name', `${family.slice(0, -1)}c`);
  const known = { given, family: alike, birthDate };
  const { markers } = house;
  const near = await register(house, inventPerson(house, 'near', known), {
    requestedEntity: markers.word('near: wished entity').toLowerCase(),
  });
  await uploadPapers(house, near, '2032-01-01');
  const caseId = await submit(house, near);
  const match = await taskOfCase(house, officers[0], 'screening_match', caseId);
  for (const officer of officers) {
    await decide(house, officer, { id: text(match, 'id'), decision: 'dismiss' });
  }
  await approved(house, near);
  return near;
}

/** Everything that was asked for has been handed on and is listed, and every letter has left. */
export async function quiet({ stage }: House): Promise<void> {
  await until('nothing to be under way', async () => {
    const underWay = await stage.system((tx) =>
      rows(
        tx,
        `select 1 from outbox where dispatched_at is null
         union all select 1 from mail where state = 'queued' limit 1`,
      ),
    );
    return underWay.length === 0 ? true : undefined;
  });
  await until('every process to be listed', async () => {
    const [processes] = await stage.system((tx) =>
      rows<{ n: number }>(tx, 'select count(*)::int as n from process'),
    );
    const { count } = await stage.temporal.client.workflow.count();
    return count >= (processes?.n ?? 0) ? true : undefined;
  });
}
