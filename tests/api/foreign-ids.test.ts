import { z } from 'zod';
import { isPublic } from '../../api/auth/audience';
import { jsonOf } from '../../api/input';
import type { Route } from '../../api/route';
import { routes } from '../../api/routes';
import type { Reply } from '../../api/testing/api';
import { picture } from '../processes/applicants';
import { foreignCursors } from './cursors';
import { knownKinds, setStage, shared, unknownOf, type Actor, type Stage } from './actors';
import { oneOf, placesOf, withAt, type Json, type Named, type Special } from './id-places';

/** Places whose pattern does not say what they name. */
const special: Special = {
  'readPartnerPerson params/id': 'partnerPerson',
  'resendPartnerInvitation params/id': 'partnerPerson',
  'changePartnerRole params/id': 'partnerPerson',
  'removePartnerPerson params/id': 'partnerPerson',
  // Every house has the same words for its own; one that nothing the reader sees waits in is a 400.
  '* query/queue': 'text',
  'registerClient body/referralCode': 'text',
  'uploadDocument body/kind': 'text',
  'addSourcePaper body/kind': 'text',
  'readSourcePaper params/paperId': 'sourcePaper',
  'proposePartnerAdjustment body/amount': 'text',
  'declareCompany body/lei': 'text',
  // The others are still needed once one is taken out.
  'removeParty params/id': 'leavingParty',
  'setShares body/shares/0/percent': 'text',
  // A new entity names nothing of another's but a server, which serves all of them.
  ...Object.fromEntries(
    [
      ...['code', 'legalName', 'regulator', 'licence', 'jurisdiction', 'countries/0'],
      ...['currencies/0', 'brand/name', 'brand/colour', 'brand/postalAddress'],
      ...['brand/supportEmail', 'brand/mailFrom', 'bankAccounts/0/currency'],
      ...['bankAccounts/0/holder', 'bankAccounts/0/bank', 'bankAccounts/0/iban'],
      ...['bankAccounts/0/bic', 'groups/0/server', 'groups/0/currency', 'groups/0/group'],
      ...['legalTexts/0/title'],
    ].map((name) => [`proposeEntity body/${name}`, 'text' as const]),
  ),
  'proposeAgreement body/code': 'text',
  'proposeAgreement body/texts/0/locale': 'text',
  'proposeAgreement body/texts/0/title': 'text',
  'listAgreements query/code': 'text',
  // What is in force for every client of an entity, or 409 like one that nobody has.
  'acceptAgreements body/accepted/0/versionId': 'text',
  ...Object.fromEntries(
    [
      ...['legalName', 'regulator', 'licence', 'currencies/0'],
      ...['name', 'colour', 'postalAddress', 'supportEmail', 'mailFrom'].map(
        (name) => `brand/${name}`,
      ),
    ].map((name) => [`proposeEntityEdit body/${name}`, 'text' as const]),
  ),
  'readEntityEdit params/id': 'entityEdit',
  'createReferralLink body/code': 'text',
  'changeClientDetails body/phone': 'text',
  'doRestrictionCheck body/code': 'text',
  'draftPolicy body/layerKey': 'entity',
  'setHalt body/key': 'entity',
  'listScreeningListVersions query/list': 'text',
  'explainDeal params/ticket': 'ticket',
  // Which line of a settlement, or which deal of a server: api/routes/commission-disputes.test.ts.
  'askAboutCommission body/settlementId': 'text',
  'askAboutCommission body/line': 'text',
  'askAboutCommission body/server': 'text',
  'askAboutCommission body/ticket': 'ticket',
  // Each is answered by itself: api/routes/account-bulk.test.ts.
  'changeAccounts body/accountIds/0': 'text',
  // The same: db/task-queue.test.ts.
  'changeTasks body/tasks/0/taskId': 'text',
  'changeTasks body/action/to': 'text',
  // Whose decision it is meant to be: any other is 409.
  'decideTask body/officer': 'text',
  'listPartnerInvoices query/period': 'text',
  'readProcess params/process': 'workflow',
  'readProcess params/id': 'client',
  'listLedgerEntries query/account': 'ledgerAccount',
  'readWalletStatement params/id': 'ledgerAccount',
  'addPayoutAddress body/address': 'text',
  'provePayoutAddress body/signature': 'text',
  'requestWithdrawal body/addressId': 'payoutAddress',
  'editWithdrawal body/addressId': 'payoutAddress',
  'readAddressProof params/id': 'payoutAddress',
  'provePayoutAddress params/id': 'payoutAddress',
  'proposeDepositReturn body/addressId': 'payoutAddress',
  'requestDeposit body/payer/phone': 'text',
  'requestDeposit body/payer/bankCode': 'text',
  'addBankAccount body/bankCode': 'text',
  'proposeCorrection body/account': 'ledgerAccount',
  // One that a rule names, or 422.
  'requestTransfer body/bonus/campaign': 'text',
  'listEventsOfSubject query/subject': 'client',
  'listClientEvents query/subject': 'text',
  'listClientEvents query/actor': 'text',
  'usePlatformPasswordLink params/token': 'platformLink',
  'readLink params/token': 'secret',
  'usePasswordLink params/token': 'secret',
};

