import { list, text, until } from '../../../cli/demo/http';
import { emailOf, password, type Brokerage } from './brokerage';
import { Caller, logIn, type Body } from './caller';

/** People of the scenario, logged in. */
export interface Cast {
  readonly admin: Caller;
  readonly approver: Caller;
  readonly compliance1: Caller;
  readonly compliance2: Caller;
  readonly dealing: Caller;
  readonly finance1: Caller;
  readonly operations: Caller;
}

export async function gatherCast(url: string): Promise<Cast> {
  return {
    admin: await logIn(url, 'staff', emailOf('admin')),
    approver: await logIn(url, 'staff', emailOf('approver')),
    compliance1: await logIn(url, 'staff', emailOf('compliance1')),
    compliance2: await logIn(url, 'staff', emailOf('compliance2')),
    dealing: await logIn(url, 'staff', emailOf('dealing')),
    finance1: await logIn(url, 'staff', emailOf('finance1')),
    operations: await logIn(url, 'staff', emailOf('operations')),
  };
}

/**
 * What the scenario of the demonstration leaves out: decisions that need a thing in a certain state, which
 * nobody who makes requests up would ever meet.
 */
export async function walk(brokerage: Brokerage, cast: Cast): Promise<{ readonly victim: string }> {
  const victim = await shutOut(brokerage, cast);
  await keysAndLinks(brokerage);
  await refund(brokerage, cast);
  await judge(brokerage, cast);
  await restrict(brokerage, cast);
  await agree(brokerage, cast);
  await protect(brokerage, cast);
  await writePolicy(cast);
  await tryPolicy(cast);
  await changeAccounts(brokerage, cast);
  const stop = { scope: 'rail', key: 'stripe', reason: 'a rehearsal' };
  const halt = await cast.dealing.post('/api/v1/halts', stop);
  await cast.finance1.post(`/api/v1/halts/${text(halt, 'id')}/lift`);
  await planMaintenance(cast);
  await keepFilter(cast);
  await moveMoney(brokerage, cast);
  return { victim };
}

/** Money that moves between books: made-up amounts are seldom in the currency of what they are taken from. */
async function moveMoney({ world, url }: Brokerage, { finance1 }: Cast): Promise<void> {
  const dora = await logIn(url, 'client', world.address('dora'));
  const clientId = text(await dora.get('/api/v1/me'), 'clientId');
  const accounts = `/api/v1/ledger/accounts?code=wallet&clientId=${clientId}`;
  const [wallet] = list(await finance1.get(accounts), 'data');
  if (!wallet) throw new Error('dora has no wallet');
  const { currency } = wallet['balance'] as Body;
  const asked = await finance1.post('/api/v1/corrections', {
    kind: 'correction',
    account: text(wallet, 'id'),
    direction: 'credit',
    amount: { amount: '2.00', currency },
    reasonCode: 'A_REHEARSAL',
    reason: 'a rehearsal',
  });
  const path = `/api/v1/corrections/${text(asked, 'id')}`;
  await finance1.get(path);
  await finance1.send('PATCH', path, {
    body: { amount: { amount: '1.00', currency } },
    headers: { 'if-match': `"${String(asked['version'])}"` },
  });
  const account = encodeURIComponent(text(wallet, 'id'));
  const [entry] = list(await finance1.get(`/api/v1/ledger/entries?account=${account}`), 'data');
  if (!entry) throw new Error('dora’s wallet has no entry');
  await finance1.get(`/api/v1/ledger/transactions/${text(entry, 'transactionId')}`);
}

/** A filter of the payments: made-up text is seldom one. */
async function keepFilter({ finance1 }: Cast): Promise<void> {
  const filter = { name: 'a rehearsal', query: 'kind=deposit&needsPerson=yes' };
  const at = '/api/v1/saved-filters';
  const id = text(await finance1.post(at, { list: 'payments', ...filter }), 'id');
  await finance1.get(`${at}/${id}`);
  await finance1.send('PUT', `${at}/${id}`, { body: { ...filter, query: 'state=held' } });
  await finance1.send('DELETE', `${at}/${id}`);
}

