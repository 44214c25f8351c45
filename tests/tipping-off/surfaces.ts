import { z } from 'zod';
import { isPublic, type Audience } from '../../api/auth/audience';
import { pages } from '../../api/pages';
import type { Page } from '../../api/pages/page';
import type { Route } from '../../api/route';
import { routes } from '../../api/routes';
import { Browser, type TestApi } from '../../api/testing/api';
import type { Actor } from '../api/actors';
import { oneOf, placesOf, type Named } from '../api/id-places';

/** One thing that can be read: an answer of the API or a page, in one way of asking for it. */
export interface Surface {
  /** `GET /api/v1/clients?restricted=yes`. */
  readonly name: string;
  readonly auth: Audience;
  /** One of several ways to ask for the same. */
  readonly isFiltered: boolean;
  /** Fills in what is the actor's own, and reads. */
  read(actor: Actor): Promise<string>;
}

/** Places whose pattern does not say what they name; the rest of what nobody has named is text. */
const special: Readonly<Record<string, string>> = {
  'readProcess params/process': 'workflow',
  'readProcess params/id': 'client',
  'listLedgerEntries query/account': 'ledgerAccount',
  'readWalletStatement params/id': 'ledgerAccount',
  'explainDeal params/ticket': 'ticket',
  'listEventsOfSubject query/subject': 'client',
  'readAddressProof params/id': 'payoutAddress',
  'GET /client/addresses/:id params/id': 'payoutAddress',
  'GET /staff/ledger/accounts query/id': 'ledgerAccount',
  'GET /staff/operations/process query/id': 'workflowId',
  'GET /staff/policies/:id/plan params/id': 'planPolicy',
  'GET /staff/corrections/new query/account': 'ledgerAccount',
  'GET /staff/audit query/subject': 'client',
  'GET /staff/payments/:id params/id': 'deposit',
};

/** Pages whose one place takes things of several kinds, and is read with each. */
const severalKinds: Readonly<Record<string, readonly string[]>> = {
  '/staff/payments/:id': ['deposit', 'withdrawal', 'transfer', 'exchange'],
};

/** A stranger's filter would only empty a list. */
const skippedFilters: ReadonlySet<string> = new Set(['cursor', 'seen', 'limit']);

type Readable = Pick<Route | Page, 'path' | 'params' | 'query'>;

/**
 * Every GET of the API and every page of the registries, plain and with each filter that each declares. The actors are
 * logged in at the pages, since that is recorded, too.
 */
export async function surfacesOf(
  api: TestApi,
  actors: readonly Actor[],
): Promise<readonly Surface[]> {
  const browsers = new Map<Actor, Browser>();
  for (const actor of actors) browsers.set(actor, await logIn(api, actor));
  const browserOf = (actor: Actor): Browser => {
    const browser = browsers.get(actor);
    if (!browser) throw new Error(`${actor.name} is not logged in`);
    return browser;
  };
  const ofApi = routes
    .filter(({ method }) => method === 'GET')
    .flatMap((route) =>
      waysOf(route, route.operationId).map((way) => ({
        name: `GET ${route.path}${way.name}`,
        ...{ auth: route.auth, isFiltered: way.isFiltered },
        read: async (actor: Actor) => {
          const reply = await api.call('GET', way.address(actor), { as: actor.person });
          return `${reply.status} ${reply.text}`;
        },
      })),
    );
  const ofPages = pages
    .flatMap((entry) => (entry.kind === 'page' ? [entry] : []))
    .flatMap((page) =>
      waysOf(page, `GET ${page.path}`).map((way) => ({
        name: `page ${page.path}${way.name}`,
        ...{ auth: page.auth, isFiltered: way.isFiltered },
        read: async (actor: Actor) => {
          const reply = await browserOf(actor).get(way.address(actor));
          return `${reply.status} ${reply.text}`;
        },
      })),
    );
  return [...ofApi, ...ofPages, ...searches(api, browserOf)].filter(({ auth }) => !isPublic(auth));
}

async function logIn(api: TestApi, actor: Actor): Promise<Browser> {
  const browser = new Browser(api.url);
  await browser.logIn(actor.area, actor.person.email);
  return browser;
}

