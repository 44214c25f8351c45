import { text } from '../../cli/demo/http';
import { inventPerson, passportOf, pictureOf, recentDay, register, upload } from './applicants';
import type { House } from './house';
import type { Markers } from './markers';

/** For tests only: a company that never hands its application in, told of by the API and by the pages. */
export async function foundCompany(house: House): Promise<void> {
  const { api, markers } = house;
  const person = inventPerson(house, 'firma');
  const firma = await register(house, person);
  const { token } = firma;
  const said = (field: string) => `firma: ${field}`;
  await api.must('PUT', '/api/v1/me/company', {
    token,
    body: {
      name: `${markers.word(said('company name'))} Ltd`,
      country: 'CY',
      address: `4 ${markers.word(said('company address'))} Street`,
      registrationNumber: markers.word(said('registration number')),
      legalForm: markers.word(said('legal form')),
      incorporatedOn: markers.birthDate(said('day of incorporation')),
      lei: inventLei(markers, said('lei')),
      leiExpiresOn: markers.birthDate(said('end of the lei')),
    },
  });
  const director = { ...inventPerson(house, 'director'), alias: 'director' };
  const added = await api.must('POST', '/api/v1/me/parties', {
    token,
    body: {
      role: 'director',
      name: `${director.given} ${director.family}`,
      birthDate: director.birthDate,
      nationality: 'CY',
      address: `5 ${markers.word('director: address')} Street`,
    },
  });
  const partyId = text(added, 'id');
  await upload(house, firma, {
    kind: 'passport',
    partyId,
    mrz: passportOf(house, director, '2033-02-28'),
  });
  const attorney = await api.must('POST', '/api/v1/me/parties', {
    token,
    body: { role: 'attorney', name: markers.word('firma: name of an attorney') },
  });
  const attorneyId = text(attorney, 'id');
  await upload(house, firma, {
    ...{ kind: 'power_of_attorney', partyId: attorneyId, expiresOn: '2033-02-28' },
    scope: `to speak for ${markers.word('firma: what a power allows')}`,
  });
  const parties = await api.must('GET', '/api/v1/me/parties', { token });
  const { company } = parties as { company: { partyId: string } };
  const share = { owner: partyId, owned: company.partyId, percent: '40.00' };
  await api.must('PUT', '/api/v1/me/company/shares', { token, body: { shares: [share] } });
  await onPages(house, firma, { partyId, attorneyId, companyId: company.partyId });
  await api.must('DELETE', `/api/v1/me/parties/${partyId}`, { token });
}

async function onPages(
  house: House,
  firma: Awaited<ReturnType<typeof register>>,
  { partyId, attorneyId, companyId }: { partyId: string; attorneyId: string; companyId: string },
): Promise<void> {
  const { markers } = house;
  const visitor = house.visitor('firma');
  await visitor.logIn('client', firma.email, firma.password);
  const typed = (field: string) => `firma: ${field} on the page`;
  await visitor.submit('/client/company', {
    fields: {
      name: `${markers.word(typed('company name'))} Ltd`,
      country: 'CY',
      address: `6 ${markers.word(typed('company address'))} Street`,
      registrationNumber: markers.word(typed('registration number')),
      legalForm: markers.word(typed('legal form')),
      incorporatedOn: markers.birthDate(typed('day of incorporation')),
      lei: inventLei(markers, typed('lei')),
      leiExpiresOn: markers.birthDate(typed('end of the lei')),
    },
  });
  await visitor.submit('/client/company/parties', {
    fields: {
      role: 'beneficial_owner',
      kind: 'individual',
      personName: markers.word(typed('name of an owner')),
      birthDate: markers.birthDate(typed('birth date of an owner')),
      nationality: 'CY',
      personAddress: `7 ${markers.word(typed('address of an owner'))} Street`,
    },
  });
  await visitor.submit('/client/company/shares', {
    fields: { owner: partyId, owned: companyId, percent: '30' },
  });
  await visitor.submit('/client/parties/:partyId/documents/:slot', {
    params: { partyId, slot: 'identity' },
    fields: {
      kind: 'passport',
      mrz: passportOf(house, firma, '2033-02-28'),
      issuer: 'CY',
      issuedOn: markers.birthDate(typed('day of issue')),
      expiresOn: markers.birthDate(typed('day of expiry')),
    },
    file: pictureOf(house, firma),
  });
  await visitor.submit('/client/parties/:partyId/documents/:slot', {
    params: { partyId, slot: 'address' },
    fields: { kind: 'utility_bill', issuedOn: recentDay() },
    file: pictureOf(house, firma),
  });
  await visitor.submit('/client/parties/:partyId/documents/:slot', {
    params: { partyId: attorneyId, slot: 'authority' },
    fields: {
      ...{ kind: 'power_of_attorney', expiresOn: '2033-02-28' },
      scope: `to act for ${markers.word(typed('what a power allows'))}`,
    },
    file: pictureOf(house, firma),
  });
  const { text: page } = await visitor.see('/client/company');
  const added = [...page.matchAll(/parties\/(pty_[0-9a-f-]{36})\/remove/g)].map(
    ([, id = '']) => id,
  );
  const other = added.find((id) => id !== partyId && id !== attorneyId);
  if (other === undefined) throw new Error('the owner is not on the page');
  await visitor.submit('/client/company/parties/:partyId/remove', { params: { partyId: other } });
}

/** A LEI whose check digits are right (ISO 17442). */
function inventLei(markers: Markers, field: string): string {
  const begin = Array.from({ length: 18 }, () =>
    'ABCDEFGHJKLMNPQRSTUVWXYZ'.charAt(Math.floor(Math.random() * 24)),
  ).join('');
  const digits = [...`${begin}00`].map((letter) => Number.parseInt(letter, 36)).join('');
  const check = 98 - Number(BigInt(digits) % 97n);
  return markers.add(field, `${begin}${String(check).padStart(2, '0')}`);
}
