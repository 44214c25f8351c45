import { randomUUID } from 'node:crypto';
import { ScreeningIndex } from '../../domain/screening/candidate-index';
import type { PublishedList } from '../../domain/screening/entry';

/** A list that is published anew, with one name on it. */
export function listOf(hash: string, name: string): ScreeningIndex {
  return new ScreeningIndex([
    {
      version: { name: 'test', hash, publishedOn: '2026-11-28' },
      entries: [
        {
          ...{ id: 'test:1', kind: 'individual', name, aliases: [], version: 'v1' },
          ...{ datesOfBirth: [], nationalities: [], countries: [], gender: null },
          ...{ idNumbers: [], programmes: ['TEST'] },
        },
      ],
    },
  ]);
}

/** A publication of today of a list of people, never the same file twice. */
export function publishedList(
  people: readonly { readonly id: string; readonly name: string; readonly version: string }[],
): PublishedList {
  const hash = randomUUID();
  return {
    version: { name: 'Test list', hash, publishedOn: '2026-11-28' },
    entries: people.map((person) => ({
      ...{ ...person, kind: 'individual', aliases: [], gender: null, programmes: ['TEST'] },
      ...{ datesOfBirth: [], nationalities: [], countries: [], idNumbers: [] },
    })),
    files: [{ name: 'test.xml', sha256: hash }],
  };
}
