import fc from 'fast-check';
import { isLineReason, lineReasons, type LineReason } from '../../domain/partners/reason';
import { keysOf } from '../../domain/record';
import { bookArbitrary, changedBookArbitrary } from './arbitrary-book';
import { adjustmentsOf } from './opinion/adjustments';
import { secondOpinion } from './second-opinion';

/** What is held against closed periods. */
const ofAdjustments: readonly LineReason[] = ['CANCELLED_LATER', 'EDITED_LATER', 'LATE_DEAL'];

/** Not of a run on one plan: a gap in plans. */
const ofOtherTests: readonly LineReason[] = ['NO_PLAN', 'MOVE_UNKNOWN', ...ofAdjustments];

describe('random books', () => {
  it('come to every reason that a line can have', () => {
    const seen = new Map<LineReason, number>();
    for (const book of fc.sample(bookArbitrary(10), { numRuns: 400, seed: 1 }))
      for (const { reason } of secondOpinion(book))
        if (isLineReason(reason)) seen.set(reason, (seen.get(reason) ?? 0) + 1);
    const missing = keysOf(lineReasons).filter(
      (reason) => !seen.has(reason) && !ofOtherTests.includes(reason),
    );
    expect(missing).toEqual([]);
  });

  it('come to every reason that an adjustment can have', () => {
    const seen = fc
      .sample(changedBookArbitrary(8), { numRuns: 100, seed: 1 })
      .flatMap(({ now, then }) =>
        adjustmentsOf(secondOpinion({ ...now, deals: then }), secondOpinion(now)),
      );
    expect([...new Set(seen.map(({ reason }) => reason))].sort()).toEqual(ofAdjustments);
  });
});
