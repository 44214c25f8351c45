import { Client } from 'pg';
import { decideByPolicy } from '../../db/evaluations';
import { newId } from '../../domain/ids';
import type { Role } from '../../domain/access/roles';
import { Browser, startApi, type TestApi } from '../testing/api';

let api: TestApi;
let clientId = '';

beforeAll(async () => {
  api = await startApi();
  ({ clientId } = await api.client());
});
afterAll(() => api.close());

/** A KYC decision that is kept; `subject` of a case unless said. */
function decided(subject = newId('kycCase')): Promise<string> {
  return api.system(async (tx) => {
    const { id } = await decideByPolicy(tx, {
      ...{ kind: 'kyc.approval', subject, entityId: 'cy', clientId, personId: clientId },
      facts: {
        'documents.complete': true,
        'documents.failures': ['DOC_EXPIRED'],
        'identity.checksPassed': true,
        'client.ageYears': 31,
        'client.pep': false,
        'client.duplicate': false,
        'screening.verdict': 'clear',
        'risk.level': 'low',
        'address.ageDays': null,
      },
    });
    return id;
  });
}

const replayed = async (id: string, roles: readonly Role[] = ['compliance']) =>
  api.call('GET', `/api/v1/evaluations/${id}/replay`, { as: await api.staff(roles) });

async function asOwner(statement: string): Promise<void> {
  const owner = new Client({ connectionString: api.ownerUrl });
  await owner.connect();
  await owner.query(statement).finally(() => owner.end());
}

describe('a decision that is run again', () => {
  it('gives the same answer and the same trace, over the API and on its page', async () => {
    const id = await decided();
    const { status, json } = await replayed(id);
    expect(status).toBe(200);
    expect(json).toMatchObject({ id, kind: 'kyc.approval', verdict: 'same', differs: [] });
    expect(json['again']).toEqual(json['kept']);
    expect(JSON.stringify(json['kept'])).toContain('DOC_EXPIRED');

    const browser = new Browser(api.url);
    await browser.logIn('staff', (await api.staff(['compliance'])).email);
    const page = await browser.get(`/staff/evaluations/${id}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Same answer, same trace');
    expect(page.text).toContain('Run this again');
  });

  it('is the same after the policy has changed: the versions of then decide', async () => {
    const id = await decided();
    await asOwner(
      `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, submitted_by,
         published_by, effective_from, published_at)
       select 'pol_later', kind, layer, layer_key, version + 1, jsonb_set(body, '{rules,0,title}', '"Changed later"'), 'x', state, edited_by,
         submitted_by, published_by, now(), now()
       from policy_version where kind = 'kyc.approval' and layer = 'base' order by version desc limit 1`,
    );
    expect((await replayed(id)).json).toMatchObject({ verdict: 'same' });
  });

  it('says what differs when the kept outcome was changed behind its back', async () => {
    const id = await decided();
    await asOwner(`update evaluation set outcome = '{"decision":"approve"}' where id = '${id}'`);
    expect((await replayed(id)).json).toMatchObject({ verdict: 'differs', differs: ['outcome'] });
  });

  it('stands as it is kept when the person’s key is gone', async () => {
    const id = await decided();
    await asOwner(`update data_key set wrapped_key = null, erased_at = now()
      where person_id = '${clientId}'`);
    expect((await replayed(id)).json).toMatchObject({ verdict: 'erased', again: null });
  });
});

describe('who may run a decision again', () => {
  it('is who may read what it is about, in their entities', async () => {
    ({ clientId } = await api.client());
    const id = await decided();
    expect((await replayed(id, ['dealing'])).status).toBe(403);
    const elsewhere = await api.staff(['compliance'], ['off']);
    const path = `/api/v1/evaluations/${id}/replay`;
    expect((await api.call('GET', path, { as: elsewhere })).status).toBe(404);
    expect((await replayed(newId('evaluation'))).status).toBe(404);
  });

  it('is who judges screenings, for what is restricted', async () => {
    const id = await decided(`restricted/${newId('kycCase')}`);
    expect((await replayed(id, ['support'])).status).toBe(404);
    expect((await replayed(id, ['compliance'])).status).toBe(200);
  });
});
