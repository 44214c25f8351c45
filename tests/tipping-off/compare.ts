/** What is new at each reading, whatever happened: tokens of forms, the time now, how long ago something was. */
const changing: readonly [RegExp, string][] = [
  [/name="_(csrf|key)" value="[^"]*"/g, ''],
  [/<code>[0-9a-f-]{36}<\/code>/g, ''],
  [/"instance":"[^"]*"/g, ''],
  // The date and the id of a PDF.
  [/\bD:\d{14}Z|\/ID \[<[^\]]*\]/g, ''],
  [/\b\d+(\.\d+)? (s|min|h|d|seconds?|minutes?|hours?)\b/g, '…'],
  [/\bless than a minute\b|\bjust now\b|\bnow\b/g, '…'],
];

const instants = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)|\b\d{13}(?=%2F|\b)/g;

/** The text without what passes with the time, and without moments since the readings began. */
export function lasting(text: string, sinceMs: number): string {
  const plain = changing.reduce((left, [pattern, by]) => left.replace(pattern, by), text);
  return plain.replace(instants, (moment) => (msOf(moment) >= sinceMs - 60_000 ? '…' : moment));
}

function msOf(moment: string): number {
  if (/^\d+$/.test(moment)) return Number(moment);
  return Date.parse(moment.replace(' UTC', 'Z').replace(' ', 'T'));
}

/** The first place where two readings differ, with what stands around it; undefined where they are alike. */
export function firstDifference(
  before: string,
  after: string,
  sinceMs: number,
): string | undefined {
  const [old, now] = [lasting(before, sinceMs), lasting(after, sinceMs)];
  if (old === now) return undefined;
  let at = 0;
  while (at < old.length && old[at] === now[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 120).replace(/\s+/g, ' ');
  return `was “${around(old)}”, is “${around(now)}”`;
}
