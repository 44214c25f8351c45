import { list, text } from '../../cli/demo/http';
import type { Applicant } from './applicants';
import { decideOnPage, setPasswordByLetter, taskAbout, type Colleague } from './colleagues';
import type { House } from './house';
import type { Partner } from './partners';
import type { Visitor } from './visitor';

/** For tests only: what staff write in their own words, about clients, colleagues and the house. */

type Two = readonly [Colleague, Colleague];

/** A colleague who is invited, approved by another person on a page, and sets a password by mail. */
export async function invite(house: House, [admin, approver]: Two): Promise<void> {
  const { api, markers } = house;
  const email = markers.email('invited: e-mail');
  const name = `${markers.word('invited: name')} Newcomer`;
  const invited = await api.must('POST', '/api/v1/users', {
    token: admin.token,
    body: { email, name, roles: ['support'], entities: ['cy'] },
  });
  const task = await taskAbout(house, approver, 'user_approval', text(invited, 'userId'));
  const id = text(task, 'id');
  const template = '/staff/tasks/:id';
  await decideOnPage(house, approver, { template, params: { id }, id, decision: 'approve' });
  const password = markers.password('invited: password');
  await setPasswordByLetter(house, { email, words: 'invit', password });
  await api.must('POST', '/api/v1/password-resets', { body: { kind: 'staff', email } });
}

/** Restricts a client and lets go again, once through the API and once on the client's page. */
export async function restrict(house: House, [one, other]: Two, who: Applicant): Promise<void> {
  const { api, markers } = house;
  const id = who.clientId;
  const words = (what: string) => `${markers.word(`restriction: ${what}`)} called`;
  const template = '/api/v1/clients/{id}/restrictions';
  const kind = 'manual_review';
  const set = await api.must('POST', template, {
    token: one.token,
    params: { id },
    body: { kind, scopes: ['marketing'], reason: words('reason'), reviewAt: inMonths(1) },
  });
  await api.must('POST', `${template}/{restriction}/lift`, {
    token: other.token,
    params: { id, restriction: text(set, 'id') },
    body: { reason: words('reason to lift') },
  });
  const page = '/staff/clients/:id/restrictions';
  await one.visitor.submit(page, {
    params: { id },
    fields: {
      ...{ kind, scopes: 'marketing', reason: words('reason on a page') },
      reviewOn: inMonths(2).slice(0, 10),
    },
  });
  const standing = await api.must('GET', template, { token: other.token, params: { id } });
  const onPage = list(standing, 'data').find((each) => each['liftedAt'] === null);
  await other.visitor.submit(`${page}/:restrictionId/lift`, {
    params: { id, restrictionId: text(onPage ?? {}, 'id') },
    fields: { reason: words('reason to lift on a page') },
  });
}

function inMonths(months: number): string {
  return new Date(Date.now() + months * 30 * 86_400_000).toISOString();
}

/** What a colleague writes of a client to whom something has happened, and of one who moved; once on each page, too. */
export async function watchOver(house: House, [one, other]: Two, who: Applicant): Promise<void> {
  const { api, markers } = house;
  const id = who.clientId;
  const words = (what: string) => `${markers.word(`measure: ${what}`)} wrote`;
  const made = await api.must('POST', '/api/v1/clients/{id}/measures', {
    token: one.token,
    params: { id },
    body: { measure: 'vulnerable', reason: words('reason') },
  });
  const restriction = text(made, 'id');
  const template = '/api/v1/clients/{id}/restrictions/{restriction}';
  await api.must('POST', `${template}/checks`, {
    token: one.token,
    params: { id, restriction },
    body: { code: 'need' },
  });
  await api.must('POST', `${template}/review`, {
    token: one.token,
    params: { id, restriction },
    body: { reviewAt: inMonths(3) },
  });
  const page = '/staff/clients/:id/restrictions/:restrictionId';
  const params = { id, restrictionId: restriction };
  await one.visitor.submit(`${page}/checks`, { params, fields: { code: 'channel' } });
  const reviewOn = inMonths(4).slice(0, 10);
  await one.visitor.submit(`${page}/review`, { params, fields: { reviewOn } });
  await api.must('POST', `${template}/lift`, {
    token: other.token,
    params: { id, restriction },
    body: { reason: words('reason to lift') },
  });
  await one.visitor.submit('/staff/clients/:id/measures/:measure', {
    params: { id, measure: 'vulnerable' },
    fields: { reason: words('reason on a page') },
  });
  const moved = (what: string) => ({
    name: `${who.given} ${who.family}`,
    birthDate: who.birthDate,
    nationality: 'CY',
    phone: markers.phone(`moved: phone ${what}`),
    address: `7 ${markers.word(`moved: address ${what}`)} Street`,
  });
  await api.must('POST', '/api/v1/clients/{id}/details', {
    token: other.token,
    params: { id },
    body: moved('by API'),
  });
  await other.visitor.submit('/staff/clients/:id/details', {
    params: { id },
    fields: moved('on a page'),
  });
}

