import { text } from '../../cli/demo/http';
import { monthBefore } from '../../domain/partners/period';
import { demoInstallation } from '../../domain/policy/defaults/shipped';
import {
  decideOnPage,
  inState,
  logIn,
  setPasswordByLetter,
  taskAbout,
  type Colleague,
} from './colleagues';
import { rows } from '../../db/connection';
import type { House } from './house';
import type { Markers } from './markers';

/** For tests only: somebody who brings clients. */
export interface Partner {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly planSet: string;
  readonly code: string;
}

/** A plan set, a partner of it with a log-in, and the partner's link. */
export async function recruit(house: House, by: Colleague): Promise<Partner> {
  const { api, markers } = house;
  const planSet = text(
    await api.must('POST', '/api/v1/plan-sets', {
      token: by.token,
      body: { entityId: 'cy', name: markers.word('POST /api/v1/plan-sets name'), currency: 'EUR' },
    }),
    'id',
  );
  const email = markers.email('partner: e-mail');
  const password = markers.password('partner: password');
  const made = await api.must('POST', '/api/v1/partners', {
    token: by.token,
    body: { name: `${markers.word('partner: name')} Introductions`, email, planSet },
  });
  await setPasswordByLetter(house, { email, words: 'confirm', password });
  const token = await logIn(house, { who: 'partner', kind: 'partner', email, password });
  const id = text(made, 'id');
  const code = markers.word('POST /api/v1/partners/{id}/links code');
  await api.must('POST', '/api/v1/partners/{id}/links', {
    token,
    params: { id },
    body: { code, name: markers.word('partner: name of a link') },
  });
  await growBelow(house, by, { id, planSet });
  await agreeOnSelfBilling(house, by, id);
  return { id, email, password, token, planSet, code };
}

/** Agreed and ended by the API, changed on the page, and agreed again: what is paid has an invoice. */
async function agreeOnSelfBilling(
  { api, markers }: House,
  { token, visitor }: Colleague,
  id: string,
): Promise<void> {
  const set = (place: string) => ({ taxNumber: markers.word(`${place} taxNumber`) });
  const entity = 'PUT /api/v1/entities/{id}/tax-number';
  await api.must('PUT', '/api/v1/entities/{id}/tax-number', {
    ...{ token, params: { id: 'cy' }, headers: { 'if-match': '"0"' }, body: set(entity) },
  });
  await visitor.submit('/staff/partners/tax-number', {
    fields: { taxEntity: 'cy', ...set('POST /staff/partners/tax-number') },
  });
  const agreed = (place: string) => {
    const [agreedOn, endedOn] = datesInOrder(markers, place);
    return {
      treatment: 'exempt',
      legalName: `${markers.word(`${place}: legal name`)} GmbH`,
      address: `1 ${markers.word(`${place}: address`)} Street`,
      taxNumber: markers.word(`${place}: tax number`),
      exemption: `Article ${markers.word(`${place}: exemption`)}`,
      agreement: markers.word(`${place}: agreement`),
      ...{ agreedOn, endedOn },
    };
  };
  const place = 'PUT /api/v1/partners/{id}/self-billing';
  const proposed = (where: string) => `since ${markers.word(`${where}: reason`)} was paid twice`;
  await api.must('POST', '/api/v1/partners/{id}/adjustments', {
    ...{ token, params: { id } },
    body: {
      ...{ amount: '1.00', reasonCode: 'MANUAL_ERROR' },
      reason: proposed('POST /api/v1/partners/{id}/adjustments'),
    },
  });
  await visitor.submit('/staff/partners/:id/adjust', {
    params: { id },
    fields: {
      ...{ amount: '-1.00', adjustmentReason: 'MANUAL_ERROR' },
      adjustmentWords: proposed('POST /staff/partners/:id/adjust'),
    },
  });
  const put = (version: number, body: object) =>
    api.must('PUT', '/api/v1/partners/{id}/self-billing', {
      ...{ token, params: { id }, headers: { 'if-match': `"${version}"` }, body },
    });
  const body = agreed(place);
  await put(0, body);
  await visitor.submit('/staff/partners/:id/self-billing', {
    params: { id },
    fields: { ...agreed('POST /staff/partners/:id/self-billing'), billingVersion: '1' },
  });
  await put(2, { ...body, endedOn: null });
}

/** The day of the agreement is the first of the two, whichever was made first. */
function datesInOrder(markers: Markers, place: string): readonly [string, string] {
  for (;;) {
    const agreedOn = markers.birthDate(`${place} agreedOn`);
    const endedOn = markers.birthDate(`${place} endedOn`);
    if (agreedOn <= endedOn) return [agreedOn, endedOn];
  }
}

