import { readLists } from '../connectors/screening/read-list';
import { compareNames } from '../domain/screening/align';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import type { SanctionsList } from '../domain/screening/entry';
import { nameForm } from '../domain/screening/name-form';
import { alterations, alterName, randomOf, samplePeople } from '../domain/screening/name-samples';
import { screeningPolicy } from '../domain/policy/defaults/screening';
import { screenSubject } from '../domain/screening/screen';
import type { BenchLine, BenchOptions } from './bench';
import type { BenchServers } from './servers';

const clientsInFull = 50_000;
/** All pairs take hours: so many of the clients are compared with every name. */
const sampleSize = 40;
/** Entries of the invented list, with two aliases each, where no real one is named: as many names as SDN has. */
const inventedEntries = 6_000;
const threshold = screeningPolicy.base.parameters;

/**
 * Clients screened against a whole list with its aliases, against every pair scored by the same scorer on a sample
 * of them; both must come to the same hits. `KEELSON_SANCTIONS_DIR` names the real list; without it an invented one
 * of its size is used.
 */
export async function screening(
  _servers: BenchServers,
  { scale, rounds, say }: BenchOptions,
): Promise<BenchLine[]> {
  const folder = process.env['KEELSON_SANCTIONS_DIR'];
  const lists = folder === undefined ? [inventedList()] : await readLists([folder]);
  const index = new ScreeningIndex(lists);
  const clients = clientsLike(lists, Math.round(clientsInFull * scale));
  say(`${clients.length} clients, ${index.entryCount} entries, ${index.nameCount} names`);
  const sample = clients.filter((_name, at) => at % Math.ceil(clients.length / sampleSize) === 0);
  const names = namesOf(lists, index);
  const [product, limit]: [number[], number[]] = [[], []];
  const small = await seconds(() =>
    hitsOf(new ScreeningIndex(lists), clients.slice(0, clients.length / 10)),
  );
  let whole = Infinity;
  let hits = 0;
  for (let round = 1; round <= rounds; round += 1) {
    // An index that has looked nothing up yet, and its building is part of the work.
    const screened = await seconds(() => hitsOf(new ScreeningIndex(lists), clients));
    const compared = await seconds(() => hitsOfAllPairs(names, index, sample));
    const found = hitsOf(index, sample);
    if (JSON.stringify(found) !== JSON.stringify(compared.result))
      throw new Error('the index finds other hits than all pairs do');
    product.push(clients.length / screened.seconds);
    limit.push(sample.length / compared.seconds);
    whole = Math.min(whole, screened.seconds);
    hits = screened.result.length;
    say(
      `round ${round}: ${screened.seconds.toFixed(1)} s; all pairs of ${sample.length}: ${compared.seconds.toFixed(1)} s`,
    );
  }
  return [
    {
      line: 'screening',
      unit: 'clients/s',
      better: 'more',
      product,
      limit,
      limitIs: `every pair scored by the same scorer, for ${sample.length} of the clients`,
      reach: 50,
      growth: { work: 10, time: whole / small.seconds },
      notes: [
        `${clients.length} clients against ${index.nameCount} names of ${index.entryCount} entries: ${hits} hits; the sample's hits are those of all pairs`,
      ],
    },
  ];
}

async function seconds<T>(
  work: () => T,
): Promise<{ readonly result: T; readonly seconds: number }> {
  // A turn of the loop between the parts, so that one does not pay for the other's garbage.
  await new Promise((resolve) => setImmediate(resolve));
  const start = process.hrtime.bigint();
  const result = work();
  return { result, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

/** `client entry`, for each client's entries at or above the threshold. */
function hitsOf(index: ScreeningIndex, clients: readonly string[]): string[] {
  return clients.flatMap((name) => {
    const { candidates } = screenSubject(index, { kind: 'individual', name }, threshold);
    return candidates.map(({ entryId }) => `${name} ${entryId}`).sort();
  });
}

interface PreparedName {
  readonly id: string;
  readonly form: ReturnType<typeof nameForm>;
}

function namesOf(lists: readonly SanctionsList[], index: ScreeningIndex): PreparedName[] {
  return lists
    .flatMap(({ entries }) => entries)
    .filter(({ kind }) => kind === 'individual')
    .flatMap(({ id, name, aliases }) =>
      [
        name,
        ...aliases.filter(({ strength }) => strength === 'strong').map((alias) => alias.name),
      ].map((each) => ({ id, form: nameForm(each, 'individual', index.rarity) })),
    );
}

/** Screening keeps the twenty best; a sample's names have fewer hits than that, which the comparison shows. */
function hitsOfAllPairs(
  names: readonly PreparedName[],
  index: ScreeningIndex,
  clients: readonly string[],
): string[] {
  return clients.flatMap((client) => {
    const form = nameForm(client, 'individual', index.rarity);
    const hits = new Set<string>();
    for (const { id, form: listed } of names) {
      const percent = Math.floor(compareNames(form, listed).score * 1000 + 1e-9) / 10;
      if (percent >= threshold.reviewScore) hits.add(`${client} ${id}`);
    }
    return [...hits].sort();
  });
}

/** Ordinary people, one in four with a letter changed so that words repeat less, and one listed in a hundred. */
function clientsLike(lists: readonly SanctionsList[], count: number): string[] {
  const random = randomOf(41);
  const listed = lists
    .flatMap(({ entries }) => entries)
    .filter(({ kind }) => kind === 'individual');
  return samplePeople(count, 42).map(({ name }, at) => {
    const known = at % 100 === 0 ? listed[at % listed.length]?.name : undefined;
    const alteration = alterations[at % alterations.length] ?? 'letter replaced';
    return at % 4 === 0 ? alterName(known ?? name, alteration, random) : name;
  });
}

function inventedList(): SanctionsList {
  const random = randomOf(43);
  const entries = samplePeople(inventedEntries, 44).map(({ name, dateOfBirth }, at) => {
    const full = `${name} ${syllables(random)}`;
    const aliases = [1, 2].map((times) => ({
      name: alterName(
        full,
        alterations[(at + times) % alterations.length] ?? 'letter replaced',
        random,
      ),
      strength: 'strong' as const,
    }));
    return {
      id: `invented:${at}`,
      kind: 'individual' as const,
      name: full,
      aliases,
      datesOfBirth: [{ from: dateOfBirth, to: dateOfBirth }],
      nationalities: [],
      countries: [],
      gender: null,
      idNumbers: [],
      programmes: ['INVENTED'],
      version: '1',
    };
  });
  return { version: { name: 'Invented', hash: 'invented', publishedOn: '2026-01-01' }, entries };
}

/** A family name nobody has: two or three syllables. */
function syllables(random: () => number): string {
  const pick = (letters: string): string => letters.charAt(Math.floor(random() * letters.length));
  const count = 2 + Math.floor(random() * 2);
  const word = Array.from({ length: count }, () => pick('bdfgklmnprstvz') + pick('aeiou')).join('');
  return word.charAt(0).toUpperCase() + word.slice(1) + pick('nrskv');
}
