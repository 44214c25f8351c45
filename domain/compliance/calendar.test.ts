import fc from 'fast-check';
import {
  addMonths,
  dueSteps,
  expiredDocuments,
  expiresAt,
  stepsOf,
  type Calendar,
} from './calendar';

const passport = { id: 'doc_1', expiresOn: '2028-03-01' };

function calendar(changes: Partial<Calendar> = {}): Calendar {
  return {
    rules: { reviewMonths: 12, reviewLeadDays: 30, noticeDays: [60, 30, 7] },
    reviewedAt: '2027-01-31T10:00:00.000Z',
    documents: [passport],
    change: null,
    restrictions: [],
    taken: new Set(),
    ...changes,
  };
}

const kinds = (of: Calendar, now: string) =>
  dueSteps(of, now).steps.map((step) => (step.kind === 'notice' ? step.days : step.kind));

describe('a client’s calendar', () => {
  it.each([
    ['2027-01-31T10:00:00.000Z', 12, '2028-01-31T10:00:00.000Z'],
    ['2027-01-31T10:00:00.000Z', 1, '2027-02-28T10:00:00.000Z'],
    ['2027-12-15T23:59:59.999Z', 36, '2030-12-15T23:59:59.999Z'],
  ])('counts from %s over %d months to %s', (from, months, to) => {
    expect(addMonths(from, months)).toBe(to);
  });

  it('lets a document be good on its last day', () => {
    expect(expiresAt(passport)).toBe('2028-03-02T00:00:00.000Z');
    expect(expiredDocuments(calendar(), '2028-03-01T23:59:59.999Z')).toEqual([]);
    expect(expiredDocuments(calendar(), '2028-03-02T00:00:00.000Z')).toEqual([passport]);
  });

  it.each([
    ['2027-06-01T00:00:00.000Z', [], '2028-01-01T10:00:00.000Z'],
    // 60 days before the second of March come a day after the review is asked for.
    ['2028-01-01T10:00:00.000Z', ['review'], '2028-01-02T00:00:00.000Z'],
    ['2028-01-02T00:00:00.000Z', ['review', 60], '2028-02-01T00:00:00.000Z'],
    ['2028-02-01T00:00:00.000Z', ['review', 30], '2028-02-24T00:00:00.000Z'],
    ['2028-02-24T00:00:00.000Z', ['review', 7], '2028-03-02T00:00:00.000Z'],
    ['2028-03-02T00:00:00.000Z', ['review', 'expired'], null],
  ])('at %s has %j due', (now, due, next) => {
    expect(kinds(calendar(), now)).toEqual(due);
    expect(dueSteps(calendar(), now).next).toBe(next);
  });

  it('puts a change of the client before everything that comes', () => {
    const change = { at: '2027-02-01T00:00:00.000Z', fields: ['address'] };
    expect(kinds(calendar({ change }), '2027-02-01T00:00:00.000Z')).toEqual(['change']);
  });

  it('has a restriction looked at again on its day, of a client who never was approved, too', () => {
    const restrictions = [
      { id: 'rst_1', kind: 'vulnerable', reviewAt: '2027-03-01T00:00:00.000Z' },
    ];
    const of = calendar({ reviewedAt: null, documents: [], restrictions });
    expect(dueSteps(of, '2027-02-28T00:00:00.000Z')).toEqual({
      steps: [],
      next: '2027-03-01T00:00:00.000Z',
    });
    expect(kinds(of, '2027-03-01T00:00:00.000Z')).toEqual(['restriction']);
  });

  it('takes no step twice, however it is looked at, and none too early', () => {
    const years = fc.integer({ min: 0, max: 5 * 365 });
    fc.assert(
      fc.property(fc.array(years, { maxLength: 40 }), (days) => {
        const taken = new Set<string>();
        const looks = [...days].sort((a, b) => a - b);
        for (const day of looks) {
          const now = new Date(Date.UTC(2027, 1, 1) + day * 86_400_000).toISOString();
          for (const step of dueSteps(calendar({ taken }), now).steps) {
            expect(taken.has(step.key)).toBe(false);
            expect(step.at <= now).toBe(true);
            taken.add(step.key);
          }
        }
        const last = looks.at(-1);
        if (last !== undefined && last > 396) expect([...taken].join()).toContain('expired/');
        expect(taken.size).toBeLessThanOrEqual(stepsOf(calendar()).length);
      }),
    );
  });
});
