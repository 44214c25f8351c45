import { sameJson } from '../record';
import { labelOf } from './edit/fields';
import { valueInWords } from './edit/field-form';
import { looseOf, textOf } from './edit/loose';

/** Old and new outcome of one case, as one word each and whether anything at all differs. */
export interface Comparison {
  readonly was: string;
  readonly becomes: string;
  readonly differs: boolean;
}

/** A cell of the matrix: so many cases came to `was` and would come to `becomes`. */
export interface MatrixCell {
  readonly was: string;
  readonly becomes: string;
  readonly n: number;
  /** Of these, how many differ at all: the decision may be the same and the queue another one. */
  readonly differing: number;
}

/** Headlines of a matrix; what comes beyond them is counted under `other`. */
const headlinesMax = 24;

export function compareOutcomes(was: unknown, becomes: unknown): Comparison {
  return {
    was: headlineOf(was),
    becomes: headlineOf(becomes),
    differs: !sameJson(was, becomes),
  };
}

/** The word by which an outcome is counted: its decision, and what else tells outcomes of its kind apart. */
export function headlineOf(outcome: unknown): string {
  const read = looseOf(outcome);
  const decision = textOf(read['decision']);
  const names = ['level', 'entity', 'group', 'leverage', 'provider'].filter((name) => name in read);
  const more = names.map((name) =>
    name === 'leverage' ? `1:${textOf(read[name])}` : textOf(read[name]),
  );
  // "provision", "assign", "scored": where the rest tells it all, the decision is only noise.
  return more.length > 0 && decision !== 'review' ? more.join(' ') : decision || 'no decision';
}

/** What an outcome says beyond its headline, in words. */
export function outcomeWords(outcome: unknown): string {
  return Object.entries(looseOf(outcome))
    .map(([name, value]) =>
      name === 'decision' ? textOf(value) : `${labelOf(name)} ${valueInWords(value)}`,
    )
    .join(', ');
}

/** Adds comparisons to a matrix. */
export function tally(
  matrix: readonly MatrixCell[],
  comparisons: readonly Comparison[],
): MatrixCell[] {
  const cells = new Map(matrix.map((cell) => [keyOf(cell), cell]));
  const known = new Set(matrix.flatMap(({ was, becomes }) => [was, becomes]));
  const name = (headline: string): string => {
    if (known.has(headline)) return headline;
    if (known.size >= headlinesMax) return 'other';
    known.add(headline);
    return headline;
  };
  for (const each of comparisons) {
    const at = { was: name(each.was), becomes: name(each.becomes) };
    const cell = cells.get(keyOf(at)) ?? { ...at, n: 0, differing: 0 };
    cells.set(keyOf(at), {
      ...cell,
      n: cell.n + 1,
      differing: cell.differing + (each.differs ? 1 : 0),
    });
  }
  return [...cells.values()];
}

function keyOf({ was, becomes }: { was: string; becomes: string }): string {
  return JSON.stringify([was, becomes]);
}

/** The matrix laid out: a row for each old headline, a column for each new one. */
export function matrixTable(matrix: readonly MatrixCell[]): {
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly was: string;
    readonly cells: readonly {
      readonly n: number;
      readonly differing: number;
      readonly isSame: boolean;
    }[];
  }[];
} {
  const columns = [...new Set(matrix.map((cell) => cell.becomes))].sort();
  const olds = [...new Set(matrix.map((cell) => cell.was))].sort();
  return {
    columns,
    rows: olds.map((was) => ({
      was,
      cells: columns.map((becomes) => {
        const cell = matrix.find((each) => each.was === was && each.becomes === becomes);
        return { n: cell?.n ?? 0, differing: cell?.differing ?? 0, isSame: was === becomes };
      }),
    })),
  };
}
