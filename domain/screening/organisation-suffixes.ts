import { tokenSimilarity } from './similarity';

/**
 * Legal forms by what they mean, so that "Ltd." and "Limited" are one word, and a light one: two
 * companies are not the same because both are limited.
 */
const forms: Readonly<Record<string, string>> = {
  ltd: 'ltd limited ltda limitada ltee',
  llc: 'llc ooo too tov',
  inc: 'inc incorporated',
  corp: 'corp corporation corporacion korporatsiya',
  co: 'co company cia compania compagnie kompaniya',
  plc: 'plc',
  jsc: 'jsc ao oao zao pao pjsc ojsc cjsc ad',
  sa: 'sa sas sau saa',
  sacv: 'sadecv sacv',
  srl: 'srl srlcv sarl',
  spa: 'spa',
  gmbh: 'gmbh mbh',
  ag: 'ag',
  bv: 'bv nv cv',
  est: 'est establishment',
  group: 'group grupo groupe holding holdings gruppa',
  trading: 'trading general import export',
  fze: 'fze fzco fzc fz dmcc',
  as: 'as asa oy oyj ab aps',
  pty: 'pty pte pvt private',
  sdn: 'sdn bhd',
  kg: 'kg ohg kgaa',
};

const byWord = new Map(
  Object.entries(forms).flatMap(([form, words]) =>
    words.split(' ').map((word) => [word, form] as const),
  ),
);

const misspellable = [...byWord.keys()].filter((word) => word.length >= 5);
const misspeltFrom = 0.8;

/** The form a word stands for, lightly misspelt too ("Limted"), or null when it is an ordinary word. */
export function legalForm(word: string): string | null {
  const exact = byWord.get(word);
  if (exact !== undefined) return exact;
  if (word.length < 5) return null;
  const meant = misspellable.find((form) => tokenSimilarity(word, form) >= misspeltFrom);
  return meant === undefined ? null : (byWord.get(meant) ?? null);
}
