import { ScreeningIndex } from '../../domain/screening/candidate-index';

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
