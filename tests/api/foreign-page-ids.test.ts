import { z } from 'zod';
import { isPublic } from '../../api/auth/audience';
import { pages } from '../../api/pages';
import type { Form, Page } from '../../api/pages/page';
import { Browser, type Reply } from '../../api/testing/api';
import { foreignCursors } from './cursors';
import { knownKinds, setStage, shared, unknownOf, type Actor, type Stage } from './actors';
import { oneOf, placesOf, type Named, type Special } from './id-places';

/** Places whose pattern does not say what they name; `search` finds nothing instead of being 404. */
const special: Special = {
  // Every house has the same words for its own; one that nothing the reader sees waits in is a 400.
  '* query/queue': 'text',
  'GET /links/:token params/token': 'secret',
  'POST /links/:token params/token': 'secret',
  'POST /links/:token/platform-password params/token': 'platformLink',
  'GET /client/register query/ref': 'text',
  'POST /client/register body/referralCode': 'text',
  'POST /client/register body/click': 'text',
  'GET /join/:code params/code': 'text',
  'POST /partner/links body/code': 'text',
  'POST /client/cashier/transfer body/campaign': 'text',
  'GET /partner/earnings query/ticket': 'search',
  'GET /partner/earnings query/server': 'server',
  'POST /staff/cases/:id/decide/:taskId params/taskId': 'caseTask',
  'POST /staff/settlements/:id/decide/:taskId params/taskId': 'settlementTask',
  'POST /client/addresses/new body/address': 'text',
  'GET /client/addresses/:id params/id': 'payoutAddress',
  'POST /client/addresses/:id params/id': 'payoutAddress',
  'POST /client/addresses/:id body/signature': 'text',
  'POST /client/cashier/withdraw body/addressId': 'payoutAddress',
  'POST /staff/payments/:id/return-to-client body/addressId': 'payoutAddress',
  'POST /staff/payments/:id/edit body/addressId': 'payoutAddress',
  'GET /staff/ledger/accounts query/id': 'ledgerAccount',
  'GET /staff/corrections/new query/account': 'ledgerAccount',
  'POST /staff/corrections/new body/account': 'ledgerAccount',
  'POST /staff/corrections/new body/currency': 'text',
  'GET /staff/operations/process query/id': 'workflowId',
  'GET /staff/operations query/workflow': 'text',
  'POST /staff/operations/halts body/what': 'entityPlace',
  '* body/kind': 'text',
  // A version that is in force, with the hash of its text.
  'POST /client/agreements body/seen': 'text',
  'POST /client/agreements body/seen/0': 'text',
  'POST /client/company body/lei': 'text',
  'POST /client/company/shares body/percent': 'text',
  // The others are still needed once one is taken out.
  'POST /client/company/parties/:partyId/remove params/partyId': 'leavingParty',
  '* body/server': 'server',
  // Each is answered by itself; and whose decision it is meant to be: any other is 409.
  'POST /staff/inbox/bulk body/task': 'text',
  'POST /staff/inbox/bulk body/task/0': 'text',
  'POST /staff/inbox/bulk body/to': 'text',
  '* body/officer': 'text',
  'POST /staff/tasks/:id/reassign body/to': 'user',
  // Another person than the lead; the lead is tried.
  'POST /staff/inbox/settings/leads body/deputyId': 'text',
  'POST /staff/inbox/settings/calendar body/workingDays': 'text',
  'POST /staff/inbox/settings/calendar body/workingDays/0': 'text',
  // A platform, or one of its servers, which serve all entities.
  '* body/platform': 'text',
  'POST /staff/policies/overlays body/place': 'entityPlace',
  'GET /staff/audit query/subject': 'search',
  'GET /staff/clients/:id query/subject': 'search',
  'GET /staff/clients/:id query/actor': 'search',
  'POST /staff/people body/entities': 'entity',
  'POST /staff/people body/entities/0': 'text',
  'GET /staff/providers/try query/entity': 'entity',
  'GET /staff/providers/try query/amount': 'text',
  'GET /staff/providers/try query/currency': 'text',
  'GET /staff/providers/try query/country': 'text',
  '* query/id': 'text',
  '* query/id/0': 'text',
  '* query/seen': 'text',
  '* query/rule': 'text',
  '* query/find': 'text',
  'GET /staff/policies/:id/parameters query/name': 'text',
  'GET /staff/entity-edits/:id params/id': 'entityEdit',
  'GET /staff/policies/:id/plan params/id': 'planPolicy',
  'GET /staff/policies/:id/plan query/symbol': 'text',
  'GET /staff/policies/:id/plan query/lots': 'text',
  'POST /staff/policies/:id/parameters body/name': 'text',
  '* query/reason': 'text',
  'POST /staff/clients/:id/restrictions/:restrictionId/checks body/code': 'text',
  ...Object.fromEntries(
    [
      ...[
        'account',
        'accountIds',
        'amount',
        'bank',
        'bic',
        'body',
        'codes',
        'codes/0',
        'decision',
        'do',
        'bankCode',
        'effectiveAt',
        'expectedDeposit',
      ],
      ...[
        'from',
        'later',
        'note',
        'period',
        'phone',
        'presentPassword',
        'query',
        'reason',
        'reasons',
        'reasons/0',
        'roles',
      ],
      ...['roles/0', 'rule', 'scopes', 'scopes/0', 'to', 'until', 'why'],
    ].map((name) => [`* body/${name}`, 'text']),
  ),
};

