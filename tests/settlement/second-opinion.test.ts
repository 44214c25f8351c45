import fc from 'fast-check';
import { isLineReason, lineReasons, type LineReason } from '../../domain/partners/reason';
import { keysOf } from '../../domain/record';
import { bookArbitrary } from './arbitrary-book';
import { secondOpinion } from './second-opinion';

/** Not of one run on one plan: a gap in plans, and what is held against closed periods. */
const ofOtherTests: readonly LineReason[] = [
  'NO_PLAN',
  'MOVE_UNKNOWN',
  'LATE_DEAL',
  'CANCELLED_LATER',
  'EDITED_LATER',
];

describe('random books', () => {
  it('come to every reason that a line can have', () => {
    const seen = new Map<LineReason, number>();
    for (const book of fc.sample(bookArbitrary, { numRuns: 1_500, seed: 1 }))
      for (const { reason } of secondOpinion(book))
        if (isLineReason(reason)) seen.set(reason, (seen.get(reason) ?? 0) + 1);
    const missing = keysOf(lineReasons).filter(
      (reason) => !seen.has(reason) && !ofOtherTests.includes(reason),
    );
    expect(missing).toEqual([]);
  });
});
