import { type ListedEntry, type SanctionsList, type ListVersion } from './entry';
import { type NameForm, nameForm } from './name-form';
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
  }

  get nameCount(): number {
    return this.#individuals.names.length + this.#organisations.names.length;
  }

  /** Names that share at least this part of the form's weight, each once; people with people, the rest with the rest. */
  namesNear(
    form: NameForm,
    kind: 'individual' | 'organisation',
    enough: number,
  ): readonly ListedName[] {
    return (kind === 'individual' ? this.#individuals : this.#organisations).near(form, enough);
  }
}

class NameIndex {
  readonly names: readonly ListedName[];
  readonly #words: WordIndex;
  readonly #pairs: WordIndex;
  /** Names by position of the word, and of two neighbours run together. */
  readonly #namesOfWord: readonly Uint32Array[];
  readonly #namesOfPair: readonly Uint32Array[];
  /** Scratch: weight gathered by name, and the best similarity of the word at hand; all zero between look-ups. */
  readonly #gathered: Float64Array;
  readonly #best: Float64Array;

  constructor(names: readonly ListedName[]) {
    this.names = names;
    const words = occurrences(names, 1);
    const pairs = occurrences(names, 2);
    this.#words = new WordIndex([...words.keys()]);
    this.#pairs = new WordIndex([...pairs.keys()]);
    this.#namesOfWord = [...words.values()].map((positions) => Uint32Array.from(positions));
    this.#namesOfPair = [...pairs.values()].map((positions) => Uint32Array.from(positions));
    this.#gathered = new Float64Array(names.length);
    this.#best = new Float64Array(names.length);
  }

  near(form: NameForm, enough: number): ListedName[] {
    const reached: number[] = [];
    form.tokens.forEach((token, at) => {
      const next = form.tokens[at + 1];
      const previous = form.tokens[at - 1];
      const touched: number[] = [];
      this.#note(this.#words, this.#namesOfWord, token.text, touched);
      this.#note(this.#pairs, this.#namesOfPair, token.word, touched);
      if (next !== undefined)
        this.#note(this.#words, this.#namesOfWord, token.word + next.word, touched);
      if (previous !== undefined)
        this.#note(this.#words, this.#namesOfWord, previous.word + token.word, touched);
      for (const name of touched) {
        const gathered = this.#gathered[name] ?? 0;
        if (gathered === 0) reached.push(name);
        this.#gathered[name] = gathered + (this.#best[name] ?? 0) * token.weight;
        this.#best[name] = 0;
      }
    });
    const least = enough * form.weight;
    const near: ListedName[] = [];
    for (const position of reached) {
      const name = this.names[position];
      if (name !== undefined && (this.#gathered[position] ?? 0) >= least) near.push(name);
      this.#gathered[position] = 0;
    }
    return near;
  }

  #note(index: WordIndex, namesOf: readonly Uint32Array[], word: string, touched: number[]): void {
    for (const { position, similarity } of index.like(word))
      for (const name of namesOf[position] ?? []) {
        const best = this.#best[name] ?? 0;
        if (best === 0) touched.push(name);
        if (similarity > best) this.#best[name] = similarity;
      }
  }
}

/** Which names each word (count 1) or run-together pair of neighbours (count 2) occurs in. */
function occurrences(names: readonly ListedName[], count: 1 | 2): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  names.forEach(({ form }, position) => {
    for (const unit of form.units) {
      if (unit.count !== count) continue;
      const positions = found.get(unit.text);
      if (positions === undefined) found.set(unit.text, new Set([position]));
      else positions.add(position);
    }
  });
  return found;
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
  const most = Math.log(Math.max(2, ...counts.values()));
  return (token) => 1 - Math.log(Math.max(1, counts.get(token) ?? 1)) / most;
}