/** Public commands name nothing of anybody's, apart from what only its owner can know or anybody may wish for. */
const publicPlaces = [
  'readLink params/token',
  'registerClient body/requestedEntity',
  'usePasswordLink params/token',
];

/** What has to stand in the body beside the foreign id, where the route's example is about something else. */
const bodies: Readonly<Record<string, Json>> = {
  setHalt: { scope: 'entity', key: '', reason: 'test' },
};

interface Operation {
  readonly route: Route;
  readonly named: readonly Named[];
  readonly unclear: readonly string[];
}

const operations: readonly Operation[] = routes.map((route) => ({
  route,
  ...placesOf({ ...route, name: route.operationId }, special),
}));
const naming = operations.filter(
  ({ route, named }) => !isPublic(route.auth) && named.some(({ names }) => !shared.has(names)),
);

const lists = operations.filter(({ route }) => Object.hasOwn(route.query.shape, 'cursor'));

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, 180_000);
afterAll(() => stage.api.close());

/** Calls the route with the actor's own ids, apart from the place that is given. */
function call(
  { route, named }: Operation,
  actor: Actor,
  at?: { readonly place: Named; readonly text: string },
  filters: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  let path: string = route.path;
  const query = new URLSearchParams(filters);
  let body: Json | undefined = route.body
    ? (bodies[route.operationId] ?? jsonOf(route.example.body))
    : undefined;
  for (const place of named) {
    const isIt = place === at?.place;
    const text = isIt ? at.text : (actor.own[place.names] ?? unknownOf(place.names));
    const [name = ''] = place.path;
    if (place.part === 'params') path = path.replace(`:${name}`, encodeURIComponent(text));
    else if (place.part === 'query') {
      if (isIt || !route.query.shape[name]?.safeParse(undefined).success) query.set(name, text);
    } else if (isIt || has(body, place.path)) body = withAt(body, place.path, text);
  }
  for (const [name, schema] of Object.entries(route.query.shape)) {
    const { example } = schema instanceof z.ZodType ? (schema.meta() ?? {}) : {};
    if (!query.has(name) && !schema.safeParse(undefined).success && typeof example === 'string')
      query.set(name, example);
  }
  path = path.replace(/:([A-Za-z]+)/g, (_, name: string) => oneOf(route.params.shape[name]));
  return stage.api.call(route.method, query.size > 0 ? `${path}?${query.toString()}` : path, {
    as: actor.person,
    ...(route.upload ? { body: formOf(body) } : body === undefined ? {} : { body }),
    headers: { 'if-match': '"1"' },
  });
}

/**
 * The fields of the body, and a file: what is no document, so that of one's own thing it is refused for that. Where the
 * body names whose it is, what begins like a picture, since that is looked at before the fields are.
 */