/** Stops what goes to the off-shore entity and lets it go on. */
export async function halt(house: House, [one, other]: Two): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`halt: ${what}`)} phoned`;
  const lift = (id: string) =>
    api.must('POST', '/api/v1/halts/{id}/lift', { token: other.token, params: { id } });
  const set = await api.must('POST', '/api/v1/halts', {
    token: one.token,
    body: { scope: 'entity', key: 'off', reason: words('reason') },
  });
  await lift(text(set, 'id'));
  await one.visitor.submit('/staff/operations/halts', {
    fields: { what: 'entity/off', reason: words('reason on a page') },
  });
  const standing = await api.must('GET', '/api/v1/halts', { token: other.token });
  for (const each of list(standing, 'data')) await lift(text(each, 'id'));
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const stop = await api.must('POST', '/api/v1/halts', {
    token: one.token,
    body: {
      ...{ scope: 'rail', key: 'stripe_2', flow: 'payin', until: inAnHour },
      reason: words('reason of a stop'),
    },
  });
  await lift(text(stop, 'id'));
  await api.must('POST', '/api/v1/payment-routes/try-out', {
    token: other.token,
    body: {
      ...{ flow: 'payin', entityId: 'off', rail: 'card', country: 'CY', category: 'retail' },
      ...{ amount: { amount: '50.00', currency: 'EUR' }, draw: 7, asNow: true },
      ...{ failing: ['stripe'], stopped: ['stripe_2'] },
    },
  });
}

/** Closes the books of the off-shore entity up to a day long past, and has the other one seal them. */
export async function closeBooks({ api }: House, [one, other]: Two): Promise<void> {
  const body = { entityId: 'off', endsAt: '2020-01-01T00:00:00Z' };
  await api.must('POST', '/api/v1/ledger/periods', { token: one.token, body });
  await api.must('POST', '/api/v1/ledger/periods/seal', { token: other.token, body });
}

/** Plans work on a server far ahead, once through the API and once on the server's page, and calls it off. */
export async function planMaintenance(house: House, [one, other]: Two): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`maintenance: ${what}`)} wants it`;
  const day = (n: number, time: string) =>
    `${new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)}T${time}`;
  const template = '/api/v1/servers/{id}/declarations';
  const made = await api.must('POST', template, {
    token: one.token,
    params: { id: 'mt5' },
    body: {
      kind: 'maintenance',
      from: day(20, '20:00:00Z'),
      until: day(20, '21:00:00Z'),
      reason: words('reason'),
    },
  });
  const params = { id: 'mt5', declarationId: text(made, 'id') };
  const body = { until: day(20, '22:00:00Z') };
  await api.must('POST', `${template}/{declarationId}/extend`, { token: one.token, params, body });
  await api.must('POST', `${template}/{declarationId}/end`, { token: other.token, params });
  const page = '/staff/servers/:id/declarations';
  await other.visitor.submit(page, {
    params: { id: 'mt5' },
    fields: {
      kind: 'maintenance',
      from: day(21, '20:00'),
      until: day(21, '21:00'),
      reason: words('reason on a page'),
    },
  });
  const standing = await api.must('GET', template, { token: one.token, params: { id: 'mt5' } });
  const planned = list(standing, 'data').find((each) => each['phase'] === 'planned');
  const ofPage = { id: 'mt5', declarationId: text(planned ?? {}, 'id') };
  const fields = { later: day(21, '22:00') };
  await one.visitor.submit(`${page}/:declarationId/extend`, { params: ofPage, fields });
  await one.visitor.submit(`${page}/:declarationId/end`, { params: ofPage });
}

