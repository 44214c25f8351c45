import { startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let officer: Person;
beforeAll(async () => {
  api = await startApi();
  officer = await api.staff(['compliance'], ['cy']);
});
afterAll(() => api.close());

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly born?: string;
}

function unList(generated: string, people: readonly Listed[]): string {
  const entries = people.map(
    ({ id, name, born = '1960' }) =>
      `<INDIVIDUAL><DATAID>${id}</DATAID><FIRST_NAME>${name}</FIRST_NAME><INDIVIDUAL_DATE_OF_BIRTH><YEAR>${born}</YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL>`,
  );
  return `<CONSOLIDATED_LIST dateGenerated="${generated}T04:05:06.000Z"><INDIVIDUALS>\n${entries.join('\n')}</INDIVIDUALS></CONSOLIDATED_LIST>`;
}

async function load(content: string, as = officer) {
  const form = new FormData();
  form.set('file', new Blob([content], { type: 'text/xml' }), 'Of Somebody.xml');
  const response = await fetch(`${api.url}/api/v1/screening-lists`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as.token}`, 'idempotency-key': crypto.randomUUID() },
    body: form,
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const get = async (path: string, as = officer) =>
  (await api.call('GET', `/api/v1/${path}`, { as })).json;

describe('screening lists', () => {
  const first = unList('2026-02-01', [
    { id: 1, name: 'LEV ZUBARTSEV' },
    { id: 2, name: 'MILAN OSTREVKO' },
  ]);

  it('begin with the one that ships, which a published one takes out of force', async () => {
    expect(await get('screening-lists')).toMatchObject({
      data: [{ listId: 'keelson-sample-list', number: 1, inForce: true, added: 40 }],
    });
    const { status, json } = await load(first);
    expect([status, json]).toMatchObject([
      201,
      { listId: 'un-security-council', number: 1, entries: 2, loadedBy: `user:${officer.user.id}` },
    ]);
    expect(JSON.stringify(json)).not.toContain('Somebody');
    expect(await get('screening-lists')).toMatchObject({
      data: [
        { listId: 'keelson-sample-list', inForce: false },
        { listId: 'un-security-council', inForce: true },
      ],
    });
  });

  it('change by a newer file alone, and say what is different', async () => {
    expect(await load(first)).toMatchObject({ status: 200, json: { number: 1 } });
    const { json } = await load(
      unList('2026-02-02', [
        { id: 1, name: 'LEV ZUBARTSEV', born: '1961' },
        { id: 3, name: 'ORELIN VARDANOSK' },
      ]),
    );
    expect(json).toMatchObject({ number: 2, added: 1, changed: 1, removed: 1 });
    const of = (what: string) =>
      get(`screening-list-versions/${String(json['id'])}/changes?what=${what}`);
    expect(await of('added')).toMatchObject({
      data: [{ entryId: 'un:3', before: null, after: { name: 'ORELIN VARDANOSK' } }],
    });
    expect(await of('removed')).toMatchObject({ data: [{ entryId: 'un:2', after: null }] });
    expect(await of('changed')).toMatchObject({
      data: [
        {
          entryId: 'un:1',
          differences: [
            {
              field: 'dates of birth',
              was: '1960-01-01 to 1960-12-31',
              becomes: '1961-01-01 to 1961-12-31',
            },
          ],
        },
      ],
    });
    const versions = await get('screening-list-versions?list=un-security-council&limit=1');
    expect(versions).toMatchObject({ data: [{ number: 2 }] });
    const next = await get(
      `screening-list-versions?list=un-security-council&cursor=${String(versions['nextCursor'])}`,
    );
    expect(next).toMatchObject({ data: [{ number: 1 }], nextCursor: null });
  });

  it.each([
    ['of another kind', 'name,born\nLev,1960', /^this is no XML/],
    ['no list', '<a/>', /^Line 1: <a> is the root of no list known here/],
    ['cut off', first.slice(0, -60), /^Line 3: the file ends/],
    [
      'without a field',
      first.replace('<FIRST_NAME>MILAN OSTREVKO</FIRST_NAME>', ''),
      /^Line 3: FIRST_NAME is missing/,
    ],
  ])('stay where the file is %s', async (_what, content, detail) => {
    expect(await load(content)).toMatchObject({
      status: 422,
      json: { code: 'list_broken', detail: expect.stringMatching(detail) as string },
    });
  });

  it('stay where the file is older', async () => {
    const older = unList('2026-01-31', [{ id: 1, name: 'LEV ZUBARTSEV' }]);
    expect(await load(older)).toMatchObject({
      status: 422,
      json: { code: 'list_older', publishedOn: '2026-01-31', inForce: '2026-02-02' },
    });
    expect(await get('screening-lists')).toMatchObject({ data: [{}, { number: 2 }] });
  });

  it('are loaded by compliance, read by an auditor, and neither by support', async () => {
    const auditor = await api.staff(['auditor'], ['cy']);
    expect(await load(first, auditor)).toMatchObject({
      status: 403,
      json: { permission: 'list.load' },
    });
    expect(await get('screening-lists', auditor)).toMatchObject({ nextCursor: null });
    const support = await api.staff(['support'], ['cy']);
    expect(await get('screening-lists', support)).toMatchObject({ permission: 'list.read' });
  });

  it('have everybody who is there screened again, and tell whom that found to those who decide', async () => {
    await api.client();
    const { json } = await load(unList('2026-02-03', [{ id: 4, name: 'NOBODY ELSE' }]));
    const auditor = await api.staff(['auditor'], ['cy']);
    const run = { versionId: json['id'], state: 'running', parties: 1, looked: 0 };
    expect(await get('rescreenings', auditor)).toMatchObject({ data: [{ ...run, matches: null }] });
    const none = { opened: 0, judged: 0, held: 0, in_case: 0 };
    const [found] = (await get('rescreenings'))['data'] as { id: string }[];
    expect(found).toMatchObject({ ...run, matches: none });
    expect(await get(`rescreenings/${found?.id ?? ''}/matches`)).toMatchObject({ data: [] });
    expect(await get(`rescreenings/${found?.id ?? ''}/matches`, auditor)).toMatchObject({
      permission: 'screening.decide',
    });
  });
});
