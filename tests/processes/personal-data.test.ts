import { fieldsOf, type ApiDocument } from '../personal-data/fields';
import { fieldsOfForms } from '../personal-data/forms';
import { idsOf } from '../personal-data/ids';
import { openHouse, type House, type Listed } from '../personal-data/house';
import { businessWords } from '../personal-data/kept';
import { Markers } from '../personal-data/markers';
import {
  searchDatabase,
  searchRefusals,
  searchTemporal,
  searchText,
} from '../personal-data/places';
import { provoke } from '../personal-data/refusals';
import { play, quiet, type Cast } from '../personal-data/story';
import { askAll, openAll } from '../personal-data/strangers';

describe('personal data typed into every field', () => {
  const markers = new Markers(businessWords);
  const listed: Listed = {
    family: 'Qharvandosk',
    given: 'Orelin Tasmir',
    birthDate: markers.birthDate('near: birth date'),
  };
  let house: House;
  let document: ApiDocument;
  let cast: Cast;

  beforeAll(async () => {
    house = await openHouse(markers, listed);
    const { text } = await house.api.send('GET', '/api/v1/openapi.json');
    // A parser: the product's own document.
    document = JSON.parse(text) as ApiDocument;
    cast = await play(house, listed);
    await provoke(house, document, cast);
    await quiet(house);
  }, 400_000);

  afterAll(() => house?.close());

  it('has been typed into every field that can take it', () => {
    const { transcript } = house;
    // Whoever adds a field: fill it in where its story is told (tests/personal-data/), or say in kept.ts why it
    // keeps nothing.
    expect(transcript.untouched(fieldsOf(document))).toEqual([]);
    expect(transcript.untouched(fieldsOfForms())).toEqual([]);
  });

  it('stands in no column of the database', async () => {
    const { leaks, counted } = await searchDatabase(house.stage.database.ownerUrl, markers);
    expect(counted).toBeGreaterThan(500);
    expect(leaks).toEqual([]);
  });

  it('stands in no history, search attribute or id of a workflow', async () => {
    const { leaks, counted } = await searchTemporal(house.stage.temporal.client, markers);
    expect(counted).toBeGreaterThan(500);
    expect(leaks).toEqual([]);
  });

  it('stands in no log', () => {
    const api = house.readLog('api');
    const worker = house.readLog('worker');
    // Requests, and what PostgreSQL refused.
    expect(api.split('"msg":"answered"').length).toBeGreaterThan(500);
    expect(api).toContain('"msg":"failed"');
    expect(worker).toContain('Activity failed');
    expect(searchText('API', api, markers).leaks).toEqual([]);
    expect(searchText('worker', worker, markers).leaks).toEqual([]);
  });

  it('stands in no metric', async () => {
    const { text } = await house.api.send('GET', '/metrics');
    expect(text).toContain('/api/v1/registrations');
    expect(searchText('metrics', text, markers).leaks).toEqual([]);
  });

  it('stands in no refusal', () => {
    const { leaks, counted } = searchRefusals(house.transcript);
    expect(counted).toBeGreaterThan(500);
    expect(leaks).toEqual([]);
  });

  it('is told to nobody else', async () => {
    const { near, partner, stranger, anna } = cast;
    const subject = { alias: anna.alias, ids: await idsOf(house, anna.clientId) };
    const [officer] = cast.staff;
    // Otherwise the others' answers would say nothing.
    expect((await askAll(house, document, subject, officer.token)).told.length).toBeGreaterThan(5);
    expect((await openAll(house, subject, officer.visitor)).told.length).toBeGreaterThan(5);
    for (const token of [near.token, partner.token, stranger.token, undefined]) {
      expect(await askAll(house, document, subject, token)).toMatchObject({ told: [] });
    }
    const visitors = [house.visitor('near'), house.visitor('partner'), house.visitor('nobody')];
    const [client, introducer] = visitors;
    await client?.logIn('client', near.email, near.password);
    await introducer?.logIn('partner', partner.email, partner.password);
    for (const visitor of [...visitors, stranger.visitor]) {
      expect(await openAll(house, subject, visitor)).toMatchObject({ told: [] });
    }
  });
});