/** A partner from a file, who is put to the top of a network afterwards. */
async function growBelow(
  { api, markers }: House,
  { token, visitor }: Colleague,
  above: { readonly id: string; readonly planSet: string },
): Promise<void> {
  const row = [
    ...['sub', `${markers.word('network file: name')} Introductions`],
    ...[markers.email('network file: e-mail'), above.id],
  ];
  const form = new FormData();
  const leaver = [
    'leaver',
    'Leaver Introductions',
    markers.email('network file: leaver'),
    above.id,
  ];
  const lines = ['ref,name,email,parent', leaver.join(','), row.join(',')];
  form.set('file', new Blob([lines.join('\n')]), `${markers.word('network file: file name')}.csv`);
  form.set('mode', 'import');
  const params = { id: above.planSet };
  await api.must('POST', '/api/v1/plan-sets/{id}/partners', { token, params, form });
  const { data } = await api.must('GET', '/api/v1/partners', { token });
  const [sub, other] = Array.isArray(data) ? data : [];
  const id = text(sub, 'id');
  await api.must('POST', '/api/v1/partners/{id}/move', {
    token,
    params: { id },
    headers: { 'if-match': '"1"' },
    body: { parentId: null, reason: `so ${markers.word('partner: reason to move')} said` },
  });
  const standing = (what: string, version: number, body: Readonly<Record<string, string>>) =>
    api.must('POST', `/api/v1/partners/{id}/${what}`, {
      token,
      params: { id },
      headers: { 'if-match': `"${version}"` },
      body: { ...body, reason: `since ${markers.word(`partner: reason to ${what}`)} said` },
    });
  await standing('suspend', 2, { reasonCode: 'complaint' });
  await standing('reinstate', 3, { reasonCode: 'looked_into' });
  await api.must('POST', '/api/v1/partners/{id}/end', {
    token,
    params: { id: text(other, 'id') },
    headers: { 'if-match': '"1"' },
    body: {
      ...{ state: 'terminated', reasonCode: 'own_wish' },
      reason: `since ${markers.word('partner: reason to end')} said`,
    },
  });
  const reason = `and ${markers.word('partner: reason to move back')} said`;
  await visitor.submit('/staff/partners/:id/move', {
    params: { id },
    fields: { version: '4', under: above.id, reason },
  });
  const onPage = (what: string, fields: Readonly<Record<string, string>>) =>
    visitor.submit(`/staff/partners/:id/${what}`, { params: { id }, fields });
  const why = (what: string) =>
    `and ${markers.word(`partner: reason to ${what} on the page`)} said`;
  await onPage('suspend', {
    ...{ version: '5', standingReasonCode: 'complaint', standingReason: why('suspend') },
  });
  await onPage('reinstate', {
    ...{ version: '6', standingReasonCode: 'looked_into', standingReason: why('reinstate') },
  });
  await onPage('end', {
    ...{ version: '7', ending: 'terminated', endReasonCode: 'own_wish', endReason: why('end') },
  });
}

export interface Earned {
  readonly partner: Partner;
  readonly clientId: string;
  /** Of the client's account on the trading server. */
  readonly login: string;
  readonly staff: readonly [Colleague, Colleague];
}

/** Last month's trades on the account become commission, which is approved on a page and paid to the partner. */
export async function settle(house: House, { partner, clientId, login, staff }: Earned) {
  const { api, markers, stage } = house;
  const [{ token }, second] = staff;
  const month = monthBefore(new Date().toISOString());
  const { from, to } = month;
  await stage.mt5.control('POST', '/backfill', {
    login: Number(login),
    from,
    to,
    trades: 12,
    seed: 7,
  });
  await api.must('POST', '/api/v1/servers/{id}/backfills', {
    token,
    params: { id: demoInstallation.servers.mt5 },
    body: { from, to, reason: `asked by ${markers.word('backfill: reason')}` },
  });
  await api.must('POST', '/api/v1/attributions', {
    token,
    body: {
      clientId,
      partnerId: partner.id,
      from,
      reason: `claimed by ${markers.word('attribution: reason')}`,
    },
  });
  const started = await api.must('POST', '/api/v1/settlements', {
    token,
    body: { planSet: partner.planSet, period: month.name },
  });
  const id = text(started, 'id');
  const task = text(await taskAbout(house, second, 'settlement_approval', id), 'id');
  await decideOnPage(house, second, {
    template: '/staff/settlements/:id/decide/:taskId',
    params: { id, taskId: task },
    id: task,
    decision: 'approve',
  });
  await inState(house, '/api/v1/settlements/{id}', { token: second.token, id, state: 'paid' });
  await ask(house, { partner, clientId, login, staff });
}

/** The partner asks about two deals that the client made meanwhile. */
async function ask(house: House, { partner, clientId, login }: Earned) {
  const { api, markers, stage } = house;
  const { email, password } = partner;
  const server = demoInstallation.servers.mt5;
  await stage.system((tx) =>
    rows(
      tx,
      `insert into deal (server_id, ticket, time, login, entity_id, client_id, position_id, kind, side, entry, symbol, volume, price,
         profit_minor, swap_minor, commission_minor, fee_minor, currency, contract_size, profit_rate, digits, equity_minor, credit_minor, raw,
         raw_hash, seen_at)
       select :server, 900000000 + n, now(), :login, 'cy', :clientId, 900000000 + n, 'trade', 'buy', 'in', 'EURUSD', 1000000, 1.1,
         0, 0, 0, 0, 'EUR', 100000, 1, 5, 1000, 0, '{}', '', now() from generate_series(1, 2) n`,
      { server, login, clientId },
    ),
  );
  const token = await logIn(house, { who: 'partner', kind: 'partner', email, password });
  const question = (where: string) => `Why so little, asks ${markers.word(`${where}: question`)}?`;
  await api.must('POST', '/api/v1/commission-disputes', {
    token,
    body: { server, ticket: '900000001', question: question('POST /api/v1/commission-disputes') },
  });
  const portal = house.visitor('partner');
  await portal.logIn('partner', email, password);
  await portal.submit('/partner/disputes/new', {
    fields: { server, ticket: '900000002', question: question('POST /partner/disputes/new') },
  });
}
