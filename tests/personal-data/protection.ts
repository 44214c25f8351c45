import { text } from '../../cli/demo/http';
import { pictureOf, type Applicant } from './applicants';
import type { Colleague } from './colleagues';
import type { House } from './house';

/** For tests only: one client asks to be a professional by the API, another on the pages; both tell of their experience. */
export async function askForCategory(
  house: House,
  { anna, cleo }: { readonly anna: Applicant; readonly cleo: Applicant },
): Promise<void> {
  const { api, markers } = house;
  const { token } = anna;
  const { warningHash } = await api.must('GET', '/api/v1/me/category', { token });
  const ask = '/api/v1/me/category-requests';
  // She was made a professional by hand, for a bonus.
  await api.must('POST', ask, { token, body: { wish: 'retail' } });
  const made = await api.must('POST', ask, {
    token,
    body: {
      wish: 'professional',
      criteria: ['trades'],
      statement: `I trade with ${markers.word('anna: what they say of their experience')}.`,
      warningHash,
    },
  });
  const form = new FormData();
  form.set('criterion', 'trades');
  const paper = pictureOf(house, anna);
  form.set('file', new Blob([new Uint8Array(paper.bytes)]), paper.name);
  const params = { id: text(made, 'id') };
  await api.must('POST', '/api/v1/category-requests/{id}/papers', { token, params, form });
  await api.must('POST', '/api/v1/category-requests/{id}/withdraw', { token, params });
  const answers = {
    ...{ leverage_meaning: '10', margin_close: 'Nothing', product_trades: 'never' },
    finance_profession: 'no',
  };
  const experience = '/api/v1/me/appropriateness';
  const asked = ['answers.*', 'answers.*[]'].map((path) => ({ path, value: '' }));
  await house.transcript.probe(`POST ${experience}`, asked, (path, marker) => {
    const given = path.endsWith('[]') ? [marker] : marker;
    return api.send('POST', experience, {
      token,
      body: { answers: { ...answers, leverage_meaning: given } },
    });
  });
  await api.must('POST', experience, { token, body: { answers } });

  const visitor = house.visitor('cleo: category');
  await visitor.logIn('client', cleo.email, cleo.password);
  const { text: page } = await visitor.see('/client/category');
  await visitor.submit('/client/category', {
    fields: {
      criteria: 'portfolio',
      statement: `I hold ${markers.word('cleo: what they say of their experience')}.`,
      warning: /name="warning" value="([0-9a-f]+)"/.exec(page)?.[1] ?? '',
      agree: 'yes',
    },
  });
}

/**
 * Where money is from, by the API and on the pages, as the client tells it and an officer for them; one is corroborated,
 * another refused.
 */
export async function declareSources(
  house: House,
  [first, second]: readonly [Colleague, Colleague],
  anna: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const { token } = anna;
  const caseId = text(await api.must('GET', '/api/v1/me/onboarding', { token }), 'caseId');
  const params = { id: caseId };
  const amounts = { amountFrom: '30000.00', amountTo: '40000.00', currency: 'EUR' };
  const said = (what: string) => ({
    ...{ basis: 'funds', kind: 'salary', per: 'year', ...amounts },
    narrative: `Paid by ${markers.word(`anna: ${what}`)}.`,
  });
  const one = '/api/v1/declared-sources/{id}';
  const all = '/api/v1/kyc-cases/{id}/declared-sources';
  const made = await api.must('POST', all, { token, params, body: said('her employer') });
  const paper = pictureOf(house, anna);
  const form = new FormData();
  form.set('kind', 'tax_statement');
  form.set('file', new Blob([new Uint8Array(paper.bytes)]), paper.name);
  await api.must('POST', `${one}/papers`, { token, params: { id: text(made, 'id') }, form });
  await api.must('POST', `${one}/decision`, {
    token: first.token,
    params: { id: text(made, 'id') },
    body: {
      decision: 'refuse',
      note: `Nobody knows ${markers.word('anna: what an officer notes of a source')}.`,
      clientReason: `It is not of ${markers.word('anna: why a source is refused')}.`,
    },
  });
  const taken = await api.must('POST', all, { token, params, body: said('another employer') });
  await api.must('POST', `${one}/withdraw`, { token, params: { id: text(taken, 'id') } });

  const visitor = house.visitor('anna: sources');
  await visitor.logIn('client', anna.email, anna.password);
  await visitor.submit('/client/sources', { fields: said('her employer on the page') });
  const { text: page } = await visitor.see('/client/sources');
  const own = /\/client\/sources\/(dsr_[0-9a-f-]+)\/papers/.exec(page)?.[1] ?? '';
  await visitor.submit('/client/sources/:id/papers', {
    params: { id: own },
    fields: { paperKind: 'tax_statement' },
    file: pictureOf(house, anna),
  });
  await visitor.submit('/client/sources/:id/withdraw', { params: { id: own } });

  await first.visitor.submit('/staff/cases/:id/sources', { params, fields: said('what she told') });
  const { text: desk } = await second.visitor.see(`/staff/cases/${caseId}`);
  const sourceId = /\/sources\/(dsr_[0-9a-f-]+)\/decision/.exec(desk)?.[1] ?? '';
  const ofCase = { id: caseId, sourceId };
  await first.visitor.submit('/staff/cases/:id/sources/:sourceId/papers', {
    ...{ params: ofCase, fields: { paperKind: 'tax_statement' }, file: pictureOf(house, anna) },
  });
  await second.visitor.submit('/staff/cases/:id/sources/:sourceId/decision', {
    params: ofCase,
    fields: {
      verdict: 'refuse',
      note: `Somebody asked ${markers.word('anna: what an officer notes on the page')}.`,
      clientReason: `It names ${markers.word('anna: why a source is refused on the page')}.`,
    },
  });
}

/** What officers find published about a client, by the API and on the pages, and that it is somebody else. */
export async function noteMedia(
  house: House,
  [first, second]: readonly [Colleague, Colleague],
  { token }: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const caseId = text(await api.must('GET', '/api/v1/me/onboarding', { token }), 'caseId');
  const template = '/api/v1/kyc-cases/{id}/adverse-media';
  const found = await api.must('POST', template, {
    token: first.token,
    params: { id: caseId },
    body: {
      source: `https://news.example/${markers.word('anna: address of a story')}`,
      finding: `A story about ${markers.word('anna: what was found')}.`,
      publishedOn: markers.birthDate(`POST ${template} publishedOn`),
      weight: 'low',
    },
  });
  await api.must('POST', '/api/v1/adverse-media/{id}/set-aside', {
    token: second.token,
    params: { id: text(found, 'id') },
    body: { reason: `Not ${markers.word('anna: why a story does not count')}.` },
  });
  await first.visitor.submit('/staff/cases/:id/media', {
    params: { id: caseId },
    fields: {
      source: `https://news.example/${markers.word('anna: address of another story')}`,
      finding: `Another story about ${markers.word('anna: what else was found')}.`,
      publishedOn: markers.birthDate('POST /staff/cases/:id/media publishedOn'),
      weight: 'none',
    },
  });
  const { text: page } = await second.visitor.see(`/staff/cases/${caseId}`);
  const noteId = /\/media\/(adv_[0-9a-f-]+)\/aside/.exec(page)?.[1] ?? '';
  await second.visitor.submit('/staff/cases/:id/media/:noteId/aside', {
    params: { id: caseId, noteId },
    fields: { reason: `Not ${markers.word('anna: why the other does not count')}.` },
  });
}
