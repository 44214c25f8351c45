import { matcherSetUps } from './configured';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { ScreeningSubject } from '../../../domain/screening/entry';
import type { OutsideMatcher } from '../../../domain/screening/outside';
import { createWatchman } from './watchman';
import { createYente } from './yente';

/** Speaks as yente and as watchman do, about one listed person; `fault` says how it fails instead. */
interface Counterpart {
  readonly url: string;
  fault: 'none' | 'error' | 'no JSON' | 'another shape' | 'silent' | 'redirect';
  readonly asked: { method: string; url: URL; key: string | undefined; body: unknown }[];
  close(): Promise<void>;
}

const listed = { id: '22790', name: 'Orelin Tasmir VARDANOSK' };

/** The wire of `POST /match/{dataset}` of yente 5. */
function asYente(query: { schema: string; properties: Readonly<Record<string, unknown>> }) {
  const result = {
    id: `NK-${listed.id}`,
    caption: listed.name,
    schema: 'Person',
    properties: { name: [listed.name], topics: ['sanction'] },
    datasets: ['us_ofac_sdn'],
    referents: [`ofac-${listed.id}`],
    target: true,
    first_seen: '2023-04-20T13:12:01',
    last_seen: '2026-11-30T12:01:02',
    last_change: '2026-01-02T03:04:05',
    score: 0.91,
    features: { name_literal_match: 0.91 },
    match: true,
  };
  const names = JSON.stringify(query.properties['name']);
  const results = names.toUpperCase().includes('VARDANOSK') ? [result] : [];
  return {
    responses: {
      subject: { status: 200, results, total: { value: results.length, relation: 'eq' }, query },
    },
    matcher: {},
    limit: 10,
  };
}

/** The wire of `GET /v2/search` of watchman 0.5x and 1.x. */
function asWatchman(query: URLSearchParams) {
  const isNear = (query.get('name') ?? '').toUpperCase().includes('VARDANOSK');
  const found = {
    name: listed.name,
    entityType: 'person',
    sourceList: 'us_ofac',
    sourceID: listed.id,
    person: {
      name: listed.name,
      altNames: null,
      gender: 'male',
      birthDate: '1968-03-12T00:00:00Z',
    },
    business: null,
    contact: {},
    addresses: null,
    sanctionsInfo: { programs: ['SDGT'], secondary: false, description: '' },
    match: 0.88,
  };
  return { query: { name: query.get('name') }, entities: isNear ? [found] : null };
}

const questionShape = z.object({
  queries: z.object({
    subject: z.object({ schema: z.string(), properties: z.record(z.string(), z.unknown()) }),
  }),
});

async function openCounterpart(): Promise<Counterpart> {
  const open = new Set<ServerResponse>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    open.add(response);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://counterpart');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const { method = '', headers } = request;
    counterpart.asked.push({ method, url, key: headers.authorization, body });
    const say = (status: number, said: string) =>
      response
        .writeHead(status, { 'content-type': 'application/json', location: '/else' })
        .end(said);
    switch (counterpart.fault) {
      case 'silent':
        return;
      case 'error':
        return say(500, '{"detail":"the index is not ready"}');
      case 'redirect':
        return say(302, '');
      case 'no JSON':
        return say(200, '<html>');
      case 'another shape':
        return say(200, '{"responses":{},"entities":"none"}');
      case 'none':
        return url.pathname === '/v2/search'
          ? say(200, JSON.stringify(asWatchman(url.searchParams)))
          : say(200, JSON.stringify(asYente(questionShape.parse(body).queries.subject)));
    }
  };
  const server: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const counterpart: Counterpart = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: 'none',
    asked: [],
    close: async () => {
      for (const response of open) response.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return counterpart;
}

const subject: ScreeningSubject = {
  kind: 'individual',
  name: 'Орелин Варданоск',
  latinName: 'ORELIN VARDANOSK',
  dateOfBirth: '1968-03-12',
  nationalities: ['IR'],
  gender: 'M',
};
const nobody: ScreeningSubject = { kind: 'individual', name: 'Emma Walker' };

let there: Counterpart;
beforeAll(async () => {
  there = await openCounterpart();
});
beforeEach(() => {
  there.fault = 'none';
  there.asked.length = 0;
});
afterAll(() => there.close());