/** Drafts of policies, with notes that name people and rules that name none. */
export async function draftPolicies(house: House, { token, visitor, who }: Colleague) {
  const { api, markers } = house;
  const note = (what: string) => `${markers.word(`policy: note of ${what}`)} asked for it`;
  const body = (field: string) => ({ title: `${markers.word(field)} rules`, changes: [] });
  const drafted = await api.must('POST', '/api/v1/policies', {
    token,
    body: {
      kind: 'withdrawal',
      layer: 'entity',
      layerKey: 'off',
      body: body('POST /api/v1/policies body.*'),
      note: note('the draft'),
    },
  });
  await api.must('PUT', '/api/v1/policies/{id}', {
    token,
    params: { id: text(drafted, 'id') },
    headers: { 'if-match': '"1"' },
    body: { body: body('PUT /api/v1/policies/{id} body.*'), note: note('the edit') },
  });
  const overlay = await visitor.submit('/staff/policies/overlays', {
    fields: {
      kind: 'kyc.risk',
      place: 'entity/off',
      title: markers.word('POST /staff/policies/overlays title'),
    },
  });
  await writeRows(house, visitor, /pol_[0-9a-f-]+/.exec(overlay)?.[0] ?? '');
  const inForce = await api.must('GET', '/api/v1/policies', {
    token,
    query: { kind: 'kyc.documents', layer: 'base', state: 'published' },
  });
  const [base] = list(inForce, 'data');
  const to = await visitor.submit('/staff/policies/:id/draft', {
    params: { id: text(base ?? {}, 'id') },
    fields: { note: note('the draft on a page') },
  });
  await visitor.submit('/staff/policies/:id/edit', {
    params: { id: to.split('/').at(-1) ?? '' },
    fields: {
      body: JSON.stringify(body('POST /staff/policies/:id/edit body')),
      note: note(`the edit by ${who} on a page`),
      revision: '1',
    },
  });
}

/** Another row in the draft of an overlay, and one parameter that says why it differs. */
async function writeRows({ markers }: House, visitor: Visitor, id: string): Promise<void> {
  const typed = (form: string, field: string) =>
    markers.word(`POST /staff/policies/:id/${form} ${field}`);
  const params = { id };
  const added = await visitor.submit('/staff/policies/:id/rows', {
    params,
    fields: { revision: '1', do: `add:${typed('rows', 'do')}`, why: typed('rows', 'why') },
  });
  const rule = new URL(added, 'http://page').searchParams.get('rule') ?? '';
  const why = typed('row', 'why');
  await visitor.submit('/staff/policies/:id/row', {
    params,
    fields: { revision: '2', rule, title: typed('row', 'title'), why },
  });
  const [title, reason] = [typed('parameters', 'title'), typed('parameters', 'why')];
  await visitor.submit('/staff/policies/:id/parameters', {
    params,
    fields: { revision: '3', name: 'highFrom', do: 'inherit', title, why: reason },
  });
}

/** A day of the bank's, in which somebody pays without a reference. */
async function readStatement({ api, markers }: House, { token }: Colleague): Promise<void> {
  const words = (what: string) => markers.word(`statement: ${what}`);
  const lines = [
    ...[':20:1', ':25:CY17002001280000001200527600', ':28C:1', ':60F:C261126EUR0,00'],
    ':61:2611271127C75,00NTRFNONREF//B1',
    `:86:166?20SVWZ+${words('remittance')}?31${markers.iban('statement: account')}?32${words('payer')}`,
    ...[':62F:C261127EUR75,00', '-', ''],
  ];
  const form = new FormData();
  form.set('file', new Blob([lines.join('\r\n')]), `${words('file name')}.sta`);
  await api.must('POST', '/api/v1/bank-statements', { token, form });
}

