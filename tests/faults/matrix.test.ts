import { cellName, runsOf } from './cells';
import { openField, type Field } from './field';
import { runMatrix, type Report } from './matrix';
import { countsOf } from './table';

/**
 * The whole matrix: every fault, both directions, every platform. `FAULTS_SEED` repeats the draws of a run,
 * `FAULTS_ONLY` keeps to the cells whose name has it, `FAULTS_RUNS` says how often each is run.
 */
const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
const only = process.env['FAULTS_ONLY'];
const runsPerCell = Number(process.env['FAULTS_RUNS'] ?? 10);
const minutes = 60_000;

describe(`the exactly-once matrix (FAULTS_SEED=${seed})`, () => {
  let field: Field;
  let report: Report;

  beforeAll(async () => {
    field = await openField({ lanesPerPlatform: 14 });
    report = await runMatrix(field, { runs: runsOf({ seed, runsPerCell, only }), seed });
    process.stdout.write(report.text);
  }, 60 * minutes);

  afterAll(() => field.close(), 10 * minutes);

  it('keeps every law in every run', () => {
    expect(report.breaches).toEqual([]);
  });

  it('has run every cell as often as it was to', () => {
    const counts = countsOf(report.ended);
    for (const { cell } of runsOf({ seed, runsPerCell: 1, only })) {
      const count = [...counts].find(([known]) => known === cell)?.[1];
      expect([cellName(cell), count]).toEqual([cellName(cell), runsPerCell]);
    }
  });

  it(
    'leaves books that the product can prove, and nothing that waits for nothing',
    async () => {
      expect(await field.stage.faults()).toEqual([]);
    },
    10 * minutes,
  );
});
