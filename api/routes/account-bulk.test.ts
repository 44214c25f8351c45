import { setRestriction } from '../../db/client-restrictions';
import { inScope } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import type { TradingAccount } from '../../db/accounts';
import { scopeOf } from '../../db/users';
import { newId } from '../../domain/ids';
import { activeAccount } from '../testing/accounts';
import { startApi, type Person, type Reply, type TestApi } from '../testing/api';

let api: TestApi;
let operator: Person;
let accounts: TradingAccount[];
beforeAll(async () => {
  api = await startApi();
  operator = await api.staff(['operations']);
});
afterAll(() => api.close());
beforeEach(async () => {
  accounts = [];
  for (let made = 0; made < 3; made += 1) {
    const client = await api.client();
    accounts.push(await activeAccount(api, client.clientId));
  }
});

const bulk = (as: Person, action: object, ids = accounts.map(({ id }) => id), key?: string) =>
  api.call('POST', '/api/v1/accounts/bulk', {
    as,
    body: { accountIds: ids, action },
    ...(key ? { key } : {}),
  });

interface Item {
  readonly accountId: string;
  readonly outcome: string;
  readonly reason: { readonly code: string; readonly detail: string } | null;
}
const itemsOf = ({ json }: Reply) => json['items'] as Item[];
const outcomes = (reply: Reply) =>
  itemsOf(reply).map(({ outcome, reason }) => (reason ? `${outcome} ${reason.code}` : outcome));

describe('the same about many accounts', () => {
  it('answers each by itself, and what fails leaves the rest done', async () => {
    const [first, second] = accounts;
    const same = await activeAccount(api, first?.clientId ?? '', { leverage: 20 });
    await bulk(operator, { kind: 'change_leverage', leverage: 25 }, [second?.id ?? '']);
    const nobodys = newId('account');
    const reply = await bulk(operator, { kind: 'change_leverage', leverage: 20 }, [
      ...accounts.map(({ id }) => id),
      same.id,
      nobodys,
    ]);
    expect(reply).toMatchObject({ status: 200, json: { processed: 2, skipped: 2, errored: 1 } });
    expect(outcomes(reply)).toEqual([
      'processed',
      'skipped request_open',
      'processed',
      'skipped same_leverage',
      'errored not_found',
    ]);
    const read = await api.call('GET', `/api/v1/account-bulks/${String(reply.json['id'])}`, {
      as: operator,
    });
    expect(read.json).toEqual(reply.json);
    const events = await api.system((tx) => eventsOfSubject(tx, first?.id ?? ''));
    expect(events.map(({ actor }) => actor)).toContain(`user:${operator.user.id}`);
  });

  it('is done once under one key', async () => {
    const action = { kind: 'change_leverage', leverage: 10 };
    const first = await bulk(operator, action, undefined, 'bulk-once');
    const again = await bulk(operator, action, undefined, 'bulk-once');
    expect(outcomes(first)).toEqual(['processed', 'processed', 'processed']);
    expect(again.json).toEqual(first.json);
  });

  it('reads another entity’s account like one that nobody has', async () => {
    const foreign = await api.client({ residence: 'MU' });
    const theirs = await activeAccount(api, foreign.clientId, { entityId: 'off' });
    const reply = await bulk(operator, { kind: 'close' }, [theirs.id, newId('account')]);
    const [one, other] = itemsOf(reply);
    expect(one).toMatchObject({ outcome: 'errored', reason: { code: 'not_found' } });
    expect({ ...one, accountId: '' }).toEqual({ ...other, accountId: '' });
  });

  it('restricts and lifts, never by the same person', async () => {
    const [one, two] = [await api.staff(['compliance']), await api.staff(['compliance'])];
    const restrict = {
      kind: 'restrict',
      restriction: 'chargeback',
      scopes: ['trade'],
      reason: 'Card scheme’s list.',
    };
    const done = ['processed', 'processed', 'processed'];
    const set = await bulk(one, restrict);
    expect(outcomes(set)).toEqual(done);
    expect(set.json['action']).toEqual({
      kind: 'restrict',
      restriction: 'chargeback',
      scopes: ['trade'],
    });
    expect(outcomes(await bulk(one, restrict))).toEqual(
      done.map(() => 'skipped restricted_already'),
    );
    const lift = { kind: 'lift', restriction: 'chargeback', reason: 'Settled.' };
    expect(outcomes(await bulk(one, lift))).toEqual(done.map(() => 'errored four_eyes'));
    expect(outcomes(await bulk(two, lift))).toEqual(done);
    expect(outcomes(await bulk(two, lift))).toEqual(done.map(() => 'skipped not_restricted'));
  });

  it('sends links for support, who may do nothing else', async () => {
    const support = await api.staff(['support']);
    expect(outcomes(await bulk(support, { kind: 'password_link' }))).toEqual([
      'processed',
      'processed',
      'processed',
    ]);
    expect(await bulk(support, { kind: 'close' })).toMatchObject({
      status: 403,
      json: { permission: 'account.operate' },
    });
  });

  it('knows no action that a second person has to decide on', async () => {
    for (const kind of ['override', 'move_group']) {
      const reply = await bulk(operator, { kind, leverage: 100, group: 'x', reason: 'x' });
      expect(reply.status).toBe(400);
    }
    const many = Array.from({ length: 201 }, () => newId('account'));
    expect((await bulk(operator, { kind: 'close' }, many)).status).toBe(400);
  });

  it('does not betray a hidden hold', async () => {
    const [account] = accounts;
    const mlro = await api.staff(['mlro']);
    const scope = await api.system((tx) => scopeOf(tx, mlro.user));
    await inScope(api.db, scope, (tx) =>
      setRestriction(tx, {
        clientId: account?.clientId ?? '',
        accountId: account?.id,
        kind: 'restricted_hold',
        scopes: ['trade'],
        reason: 'x',
      }),
    );
    const compliance = await api.staff(['compliance']);
    const lift = { kind: 'lift', restriction: 'restricted_hold', reason: 'x' };
    expect(await bulk(compliance, lift)).toMatchObject({ status: 403 });
    const made = await bulk(mlro, { ...lift, kind: 'restrict', scopes: ['login'] });
    const path = `/api/v1/account-bulks/${String(made.json['id'])}`;
    expect((await api.call('GET', path, { as: mlro })).status).toBe(200);
    expect((await api.call('GET', path, { as: compliance })).status).toBe(404);
  });
});
