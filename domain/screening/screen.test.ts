import { ScreeningIndex } from './candidate-index';
import { type ListedEntry, type SanctionsList, type ScreeningSubject } from './entry';
import {
  screeningAlgorithm,
  screeningFacts,
  screenSubject,
  subjectFingerprint,
  withoutDismissed,
} from './screen';

function entry(id: string, name: string, more: Partial<ListedEntry> = {}): ListedEntry {
  return {
    id,
    kind: 'individual',
    name,
    aliases: [],
    datesOfBirth: [],
    nationalities: [],
    countries: [],
    gender: null,
    idNumbers: [],
    programmes: ['TEST'],
    version: `v1-${id}`,
    ...more,
  };
}

const list: SanctionsList = {
  version: { name: 'Test list', hash: 'abc', publishedOn: '2026-01-01' },
  entries: [
    entry('1', 'ZUBARTSEV, Lev Antonin', {
      datesOfBirth: [{ from: '1958-11-30', to: '1958-11-30' }],
      nationalities: ['RU'],
      gender: 'M',
      idNumbers: ['P6601873'],
    }),
    entry('2', 'OSTREVKO, Milan Gradimir', {
      aliases: [
        { name: 'OSTREVKOV, Milan', strength: 'strong' },
        { name: 'KAPITAN', strength: 'weak' },
      ],
      datesOfBirth: [{ from: '1961-01-01', to: '1963-12-31' }],
    }),
    entry('3', 'QESHMARA MARITIME TRANSIT LINES CO. LTD.', { kind: 'organisation' }),
  ],
};
const index = new ScreeningIndex([list]);
const thresholds = { reviewScore: 84, strongScore: 94 };

function screen(subject: Partial<ScreeningSubject> & { name: string }) {
  return screenSubject(index, { kind: 'individual', ...subject }, thresholds);
}

describe('screenSubject', () => {
  it('clears somebody who is near nobody, and names list and algorithm', () => {
    const result = screen({ name: 'Emma Walker' });
    expect(result).toMatchObject({
      verdict: 'clear',
      candidates: [],
      algorithm: screeningAlgorithm,
      lists: [list.version],
      thresholds,
    });
  });

  it('finds a misspelt name and says which parts agree and what else does', () => {
    const [candidate] = screen({
      name: 'Lev Antonin Zubarzev',
      dateOfBirth: '1958-11-30',
      nationalities: ['RU'],
    }).candidates;
    expect(candidate).toMatchObject({ entryId: '1', entryVersion: 'v1-1', qualifierAgrees: true });
    expect(candidate?.qualifiers).toEqual([
      { kind: 'id number', verdict: 'unknown' },
      { kind: 'date of birth', verdict: 'agrees' },
      { kind: 'nationality', verdict: 'agrees' },
      { kind: 'gender', verdict: 'unknown' },
    ]);
    expect(candidate?.score).toBeGreaterThan(candidate?.nameScore ?? 100);
  });

  it('never makes a strong match of a name alone, however exact', () => {
    expect(screen({ name: 'Lev Antonin Zubartsev' })).toMatchObject({
      verdict: 'possible',
      bestScore: 100,
    });
    expect(screen({ name: 'Lev Antonin Zubartsev', dateOfBirth: '1958-11-30' }).verdict).toBe(
      'strong',
    );
  });

  it('finds somebody by a document, whatever the name', () => {
    const found = screen({ name: 'Quite Another', idNumbers: ['p 660-1873'] });
    expect(found.candidates[0]).toMatchObject({ entryId: '1', qualifierAgrees: true });
    expect(found.candidates[0]?.qualifiers[0]).toEqual({ kind: 'id number', verdict: 'agrees' });
  });

  it('clears a namesake born in another decade', () => {
    expect(screen({ name: 'Lev Antonin Zubartsev', dateOfBirth: '1990-02-02' }).verdict).toBe(
      'clear',
    );
  });

  it('takes a year that is off by one for near, not for a disagreement', () => {
    const [candidate] = screen({
      name: 'Lev Antonin Zubartsev',
      dateOfBirth: '1959-11-30',
    }).candidates;
    expect(candidate?.qualifiers[1]).toEqual({ kind: 'date of birth', verdict: 'near' });
  });

  it('matches strong aliases and never weak ones', () => {
    expect(screen({ name: 'Milan Ostrevkov' }).candidates[0]).toMatchObject({
      entryId: '2',
      listedName: 'OSTREVKOV, Milan',
    });
    expect(screen({ name: 'Kapitan' }).verdict).toBe('clear');
  });

  it('sends a name without a Latin form to a person, and reads it once there is one', () => {
    expect(screen({ name: 'Анна Каренина' }).verdict).toBe('unreadable');
    expect(screen({ name: 'Анна Каренина', latinName: 'KARENINA ANNA' }).verdict).toBe('clear');
    expect(screen({ name: 'Лев Антонин Зубарцев', latinName: 'Lev Zubartsev' })).toMatchObject({
      verdict: 'possible',
    });
  });

  it('compares people with people and companies with companies', () => {
    const name = 'Qeshmara Maritime Transit Lines Company Limited';
    expect(screen({ name }).verdict).toBe('clear');
    expect(screen({ kind: 'organisation', name }).candidates[0]).toMatchObject({
      entryId: '3',
      score: 100,
    });
  });

  it('clears nobody because the name is empty', () => {
    expect(screen({ name: '  ' }).verdict).toBe('unreadable');
  });

  it('gives facts to the policy', () => {
    expect(screeningFacts(screen({ name: 'Milan Ostrevkov' }))).toEqual({
      'screening.bestScore': 100,
      'screening.candidates': 1,
      'screening.qualifierAgrees': false,
      'screening.unscreenable': false,
    });
  });
});

describe('a dismissed match', () => {
  const result = screen({ name: 'Milan Ostrevkov' });

  it('stays away while the entry is the same and re-opens when it changes', () => {
    expect(withoutDismissed(result, [{ entryId: '2', entryVersion: 'v1-2' }])).toMatchObject({
      verdict: 'clear',
      candidates: [],
      bestScore: 0,
    });
    expect(withoutDismissed(result, [{ entryId: '2', entryVersion: 'v0-2' }])).toEqual(result);
  });

  it('does not make an unreadable name readable', () => {
    const unreadable = screen({ name: 'Милан Остревков' });
    const ids = unreadable.candidates.map(({ entryId, entryVersion }) => ({
      entryId,
      entryVersion,
    }));
    expect(withoutDismissed(unreadable, ids).verdict).toBe('unreadable');
  });

  it('is keyed to everything the screening used', () => {
    const subject: ScreeningSubject = {
      kind: 'individual',
      name: 'Milan',
      dateOfBirth: '1990-01-01',
      nationalities: ['RS', 'CY'],
    };
    const key = subjectFingerprint(subject);
    expect(subjectFingerprint({ ...subject, nationalities: ['CY', 'RS'] })).toBe(key);
    expect(subjectFingerprint({ ...subject, dateOfBirth: '1990-01-02' })).not.toBe(key);
    expect(subjectFingerprint({ ...subject, latinName: 'Milan' })).not.toBe(key);
  });
});
