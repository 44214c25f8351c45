import { text } from '../../cli/demo/http';
import { inventPerson, register } from './applicants';
import { decide, type Colleague } from './colleagues';
import type { House } from './house';

type Two = readonly [Colleague, Colleague];

/** Two applicants who leave again, once through the API and once on the pages: held, let go of, and ended. */
export async function leave(house: House, two: Two): Promise<void> {
  await throughApi(house, two);
  await onPages(house, two);
}

async function throughApi(house: House, [one, other]: Two): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`keeping: ${what}`)} wrote`;
  const { clientId, token } = await register(house, inventPerson(house, 'iris'));
  await api.must('POST', '/api/v1/me/erasure-requests', { token });
  const placed = await api.must('POST', '/api/v1/legal-holds', {
    token: one.token,
    body: { clientId, reason: words('reason to hold'), reference: words('reference of a hold') },
  });
  const hold = text(placed, 'id');
  await confirm(house, other, hold);
  await api.must('POST', '/api/v1/legal-holds/{id}/lift', {
    ...{ token: one.token, params: { id: hold }, headers: { 'if-match': '"2"' } },
    body: { reason: words('reason to lift a hold') },
  });
  await confirm(house, other, hold);
  await api.must('POST', '/api/v1/clients/{id}/end', {
    ...{ token: one.token, params: { id: clientId } },
    body: { reason: words('reason to end') },
  });
}

async function onPages(house: House, [one, other]: Two): Promise<void> {
  const { markers } = house;
  const words = (what: string) => `${markers.word(`keeping on a page: ${what}`)} wrote`;
  const { clientId } = await register(house, inventPerson(house, 'jack'));
  const at = await one.visitor.submit('/staff/legal-holds/new', {
    fields: {
      ...{ client: clientId, reason: words('reason to hold') },
      reference: words('reference of a hold'),
    },
  });
  const id = at.split('/').at(-1) ?? '';
  await confirm(house, other, id);
  await one.visitor.submit('/staff/legal-holds/:id/lift', {
    params: { id },
    fields: { version: '2', reason: words('reason to lift a hold') },
  });
  await confirm(house, other, id);
  await one.visitor.submit('/staff/clients/:id/end', {
    params: { id: clientId },
    fields: { reason: words('reason to end') },
  });
}

/** As the second person. */
async function confirm(house: House, who: Colleague, hold: string): Promise<void> {
  const standing = await house.api.must('GET', '/api/v1/legal-holds/{id}', {
    token: who.token,
    params: { id: hold },
  });
  await decide(house, who, { id: text(standing, 'taskId'), decision: 'approve' });
}