/** Work on a server, planned far ahead: made-up times seldom make sense together. */
async function planMaintenance({ operations }: Cast): Promise<void> {
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const declarations = '/api/v1/servers/mt5/declarations';
  const plan = (days: number) =>
    operations.post(declarations, {
      kind: 'maintenance',
      from: at(days),
      until: at(days + 1),
      reason: 'a rehearsal',
    });
  const id = text(await plan(30), 'id');
  await operations.post(`${declarations}/${id}/extend`, { until: at(32) });
  await operations.post(`${declarations}/${id}/end`);
  await plan(60);
}

/** Invites a colleague, who is approved by another person and sets a password by mail. */
export async function hire(
  { url, world }: Brokerage,
  { admin, approver }: Cast,
  { email, role }: { email: string; role: string },
): Promise<{ readonly userId: string }> {
  const entities = ['cy', 'off'];
  const person = { name: 'Nora New', email, roles: [role], entities };
  const invited = await admin.post('/api/v1/users', person);
  const taskId = text(invited, 'taskId');
  const task = await approver.get(`/api/v1/tasks/${taskId}`);
  await approver.post(`/api/v1/tasks/${taskId}/decision`, decisionOn(task, 'approve'));
  const userId = text(invited, 'userId');
  // The link of the first letter stops working when another is asked for.
  await world.mailbox.waitFor(email, 'invit');
  await admin.post(`/api/v1/users/${userId}/invitation`);
  await until('the second letter', async () =>
    (await world.mailbox.count(email, 'invit')) > 1 ? true : undefined,
  );
  const token = tokenOf((await world.mailbox.waitFor(email, 'invit')).links);
  await new Caller(url, undefined).get(`/api/v1/links/${token}`);
  await new Caller(url, undefined).post(`/api/v1/links/${token}/password`, { password });
  return { userId };
}

function tokenOf(links: readonly string[]): string {
  const token = links.map((link) => /\/links\/([A-Za-z0-9_-]{20,})/.exec(link)?.[1]).find(Boolean);
  if (token === undefined) throw new Error('the letter has no link');
  return token;
}

function decisionOn(task: Body, decision: string) {
  const { version, contentHash } = task;
  return { decision, reason: 'seen to', expectedVersion: version, contentHash };
}

async function shutOut(brokerage: Brokerage, cast: Cast): Promise<string> {
  const { userId } = await hire(brokerage, cast, {
    email: 'victim@staff.keelson.example',
    role: 'support',
  });
  await cast.approver.post(`/api/v1/users/${userId}/disable`);
  return userId;
}

async function keysAndLinks({ url, world }: Brokerage): Promise<void> {
  const email = world.address('dora');
  const dora = await logIn(url, 'client', email);
  const key = await dora.post('/api/v1/api-keys', { name: 'a spare one' });
  await dora.send('DELETE', `/api/v1/api-keys/${text(key, 'id')}`);
  const [open] = list(await dora.get('/api/v1/withdrawals?state=in_review'), 'data');
  if (!open) throw new Error('dora has no withdrawal in review');
  await dora.post(`/api/v1/withdrawals/${text(open, 'id')}/cancel`);
  await new Caller(url, undefined).post('/api/v1/password-resets', { kind: 'client', email });
}

/** Asked for and taken back: made-up amounts are seldom in a deposit's currency and in the wallet. */
async function refund({ world, url }: Brokerage, { operations }: Cast): Promise<void> {
  const dora = await logIn(url, 'client', world.address('dora'));
  const [paid] = list(await dora.get('/api/v1/deposits?state=credited'), 'data');
  if (!paid) throw new Error('dora has paid nothing in');
  const path = `/api/v1/deposits/${text(paid, 'id')}/refunds`;
  const { currency } = paid['amount'] as Body;
  const asked = await operations.post(path, {
    amount: { amount: '1.00', currency },
    reason: 'a rehearsal',
  });
  await operations.get(path);
  await operations.get(`/api/v1/refunds/${text(asked, 'id')}`);
  await operations.post(`/api/v1/refunds/${text(asked, 'id')}/cancel`);
}

