import { assertBooks } from '../tests/laws/ledger';
import { crowdLaw, writers } from '../tests/laws/ledger-crowd';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { install } from './installation';

// Many connections that are ended and opened again: on a busy machine it takes longer than one test usually may.
jest.setTimeout(240_000);

describe('the ledger under a crowd', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch({ connectionsMax: writers });
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  afterAll(() => scratch.close());

  it(`says to ${writers} writers, whose connections are ended at random, what the books on paper say`, async () => {
    await crowdLaw(scratch, { numRuns: 3 });
    await assertBooks(scratch);
  });
});
