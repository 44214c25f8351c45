import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ListedKind } from '../../../domain/screening/entry';
import type { OutsideMatch, OutsideMatcher } from '../../../domain/screening/outside';
import { askJson } from './ask';

export interface WatchmanOptions {
  /** `http://watchman:8084` */
  readonly url: string;
  /** Its `minMatch`; 0.80 is what it advises for screening. */
  readonly threshold: number;
}

const entity = z.looseObject({
  name: z.string(),
  entityType: z.string(),
  sourceList: z.string().min(1),
  sourceID: z.string().min(1),
  sanctionsInfo: z.object({ programs: z.array(z.string()).nullish() }).nullish(),
  match: z.number(),
});
const answerShape = z.object({ entities: z.array(entity).nullable() });

const kinds: ReadonlyMap<string, ListedKind> = new Map([
  ['person', 'individual'],
  ['vessel', 'vessel'],
  ['aircraft', 'aircraft'],
]);
const matchesMax = 10;
const namesMax = 5;

/** Moov's watchman: `GET /v2/search`, one question for each of the subject's names. */
export function createWatchman({ url, threshold }: WatchmanOptions): OutsideMatcher {
  const search = new URL('v2/search', `${url.replace(/\/$/, '')}/`);
  return {
    name: 'watchman',
    ask: async (subject) => {
      const names = [subject.name, subject.latinName ?? '', ...(subject.otherNames ?? [])];
      const best = new Map<string, OutsideMatch>();
      const asked = [...new Set(names.filter((name) => name.trim() !== ''))].slice(0, namesMax);
      for (const name of asked) {
        const at = new URL(search);
        at.search = new URLSearchParams({
          name,
          type: subject.kind === 'individual' ? 'person' : 'business',
          ...(subject.dateOfBirth ? { birthDate: subject.dateOfBirth } : {}),
          ...(subject.gender ? { gender: subject.gender === 'F' ? 'female' : 'male' } : {}),
          minMatch: String(threshold),
          limit: String(matchesMax),
        }).toString();
        const answer = await askJson(at, { method: 'GET' }, answerShape);
        if (!answer) return { kind: 'unknown' };
        for (const found of answer.entities ?? []) {
          const match = matchOf(found);
          const present = best.get(match.entryId);
          if (!present || match.score > present.score) best.set(match.entryId, match);
        }
      }
      // A subject without a name was not looked for.
      if (asked.length === 0) return { kind: 'unknown' };
      return { kind: 'answered', threshold, matches: [...best.values()] };
    },
  };
}

function matchOf(found: z.output<typeof entity>): OutsideMatch {
  const { match, debug: _debug, ...said } = found;
  return {
    entryId: `watchman:${found.sourceList}/${found.sourceID}`,
    entryVersion: createHash('sha256').update(JSON.stringify(said)).digest('hex'),
    kind: kinds.get(found.entityType) ?? 'organisation',
    name: found.name,
    programmes: found.sanctionsInfo?.programs ?? [],
    score: match,
  };
}
