import { intentLaws } from '../tests/laws/intents';
import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { install } from './installation';
import * as intents from './intents';

// Property tests with many writers: on a busy machine they take longer than one test usually may.
jest.setTimeout(240_000);

describe('an intent', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await install(scratch.db, { actor: 'os:test', settleWindowMs: 1_000 });
  });

  afterAll(() => scratch.close());

  it.each(Object.entries(intentLaws({ numRuns: 25 })))('%s', (_name, law) => law(scratch, intents));
});
