import { setRestriction, type RestrictionKind } from '../../db/client-restrictions';
import { inScope } from '../../db/connection';
import { scopeOf } from '../../db/users';
import { Browser, startApi, type Person, type TestApi } from '../../api/testing/api';

type Client = Person & { readonly clientId: string };

/** What a client can ask for that a restriction stops. */
const commands = [
  ['/api/v1/deposits', { amount: { amount: '50.00', currency: 'EUR' }, rail: 'card' }],
  ['/api/v1/fx-quotes', { from: 'EUR', to: 'USD', amount: { amount: '5.00', currency: 'EUR' } }],
] as const;

describe('what a held client is told', () => {
  let api: TestApi;
  let held: Client;
  let reviewed: Client;
  let free: Client;

  beforeAll(async () => {
    api = await startApi();
    [held, reviewed, free] = [await api.client(), await api.client(), await api.client()];
  });
  afterAll(() => api.close());

  async function restrict(
    client: Client,
    kind: RestrictionKind,
    scopes: Parameters<typeof setRestriction>[1]['scopes'],
  ): Promise<void> {
    const mlro = await api.staff(['mlro']);
    const scope = await api.system((tx) => scopeOf(tx, mlro.user));
    await inScope(api.db, scope, (tx) =>
      setRestriction(tx, { clientId: client.clientId, kind, scopes, reason: 'test' }),
    );
  }

  it.each(commands)('is what every restricted client is told: %s', async (path, body) => {
    const scopes = ['deposit', 'trade', 'withdraw'] as const;
    await restrict(held, 'restricted_hold', scopes);
    await restrict(reviewed, 'manual_review', scopes);
    const answers = [];
    for (const as of [held, reviewed, free]) {
      const { status, json } = await api.call('POST', path, { as, body });
      answers.push({ status, code: json['code'], detail: json['detail'] });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 422, code: 'restricted' });
    expect(answers[0]?.detail).toMatch(/routine review/);
    // Otherwise it would be told to everybody.
    expect(answers[2]).not.toEqual(answers[0]);
  });

  it('is that the password is wrong, where the log-in is barred', async () => {
    await restrict(held, 'restricted_hold', ['login']);
    await restrict(reviewed, 'manual_review', ['login']);
    const answers = [];
    for (const { email } of [held, reviewed]) {
      const browser = new Browser(api.url);
      const { status, text } = await browser.logIn('client', email);
      answers.push([status, /role="alert"[^>]*>([^<]*)/.exec(text)?.[1]]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect((await new Browser(api.url).logIn('client', free.email)).status).toBe(303);
    expect(answers[0]?.[0]).not.toBe(303);
  });
});