/** Lists of people of nobody's name, whose files are called something. */
async function loadLists({ api, markers }: House, { token, visitor }: Colleague): Promise<void> {
  const list = (day: string) =>
    `<CONSOLIDATED_LIST dateGenerated="${day}"><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>Xylo Qerrun</FIRST_NAME></INDIVIDUAL></CONSOLIDATED_LIST>`;
  const name = (where: string) => `${markers.word(`list ${where}: file name`)}.xml`;
  const form = new FormData();
  form.set('file', new Blob([list('2026-02-01')]), name('by the API'));
  await api.must('POST', '/api/v1/screening-lists', { token, form });
  await visitor.submit('/staff/screening-lists', {
    file: { bytes: Buffer.from(list('2026-02-02')), name: name('on the page') },
  });
}

/** Filters of lists, whose names and references tell of people. */
async function keepFilters({ api, markers }: House, { token, visitor }: Colleague): Promise<void> {
  const body = (what: string) => ({
    name: markers.word(`filter ${what}: name`),
    query: `reference=${markers.word(`filter ${what}: reference`)}`,
  });
  const made = await api.must('POST', '/api/v1/saved-filters', {
    token,
    body: { list: 'payments', entityId: 'off', ...body('kept') },
  });
  await api.must('PUT', '/api/v1/saved-filters/{id}', {
    token,
    params: { id: String(made['id']) },
    body: { entityId: 'off', ...body('changed') },
  });
  await visitor.submit('/staff/filters', {
    fields: { list: 'payments', share: 'off', ...body('of a page') },
  });
}

/** A key, a search, a stretch of deals to be read again, partners and people asked for on pages. */
export async function runErrands(
  house: House,
  [one, other]: Two,
  { who, partner }: { who: Applicant; partner: Partner },
): Promise<void> {
  const { api, markers } = house;
  const { token } = one;
  const name = markers.word('label of a key');
  await api.must('POST', '/api/v1/api-keys', { token, body: { name, days: 1 } });
  await keepFilters(house, one);
  for (const typed of [who.email, who.family])
    await api.must('POST', '/api/v1/clients/search', { token, body: { text: typed } });
  await readStatement(house, one);
  await loadLists(house, one);
  const { visitor } = other;
  await visitor.try('/staff/search', { fields: { text: who.family } });
  const stretch = { server: 'mt5', from: '2026-01-01T00:00', to: '2026-01-02T00:00' };
  await visitor.submit('/staff/operations/backfills', { fields: stretch });
  await visitor.submit('/staff/servers/backfills', {
    fields: {
      ...stretch,
      reason: `${markers.word('backfill on a page: reason')} asked`,
    },
  });
  await visitor.submit('/staff/partners/plan-sets', {
    fields: {
      setName: markers.word('POST /staff/partners/plan-sets setName'),
      entity: 'cy',
      currency: 'EUR',
    },
  });
  await visitor.submit('/staff/partners', {
    fields: {
      name: markers.word('partner of a page: name'),
      email: markers.email('partner of a page: e-mail'),
      planSet: partner.planSet,
    },
  });
  await visitor.submit('/staff/people', {
    fields: {
      name: markers.word('colleague of a page: name'),
      email: markers.email('colleague of a page: e-mail'),
      roles: 'support',
      entities: 'cy',
    },
  });
  const portal = house.visitor('partner');
  await portal.logIn('partner', partner.email, partner.password);
  await portal.submit('/partner/links', {
    fields: {
      name: markers.word('partner: name of a link of a page'),
      code: markers.word('POST /partner/links code'),
    },
  });
  await portal.submit('/partner/people', {
    fields: {
      name: markers.word('partner: name of a colleague of a page'),
      email: markers.email('partner: colleague of a page'),
      role: 'viewer',
    },
  });
}