/** What is sent as a command and only reads: words that are searched for stand in no address. */
function searches(api: TestApi, browserOf: (actor: Actor) => Browser): readonly Surface[] {
  const auth = { permission: 'client.read' } as const;
  const kinds = ['client', 'account', 'deposit', 'withdrawal', 'kycCase'];
  return kinds.flatMap((kind) => [
    {
      name: `POST /api/v1/clients/search for a ${kind}`,
      ...{ auth, isFiltered: false },
      read: async (actor: Actor) => {
        const { status, text } = await api.call('POST', '/api/v1/clients/search', {
          as: actor.person,
          body: { text: actor.own[kind] },
        });
        return `${status} ${text}`;
      },
    },
    {
      name: `search of a page for a ${kind}`,
      ...{ auth, isFiltered: false },
      read: async (actor: Actor) => {
        const browser = browserOf(actor);
        // Its form's token is of the page that was open.
        await browser.get('/staff');
        const { status, text, headers } = await browser.post('/staff/search', {
          text: actor.own[kind] ?? '',
        });
        return `${status} ${headers.get('location') ?? ''} ${text}`;
      },
    },
  ]);
}

interface Way {
  readonly name: string;
  readonly isFiltered: boolean;
  readonly address: (actor: Actor) => string;
}

/** Plain, with each value of each filter that has a list of them, and with each filter that names something. */
function waysOf(of: Readable, name: string): Way[] {
  const several = severalKinds[of.path] ?? [undefined];
  return several.flatMap((kind) => {
    const named = placesOf({ name, params: of.params, query: of.query }, special).named.filter(
      ({ path: [field = ''] }) => !skippedFilters.has(field),
    );
    const ofKind = kind === undefined ? '' : ` (${kind})`;
    const plain: Way = {
      ...{ name: ofKind, isFiltered: false },
      address: (actor) => addressOf(of, named, { actor, kind, filter: {} }),
    };
    const filtered = filtersOf(of, named).map(([field, valueOf]) => ({
      ...{ name: `${ofKind} by ${field}`, isFiltered: true },
      address: (actor: Actor) =>
        addressOf(of, named, {
          ...{ actor, kind },
          filter: { [field.split('=')[0] ?? '']: valueOf(actor) },
        }),
    }));
    return [plain, ...filtered];
  });
}

type Filter = readonly [name: string, valueOf: (actor: Actor) => string];

function filtersOf({ query }: Readable, named: readonly Named[]): Filter[] {
  return Object.entries(query.shape).flatMap(([field, schema]): Filter[] => {
    if (skippedFilters.has(field) || !(schema instanceof z.ZodType)) return [];
    const place = named.find(({ part, path }) => part === 'query' && path[0] === field);
    if (place) return [[field, (actor) => actor.own[place.names] ?? '']];
    return valuesOf(schema).map((value) => [`${field}=${value}`, () => value] as const);
  });
}

function valuesOf(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const listed = json.const === undefined ? (json.enum ?? []) : [json.const];
  return listed.filter((value) => typeof value === 'string');
}

function addressOf(
  { path, params, query }: Readable,
  named: readonly Named[],
  {
    actor,
    kind,
    filter,
  }: {
    readonly actor: Actor;
    readonly kind: string | undefined;
    readonly filter: Readonly<Record<string, string>>;
  },
): string {
  const asked = new URLSearchParams(filter);
  let address: string = path;
  for (const {
    part,
    path: [field = ''],
    names,
  } of named) {
    const text = actor.own[part === 'params' ? (kind ?? names) : names] ?? '';
    if (part === 'params') address = address.replace(`:${field}`, encodeURIComponent(text));
    else if (!asked.has(field) && isNeeded(query, field)) asked.set(field, text);
  }
  for (const [field, schema] of Object.entries(query.shape)) {
    if (asked.has(field) || !(schema instanceof z.ZodType) || !isNeeded(query, field)) continue;
    const { example } = schema.meta() ?? {};
    if (typeof example === 'string') asked.set(field, example);
  }
  address = address.replace(/:([A-Za-z]+)/g, (_, field: string) => {
    try {
      return oneOf(params.shape[field]);
    } catch {
      throw new Error(`say in tests/tipping-off/surfaces.ts what :${field} of ${path} names`);
    }
  });
  return asked.size > 0 ? `${address}?${asked.toString()}` : address;
}

function isNeeded(query: z.ZodObject, field: string): boolean {
  return !z.object({ [field]: query.shape[field] ?? z.never() }).safeParse({}).success;
}