const yente = (url = there.url) =>
  createYente({
    ...{ url: `${url}/`, dataset: 'sanctions', algorithm: 'logic-v2', threshold: 0.7 },
    apiKey: 'a key',
  });
const watchman = (url = there.url) => createWatchman({ url, threshold: 0.8 });

describe('yente', () => {
  it('is asked by example, and its results are matches with what it calls them', async () => {
    expect(await yente().ask(subject)).toEqual({
      kind: 'answered',
      threshold: 0.7,
      matches: [
        {
          entryId: 'yente:NK-22790',
          entryVersion: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          kind: 'individual',
          name: listed.name,
          programmes: ['us_ofac_sdn'],
          score: 0.91,
        },
      ],
    });
    const [asked] = there.asked;
    expect(asked?.method).toBe('POST');
    expect(asked?.url.pathname).toBe('/match/sanctions');
    expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
      algorithm: 'logic-v2',
      threshold: '0.7',
      limit: '10',
    });
    expect(asked?.key).toBe('ApiKey a key');
    expect(asked?.body).toEqual({
      queries: {
        subject: {
          schema: 'Person',
          properties: {
            name: ['Орелин Варданоск', 'ORELIN VARDANOSK'],
            birthDate: ['1968-03-12'],
            nationality: ['ir'],
            gender: ['male'],
          },
        },
      },
    });
  });

  it('is asked about an organisation as one', async () => {
    await yente().ask({ kind: 'organisation', name: 'Qeshmara Lines' });
    expect(there.asked[0]?.body).toEqual({
      queries: { subject: { schema: 'Organization', properties: { name: ['Qeshmara Lines'] } } },
    });
  });
});

describe('watchman', () => {
  it('is asked once for each name, and its best match of an entity counts', async () => {
    expect(await watchman().ask(subject)).toEqual({
      kind: 'answered',
      threshold: 0.8,
      matches: [
        {
          entryId: 'watchman:us_ofac/22790',
          entryVersion: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          kind: 'individual',
          name: listed.name,
          programmes: ['SDGT'],
          score: 0.88,
        },
      ],
    });
    expect(there.asked.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      'GET /v2/search',
      'GET /v2/search',
    ]);
    expect(Object.fromEntries(there.asked[1]?.url.searchParams ?? [])).toEqual({
      ...{ name: 'ORELIN VARDANOSK', type: 'person', birthDate: '1968-03-12', gender: 'male' },
      ...{ minMatch: '0.8', limit: '10' },
    });
  });
});

describe.each([
  ['yente', yente],
  ['watchman', watchman],
] as const)('%s', (_name, matcher: (url?: string) => OutsideMatcher) => {
  it('says that nobody is near only where it has answered so', async () => {
    expect(await matcher().ask(nobody)).toMatchObject({ kind: 'answered', matches: [] });
  });

  it.each(['error', 'no JSON', 'another shape', 'redirect', 'silent'] as const)(
    'is unknown when the answer is: %s',
    async (fault) => {
      there.fault = fault;
      expect(await matcher().ask(nobody)).toEqual({ kind: 'unknown' });
    },
  );

  it('is unknown when nobody listens', async () => {
    expect(await matcher('http://127.0.0.1:9').ask(nobody)).toEqual({ kind: 'unknown' });
  });
});

describe('what the answers of outside matchers depend on', () => {
  const settings = {
    KEELSON_YENTE_URL: 'http://yente',
    KEELSON_YENTE_DATASET: 'default',
    KEELSON_YENTE_ALGORITHM: 'logic-v2',
    KEELSON_YENTE_THRESHOLD: 0.7,
    KEELSON_WATCHMAN_THRESHOLD: 0.9,
  };

  it('differs with address, data and threshold, and not with the key', () => {
    const hash = (more: object) => matcherSetUps({ ...settings, ...more })[0]?.settingsHash;
    const present = hash({});
    expect(hash({ KEELSON_YENTE_KEY: 'another' })).toBe(present);
    for (const more of [
      { KEELSON_YENTE_URL: 'http://other' },
      { KEELSON_YENTE_DATASET: 'sanctions' },
      { KEELSON_YENTE_ALGORITHM: 'logic-v1' },
      { KEELSON_YENTE_THRESHOLD: 0.8 },
    ])
      expect(hash(more)).not.toBe(present);
    expect(matcherSetUps(settings).map(({ name }) => name)).toEqual(['yente']);
  });
});
