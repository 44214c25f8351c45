import type { ProblemPointer } from '../problem';

/** Why a trading server is out of service: it broke, or it is worked on. */
export const declarationKinds = ['outage', 'maintenance'] as const;
export type DeclarationKind = (typeof declarationKinds)[number];

/** When a declaration counts, RFC 3339 in UTC. It begins at `from` and is over at `until`, which is null while nobody knows. */
export interface DeclaredTimes {
  readonly from: string;
  readonly until: string | null;
  /** When people ended it before its time. */
  readonly endedAt: string | null;
}

export type DeclarationPhase = 'planned' | 'in_force' | 'over' | 'called_off';

/** Where a declaration stands at a moment: in force from `from` on, not at `until` any more, and never after its end. */
export function phaseOf({ from, until, endedAt }: DeclaredTimes, now: Date): DeclarationPhase {
  if (endedAt !== null) return Date.parse(endedAt) < Date.parse(from) ? 'called_off' : 'over';
  if (now.getTime() < Date.parse(from)) return 'planned';
  return until !== null && now.getTime() >= Date.parse(until) ? 'over' : 'in_force';
}

/** Nothing is declared further ahead, or for longer: a wrong year would stop a server unnoticed. */
const daysAheadMax = 400;
const daysLongMax = 31;
/** An outage is often declared after it began, for the record. */
const daysBackMax = 7;
const dayMs = 86_400_000;

/** What is wrong with the times of a new declaration, at the fields of its body; empty when it can be declared. */
export function faultsOf(
  { kind, from, until }: { kind: DeclarationKind; from: string; until: string | null },
  now: Date,
): readonly ProblemPointer[] {
  const begin = Date.parse(from);
  const at = now.getTime();
  const faults: ProblemPointer[] = [];
  const fault = (field: 'from' | 'until', detail: string) =>
    faults.push({ pointer: `/body/${field}`, detail });
  if (begin > at + daysAheadMax * dayMs) fault('from', `is more than ${daysAheadMax} days ahead`);
  if (begin < at - daysBackMax * dayMs) fault('from', `is more than ${daysBackMax} days ago`);
  if (until === null) {
    if (kind === 'maintenance') fault('until', 'is required: only an outage may have no known end');
    return faults;
  }
  const end = Date.parse(until);
  if (end <= begin) fault('until', 'must be after `from`');
  else if (end <= at) fault('until', 'is over already');
  else if (end - begin > daysLongMax * dayMs)
    fault('until', `is more than ${daysLongMax} days after \`from\``);
  return faults;
}

/** What is wrong with a new end of a declaration; undefined when it can be extended so. */
export function faultOfEnd(
  { from, until }: Pick<DeclaredTimes, 'from' | 'until'>,
  newEnd: string,
  now: Date,
): string | undefined {
  const end = Date.parse(newEnd);
  if (end <= now.getTime()) return 'is over already';
  if (end <= Date.parse(from)) return 'must be after the beginning';
  if (until !== null && end <= Date.parse(until)) return 'must be later than the present end';
  return end - Date.parse(from) > daysLongMax * dayMs
    ? `is more than ${daysLongMax} days after the beginning`
    : undefined;
}

/** Whether two stretches of time share a moment; one that ends when the other begins does not. */
export function overlap(
  one: Pick<DeclaredTimes, 'from' | 'until'>,
  other: Pick<DeclaredTimes, 'from' | 'until'>,
): boolean {
  const end = ({ until }: Pick<DeclaredTimes, 'until'>) =>
    until === null ? Infinity : Date.parse(until);
  return Date.parse(one.from) < end(other) && Date.parse(other.from) < end(one);
}

/** The code under which processes wait for the end of a declaration. */
export function codeOfDeclaration(kind: DeclarationKind): 'server_outage' | 'server_maintenance' {
  return kind === 'outage' ? 'server_outage' : 'server_maintenance';
}

export type ServerState = 'up' | 'maintenance' | 'down';

/** Readings that failed one after the other, from which on a server counts as down. */
const failuresDown = 3;

/** How a server does: what is declared is no surprise, and comes before what fails. */
export function serverState({
  isDeclared,
  failures,
}: {
  isDeclared: boolean;
  failures: number;
}): ServerState {
  if (isDeclared) return 'maintenance';
  return failures >= failuresDown ? 'down' : 'up';
}
