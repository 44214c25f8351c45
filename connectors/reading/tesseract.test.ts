import { zoneIn } from '../../domain/kyc/zone-reading';
import { passportLines } from '../../tests/processes/applicants';
import { passportPicture } from '../../tests/specimens/passport';
import { createTesseractReader } from './tesseract';

const reader = createTesseractReader();
const today = '2026-11-30';

const read = async (content: Uint8Array) => {
  const lines = await reader.read({ mediaType: 'image/png', content });
  return lines && zoneIn(lines, today);
};

describe('the reader of pictures', () => {
  it.each([
    ['Anna Eriksson', { number: 'K4938271' }],
    ['Quennia Testova', { number: 'P77301924', expiresOn: '2031-02-28', country: 'DEU' }],
    ['Mariam Bint Specimen', { number: 'X1234567', sex: 'M' as const }],
  ])('reads the zone of a specimen of %s to its last digit', async (name, options) => {
    const zone = passportLines(name, options);
    const found = await read(passportPicture(zone));
    // The name has no check digit: a letter of it may be another one.
    expect(found?.text.split('\n')[1]).toBe(zone.split('\n')[1]);
    expect(found?.text).toHaveLength(zone.length);
    expect(found?.mrz).toMatchObject({ valid: true, dateOfBirth: '1988-04-17' });
  });

  it('has read nothing where there is no zone, or no picture', async () => {
    expect(await read(passportPicture('NOTHING\nTO BE READ HERE'))).toBeUndefined();
    const broken = passportPicture(passportLines('Anna Eriksson')).subarray(0, 700);
    expect(await read(broken)).toBeUndefined();
    expect(await reader.read({ mediaType: 'application/pdf', content: broken })).toBeUndefined();
  });

  it('unpacks no picture that would fill the memory', async () => {
    const bomb = passportPicture(passportLines('Anna Eriksson'));
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    expect(await reader.read({ mediaType: 'image/png', content: bomb })).toBeUndefined();
  });
});
