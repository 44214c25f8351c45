import { text } from '../../cli/demo/http';
import { pictureOf, type Applicant } from './applicants';
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