/** What is typed beside the ids, where the schema does not offer it. */
const typed: Readonly<Record<string, string>> = {
  accountType: 'pro',
  amount: '10.00',
  authority: 'NCA',
  body: '{}',
  closes: '18:00',
  code: 'need',
  contentHash: '0'.repeat(64),
  day: '2030-12-25',
  decision: 'approve',
  do: 'add:',
  email: 'somebody@example.com',
  from: '2030-01-01T08:00',
  grounds: 'test',
  group: 'real',
  leverage: '20',
  name: 'Somebody',
  on: '2026-01-01',
  opens: '09:00',
  password: 'Keel-s0n!',
  percent: '40.00',
  query: 'kind=deposit',
  period: '2026-01',
  platform: 'mt4',
  reason: 'test',
  reference: 'X-1',
  reviewOn: '2030-06-01',
  repeatedPassword: 'Keel-s0n!',
  roles: 'support',
  scopes: 'withdraw',
  setName: 'A set',
  statement: 'A letter.',
  timeZone: 'UTC',
  title: 'An overlay',
  until: '2030-01-02T08:00',
  why: 'test',
  workingDays: '1',
};

interface Entry {
  readonly entry: Page | Form;
  readonly name: string;
  readonly named: readonly Named[];
  readonly unclear: readonly string[];
}

/** Places that take an id of several kinds, and are tried with each. */
const severalKinds: Readonly<Record<string, readonly string[]>> = {
  'GET /staff/payments/:id params/id': ['deposit', 'withdrawal', 'transfer', 'exchange'],
};

const entries: readonly Entry[] = pages.flatMap((entry) => {
  const name = `${entry.kind === 'page' ? 'GET' : 'POST'} ${entry.path}`;
  const { params } = entry;
  const taken =
    entry.kind === 'page' ? { params, query: entry.query } : { params, body: entry.body };
  const shape = { name, ...taken };
  const [several] = Object.entries(severalKinds).filter(([place]) => place.startsWith(`${name} `));
  if (!several) return [{ entry, name, ...placesOf(shape, special) }];
  const [place, kinds] = several;
  return kinds.map((kind) => {
    return { entry, name: `${name} (${kind})`, ...placesOf(shape, { ...special, [place]: kind }) };
  });
});
const naming = entries.filter(
  ({ entry, named }) => !isPublic(entry.auth) && named.some(({ names }) => !shared.has(names)),
);

const lists = entries.filter(
  ({ entry }) => entry.kind === 'page' && Object.hasOwn(entry.query.shape, 'cursor'),
);

let stage: Stage;
const browsers = new Map<Actor, Browser>();
beforeAll(async () => {
  stage = await setStage();
}, 180_000);
afterAll(() => stage.api.close());

async function browserOf(actor: Actor): Promise<Browser> {
  const present = browsers.get(actor);
  if (present) return present;
  const browser = new Browser(stage.api.url);
  const { status } = await browser.logIn(actor.area, actor.person.email);
  expect(status).toBe(303);
  await browser.get(`/${actor.area}`);
  browsers.set(actor, browser);
  return browser;
}

async function call(
  { entry, named }: Entry,
  actor: Actor,
  at?: { readonly place: Named; readonly text: string },
  filters: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const browser = await browserOf(actor);
  let path: string = entry.path;
  const query = new URLSearchParams(filters);
  const fields = entry.kind === 'form' ? fieldsOf(entry) : {};
  for (const place of named) {
    const isIt = place === at?.place;
    const text = isIt ? at.text : (actor.own[place.names] ?? '');
    const [name = ''] = place.path;
    if (place.part === 'params') path = path.replace(`:${name}`, text);
    else if (place.part === 'body') fields[name] = text;
    else if (isIt || place.names !== 'search') query.set(name, text);
  }
  // What else an address takes is one of a list.
  path = path.replaceAll(/:(\w+)/g, (_, name: string) => oneOf(entry.params.shape[name]));
  if (entry.kind === 'form') {
    const isUpload = entry.upload !== undefined;
    const reply = await browser.post(path, fields, { isUpload });
    // The next page would tell that it was done.
    if (reply.status === 303) await browser.get(`/${actor.area}`);
    return reply;
  }
  return browser.get(query.size > 0 ? `${path}?${query.toString()}` : path);
}

