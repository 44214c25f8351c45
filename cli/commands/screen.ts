import { existsSync } from 'node:fs';
import path from 'node:path';
import { ListUnreadable } from '../../connectors/screening/list-file';
import { readLists } from '../../connectors/screening/read-list';
import { screeningPolicy } from '../../domain/policy/defaults/screening';
import { ScreeningIndex } from '../../domain/screening/candidate-index';
import { scorePair } from '../../domain/screening/score-pair';
import { screeningAlgorithm, screenSubject } from '../../domain/screening/screen';
import { type Command, UsageError } from '../command';
import { NamesUnreadable, readNames, readPairs } from '../screen-files';

/** The one threshold that ships; an installation changes it by the policy `screening`. */
const threshold = screeningPolicy.base.parameters;
/** What comes near without reaching the threshold is shown too, down to here, in percent. */
const shownFrom = 70;
const shownMax = 5;

/** Screens a file of names against lists, or scores pairs of names. Needs neither database nor server. */
export const command: Command = {
  name: 'screen',
  summary: 'screens names against sanctions lists, or scores pairs of names',
  usage: '--list FILE… --names FILE.csv [--json] | --pairs FILE.csv',
  run: async (args) => {
    const asked = parse(args);
    try {
      if (asked.pairs !== undefined) await scorePairs(placeOf(asked.pairs));
      else await screenNames(asked.lists.map(placeOf), placeOf(asked.names), asked.json);
      return 0;
    } catch (error) {
      if (!(error instanceof ListUnreadable) && !(error instanceof NamesUnreadable)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
  },
};

type Asked =
  | { readonly pairs: string }
  | {
      readonly pairs: undefined;
      readonly lists: readonly string[];
      readonly names: string;
      readonly json: boolean;
    };

/** By hand: `--list` takes every file up to the next option. */
function parse(args: readonly string[]): Asked {
  const values = new Map<string, string[]>();
  let option = '';
  for (const arg of args) {
    if (arg.startsWith('--')) {
      option = arg;
      if (!['--list', '--names', '--pairs', '--json'].includes(option))
        throw new UsageError(`screen knows no ${option}`);
      values.set(option, values.get(option) ?? []);
    } else if (option === '' || option === '--json') {
      throw new UsageError(`screen does not know what to do with ${arg}`);
    } else values.get(option)?.push(arg);
  }
  const one = (name: string): string => {
    const [value, ...more] = values.get(name) ?? [];
    if (value === undefined || more.length > 0) throw new UsageError(`${name} takes one file`);
    return value;
  };
  if (values.has('--pairs')) {
    if (values.has('--list') || values.has('--names'))
      throw new UsageError('--pairs goes without --list and --names');
    return { pairs: one('--pairs') };
  }
  const lists = values.get('--list') ?? [];
  if (lists.length === 0) throw new UsageError('--list takes at least one file or folder');
  return { pairs: undefined, lists, names: one('--names'), json: values.has('--json') };
}

async function scorePairs(file: string): Promise<void> {
  const from = threshold.reviewScore / 100;
  for (const { left, right } of await whole(readPairs(file))) {
    const score = rounded(scorePair(left, right).score);
    await print(JSON.stringify({ left, right, score, threshold: from, match: score >= from }));
  }
}

async function screenNames(places: readonly string[], file: string, json: boolean): Promise<void> {
  const names = await whole(readNames(file));
  const index = new ScreeningIndex(await readLists(places));
  const lists = index.lists.map((list) => ({ ...list }));
  for (const { line, id, subject } of names) {
    const result = screenSubject(index, subject, { ...threshold, reviewScore: shownFrom });
    const hits = result.candidates.filter(({ score }) => score >= threshold.reviewScore);
    const candidates = result.candidates
      .slice(0, Math.max(shownMax, hits.length))
      .map((candidate) => ({
        ...candidate,
        score: rounded(candidate.score / 100),
        nameScore: rounded(candidate.nameScore / 100),
      }));
    const answer = {
      line,
      id,
      name: subject.name,
      verdict: result.unscreenable
        ? 'unreadable'
        : hits.length === 0
          ? 'clear'
          : result.verdict === 'strong'
            ? 'strong'
            : 'possible',
      score: rounded(result.bestScore / 100),
      threshold: threshold.reviewScore / 100,
      hit: hits.length > 0,
      candidates,
    };
    await print(
      json
        ? JSON.stringify({ ...answer, algorithm: screeningAlgorithm, lists })
        : `${answer.verdict.padEnd(10)} ${answer.score.toFixed(3)}  ${subject.name}${candidates[0] ? `  ~ ${candidates[0].listedName} (${candidates[0].entryId})` : ''}`,
    );
  }
}

/** All rows before the first answer: half an answer of a file that is broken further down would be taken for the whole. */
async function whole<T>(read: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of read) all.push(row);
  return all;
}

function rounded(score: number): number {
  return Math.floor(score * 10_000 + 1e-6) / 10_000;
}

/** Waits while whoever reads is behind, so that a long file does not pile up in memory. */
async function print(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** npm runs in the repository's root; what is typed is meant from where it was typed. */
function placeOf(file: string): string {
  const typed = path.resolve(process.env['INIT_CWD'] ?? '.', file);
  return existsSync(typed) ? typed : path.resolve(file);
}