/** The application that the scenario leaves in review: its document, and its task. */
async function judge({ world, url }: Brokerage, { compliance1 }: Cast): Promise<void> {
  const fred = await logIn(url, 'client', world.address('fred'));
  const caseId = text(await fred.get('/api/v1/me/onboarding'), 'caseId');
  const file = await compliance1.get(`/api/v1/kyc-cases/${caseId}`);
  const [document] = list(file, 'documents');
  const task = list(file, 'tasks').find((each) => each['state'] === 'open');
  if (!document || !task) throw new Error('fred’s application is not in review');
  await compliance1.post(`/api/v1/documents/${text(document, 'id')}/decision`, {
    decision: 'reject',
    reasons: ['DOC_EXPIRED'],
  });
  await compliance1.post(`/api/v1/tasks/${text(task, 'id')}/claim`);
  await compliance1.post(`/api/v1/tasks/${text(task, 'id')}/release`);
  await compliance1.post('/api/v1/tasks/claim-next');
}

async function restrict({ world, url }: Brokerage, cast: Cast): Promise<void> {
  const ben = await logIn(url, 'client', world.address('ben'));
  const path = `/api/v1/clients/${text(await ben.get('/api/v1/me'), 'clientId')}/restrictions`;
  const made = await cast.compliance1.post(path, {
    kind: 'manual_review',
    scopes: ['withdraw'],
    reason: 'a rehearsal',
  });
  const reviewAt = new Date(Date.now() + 30 * 86_400_000).toISOString();
  await cast.compliance1.post(`${path}/${text(made, 'id')}/review`, { reviewAt });
  await cast.compliance2.post(`${path}/${text(made, 'id')}/lift`, { reason: 'it is over' });
  const client = path.replace('/restrictions', '');
  const measure = { measure: 'vulnerable', reason: 'a rehearsal' };
  const taken = await cast.compliance1.post(`${client}/measures`, measure);
  await cast.compliance1.post(`${path}/${text(taken, 'id')}/checks`, { code: 'need' });
  await cast.compliance2.post(`${path}/${text(taken, 'id')}/lift`, { reason: 'it is over' });
  await cast.compliance1.post(`${client}/details`, { address: '9 Rehearsal Road, Victoria' });
  await cast.compliance1.get(`${client}/compliance-calendar`);
}

/** A version that asks every client, published, read, and accepted by one of them. */
async function agree({ world, url }: Brokerage, { admin, approver }: Cast): Promise<void> {
  const dora = await logIn(url, 'client', world.address('dora'));
  const { entities } = await dora.get('/api/v1/me');
  const entity = Array.isArray(entities) ? String(entities[0]) : '';
  const asked = await admin.post(`/api/v1/entities/${entity}/agreements`, {
    code: 'risk_disclosure',
    texts: [{ locale: 'en', title: 'Risk disclosure', text: 'You may lose what you pay in.' }],
    ...{ reaccept: true, graceDays: 30 },
  });
  const taskId = text(asked, 'taskId');
  const task = await approver.get(`/api/v1/tasks/${taskId}`);
  await approver.post(`/api/v1/tasks/${taskId}/decision`, decisionOn(task, 'approve'));
  const [waiting] = list(await dora.get('/api/v1/me/agreements'), 'outstanding');
  if (!waiting) throw new Error('dora has nothing to accept');
  const [shown] = list(waiting, 'texts');
  if (!shown) throw new Error('the agreement has no text');
  const accepted = [{ versionId: text(waiting, 'versionId'), hash: text(shown, 'hash') }];
  await dora.post('/api/v1/me/agreements', { accepted });
}

/** A wish for another category that is taken back, a test of appropriateness, and what is published about somebody. */
async function protect({ world, url }: Brokerage, cast: Cast): Promise<void> {
  const dora = await logIn(url, 'client', world.address('dora'));
  const made = await dora.post('/api/v1/me/category-requests', {
    wish: 'professional',
    criteria: ['trades'],
    statement: 'Ten trades a week.',
    warningHash: text(await dora.get('/api/v1/me/category'), 'warningHash'),
  });
  await dora.get(`/api/v1/category-requests/${text(made, 'id')}`);
  await dora.post(`/api/v1/category-requests/${text(made, 'id')}/withdraw`);
  await dora.post('/api/v1/me/appropriateness', {
    answers: {
      ...{ leverage_meaning: '300', margin_close: 'Positions are closed' },
      ...{ product_trades: 'never', finance_profession: 'no' },
    },
  });
  const fred = await logIn(url, 'client', world.address('fred'));
  const caseId = text(await fred.get('/api/v1/me/onboarding'), 'caseId');
  const source = await cast.compliance1.post(`/api/v1/kyc-cases/${caseId}/declared-sources`, {
    ...{ basis: 'funds', kind: 'salary', per: 'year', narrative: 'A shipyard pays it.' },
    ...{ amountFrom: '30000.00', amountTo: '40000.00', currency: 'EUR' },
  });
  await cast.compliance2.get(`/api/v1/declared-sources/${text(source, 'id')}`);
  await cast.compliance1.post(`/api/v1/declared-sources/${text(source, 'id')}/withdraw`);
  const note = await cast.compliance1.post(`/api/v1/kyc-cases/${caseId}/adverse-media`, {
    ...{ source: 'https://news.example/story', finding: 'A story about somebody else.' },
    ...{ publishedOn: '2026-01-02', weight: 'none' },
  });
  const aside = `/api/v1/adverse-media/${text(note, 'id')}/set-aside`;
  await cast.compliance2.post(aside, { reason: 'it is somebody else' });
}