/** A form filled in: the first of what a field offers, or what is `typed`. */
function fieldsOf(form: Form): Record<string, string> {
  const fields: Record<string, string> = {};
  const root = z.toJSONSchema(form.body, { io: 'input', unrepresentable: 'any' });
  for (const [name, given] of Object.entries(root.properties ?? {})) {
    const property = typeof given === 'object' ? meant(given, root.$defs) : undefined;
    const value = property && filled(name, property);
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

/** What a field is, where the schema only names it. */
function meant(
  property: z.core.JSONSchema.BaseSchema,
  named: z.core.JSONSchema.BaseSchema['$defs'],
): z.core.JSONSchema.BaseSchema | undefined {
  return property.$ref === undefined ? property : named?.[property.$ref.split('/').at(-1) ?? ''];
}

function filled(name: string, property: z.core.JSONSchema.BaseSchema): string | undefined {
  const first = property.enum?.[0] ?? property.const;
  if (typeof first === 'string') return first;
  if (property.type === 'integer' || property.type === 'number') return '1';
  return typed[name];
}

const changing = /name="_(csrf|key)" value="[^"]*"|<code>[0-9a-f-]{36}<\/code>/g;

/** The words of an error; of another page all but what is new each time, and what was asked for. */
function said({ status, text }: Reply, asked: string): string {
  const plain = text.replaceAll(asked, '…').replaceAll(encodeURIComponent(asked), '…');
  const lasting = plain.replace(changing, '');
  return `${status} ${status === 404 ? wordsOf(text.replace(changing, '')) : lasting}`;
}

function wordsOf(page: string): string {
  const main = /<main[^]*<\/main>/.exec(page)?.[0] ?? '';
  return main.replace(/<[^>]*>|\s+/g, ' ').trim();
}

describe('an id on a page', () => {
  it('is known at every place that takes one', () => {
    // Whoever adds a place: take `idOf` or `entityId` for an id; otherwise say in `special` what it names, or
    // that it is text.
    expect(entries.flatMap(({ unclear }) => unclear)).toEqual([]);
  });

  it('is none of a public page, but for secrets and wishes', () => {
    const places = entries
      .filter(({ entry }) => isPublic(entry.auth))
      .flatMap(({ named }) => named.map(({ at }) => at));
    expect(places.sort()).toEqual([
      'GET /client/register query/entity',
      'GET /links/:token params/token',
      'POST /client/register body/requestedEntity',
      'POST /links/:token params/token',
    ]);
  });

  it('is of a kind of which the test has one', () => {
    const [holder] = stage.holdings;
    const known = holder ? knownKinds(holder) : new Set();
    const places = naming.flatMap(({ named }) => named);
    // Whoever adds a kind: make one in tests/api/holdings.ts.
    expect(places.filter(({ names }) => names !== 'search' && !known.has(names))).toEqual([]);
  });

  it.each(naming.map((each) => [each.name, each] as const))(
    'that is another’s is 404 like one that nobody has: %s',
    async (_name, each) => {
      const wrong: string[] = [];
      let tried = 0;
      let found = 0;
      const tryOthers = async (actor: Actor) => {
        for (const place of each.named.filter(({ names }) => !shared.has(names))) {
          const isSearch = place.names === 'search';
          const kind = isSearch ? (place.path[0] === 'ticket' ? 'ticket' : 'client') : place.names;
          const nobodys = unknownOf(kind);
          const unknown = said(await call(each, actor, { place, text: nobodys }), nobodys);
          for (const other of actor.others) {
            const text = await stage.nameOf(other, kind);
            if (text === undefined || text === actor.own[kind]) continue;
            const reply = await call(each, actor, { place, text });
            tried += 1;
            const isRight = reply.status === (isSearch ? 200 : 404);
            if (!isRight || said(reply, text) !== unknown) {
              const [here, there] = [said(reply, text), unknown].map((page) => page.slice(0, 200));
              wrong.push(`${actor.name}, ${place.at}: ${here}, of nobody: ${there}`);
            }
          }
        }
      };
      await Promise.all(stage.someOf(each.entry.auth).map(tryOthers));
      for (const actor of stage.actorsOf(each.entry.auth)) {
        const own = await call(each, actor);
        if (own.status >= 500) wrong.push(`${actor.name}: ${own.status}`);
        if (own.status !== 404) found += 1;
      }
      expect(wrong).toEqual([]);
      expect(tried).toBeGreaterThan(0);
      // Otherwise the 404s would say nothing.
      expect(found).toBeGreaterThan(0);
    },
  );

  it.each(lists.map((each) => [each.name, each] as const))(
    'is no cursor of another list: %s',
    async (name, each) => {
      const [actor] = stage.actorsOf(each.entry.auth);
      if (!actor) throw new Error('nobody may see this');
      // Only a code of the ledger has a list of accounts.
      const filters = name === 'GET /staff/ledger' ? { code: 'wallet' } : {};
      for (const cursor of foreignCursors) {
        const { status } = await call(each, actor, undefined, { ...filters, cursor });
        expect([cursor, status < 500]).toEqual([cursor, true]);
      }
    },
  );
});
