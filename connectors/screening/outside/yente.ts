import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ListedKind, ScreeningSubject } from '../../../domain/screening/entry';
import type { OutsideMatcher } from '../../../domain/screening/outside';
import { askJson } from './ask';

export interface YenteOptions {
  /** `http://yente:8000` */
  readonly url: string;
  /** `sanctions`, `default` or another of the instance's. */
  readonly dataset: string;
  readonly algorithm: string;
  readonly threshold: number;
  /** Of OpenSanctions' own API; an instance of one's own asks for none. */
  readonly apiKey?: string | undefined;
}

const entity = z.object({
  id: z.string().min(1),
  caption: z.string(),
  schema: z.string(),
  properties: z.record(z.string(), z.array(z.unknown())).default({}),
  datasets: z.array(z.string()).default([]),
  last_change: z.string().nullish(),
  score: z.number(),
});
const answerShape = z.object({
  responses: z.object({
    subject: z.object({ status: z.literal(200), results: z.array(entity) }),
  }),
});

const kinds: ReadonlyMap<string, ListedKind> = new Map([
  ['Person', 'individual'],
  ['Vessel', 'vessel'],
  ['Airplane', 'aircraft'],
]);
const matchesMax = 10;

/** A self-hosted yente: the matching API of OpenSanctions, `POST /match/{dataset}`. */
export function createYente(options: YenteOptions): OutsideMatcher {
  const { dataset, algorithm, threshold, apiKey } = options;
  const url = new URL(`match/${encodeURIComponent(dataset)}`, `${options.url.replace(/\/$/, '')}/`);
  url.search = new URLSearchParams({
    algorithm,
    threshold: String(threshold),
    limit: String(matchesMax),
  }).toString();
  return {
    name: 'yente',
    ask: async (subject) => {
      const answer = await askJson(
        url,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(apiKey === undefined ? {} : { authorization: `ApiKey ${apiKey}` }),
          },
          body: JSON.stringify({ queries: { subject: exampleOf(subject) } }),
        },
        answerShape,
      );
      if (!answer) return { kind: 'unknown' };
      return {
        kind: 'answered',
        threshold,
        matches: answer.responses.subject.results.map((found) => ({
          entryId: `yente:${found.id}`,
          entryVersion: versionOf(found),
          kind: kinds.get(found.schema) ?? 'organisation',
          name: found.caption,
          programmes: found.datasets,
          score: found.score,
        })),
      };
    },
  };
}

/** In the words of FollowTheMoney. */
function exampleOf(subject: ScreeningSubject) {
  const names = [subject.name, subject.latinName ?? '', ...(subject.otherNames ?? [])];
  const person = {
    birthDate: subject.dateOfBirth ? [subject.dateOfBirth] : [],
    nationality: (subject.nationalities ?? []).map((country) => country.toLowerCase()),
    gender: subject.gender ? [subject.gender === 'F' ? 'female' : 'male'] : [],
    idNumber: subject.idNumbers ?? [],
  };
  const properties = {
    name: [...new Set(names.filter((name) => name.trim() !== ''))],
    ...(subject.kind === 'individual' ? person : {}),
  };
  return {
    schema: subject.kind === 'individual' ? 'Person' : 'Organization',
    properties: Object.fromEntries(
      Object.entries(properties).filter(([, values]) => values.length > 0),
    ),
  };
}

/** Over what is said of the entity: its score and where it is listed today do not count. */
function versionOf({ properties, caption }: z.output<typeof entity>): string {
  const said = Object.entries(properties)
    .map(([name, values]) => [name, values.map((value) => JSON.stringify(value)).sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([caption, said]))
    .digest('hex');
}