function formOf(body: Json | undefined): FormData {
  const form = new FormData();
  const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  for (const [name, value] of fields) if (typeof value === 'string') form.set(name, value);
  const bytes = fields.length > 0 ? new Uint8Array(picture()) : new TextEncoder().encode('nothing');
  form.set('file', new Blob([bytes]), 'nothing.jpg');
  return form;
}

function has(value: Json | undefined, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return value !== undefined;
  if (typeof value !== 'object' || value === null) return false;
  return has(Reflect.get(value, first) as Json | undefined, rest);
}

/** What a stranger can read in the answer. */
function said({ status, json }: Reply): string {
  return JSON.stringify([status, json['code'], json['detail'], json['errors']]);
}

describe('an id in the API', () => {
  it('is known at every place of the document that takes one', () => {
    // Whoever adds a place: take `idOf` or `entityId` for an id; otherwise say in `special` what it names, or
    // that it is text.
    expect(operations.flatMap(({ unclear }) => unclear)).toEqual([]);
  });

  it('is none of a public route, but for secrets and wishes', () => {
    const places = operations
      .filter(({ route }) => isPublic(route.auth))
      .flatMap(({ named }) => named.map(({ at }) => at));
    expect(places.sort()).toEqual(publicPlaces);
  });

  it('is of a kind of which the test has one', () => {
    const [holder] = stage.holdings;
    const known = holder ? knownKinds(holder) : new Set();
    const places = naming.flatMap(({ named }) => named);
    // Whoever adds a kind: make one in tests/api/holdings.ts.
    expect(places.filter(({ names }) => !known.has(names))).toEqual([]);
  });

  it.each(naming.map((operation) => [operation.route.operationId, operation] as const))(
    'that is another’s is 404 like one that nobody has: %s',
    async (_name, operation) => {
      const wrong: string[] = [];
      let tried = 0;
      let found = 0;
      const tryOthers = async (actor: Actor) => {
        for (const place of operation.named.filter(({ names }) => !shared.has(names))) {
          const nobodys = said(
            await call(operation, actor, { place, text: unknownOf(place.names) }),
          );
          for (const other of actor.others) {
            const text = await stage.nameOf(other, place.names);
            if (text === undefined || text === actor.own[place.names]) continue;
            const reply = await call(operation, actor, { place, text });
            tried += 1;
            if (reply.status !== 404 || said(reply) !== nobodys) {
              wrong.push(`${actor.name}, ${place.at}: ${said(reply)}, of nobody: ${nobodys}`);
            }
          }
        }
      };
      await Promise.all(stage.someOf(operation.route.auth).map(tryOthers));
      for (const actor of stage.actorsOf(operation.route.auth)) {
        const own = await call(operation, actor);
        if (own.status >= 500) wrong.push(`${actor.name}: ${said(own)}`);
        if (own.status !== 404) found += 1;
      }
      expect(wrong).toEqual([]);
      expect(tried).toBeGreaterThan(0);
      // Otherwise the 404s would say nothing.
      expect(found).toBeGreaterThan(0);
    },
  );

  it.each(lists.map((operation) => [operation.route.operationId, operation] as const))(
    'is no cursor of another list: %s',
    async (_name, operation) => {
      const [actor] = stage.actorsOf(operation.route.auth);
      if (!actor) throw new Error('nobody may list this');
      for (const cursor of foreignCursors) {
        const { status } = await call(operation, actor, undefined, { cursor });
        expect([cursor, status < 500]).toEqual([cursor, true]);
      }
    },
  );

  it('finds nothing of another’s in a search by words', async () => {
    const [holder] = stage.holdings;
    const [support] = stage.actorsOf({ permission: 'client.personal' });
    for (const kind of ['client', 'account', 'deposit', 'withdrawal', 'kycCase']) {
      const reply = await stage.api.call('POST', '/api/v1/clients/search', {
        as: support?.person,
        body: { text: holder?.ids[kind] },
      });
      expect([kind, reply.status, reply.json['data']]).toEqual([kind, 200, []]);
    }
  });
});
