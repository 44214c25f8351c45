import { ledgerLaws, assertBooks } from '../tests/laws/ledger';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { install } from './installation';

// Property tests with many writers: on a busy machine they take longer than one test usually may.
jest.setTimeout(240_000);

describe('the ledger', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: 14 });
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  afterAll(() => scratch.close());

  it.each(Object.entries(ledgerLaws({ numRuns: 40 })))('%s', (_name, law) => law(scratch));

  it('proves its books after all that', () => assertBooks(scratch));
});
