import { createHmac } from 'node:crypto';
import { Client } from 'pg';
import { rows } from '../../db/connection';
import { startApi, testBankKey, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function asOwner(statement: string): Promise<void> {
  const owner = new Client({ connectionString: api.ownerUrl });
  await owner.connect();
  await owner.query(statement).finally(() => owner.end());
}

describe('webhooks', () => {
  const path = '/webhooks/bank';

  function signed(body: string): Record<string, string> {
    const at = Math.floor(Date.now() / 1000);
    const hmac = createHmac('sha256', testBankKey).update(`${at}.webhook.${body}`).digest('hex');
    return { 'x-bank-signature': `t=${at},v1=${hmac}` };
  }

  it('stores a message that comes twice once, and wakes its process once', async () => {
    const client = await api.client();
    const workflowId = `onboarding/${client.clientId}`;
    const body = JSON.stringify({
      id: 'evt_twice',
      type: 'payout.paid',
      createdAt: '2026-11-23T20:15:00.000Z',
      payout: {
        id: 'bank_1',
        reference: client.clientId,
        status: 'paid',
        amountMinor: '1000',
        currency: 'EUR',
        reasonCode: null,
      },
    });
    const replies = [
      await api.call('POST', path, { body, headers: signed(body) }),
      await api.call('POST', path, { body, headers: signed(body) }),
    ];
    expect(replies.map((reply) => reply.status)).toEqual([200, 200]);
    const stored = await api.system((tx) =>
      rows(tx, `select provider_event_id, times_received from provider_event`),
    );
    expect(stored).toEqual([{ provider_event_id: 'evt_twice', times_received: 2 }]);
    const signals = await api.system((tx) =>
      rows(
        tx,
        `select signal from outbox where workflow_id = :workflowId and kind = 'signal' and signal = 'providerEvent'`,
        { workflowId },
      ),
    );
    expect(signals).toHaveLength(1);
  });

  it('takes nothing that is not signed over exactly these bytes', async () => {
    const body = JSON.stringify({
      id: 'evt_forged',
      type: 'other',
      createdAt: '2026-11-23T20:15:00.000Z',
    });
    const none = await api.call('POST', path, { body });
    const altered = await api.call('POST', path, { body: `${body} `, headers: signed(body) });
    expect([none.status, altered.status]).toEqual([400, 400]);
    const stored = await api.system((tx) =>
      rows(tx, `select 1 from provider_event where provider_event_id = 'evt_forged'`),
    );
    expect(stored).toEqual([]);
    expect((await api.call('GET', path)).status).toBe(405);
  });

  it('takes a storm in order, and one that cannot be kept fails none of those beside it', async () => {
    const message = (n: number, createdAt = '2026-11-23T20:15:00.000Z') => {
      const body = JSON.stringify({ id: `evt_storm_${n}`, type: 'other', createdAt });
      return api.call('POST', path, { body, headers: signed(body) });
    };
    await asOwner(
      `alter table provider_event add constraint refuse_one check (provider_event_id <> 'evt_storm_7')`,
    );
    const replies = await Promise.all(Array.from({ length: 60 }, (_, n) => message(n % 50)));
    const refused = replies.flatMap(({ status }, n) => (status === 200 ? [] : [n]));
    expect(refused).toEqual([7, 57]);
    const [stored] = await api.system((tx) =>
      rows<{ messages: string; received: string }>(
        tx,
        `select count(*) as messages, sum(times_received) as received from provider_event
         where provider_event_id like 'evt_storm_%'`,
      ),
    );
    expect(stored).toEqual({ messages: '49', received: '58' });
  });
});
