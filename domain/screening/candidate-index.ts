import { type ListedEntry, type SanctionsList, type ListVersion } from './entry';
import { scoreAtMost } from './align';
import { rarityOfWord } from './common-words';
import { comparableId } from './qualifiers';
import { type NameForm, nameForm, wordWeightMax } from './name-form';
import { WordIndex } from './word-index';

export interface ListedName {
  readonly entry: ListedEntry;
  readonly name: string;
  readonly form: NameForm;
}

/** Lists made ready for screening. Built once per list version; a few hundred milliseconds for 17,000 names. */
export class ScreeningIndex {
  readonly lists: readonly ListVersion[];
  readonly entryCount: number;
  /** How rare a word is on the lists, 0 to 1. */
  readonly rarity: (token: string) => number;
  readonly #individuals: NameIndex;
  readonly #organisations: NameIndex;
  readonly #byId = new Map<string, ListedName[]>();

  constructor(lists: readonly SanctionsList[]) {
    this.lists = lists.map((list) => list.version);
    const entries = lists.flatMap((list) => list.entries);
    this.entryCount = entries.length;
    this.rarity = rarityOf(entries);
    const names = (kind: 'individual' | 'organisation'): ListedName[] =>
      entries
        .filter((entry) => comparedAs(entry) === kind)
        .flatMap((entry) =>
          searchedNames(entry).map((name) => ({
            entry,
            name,
            form: nameForm(name, kind, this.rarity),
          })),
        );
    this.#individuals = new NameIndex(names('individual'));
    this.#organisations = new NameIndex(names('organisation'));
    for (const listed of [...this.#individuals.names, ...this.#organisations.names])
      for (const number of listed.entry.idNumbers) {
        const id = comparableId(number);
        if (id !== null) this.#byId.set(id, [...(this.#byId.get(id) ?? []), listed]);
      }
  }

  get nameCount(): number {
    return this.#individuals.names.length + this.#organisations.names.length;
  }

  /** Every name of the entries that have one of these documents, however the name is. */
  namesWithId(idNumbers: readonly string[]): readonly ListedName[] {
    return idNumbers.flatMap((number) => this.#byId.get(comparableId(number) ?? '') ?? []);
  }

  /**
   * Every name that scores at least so much, and few that do not, each once; people with people, the rest with the
   * rest. From 0.61: below it initials alone would count.
   */
  namesNear(
    form: NameForm,
    kind: 'individual' | 'organisation',
    nameScoreMin: number,
  ): readonly ListedName[] {
    return (kind === 'individual' ? this.#individuals : this.#organisations).near(
      form,
      nameScoreMin,
    );
  }
}

class NameIndex {
  readonly names: readonly ListedName[];
  /** Words, and neighbours run together. */
  readonly #words: WordIndex;
  readonly #pairs: WordIndex;
  readonly #wordsAt: readonly Postings[];
  readonly #pairsAt: readonly Postings[];
  readonly #initials: Uint8Array;
  readonly #byRun: ReadonlyMap<string, readonly number[]>;
  /** Scratch, by name; all zero between look-ups: what the words so far can have matched, and the word at hand. */
  readonly #mine: Float64Array;
  readonly #theirs: Float64Array;
  readonly #heavy: Uint8Array;
  readonly #best: Float64Array;

  constructor(names: readonly ListedName[]) {
    this.names = names;
    const words = occurrences(names, 1);
    const pairs = occurrences(names, 2);
    this.#words = new WordIndex([...words.keys()]);
    this.#pairs = new WordIndex([...pairs.keys()]);
    this.#wordsAt = [...words.values()];
    this.#pairsAt = [...pairs.values()];
    this.#initials = Uint8Array.from(names, ({ form }) => initialsOf(form));
    this.#byRun = byRun(names);
    this.#mine = new Float64Array(names.length);
    this.#theirs = new Float64Array(names.length);
    this.#heavy = new Uint8Array(names.length);
    this.#best = new Float64Array(names.length);
  }

  near(form: NameForm, nameScoreMin: number): ListedName[] {
    const reached: number[] = [];
    form.tokens.forEach((token, at) => {
      const touched: number[] = [];
      const weigh = token.isLight ? 0 : 1;
      this.#note(this.#words, this.#wordsAt, token.text, weigh, touched);
      if (!token.isLight || token.text.length > 1)
        this.#note(this.#pairs, this.#pairsAt, token.text, 2, touched);
      const next = form.tokens[at + 1];
      const previous = form.tokens[at - 1];
      if (next) this.#note(this.#words, this.#wordsAt, token.word + next.word, 2, touched);
      if (previous) this.#note(this.#words, this.#wordsAt, previous.word + token.word, 2, touched);
      for (const name of touched) {
        if ((this.#mine[name] ?? 0) === 0) reached.push(name);
        this.#mine[name] = (this.#mine[name] ?? 0) + token.weight;
        this.#theirs[name] = (this.#theirs[name] ?? 0) + (this.#best[name] ?? 0);
        this.#best[name] = 0;
      }
    });
    const initials = initialsOf(form);
    const near: ListedName[] = [];
    const sameRun = this.#byRun.get(form.run) ?? [];
    for (const position of sameRun) {
      const name = this.names[position];
      if (name !== undefined) near.push(name);
    }
    for (const position of reached) {
      const name = this.names[position];
      if (name !== undefined && name.form.run !== form.run) {
        const theirInitials = this.#initials[position] ?? 0;
        const bound = scoreAtMost({
          mine: form.weight,
          theirs: name.form.weight,
          matchedMine: (this.#mine[position] ?? 0) + theirInitials * wordWeightMax + initials,
          matchedTheirs: (this.#theirs[position] ?? 0) + initials * wordWeightMax + theirInitials,
          heavyPairs: this.#heavy[position] ?? 0,
        });
        if (bound >= nameScoreMin) near.push(name);
      }
      this.#mine[position] = 0;
      this.#theirs[position] = 0;
      this.#heavy[position] = 0;
    }
    return near;
  }

  #note(
    index: WordIndex,
    postings: readonly Postings[],
    word: string,
    heavy: number,
    touched: number[],
  ): void {
    for (const { position } of index.like(word)) {
      const { names, weights } = postings[position] ?? noPostings;
      for (let i = 0; i < names.length; i += 1) {
        const name = names[i] ?? 0;
        const weight = weights[i] ?? 0;
        const best = this.#best[name] ?? 0;
        if (best === 0) touched.push(name);
        if (weight > best) this.#best[name] = weight;
        if (heavy > 0) this.#heavy[name] = Math.min(200, (this.#heavy[name] ?? 0) + heavy);
      }
    }
  }
}

function byRun(names: readonly ListedName[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  names.forEach(({ form }, position) => {
    const same = found.get(form.run);
    if (same === undefined) found.set(form.run, [position]);
    else same.push(position);
  });
  return found;
}

interface Postings {
  readonly names: Uint32Array;
  /** What the word weighs in that name. */
  readonly weights: Float64Array;
}
const noPostings: Postings = { names: new Uint32Array(0), weights: new Float64Array(0) };

function initialsOf(form: NameForm): number {
  return form.tokens.filter((token) => token.text.length === 1).length;
}

/** In which names each word (count 1) or run-together pair of neighbours (count 2) stands, and with what weight. */
function occurrences(names: readonly ListedName[], count: 1 | 2): Map<string, Postings> {
  const found = new Map<string, Map<number, number>>();
  names.forEach(({ form }, position) => {
    for (const unit of form.units) {
      if (unit.count !== count) continue;
      const weightAt = found.get(unit.text) ?? new Map<number, number>();
      weightAt.set(position, Math.max(unit.weight, weightAt.get(position) ?? 0));
      found.set(unit.text, weightAt);
    }
  });
  return new Map(
    [...found].map(([text, weightAt]) => [
      text,
      { names: Uint32Array.from(weightAt.keys()), weights: Float64Array.from(weightAt.values()) },
    ]),
  );
}

function searchedNames(entry: ListedEntry): string[] {
  const strong = entry.aliases.filter((alias) => alias.strength === 'strong');
  return [...new Set([entry.name, ...strong.map((alias) => alias.name)])];
}

function comparedAs(entry: ListedEntry): 'individual' | 'organisation' {
  return entry.kind === 'individual' ? 'individual' : 'organisation';
}

/** 1 for a word that occurs once or never, falling with the logarithm of how often it does. */
function rarityOf(entries: readonly ListedEntry[]): (token: string) => number {
  const counts = new Map<string, number>();
  for (const entry of entries)
    for (const name of searchedNames(entry))
      for (const { text } of nameForm(name, comparedAs(entry)).tokens)
        counts.set(text, (counts.get(text) ?? 0) + 1);
  // Not spread: a call takes no hundred thousand arguments, and several lists together have as many words.
  const most = Math.log([...counts.values()].reduce((one, other) => Math.max(one, other), 2));
  return (token) =>
    rarityOfWord(token) * (1 - Math.log(Math.max(1, counts.get(token) ?? 1)) / most);
}
