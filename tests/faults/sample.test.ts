import { cellName, sampleOf } from './cells';
import { openField, type Field } from './field';
import { runMatrix } from './matrix';

/** Other cells each day; a seed repeats a day's. */
const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Date.now() / 86_400_000));

/** Each fault in each direction on one platform; `npm run test:faults` runs every cell ten times. */
describe(`a sample of the exactly-once matrix (FAULTS_SEED=${seed})`, () => {
  let field: Field;

  beforeAll(async () => {
    field = await openField({ lanesPerPlatform: 6 });
  }, 120_000);

  afterAll(() => field.close(), 120_000);

  it('draws each fault in each direction once', () => {
    const faults = sampleOf(seed).map(({ cell }) => `${cell.direction}/${cell.fault}`);
    expect(new Set(faults).size).toBe(36);
    expect(faults).toHaveLength(36);
    const others = [1, 2, 3].map((other) =>
      sampleOf(other)
        .map(({ cell }) => cellName(cell))
        .join(),
    );
    expect(new Set(others).size).toBe(3);
  });

  it('keeps every law under every fault', async () => {
    const { breaches, text } = await runMatrix(field, { runs: sampleOf(seed), seed });
    if (breaches.length > 0) process.stdout.write(text);
    expect(breaches).toEqual([]);
  }, 240_000);

  it('leaves books that the product can prove, and nothing that waits for nothing', async () => {
    expect(await field.stage.faults()).toEqual([]);
  }, 120_000);
});
