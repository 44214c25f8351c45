import { verifyAudit } from '../../db/audit/verify';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let officer: Person;
beforeAll(async () => {
  api = await startApi();
  officer = await api.staff(['compliance']);
});
afterAll(() => api.close());

interface Event {
  readonly type: string;
  readonly payload: { readonly change?: object };
  readonly changes: readonly object[];
}

async function eventOf(clientId: string, type: string, as: Person): Promise<Event> {
  const reply = await api.call('GET', `/api/v1/clients/${clientId}/events?limit=200`, { as });
  const found = (reply.json['data'] as Event[]).find((each) => each.type === type);
  if (!found) throw new Error(`there is no ${type} in ${reply.text}`);
  return found;
}

describe('the detail of an event', () => {
  it('shows what was and what is of personal data, to those who may see them', async () => {
    const { clientId } = await api.client();
    const address = (text: string) =>
      api.call('POST', `/api/v1/clients/${clientId}/details`, {
        as: officer,
        body: { address: text },
      });
    await address('1 Quay, Limassol');
    await address('2 Mole, Paphos');
    const seen = await eventOf(clientId, 'client.data_changed', officer);
    expect(seen.changes).toEqual([
      {
        field: 'address',
        before: '1 Quay, Limassol',
        after: '2 Mole, Paphos',
        isPersonal: true,
      },
    ]);
    expect(JSON.stringify(seen.payload)).not.toContain('Quay');
    const sales = await api.staff(['sales']);
    expect((await eventOf(clientId, 'client.data_changed', sales)).changes).toEqual([]);
    const page = async (who: Person) => {
      const browser = new Browser(api.url);
      await browser.logIn('staff', who.email);
      return (await browser.get(`/staff/clients/${clientId}`)).text;
    };
    const shown = await page(officer);
    expect(shown).toContain('<td>1 Quay, Limassol</td><td><strong>2 Mole, Paphos</strong></td>');
    expect(await page(sales)).not.toContain('1 Quay, Limassol');
  });

  it('shows it of a state, and of the day of a restriction', async () => {
    const { clientId } = await api.client();
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const [first, second] = [day(40), day(80)];
    const base = `/api/v1/clients/${clientId}`;
    const set = await api.call('POST', `${base}/restrictions`, {
      as: officer,
      body: { kind: 'complaint', scopes: ['marketing'], reason: 'letter', reviewAt: first },
    });
    await api.call('POST', `${base}/restrictions/${String(set.json['id'])}/review`, {
      as: officer,
      body: { reviewAt: second },
    });
    expect((await eventOf(clientId, 'restriction.review_set', officer)).changes).toMatchObject([
      { field: 'reviewAt', after: second, isPersonal: false },
    ]);
    await api.call('POST', `${base}/end`, { as: officer, body: { reason: 'by letter' } });
    const ended = await eventOf(clientId, 'client.closed', officer);
    expect(ended.changes).toMatchObject([{ field: 'state', after: 'closed' }]);
    expect(ended.payload.change).toMatchObject({ state: { after: 'closed' } });
    expect((await verifyAudit(api.db)).faultCount).toBe(0);
  });

  it('shows it of what the house has set: who leads a queue, and when it works', async () => {
    const admin = await api.staff(['senior_approver', 'auditor']);
    const [lead, other] = [await api.staff(['compliance']), await api.staff(['compliance'])];
    const name = (leadId: string) =>
      api.call('PUT', '/api/v1/entities/cy/queue-leads/any', {
        as: admin,
        body: { leadId },
      });
    expect((await name(lead.user.id)).status).toBe(200);
    expect((await name(other.user.id)).status).toBe(200);
    const reply = await api.call('GET', '/api/v1/audit/events?subject=inbox/cy', { as: admin });
    const named = (reply.json['data'] as Event[]).filter(({ type }) => type === 'inbox.lead_named');
    expect(named.map(({ changes }) => changes)).toEqual([
      [{ field: 'lead', before: null, after: lead.user.id, isPersonal: false }],
      [{ field: 'lead', before: lead.user.id, after: other.user.id, isPersonal: false }],
    ]);
  });
});
