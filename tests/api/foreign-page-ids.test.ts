import { z } from 'zod';
import { isPublic } from '../../api/auth/audience';
import { pages } from '../../api/pages';
import type { Form, Page } from '../../api/pages/page';
import { Browser, type Reply } from '../../api/testing/api';
import { foreignCursors } from './cursors';
import { knownKinds, setStage, shared, unknownOf, type Actor, type Stage } from './actors';
import { oneOf, placesOf, type Named } from './id-places';
import { pagePlaces as special, severalKinds } from './page-places';

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
  note: 'test',
  on: '2026-01-01',
  opens: '09:00',
  paperKind: 'tax_statement',
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
  taxNumber: 'X-1',
  legalName: 'Somebody Ltd',
  adjustmentReason: 'MANUAL_OTHER',
  adjustmentWords: 'test',
  agreement: '2026-01',
  agreedOn: '2026-01-01',
  treatment: 'not_registered',
  billingVersion: '0',
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
    // Whoever adds a place: take `idOf` or `entityId` for an id; otherwise say in `page-places.ts` what it names, or
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
