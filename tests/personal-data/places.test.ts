import { Client } from 'pg';
import { searchAttributes } from '../../temporal-config/search-attributes';
import { freshDatabase, type FreshDatabase } from '../setup/database';
import { openTestTemporal, type TestTemporal } from '../setup/temporal';
import { until } from '../processes/until';
import { Markers } from './markers';
import { searchDatabase, searchRefusals, searchTemporal, searchText } from './places';
import { Transcript, type Exchange } from './transcript';

/** What finds nothing wherever it looks would call every leak clean. */
describe('a search for what was typed', () => {
  const markers = new Markers({ 'label of a key': { 'planted.words': 'a test' } });
  const name = markers.word('name');
  const told = (text: string) => searchText('here', text, markers).leaks;

  describe('finds it in a text', () => {
    it.each([
      ['in other letters', `MR ${name.toUpperCase()}, ${name.toLowerCase()}`],
      ['in JSON in JSON', JSON.stringify({ as: JSON.stringify({ name }) })],
      ['as hexadecimal bytes', `\\x00${Buffer.from(name).toString('hex')}00`],
      ['in base64', Buffer.from(`a${name}b`).toString('base64')],
      ['in base64 that begins elsewhere', Buffer.from(`ab${name}b`).toString('base64url')],
    ])('%s', (_how, text) => {
      expect(told(text)).toEqual(['here: name']);
    });

    it('as the end of a number that is shown in part', () => {
      const number = markers.cardNumber('card');
      expect(told(`{\\"last4\\":\\"${number.slice(-4)}\\"}`)).toEqual(['here: card']);
    });

    it('as a date in words', () => {
      const born = new Date(markers.birthDate('birth'));
      expect(told(`born on ${born.toUTCString().slice(5, 16)}`)).toEqual(['here: birth']);
    });

    it('and only there', () => {
      expect(told('Zq and other words')).toEqual([]);
    });
  });

  describe('in a database', () => {
    let database: FreshDatabase;
    beforeAll(async () => {
      database = await freshDatabase();
    });
    afterAll(() => database.drop());

    it('finds it in any column of any type, but for words of the business', async () => {
      const label = markers.word('label of a key');
      const client = new Client({ connectionString: database.ownerUrl });
      await client.connect();
      await client.query(`
        create table planted (words text, inner_json jsonb, bytes bytea, list text[]);
        alter table planted enable row level security;`);
      await client.query('insert into planted values ($1, $2, $3, $4)', [
        `${name} ${label}`,
        { a: [{ b: label }] },
        Buffer.from(name),
        ['x', name],
      ]);
      await client.end();
      const { leaks, counted } = await searchDatabase(database.ownerUrl, markers);
      expect(counted).toBeGreaterThan(0);
      expect(new Set(leaks)).toEqual(
        new Set([
          'planted.words: name',
          'planted.inner_json: label of a key',
          'planted.bytes: name',
          'planted.list: name',
        ]),
      );
    });
  });

  describe('in Temporal', () => {
    let temporal: TestTemporal;
    beforeAll(async () => {
      temporal = await openTestTemporal();
    });
    afterAll(() => temporal.close());

    it('finds it in arguments, memo, search attributes, signals and ids', async () => {
      const planted = (what: string) => markers.word(`planted ${what}`);
      const handle = await temporal.client.workflow.start('nobody', {
        workflowId: `someone/${planted('id')}`,
        taskQueue: temporal.taskQueue,
        args: [{ id: planted('argument') }],
        memo: { note: planted('memo') },
        typedSearchAttributes: [
          { key: searchAttributes.client, value: planted('search attribute') },
        ],
      });
      await handle.signal('wake', planted('signal'));
      // A list lags a moment behind.
      const found = await until('the run to be listed', async () => {
        const { leaks, counted } = await searchTemporal(temporal.client, markers);
        return counted > 0 && leaks;
      });
      await handle.terminate();
      for (const what of ['id', 'argument', 'memo', 'search attribute', 'signal']) {
        expect(found.some((leak) => leak.endsWith(`: planted ${what}`))).toBe(true);
      }
    });
  });

  describe('in refusals', () => {
    const refused = (more: Partial<Exchange>): readonly string[] => {
      const transcript = new Transcript(markers, {});
      transcript.write(
        { request: 'POST /x', status: 400, answer: name, kind: 'api', who: 'anna', ...more },
        [],
      );
      return searchRefusals(transcript).leaks;
    };

    it('finds it in an answer of the API and on a page', () => {
      expect(refused({})).toEqual(['400 of POST /x: name']);
      expect(refused({ kind: 'page' })).toEqual(['400 of POST /x: name']);
    });

    it('lets a form keep what was typed into it, but no password', () => {
      const password = markers.password('password');
      expect(refused({ kind: 'page shown again' })).toEqual([]);
      expect(refused({ kind: 'page shown again', answer: password })).toEqual([
        '400 of POST /x: password',
      ]);
    });

    it('lets a page name who is logged in, and nobody else', () => {
      const answer = markers.word('anna: name');
      expect(refused({ kind: 'page', answer })).toEqual([]);
      expect(refused({ kind: 'page', answer, who: 'near' })).toEqual([
        '400 of POST /x: anna: name',
      ]);
    });
  });

  it('names a field that nobody has filled in', () => {
    const transcript = new Transcript(markers, { 'POST /x checked': 'a test' });
    const fields = ['typed', 'untouched', 'checked'].map((path) => {
      return { operation: 'POST /x', path, schema: { type: 'string' } };
    });
    transcript.write({ request: 'POST /x', status: 201, answer: '', kind: 'api', who: '' }, [
      { path: 'typed', value: name },
      { path: 'untouched', value: 'nothing of anybody' },
    ]);
    expect(transcript.untouched(fields)).toEqual(['POST /x untouched', 'POST /x checked']);
  });

  it('does not believe that a field is only checked', async () => {
    const transcript = new Transcript(markers, { 'POST /x checked': 'a test' });
    const probe = (status: number) =>
      transcript.probe('POST /x', [{ path: 'checked', value: '' }], () => {
        return Promise.resolve({ status });
      });
    await expect(probe(201)).rejects.toThrow('is not only checked');
    await expect(probe(400)).resolves.toBeUndefined();
  });
});
