import { tokenSimilarity } from './similarity';

/**
 * Legal forms by what they mean, so that "Ltd." and "Limited" are one word, and a light one: two
 * companies are not the same because both are limited.
 */
const forms: Readonly<Record<string, string>> = {
  ltd: 'ltd limited ltda limitada ltee',
  llc: 'llc ooo too tov llp lp lllp',
  inc: 'inc incorporated incorporation',
  corp: 'corp corporation corporacion korporatsiya',
  co: 'co company cia compania compagnie kompaniya companies',
  plc: 'plc',
  jsc: 'jsc ao oao zao pao pjsc ojsc cjsc ad ak pt',
  sa: 'sa sas sau saa se',
  sacv: 'sadecv sacv',
  srl: 'srl srlcv sarl',
  spa: 'spa',
  gmbh: 'gmbh mbh',
  ag: 'ag aktiengesellschaft aktiebolag akg',
  bv: 'bv nv cv bvba',
  est: 'est establishment',
  group: 'group grupo groupe holding holdings gruppa gruppe gruppo',
  trading: 'trading general import export',
  fze: 'fze fzco fzc fz dmcc',
  as: 'as asa oy oyj ab aps',
  pty: 'pty pte pvt private',
  sdn: 'sdn bhd',
  kg: 'kg ohg kgaa',
};

/** Forms that are several words, and the one word they are read as. */
const phrases: readonly (readonly [words: readonly string[], form: string])[] = (
  [
    ['public joint stock company', 'jsc'],
    ['open joint stock company', 'jsc'],
    ['closed joint stock company', 'jsc'],
    ['joint stock company', 'jsc'],
    ['limited liability company', 'llc'],
    ['limited liability partnership', 'llc'],
    ['limited partnership', 'llc'],
    ['public limited company', 'plc'],
    ['free zone company', 'fze'],
    ['free zone establishment', 'fze'],
    ['sociedad anonima de capital variable', 'sacv'],
    ['sociedad anonima', 'sa'],
    ['societe anonyme', 'sa'],
    ['sociedade anonima', 'sa'],
    ['societa per azioni', 'spa'],
    ['societa a responsabilita limitata', 'srl'],
    ['societe a responsabilite limitee', 'srl'],
    ['sociedad de responsabilidad limitada', 'srl'],
    ['societatea cu raspundere limitata', 'srl'],
    ['gesellschaft mit beschrankter haftung', 'gmbh'],
    ['spolka z ograniczona odpowiedzialnoscia', 'llc'],
    ['sp z o o', 'llc'],
    ['sp z oo', 'llc'],
    ['sp zoo', 'llc'],
    ['obshchestvo s ogranichennoy otvetstvennostyu', 'llc'],
    ['publichnoe aktsionernoe obshchestvo', 'jsc'],
    ['otkrytoe aktsionernoe obshchestvo', 'jsc'],
    ['zakrytoe aktsionernoe obshchestvo', 'jsc'],
    ['aktsionernoe obshchestvo', 'jsc'],
    ['anonim sirketi', 'sa'],
    ['limited sirketi', 'ltd'],
    ['limited company', 'ltd'],
  ] as const
).map(([text, form]) => [text.split(' '), form]);

const phrasesByFirstWord = new Map<string, (readonly [readonly string[], string])[]>();
for (const phrase of phrases) {
  const first = phrase[0][0] ?? '';
  phrasesByFirstWord.set(first, [...(phrasesByFirstWord.get(first) ?? []), phrase]);
}

const byWord = new Map(
  Object.entries(forms).flatMap(([form, words]) =>
    words.split(' ').map((word) => [word, form] as const),
  ),
);

const misspellable = [...byWord.keys()].filter((word) => word.length >= 5);
const misspeltFrom = 0.8;
const knownMax = 50_000;
const known = new Map<string, string | null>();

/** The form a word stands for, lightly misspelt too ("Limted"), or null when it is an ordinary word. */
export function legalForm(word: string): string | null {
  const exact = byWord.get(word);
  if (exact !== undefined) return exact;
  if (word.length < 5) return null;
  const before = known.get(word);
  if (before !== undefined) return before;
  const meant = misspellable.find((form) => tokenSimilarity(word, form) >= misspeltFrom);
  const form = meant === undefined ? null : (byWord.get(meant) ?? null);
  if (known.size < knownMax) known.set(word, form);
  return form;
}

/** The words with each form of several words ("Joint Stock Company") put into one. */
export function withFormsJoined(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length;) {
    const phrase = (phrasesByFirstWord.get(words[at] ?? '') ?? []).find(([parts]) =>
      parts.every((part, i) => words[at + i] === part),
    );
    joined.push(phrase?.[1] ?? words[at] ?? '');
    at += phrase?.[0].length ?? 1;
  }
  return joined;
}

/** Words that an organisation's name has and a person's does not. */
const organisationWords = new Set(
  (
    'bank banco banque company corporation group fund trust foundation association institute university academy ' +
    'ministry government department agency bureau committee council party movement front army brigade brigades ' +
    'battalion force forces organization organisation international federation union industries industry industrial ' +
    'systems system solutions services service trading shipping lines line airlines aviation airways holding holdings ' +
    'enterprise enterprises technologies technology electronics engineering construction oil gas petroleum energy ' +
    'refinery factory plant works mills capital investment investments insurance finance financial securities ' +
    'partners partnership management logistics transport maritime marine center centre charity relief society club ' +
    'school hospital store stores motors motor pharmaceuticals pharma chemical chemicals steel mining metals the and'
  ).split(' '),
);

/** Whether the words read as an organisation's name: a legal form, a number, or a word such as "bank". */
export function readsAsOrganisation(words: readonly string[]): boolean {
  return words.some(
    (word) =>
      /^\d+$/.test(word) ||
      organisationWords.has(word) ||
      (byWord.has(word) && !ambiguousForms.has(word)),
  );
}

/** Legal forms that are words of people's names as well ("Ad", "As"). */
const ambiguousForms = new Set('ad as ak pt sa se co too est general private ab kg cv'.split(' '));
