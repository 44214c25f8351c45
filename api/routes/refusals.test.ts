import { startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const problemFields = ['type', 'title', 'status', 'code', 'detail', 'requestId', 'instance'];

describe('what a client reads of a refusal by policy', () => {
  it('is the code and plain words for a deposit, and neither rules nor missing facts', async () => {
    const client = await api.client();
    const replies = [];
    for (const amount of ['0.01', '900000.00']) {
      const reply = await api.call('POST', '/api/v1/deposits', {
        as: client,
        body: { amount: { amount, currency: 'EUR' }, rail: 'card' },
      });
      replies.push(reply);
      expect([reply.status, reply.json['code']]).toEqual([422, 'deposit_refused']);
      expect(problemFields).toEqual(expect.arrayContaining(Object.keys(reply.json)));
      expect(reply.text).not.toMatch(/[A-Z]+_[A-Z]+|[a-z]+\.[a-z]+[A-Z]?[a-z]*"|missing|risk/);
    }
    expect(replies.map(({ json }) => json['detail'])).toEqual([
      'This is less than the smallest deposit.',
      expect.stringContaining('verified you'),
    ]);
  });

  it('is the code and plain words for an account', async () => {
    const client = await api.client();
    const body = { accountType: 'standard', currency: 'EUR' };
    const reply = await api.call('POST', '/api/v1/accounts', { as: client, body });
    expect([reply.status, reply.json['code']]).toEqual([422, 'account_refused']);
    expect(problemFields).toEqual(expect.arrayContaining(Object.keys(reply.json)));
    expect(reply.json['detail']).toBe('We have to verify you first. Complete your application.');
  });
});