async function writePolicy({ compliance1, compliance2 }: Cast): Promise<void> {
  const body = { title: 'What the entity does differently', changes: [] };
  const layer = { kind: 'withdrawal', layer: 'entity', layerKey: 'cy', note: 'a rehearsal' };
  const match = (policy: Body) => ({ 'if-match': `"${String(policy['revision'])}"` });
  const draft = await compliance1.post('/api/v1/policies', { ...layer, body });
  const path = `/api/v1/policies/${text(draft, 'id')}`;
  const sending = { body: { body, note: 'the same' }, headers: match(draft) };
  const edited = await compliance1.send('PUT', path, sending);
  const submitted = await compliance1.post(`${path}/submit`, undefined, match(edited));
  await compliance2.post(`${path}/publish`, { reach: 'new' }, match(submitted));
  const again = await compliance1.post(`${path}/roll-back`);
  await compliance1.post(`/api/v1/policies/${text(again, 'id')}/withdraw`);
}

/** A stricter draft held against what was decided, and thrown away. */
async function tryPolicy({ compliance1 }: Cast): Promise<void> {
  const draft = await compliance1.post('/api/v1/policies', {
    ...{ kind: 'withdrawal', layer: 'entity', layerKey: 'off', note: 'a rehearsal' },
    body: {
      title: 'Two people look at every withdrawal',
      changes: [
        {
          ...{ target: 'parameter', mode: 'override', name: 'fourEyesAbove24h', value: '1.00' },
          reason: 'a rehearsal',
        },
      ],
    },
  });
  const path = `/api/v1/policies/${text(draft, 'id')}`;
  await compliance1.get(`${path}/problems`);
  await compliance1.get(`${path}/diff`);
  const begun = await compliance1.post(`${path}/simulations`, { cases: 1_000 });
  const simulation = `/api/v1/policy-simulations/${text(begun, 'id')}`;
  await until('the simulation', async () =>
    (await compliance1.get(simulation))['state'] === 'done' ? true : undefined,
  );
  const [changed] = list(await compliance1.get(`${simulation}/cases`), 'data');
  if (!changed) throw new Error('no past withdrawal would be decided otherwise');
  await compliance1.get(`${simulation}/cases/${text(changed, 'id')}`);
}

/** What only staff asks of accounts: the same of several, and what steps over the policy. */
async function changeAccounts({ url, world }: Brokerage, { operations }: Cast): Promise<void> {
  const ben = await logIn(url, 'client', world.address('ben'));
  const [account] = list(await ben.get('/api/v1/accounts'), 'data');
  if (!account) throw new Error('ben has no account');
  const id = text(account, 'id');
  const bulk = await operations.post('/api/v1/accounts/bulk', {
    accountIds: [id],
    action: { kind: 'change_leverage', leverage: 20 },
  });
  await operations.get(`/api/v1/account-bulks/${text(bulk, 'id')}`);
  const asked = await operations.post(`/api/v1/accounts/${id}/requests`, {
    ...{ kind: 'override', leverage: 25, reason: 'a rehearsal' },
  });
  await operations.get(`/api/v1/account-requests/${text(asked, 'id')}`);
  const search = { means: 'telephone', note: 'a rehearsal' };
  await operations.post(`/api/v1/accounts/${id}/tracing`, search);
  await operations.get(`/api/v1/accounts/${id}/tracing`);
}
