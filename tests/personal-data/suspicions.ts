import { text } from '../../cli/demo/http';
import type { Applicant } from './applicants';
import type { Colleague } from './colleagues';
import type { House } from './house';

type Two = readonly [Colleague, Colleague];

const reports = '/api/v1/suspicion-reports';
const page = '/staff/suspicions';

/** The register of suspicious activity, through the API and on its pages: two reports of each end. */
export async function suspect(house: House, two: Two, { clientId }: Applicant): Promise<void> {
  await throughApi(house, two, clientId);
  await onPages(house, two, clientId);
}

async function throughApi({ api, markers }: House, [one, other]: Two, clientId: string) {
  const words = (what: string) => `${markers.word(`suspicion: ${what}`)} told us`;
  const draft = (hold: boolean) =>
    api.must('POST', reports, {
      token: one.token,
      body: { clientId, grounds: words('grounds'), hold },
    });
  const change = (who: Colleague, id: string, what: string, version: number, body: object) =>
    api.must(what === '' ? 'PUT' : 'POST', `${reports}/{id}${what}`, {
      ...{ token: who.token, params: { id }, headers: { 'if-match': `"${version}"` } },
      body: { ...body },
    });
  const withdrawn = text(await draft(true), 'id');
  await change(one, withdrawn, '', 1, { grounds: words('other grounds') });
  await change(other, withdrawn, '/withdrawal', 2, { reason: words('reason to withdraw') });
  const sent = text(await draft(false), 'id');
  await change(one, sent, '/submission', 1, {
    authority: markers.word(`POST ${reports}/{id}/submission authority`),
    reference: markers.word(`POST ${reports}/{id}/submission reference`),
    asksConsent: true,
  });
  await change(one, sent, '/consent', 2, {
    answer: 'granted',
    on: markers.birthDate(`POST ${reports}/{id}/consent on`),
  });
}

async function onPages({ markers }: House, [one, other]: Two, clientId: string) {
  const words = (what: string) => `${markers.word(`suspicion of a page: ${what}`)} told us`;
  const draft = async () => {
    const at = await one.visitor.submit(`${page}/new`, {
      fields: { client: clientId, grounds: words('grounds') },
    });
    return at.split('/').at(-1) ?? '';
  };
  const withdrawn = await draft();
  await one.visitor.submit(`${page}/:id/grounds`, {
    params: { id: withdrawn },
    fields: { version: '1', grounds: words('other grounds') },
  });
  await other.visitor.submit(`${page}/:id/withdrawal`, {
    params: { id: withdrawn },
    fields: { version: '2', reason: words('reason to withdraw') },
  });
  const sent = await draft();
  await one.visitor.submit(`${page}/:id/submission`, {
    params: { id: sent },
    fields: {
      version: '1',
      authority: markers.word(`POST ${page}/:id/submission authority`),
      reference: markers.word(`POST ${page}/:id/submission reference`),
      asksConsent: 'yes',
    },
  });
  await one.visitor.submit(`${page}/:id/consent`, {
    params: { id: sent },
    fields: {
      version: '2',
      answer: 'granted',
      on: markers.birthDate(`POST ${page}/:id/consent on`),
    },
  });
}
