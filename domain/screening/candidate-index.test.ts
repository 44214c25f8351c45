import { compareNames } from './align';
import { ScreeningIndex } from './candidate-index';
import { listDelta } from './delta';
import type { ListedEntry } from './entry';
import { nameForm } from './name-form';
import { alterations, alterName, randomOf, samplePeople } from './name-samples';

const listed = samplePeople(400, 5).map(({ name }, at): ListedEntry => ({
  id: `test:${at}`,
  kind: 'individual',
  name,
  aliases: [],
  datesOfBirth: [],
  nationalities: [],
  countries: [],
  gender: null,
  idNumbers: [],
  programmes: [],
  version: '1',
}));
const index = new ScreeningIndex([
  { version: { name: 'Test', hash: 'x', publishedOn: '2026-01-01' }, entries: listed },
]);
const forms = listed.map(({ id, name }) => ({
  id,
  form: nameForm(name, 'individual', index.rarity),
}));

describe('ScreeningIndex', () => {
  it('loses no name that the scorer gives the least score or more', () => {
    const random = randomOf(9);
    const names = samplePeople(150, 6).map(({ name }, at) =>
      alterName(name, alterations[at % alterations.length] ?? 'letter replaced', random),
    );
    const near = listed
      .slice(0, 100)
      .map(({ name }, at) =>
        alterName(name, alterations[at % alterations.length] ?? 'letter replaced', random),
      );
    const more = ['V. Ivanov', 'J. Smith', 'Bill Baker', 'Li W', 'M A Silva Santos'];
    let compared = 0;
    for (const name of [...names, ...near, ...more]) {
      const form = nameForm(name, 'individual', index.rarity);
      const found = new Set(index.namesNear(form, 'individual', 0.7).map(({ entry }) => entry.id));
      for (const { id, form: other } of forms) {
        if (compareNames(form, other).score < 0.7) continue;
        compared += 1;
        expect({ name, id, isFound: found.has(id) }).toEqual({ name, id, isFound: true });
      }
    }
    expect(compared).toBeGreaterThan(100);
  });
});

describe('listDelta', () => {
  it('names what is new, what changed and what is gone, whatever the order', () => {
    const entry = (id: string, version: string) => ({ id, version });
    expect(
      listDelta(
        [entry('a', '1'), entry('b', '1'), entry('c', '1')],
        [entry('d', '1'), entry('c', '1'), entry('b', '2')],
      ),
    ).toEqual({ added: ['d'], changed: ['b'], removed: ['a'] });
  });
});
