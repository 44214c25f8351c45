/** Letters that transliterations and misspellings exchange: changing one for the other costs little. */
const alike = new Set(
  'ae ei ey iy ou au uw jy ij gj ck cq kq kx gk cs sz vw fv'
    .split(' ')
    .flatMap((pair) => [pair, pair.charAt(1) + pair.charAt(0)]),
);

const cheap = 0.35;
/** In a short word a habit of spelling says more: "Jun" is not "Jhon", and "Omar" hardly "Umar". */
const cheapInShort = 0.6;
const shortWordMax = 4;
/** Below this, two words are simply different and give nothing. */
export const similarityMin = 0.74;
/** Words this short are the same or they are not: "Mei" is not "Wei". */
const shortMax = 3;

/** Another first letter and something else besides is another word: "Nasser" and "Yaser". */
const costWithOtherFirstMax = 1.2;

/** Words longer than this are compared by their beginning. */
const lengthMax = 32;
const width = lengthMax + 1;
const rows = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];

/**
 * How alike two normalised words are, 0 to 1: one minus the cost of turning one into the other
 * (insert, delete, replace, swap neighbours) over the longer length.
 */
export function tokenSimilarity(left: string, right: string): number {
  if (left === right) return 1;
  const a = left.slice(0, lengthMax);
  const b = right.slice(0, lengthMax);
  const longer = Math.max(a.length, b.length);
  const shorter = Math.min(a.length, b.length);
  if (longer <= shortMax || shorter < longer * 0.7) return 0;
  const cost = editCost(a, b);
  if (cost > costWithOtherFirstMax && replacement(a.charAt(0), b.charAt(0), cheap) === 1) return 0;
  const similarity = 1 - cost / longer;
  return similarity < similarityMin ? 0 : similarity;
}

/** The same without a least: how far the letters of two words agree that sound alike. */
export function letterSimilarity(left: string, right: string): number {
  const a = left.slice(0, lengthMax);
  const b = right.slice(0, lengthMax);
  return 1 - editCost(a, b) / Math.max(a.length, b.length, 1);
}

function editCost(a: string, b: string): number {
  const little = Math.max(a.length, b.length) <= shortWordMax ? cheapInShort : cheap;
  // Edit distance with adjacent swaps; three rows are enough.
  let [before, previous, current] = [rows[0], rows[1], rows[2]];
  if (before === undefined || previous === undefined || current === undefined)
    throw new Error('a row is missing');
  for (let j = 0; j <= b.length; j += 1) previous[j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    current[0] = i;
    const x = a.charAt(i - 1);
    for (let j = 1; j <= b.length; j += 1) {
      const y = b.charAt(j - 1);
      const replace = (previous[j - 1] ?? 0) + replacement(x, y, little);
      const drop = (previous[j] ?? 0) + gap(a, i - 1, little);
      const insert = (current[j - 1] ?? 0) + gap(b, j - 1, little);
      let best = Math.min(replace, drop, insert);
      if (i > 1 && j > 1 && x === b.charAt(j - 2) && y === a.charAt(i - 2) && x !== y)
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      current[j] = best;
    }
    [before, previous, current] = [previous, current, before];
  }
  return previous[b.length] ?? Math.max(a.length, b.length);
}

function replacement(x: string, y: string, little: number): number {
  if (x === y) return 0;
  return alike.has(x + y) ? little : 1;
}

/** A doubled letter or a silent h costs little to add or leave out. */
function gap(word: string, at: number, little: number): number {
  const letter = word.charAt(at);
  return letter === word.charAt(at - 1) || letter === 'h' ? little : 1;
}

/** Whether two words taken for one differ by more than spelling habits: a whole letter or several small things. */
export function differsHard(left: string, right: string, similarity: number): boolean {
  return (1 - similarity) * Math.max(left.length, right.length) > 0.99;
}
